/*
 * orrery sweep: a scenario over many seeds, each run in a process of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wide.h"
#include "commands.h"
#include "explore/pool.h"
#include "interrupt.h"
#include "options.h"
#include "report/progress.h"
#include "report/terminal.h"
#include "run_options.h"
#include "sweep.h"

static const char help[] =
    "usage: orrery sweep SCENARIO.lua... --seeds A-B [OPTIONS]\n\n"
    "Runs scenarios over many seeds, and groups what failed, with the command that repeats it.\n\n"
    "  --seeds A-B          from A to B; or N: from 1 to N (usually 1-100)\n"
    "  --jobs N             so many at a time (usually one a core)\n"
    "  --stop-after N       stop at the Nth failure\n"
    "  --for DURATION       begin no more after so much wall time: 10min\n"
    "  --timeout DURATION   a run that takes more wall time hangs, and has failed (1min)\n"
    "  --set NAME=VALUE, --until DURATION, --limit-...   as for `orrery run`\n"
    "  --json               what was found as JSON on stdout, and nothing else there\n"
    "  --quiet              no table, no progress; the exit code tells\n\n"
    "What is said is the same whatever the number of jobs. Exit code 0: all passed; 1: some "
    "failed;\n"
    "2: the scenario is wrong; 3: inconclusive, as when a law or a generated fault never did "
    "anything\n"
    "over all runs; 4: all that failed crashed or hung.\n\n"
    "For example:\n"
    "  orrery sweep scenarios/replication/chaos.lua --seeds 1-200 --stop-after 3\n";

enum { SEEDS = OPTION_OTHERS, JOBS, STOP_AFTER, FOR, TIMEOUT };
enum { RUNS_MAX = 50000000 };

static const struct option options[] = {
    {"seeds", required_argument, NULL, SEEDS},
    {"jobs", required_argument, NULL, JOBS},
    {"stop-after", required_argument, NULL, STOP_AFTER},
    {"for", required_argument, NULL, FOR},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    RUN_OPTIONS_SHARED,
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct command {
    struct run_request request; /* what all runs share */
    struct sweep sweep;
    struct progress progress; /* its terminal, and when it began */
    int64_t for_ms, drawn_ms;
    int at_once;
    int64_t timeout_ms;
};

/* ---- options ---- */

static bool parse_positive(const char *what, const char *value, enum quantity quantity,
                           int64_t most, int64_t *number) {
    if (!parse_quantity(what, quantity, value, number)) return false;
    if (*number > 0 && *number <= most) return true;
    complain("%s: found '%s'; expected more than 0%s", what, value,
             most < INT64_MAX ? ", and fewer" : "");
    return false;
}

static bool take(struct command *command, int option, char *value) {
    int64_t number;
    switch (option) {
    case SEEDS:
        return parse_seeds("--seeds", value, RUNS_MAX, &command->sweep.first, &command->sweep.last);
    case JOBS: return parse_jobs(value, &command->at_once);
    case STOP_AFTER:
        return parse_positive("--stop-after", value, QUANTITY_COUNT, INT64_MAX,
                              &command->sweep.stop_after);
    case FOR:
        if (!parse_positive("--for", value, QUANTITY_DURATION, INT64_MAX, &number)) return false;
        command->for_ms = number / 1000000 + 1;
        return true;
    case TIMEOUT:
        if (!parse_positive("--timeout", value, QUANTITY_DURATION, INT64_MAX, &number))
            return false;
        command->timeout_ms = number / 1000000 + 1;
        return true;
    default: return run_option_take(&command->request, option, value);
    }
}

static enum options_result parse(int argc, char **argv, struct command *command) {
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            fputs(help, stdout);
            return OPTIONS_HELP;
        }
        if (c == '?' || !take(command, c, optarg)) return OPTIONS_WRONG;
    }
    command->sweep.paths = (const char *const *)argv + optind;
    command->sweep.path_count = (size_t)(argc - optind);
    if (optind < argc) return OPTIONS_GOOD;
    complain("sweep: no scenario; expected a Lua file, such as scenarios/replication/chaos.lua");
    return OPTIONS_WRONG;
}

/* ---- one run, in its process ---- */

struct told {
    struct text result;
};

static void tell(void *context, const struct run_report *report, enum exit_code code) {
    struct told *told = context;
    sweep_result(report, code, &told->result);
}

static int work(void *context, int64_t job, int to) {
    const struct command *command = context;
    struct told told = {{0}};
    struct text complaint = {0};
    struct run_request request = command->request;
    request.path = sweep_path(&command->sweep, job);
    request.seed = sweep_seed(&command->sweep, job);
    request.judged = tell;
    request.context = &told;
    request.complaint = &complaint;
    const enum exit_code code = run_one(&request);
    if (told.result.size == 0) sweep_no_result(text_string(&complaint), code, &told.result);
    pool_tell(to, told.result.data, told.result.size);
    return (int)code;
}

/* ---- all of them ---- */

