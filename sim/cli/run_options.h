/* The options of `run`, which `verify` shares. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "run_one.h"

enum options_result { OPTIONS_GOOD, OPTIONS_WRONG, OPTIONS_HELP };

/* What is wrong has been said, or the help been printed. The caller frees request->settings. */
enum options_result run_options(int argc, char **argv, struct run_request *, const char *help);

#endif
