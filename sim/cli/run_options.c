/* Reads the options of a run; every value is checked here, before anything starts. */
#include "run_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "options.h"
#include "script/nearest.h"

static const struct option options[] = {
    {"seed", required_argument, NULL, OPTION_SEED},
    {"set", required_argument, NULL, OPTION_SET},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"out", required_argument, NULL, OPTION_OUT},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"faults", required_argument, NULL, OPTION_FAULTS},
    {"hand-in", required_argument, NULL, OPTION_HAND_IN},
    {"no-plots", no_argument, NULL, OPTION_NO_PLOTS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"limit-memory", required_argument, NULL, OPTION_LIMIT_MEMORY},
    {"limit-instructions", required_argument, NULL, OPTION_LIMIT_INSTRUCTIONS},
    {"limit-output", required_argument, NULL, OPTION_LIMIT_OUTPUT},
    {"limit-events", required_argument, NULL, OPTION_LIMIT_EVENTS},
    {"limit-pending", required_argument, NULL, OPTION_LIMIT_PENDING},
    {"records-to", required_argument, NULL, OPTION_RECORDS_TO}, /* verify's, of its children */
    {"watch", no_argument, NULL, OPTION_WATCH},                 /* the same */
    {"help", no_argument, NULL, 'h'},
    {0},
};

static bool parse_trace(const char *value, enum trace_level *level) {
    static const char *const names[] = {"none", "story", "full"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) != 0) continue;
        *level = (enum trace_level)i;
        return true;
    }
    const char *near = nearest_name(value, names, 3);
    complain("--trace: '%s' is no level; %s%s", value,
             near ? "did you mean " : "expected none, story or full", near ? near : "");
    return false;
}

/* NAME=VALUE; splits the argument in place, it lives as long as the program. */
static bool add_setting(struct run_request *request, char *argument) {
    char *equals = strchr(argument, '=');
    if (!equals || equals == argument) {
        complain("--set: '%s' sets nothing; expected NAME=VALUE, such as burst=1GB", argument);
        return false;
    }
    *equals = '\0';
    request->settings =
        must_realloc(request->settings, (request->setting_count + 1) * sizeof *request->settings);
    request->settings[request->setting_count++] = (struct script_setting){argument, equals + 1};
    return true;
}

static bool parse_limit(const char *what, enum quantity quantity, const char *value,
                        int64_t *limit) {
    if (!parse_quantity(what, quantity, value, limit)) return false;
    if (*limit > 0) return true;
    complain("%s: '%s' leaves nothing to run with; expected more than 0", what, value);
    return false;
}

bool run_option_take(struct run_request *request, int option, char *value) {
    struct script_limits *limits = &request->limits;
    int64_t number;
    switch (option) {
    case OPTION_SEED: request->seeded = true; return parse_seed("--seed", value, &request->seed);
    case OPTION_SET: return add_setting(request, value);
    case OPTION_UNTIL: return parse_limit("--until", QUANTITY_DURATION, value, &request->until_ns);
    case OPTION_OUT:
        request->out = value;
        return value[0] != '\0' || (complain("--out: '' is no folder; expected a name"), false);
    case OPTION_TRACE: return parse_trace(value, &request->trace);
    case OPTION_FAULTS: request->faults = value; return true;
    case OPTION_HAND_IN: request->handed_in = value; return true;
    case OPTION_NO_PLOTS: request->no_plots = true; return true;
    case OPTION_JSON: request->json = true; return true;
    case OPTION_QUIET: request->quiet = true; return true;
    case OPTION_LIMIT_MEMORY:
        if (!parse_limit("--limit-memory", QUANTITY_BYTES, value, &number)) return false;
        limits->memory_bytes = (size_t)number;
        return true;
    case OPTION_LIMIT_INSTRUCTIONS:
        return parse_limit("--limit-instructions", QUANTITY_COUNT, value, &limits->instructions);
    case OPTION_LIMIT_OUTPUT:
        return parse_limit("--limit-output", QUANTITY_BYTES, value, &limits->output_bytes);
    case OPTION_LIMIT_EVENTS:
        return parse_limit("--limit-events", QUANTITY_COUNT, value, &limits->events);
    case OPTION_LIMIT_PENDING:
        return parse_limit("--limit-pending", QUANTITY_COUNT, value, &limits->pending);
    case OPTION_RECORDS_TO: request->records_to = atoi(value); return true;
    case OPTION_WATCH: request->watch = true; return true;
    default: return false;
    }
}

enum options_result run_options(int argc, char **argv, struct run_request *request,
                                const char *help) {
    *request = (struct run_request){.seed = 1, .trace = TRACE_STORY, .records_to = -1};
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            return OPTIONS_HELP;
        }
        if (c == '?' || !run_option_take(request, c, optarg)) return OPTIONS_WRONG;
    }
    if (optind >= argc) {
        complain("%s: no scenario; expected a Lua file, such as "
                 "scenarios/replication/lag_large_transaction.lua",
                 argv[0]);
        return OPTIONS_WRONG;
    }
    if (optind + 1 < argc) {
        complain("%s: found '%s' after '%s'; expected one scenario", argv[0], argv[optind + 1],
                 argv[optind]);
        return OPTIONS_WRONG;
    }
    request->path = argv[optind];
    return OPTIONS_GOOD;
}
