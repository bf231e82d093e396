/* What a check found: one JSON object for programs, a few lines for people. */
#ifndef CLI_CHECK_PRINT_H
#define CLI_CHECK_PRINT_H

#include "check/check.h"

void check_print_json(const struct check_spec *, const struct check_result *,
                      const struct history *, struct text *);
/* With the order of the first anomaly that has one. */
void check_print_summary(const struct check_spec *, const struct check_result *,
                         const struct history *, struct text *);

#endif
