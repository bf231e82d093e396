/* What a sweep has found, as a table of 80 columns for people and as JSON for programs. */
#include <string.h>

#include "base/wide.h"
#include "options.h"
#include "report/json.h"
#include "report/progress.h"
#include "sweep.h"

static const char *verdict_of(enum exit_code code) {
    switch (code) {
    case EXIT_PASSED: return "PASS";
    case EXIT_INCONCLUSIVE: return "INCONCLUSIVE";
    case EXIT_INTERRUPTED: return "INTERRUPTED";
    case EXIT_WRONG_USE: return "WRONG";
    default: return "FAIL";
    }
}

static const char *colour_of(enum exit_code code) {
    return code == EXIT_PASSED         ? "\033[1;32m"
           : code == EXIT_INCONCLUSIVE ? "\033[1;33m"
                                       : "\033[1;31m";
}

static void add_command(const struct sweep *sweep, const struct sweep_group *group, uint64_t seed,
                        struct text *out) {
    text_add(out, "./orrery run ");
    add_shell_word(out, group->scenario);
    text_add(out, " --seed %llu%s", (unsigned long long)seed, text_string(&sweep->command));
}

/* The first line of a reason, cut so that it stays on one line. */
static void add_why(struct text *out, const char *why) {
    enum { WHY_MAX = 300 };
    size_t size = strcspn(why, "\n");
    const bool cut = size > WHY_MAX;
    if (cut) size = WHY_MAX;
    text_add_bytes(out, why, size);
    if (cut) text_add(out, "...");
}

static void add_group(const struct sweep *sweep, const struct sweep_group *group,
                      struct text *out) {
    text_add(out, "  %zu x %s", group->count, group->kind);
    struct text words = {0};
    if (group->name[0]) text_add(&words, "%s", group->name);
    if (sweep->path_count > 1) text_add(&words, words.size ? " (%s)" : "(%s)", group->scenario);
    if (words.size) text_add(out, "  ");
    text_add_wrapped(out, 6, text_string(&words));
    text_clear(&words);
    if (group->why[0]) {
        add_why(&words, group->why);
        text_add_wrapped(out, 6, text_string(&words));
    }
    text_free(&words);
    for (size_t i = 0; i < group->count && i < SWEEP_COMMANDS; i++) {
        text_add(out, "      ");
        add_command(sweep, group, group->seeds[i], out);
        text_add_char(out, '\n');
    }
    if (group->count <= SWEEP_COMMANDS) return;
    enum { SEEDS_MAX = 12 };
    text_add(out, "      and seeds");
    for (size_t i = SWEEP_COMMANDS; i < group->count && i < SWEEP_COMMANDS + SEEDS_MAX; i++)
        text_add(out, " %llu", (unsigned long long)group->seeds[i]);
    if (group->count > SWEEP_COMMANDS + SEEDS_MAX)
        text_add(out, " and %zu more", group->count - SWEEP_COMMANDS - SEEDS_MAX);
    text_add_char(out, '\n');
}

static void add_idle(struct text *out, const char *title, const struct sweep_tally *tallies,
                     size_t count) {
    bool any = false;
    struct text words = {0};
    for (size_t i = 0; i < count; i++) {
        if (tallies[i].tried == 0 || tallies[i].did > 0) continue;
        text_add(&words, any ? ", %s" : title, tallies[i].name);
        any = true;
    }
    if (any) {
        text_add(out, "  ");
        text_add_wrapped(out, 4, text_string(&words));
    }
    text_free(&words);
}

static void add_head(const struct sweep *sweep, enum exit_code code, int64_t wall_ms, int at_once,
                     bool colours, struct text *out) {
    text_add(out, "%s%s%s  ", colours ? colour_of(code) : "", verdict_of(code),
             colours ? "\033[0m" : "");
    for (size_t i = 0; i < sweep->path_count && i < 3; i++) {
        struct text name = {0};
        scenario_name(sweep->paths[i], &name);
        text_add(out, "%s%s", i ? ", " : "", text_string(&name));
        text_free(&name);
    }
    if (sweep->path_count > 3) text_add(out, " and %zu more", sweep->path_count - 3);
    text_add(out, ", seeds %llu-%llu\n", (unsigned long long)sweep->first,
             (unsigned long long)sweep->last);
    text_add(out, "  %lld runs: %lld passed, %lld failed, %lld inconclusive",
             (long long)sweep->frontier, (long long)sweep->passed, (long long)sweep->failed,
             (long long)sweep->inconclusive);
    if (sweep->frontier < sweep->jobs)
        text_add(out, "; %lld not counted", (long long)(sweep->jobs - sweep->frontier));
    text_add(out, "\n  in ");
    progress_add_seconds(out, wall_ms);
    text_add(out, ", ");
    progress_add_rate(out, mul_div(sweep->frontier, 1000, wall_ms > 0 ? wall_ms : 1));
    text_add(out, " runs/s, %d at a time\n", at_once);
}

