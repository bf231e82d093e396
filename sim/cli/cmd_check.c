/*
 * orrery check: a history checker on its own, over any history file: one that a run made, or a real
 * system's. One JSON object on stdout; people at a terminal get a summary on stderr.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "check/history_file.h"
#include "check/timeline.h"
#include "check_marks.h"
#include "check_print.h"
#include "commands.h"
#include "options.h"
#include "report/summary.h"
#include "script/nearest.h"

static const char help_head[] =
    "usage: orrery check SPEC HISTORY [--timeout DURATION] [--memory SIZE]\n"
    "                    [--limit N] [--svg FILE]\n\n"
    "Judges a history, JSON lines such as a run's history.jsonl (- is stdin), by a\n"
    "specification. Jepsen's history.edn is read as it is.\n\n";
static const char help_tail[] =
    "\n"
    "  --timeout DURATION   of wall time; then what could not be judged is unknown\n"
    "  --memory SIZE        for history and judgement; the same. 4GB without it\n"
    "  --limit N            anomalies that are shown; all are counted. 100 without it\n"
    "  --svg FILE           draws the first anomaly as a timeline, with the faults of\n"
    "                       the nemesis, or of the run whose folder the history is in\n\n"
    "Prints one JSON object: spec, valid (true, false or \"unknown\"), ops, keys,\n"
    "anomalies, why. Exit codes: 0 valid, 1 not, 3 unknown, 2 a history that is\n"
    "malformed, with the line.\n\n"
    "For example:\n"
    "  orrery run scenarios/first/register.lua\n"
    "  orrery check register out/register/1/history.jsonl --svg why.svg\n"
    "  orrery check cas-register store/etcd/latest/history.edn\n";

struct request {
    const struct check_spec *spec;
    const char *path, *svg;
    struct limits limits;
    int64_t shown;
};

static void print_help(void) {
    fputs(help_head, stdout);
    for (const struct check_spec *const *spec = check_specs; *spec; spec++) {
        struct text line = {0};
        text_add(&line, "  %-12s ", (*spec)->name);
        text_add_wrapped(&line, 15, (*spec)->summary);
        fputs(text_string(&line), stdout);
        text_free(&line);
    }
    fputs(help_tail, stdout);
}

static const struct check_spec *find_spec(const char *name) {
    const struct check_spec *found = check_spec_named(name);
    if (found) return found;
    enum { NAMES_MAX = 32 };
    const char *names[NAMES_MAX];
    size_t count = 0;
    struct text all = {0};
    for (; check_specs[count] && count < NAMES_MAX; count++) {
        names[count] = check_specs[count]->name;
        text_add(&all, "%s%s", count ? ", " : "", names[count]);
    }
    const char *near = nearest_name(name, names, count);
    if (near)
        complain("check: no specification '%s'; did you mean '%s'?", name, near);
    else
        complain("check: no specification '%s'; expected one of: %s", name, text_string(&all));
    text_free(&all);
    return NULL;
}

static bool set_limit(struct request *q, int option, int64_t start_ns) {
    int64_t value;
    if (option == 't') {
        if (!parse_quantity("--timeout", QUANTITY_DURATION, optarg, &value)) return false;
        q->limits.deadline_ns = add_sat(start_ns, value);
    } else if (option == 'm') {
        if (!parse_quantity("--memory", QUANTITY_BYTES, optarg, &value)) return false;
        q->limits.memory_max = value > 0 ? (size_t)value : 1;
    } else if (option == 's') {
        q->svg = optarg;
    } else {
        return parse_quantity("--limit", QUANTITY_COUNT, optarg, &q->shown);
    }
    return true;
}

/* EXIT_PASSED to go on; asked for help: -1. */
static int parse(struct request *q, int argc, char **argv) {
    static const struct option options[] = {
        {"timeout", required_argument, NULL, 't'}, {"memory", required_argument, NULL, 'm'},
        {"limit", required_argument, NULL, 'l'},   {"svg", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},          {0}};
    const int64_t start_ns = limits_now();
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c == 'h') {
            print_help();
            return -1;
        }
        if (c == '?' || !set_limit(q, c, start_ns)) return EXIT_WRONG_USE;
    }
    if (optind + 2 != argc) {
        complain("check: found %d argument%s; expected SPEC HISTORY, such as register "
                 "out/SCENARIO/SEED/history.jsonl",
                 argc - optind, argc - optind == 1 ? "" : "s");
        return EXIT_WRONG_USE;
    }
    q->spec = find_spec(argv[optind]);
    q->path = argv[optind + 1];
    return q->spec ? EXIT_PASSED : EXIT_WRONG_USE;
}

