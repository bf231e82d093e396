/* The options of `run`, which `verify` shares. */
#ifndef CLI_RUN_OPTIONS_H
#define CLI_RUN_OPTIONS_H

#include "run_one.h"

enum run_option {
    OPTION_SEED = 256,
    OPTION_SET,
    OPTION_UNTIL,
    OPTION_OUT,
    OPTION_TRACE,
    OPTION_FAULTS,
    OPTION_HAND_IN,
    OPTION_NO_PLOTS,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_LIMIT_MEMORY,
    OPTION_LIMIT_INSTRUCTIONS,
    OPTION_LIMIT_OUTPUT,
    OPTION_LIMIT_EVENTS,
    OPTION_LIMIT_PENDING,
    OPTION_RECORDS_TO,
    OPTION_WATCH,
    OPTION_OTHERS, /* from here on: a command's own */
};
/* Those of them that another command takes too. */
#define RUN_OPTIONS_SHARED                                                                       \
    {"set", required_argument, NULL, OPTION_SET},                                                \
    {"until", required_argument, NULL, OPTION_UNTIL},                                            \
    {"limit-memory", required_argument, NULL, OPTION_LIMIT_MEMORY},                              \
    {"limit-instructions", required_argument, NULL, OPTION_LIMIT_INSTRUCTIONS},                  \
    {"limit-output", required_argument, NULL, OPTION_LIMIT_OUTPUT},                              \
    {"limit-events", required_argument, NULL, OPTION_LIMIT_EVENTS},                              \
    {"limit-pending", required_argument, NULL, OPTION_LIMIT_PENDING}

/* One option's value into the request; false: it is wrong, which has been said. */
bool run_option_take(struct run_request *, int option, char *value);

enum options_result { OPTIONS_GOOD, OPTIONS_WRONG, OPTIONS_HELP };

/* What is wrong has been said, or the help been printed. The caller frees request->settings. */
enum options_result run_options(int argc, char **argv, struct run_request *, const char *help);

#endif