void sweep_table(const struct sweep *sweep, enum exit_code code, int64_t wall_ms, int at_once,
                 bool colours, struct text *out) {
    add_head(sweep, code, wall_ms, at_once, colours, out);
    if (sweep->failure_count) text_add(out, "\nfailures\n");
    for (size_t i = 0; i < sweep->failure_count; i++) add_group(sweep, &sweep->failures[i], out);
    if (sweep->gap_count) text_add(out, "\ninconclusive\n");
    for (size_t i = 0; i < sweep->gap_count; i++) add_group(sweep, &sweep->gaps[i], out);
    struct text idle = {0};
    add_idle(&idle, "laws that never judged anything: %s", sweep->laws, sweep->law_count);
    add_idle(&idle, "generated faults that never had an effect: %s", sweep->faults,
             sweep->fault_count);
    if (idle.size) text_add(out, "\nover all runs\n%s", text_string(&idle));
    text_free(&idle);
}

static void put_groups(const struct sweep *sweep, struct json *json, const char *key,
                       const struct sweep_group *groups, size_t count) {
    json_open(json, key, '[');
    for (size_t i = 0; i < count; i++) {
        const struct sweep_group *g = &groups[i];
        struct text command = {0};
        add_command(sweep, g, g->seeds[0], &command);
        json_open(json, NULL, '{');
        json_string(json, "scenario", g->scenario);
        json_string(json, "kind", g->kind);
        json_string(json, "name", g->name);
        json_string(json, "why", g->why);
        json_open_flat(json, "seeds", '[');
        for (size_t k = 0; k < g->count; k++) json_integer(json, NULL, (int64_t)g->seeds[k]);
        json_close(json, ']');
        json_string(json, "command", text_string(&command));
        json_close(json, '}');
        text_free(&command);
    }
    json_close(json, ']');
}

static void put_tallies(struct json *json, const char *key, const struct sweep_tally *tallies,
                        size_t count, const char *tried, const char *did) {
    json_open(json, key, '{');
    for (size_t i = 0; i < count; i++) {
        json_open_flat(json, tallies[i].name, '{');
        json_integer(json, tried, tallies[i].tried);
        json_integer(json, did, tallies[i].did);
        json_close(json, '}');
    }
    json_close(json, '}');
}

void sweep_json(const struct sweep *sweep, enum exit_code code, int64_t wall_ms, struct text *out) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_open_flat(&json, "scenarios", '[');
    for (size_t i = 0; i < sweep->path_count; i++) json_string(&json, NULL, sweep->paths[i]);
    json_close(&json, ']');
    json_open_flat(&json, "seeds", '[');
    json_integer(&json, NULL, (int64_t)sweep->first);
    json_integer(&json, NULL, (int64_t)sweep->last);
    json_close(&json, ']');
    json_string(&json, "verdict",
                code == EXIT_PASSED                                     ? "pass"
                : code == EXIT_INCONCLUSIVE || code == EXIT_INTERRUPTED ? "inconclusive"
                                                                        : "fail");
    json_bool(&json, "interrupted", code == EXIT_INTERRUPTED);
    json_integer(&json, "runs", sweep->frontier);
    json_integer(&json, "passed", sweep->passed);
    json_integer(&json, "failed", sweep->failed);
    json_integer(&json, "inconclusive", sweep->inconclusive);
    json_digest(&json, "digest", sweep->digest);
    put_groups(sweep, &json, "failures", sweep->failures, sweep->failure_count);
    put_groups(sweep, &json, "gaps", sweep->gaps, sweep->gap_count);
    put_tallies(&json, "laws", sweep->laws, sweep->law_count, "runs", "judged");
    put_tallies(&json, "faults", sweep->faults, sweep->fault_count, "injected", "effective");
    json_integer(&json, "wall_ms", wall_ms);
    json_close(&json, '}');
    text_add_char(out, '\n');
}