/* The first anomaly. False: the file could not be written. */
static bool draw_anomaly(const struct request *q, const struct check_result *result,
                         const struct history *h) {
    if (!q->svg || result->anomaly_count == 0) return true;
    struct text svg = {0};
    struct marks marks;
    marks_read(&marks, q->path);
    timeline_svg(h, q->spec, &result->anomalies[0], marks.spans, marks.count, &svg);
    marks_free(&marks);
    if (svg.size == 0) return true; /* it names no operations */
    FILE *file = fopen(q->svg, "w");
    bool good = file && fwrite(text_string(&svg), 1, svg.size, file) == svg.size;
    if (file) good = fclose(file) == 0 && good;
    if (!good) complain("check: %s: %s", q->svg, strerror(errno));
    text_free(&svg);
    return good;
}

static enum exit_code tell(const struct request *q, const struct check_result *result,
                           const struct history *h) {
    static const enum exit_code codes[] = {[CHECK_VALID] = EXIT_PASSED,
                                           [CHECK_INVALID] = EXIT_FAILED,
                                           [CHECK_UNKNOWN] = EXIT_INCONCLUSIVE};
    struct text out = {0};
    check_print_json(q->spec, result, h, &out);
    fputs(text_string(&out), stdout);
    if (isatty(STDERR_FILENO)) {
        text_clear(&out);
        check_print_summary(q->spec, result, h, &out);
        fputs(text_string(&out), stderr);
    }
    text_free(&out);
    return draw_anomaly(q, result, h) ? codes[result->verdict] : EXIT_WRONG_USE;
}

static enum exit_code judge(struct request *q, struct history *h, struct text *error) {
    const char *name = strcmp(q->path, "-") == 0 ? "stdin" : q->path;
    struct check_result result = {
        .anomalies_max = (uint64_t)(q->svg && q->shown < 1 ? 1 : q->shown)};
    enum exit_code code = EXIT_WRONG_USE;
    switch (history_read_file(h, q->path, name, &q->limits, error)) {
    case HISTORY_MALFORMED: break;
    case HISTORY_READ:
        check_run(q->spec, h, &q->limits, &result);
        if (result.malformed.size)
            text_add(error, "%s:%u: %s", name, result.malformed_line,
                     text_string(&result.malformed));
        else
            code = tell(q, &result, h);
        break;
    case HISTORY_LIMIT:
        result.operations = h->count;
        result.verdict = CHECK_UNKNOWN;
        text_add(&result.why, "%s before all of the history was read", q->limits.passed);
        code = tell(q, &result, h);
    }
    check_result_free(&result, &q->limits);
    return code;
}

int cmd_check(int argc, char **argv) {
    enum { MEMORY_USUAL_GB = 4, SHOWN_USUAL = 100 };
    struct request q = {.limits.memory_max = (size_t)MEMORY_USUAL_GB * 1000000000,
                        .shown = SHOWN_USUAL};
    const int parsed = parse(&q, argc, argv);
    if (parsed != EXIT_PASSED) return parsed < 0 ? EXIT_PASSED : parsed;
    struct history history;
    struct text error = {0};
    const enum exit_code code = judge(&q, &history, &error);
    if (error.size) complain("%s", text_string(&error));
    text_free(&error);
    history_free(&history, &q.limits);
    return (int)code;
}
