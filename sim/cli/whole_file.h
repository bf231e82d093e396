/* One file beside a run's others: whole, or not there. */
#ifndef CLI_WHOLE_FILE_H
#define CLI_WHOLE_FILE_H

#include "report/output.h"

/* Writes folder/name under a passing name, gives it its own when `write` and the disk have been content, and
 * prints it. False with a sentence in `error`; nothing is left then. */
bool whole_file(const char *folder, const char *name,
                bool (*write)(void *context, struct output *, struct text *error), void *context,
                struct text *error);

#endif