static bool done(void *context, const struct pool_result *result) {
    struct command *command = context;
    struct text text = {0};
    if (result->end == POOL_HUNG) {
        struct text why = {0};
        text_add(&why, "no end after ");
        text_add_ns(&why, command->timeout_ms * 1000000);
        sweep_bad_end("hang", text_string(&why), &text);
        text_free(&why);
    } else if (result->end == POOL_CRASHED || result->size == 0) {
        struct text why = {0};
        if (result->signal)
            text_add(&why, "signal %d, %s", result->signal, strsignal(result->signal));
        else
            text_add(&why, "exit code %d without a result", result->code);
        sweep_bad_end("crash", text_string(&why), &text);
        text_free(&why);
    }
    const bool more =
        sweep_take(&command->sweep, result->job, text.size ? text_string(&text) : result->bytes);
    text_free(&text);
    return more;
}

static void redraw(struct command *command) {
    const struct sweep *sweep = &command->sweep;
    struct progress *progress = &command->progress;
    enum { BAR = 24, EVERY_MS = 200, LINE_EVERY_MS = 10000 };
    const int64_t now = wall_clock_ms(), wall = now - progress->begun_ms;
    if (!progress->on || now - command->drawn_ms < (progress->terminal ? EVERY_MS : LINE_EVERY_MS))
        return;
    command->drawn_ms = now;
    struct text line = {0};
    if (progress->terminal)
        progress_add_bar(&line, BAR, progress->utf8, sweep->frontier, sweep->jobs);
    else
        text_add(&line, "orrery:");
    text_add(&line, " %lld of %lld runs  ", (long long)sweep->frontier, (long long)sweep->jobs);
    progress_add_rate(&line, mul_div(sweep->frontier, 1000, wall > 0 ? wall : 1));
    text_add(&line, "/s  ");
    if (sweep->frontier) {
        progress_add_seconds(&line, mul_div(wall, sweep->jobs - sweep->frontier, sweep->frontier));
        text_add(&line, " left  ");
    }
    text_add(&line, "%lld failed", (long long)sweep->failed);
    fprintf(stderr, progress->terminal ? "\r%.*s\033[K" : "%.*s\n",
            progress->terminal && !progress->utf8 ? terminal_width(stderr) - 1 : (int)line.size,
            text_string(&line));
    fflush(stderr);
    progress->shown = progress->terminal;
    text_free(&line);
}

static bool tick(void *context) {
    struct command *command = context;
    redraw(command);
    const bool out_of_time = command->for_ms &&
                             wall_clock_ms() - command->progress.begun_ms >= command->for_ms;
    return !interrupted() && !out_of_time;
}

/* The settings, as they follow scenario and seed in a command. */
static void compose_command(struct command *command) {
    struct text *text = &command->sweep.command;
    for (size_t i = 0; i < command->request.setting_count; i++) {
        struct text setting = {0};
        text_add(&setting, "%s=%s", command->request.settings[i].name,
                 command->request.settings[i].value);
        text_add(text, " --set ");
        add_shell_word(text, text_string(&setting));
        text_free(&setting);
    }
    if (command->request.until_ns > 0) {
        text_add(text, " --until ");
        quantity_format(QUANTITY_DURATION, command->request.until_ns, text);
    }
}

static enum exit_code run(struct command *command) {
    compose_command(command);
    sweep_open(&command->sweep);
    interrupt_catch();
    progress_begin(&command->progress, !command->request.json && !command->request.quiet, 1);
    command->drawn_ms = command->progress.begun_ms;
    const struct pool pool = {.jobs = command->sweep.jobs,
                              .at_once = command->at_once,
                              .timeout_ms = command->timeout_ms,
                              .context = command,
                              .work = work,
                              .done = done,
                              .tick = tick};
    if (!pool_run(&pool)) {
        complain("sweep: no process for a run: %s", strerror(errno));
        return EXIT_BROKEN;
    }
    progress_hide(&command->progress);
    const int64_t wall = wall_clock_ms() - command->progress.begun_ms;
    const enum exit_code code = sweep_judge(&command->sweep, interrupted());
    struct text text = {0};
    if (command->request.json)
        sweep_json(&command->sweep, code, wall, &text);
    else
        sweep_table(&command->sweep, code, wall, command->at_once, terminal_colours(stdout), &text);
    if (!command->request.quiet) fputs(text_string(&text), stdout);
    text_free(&text);
    return code;
}

int cmd_sweep(int argc, char **argv) {
    struct command command = {.request = {.records_to = -1},
                              .sweep = {.first = 1, .last = 100},
                              .at_once = usual_jobs(),
                              .timeout_ms = 60000};
    const enum options_result result = parse(argc, argv, &command);
    int code = result == OPTIONS_HELP ? EXIT_PASSED : EXIT_WRONG_USE;
    if (result == OPTIONS_GOOD) code = (int)run(&command);
    sweep_close(&command.sweep);
    free(command.request.settings);
    return code;
}
