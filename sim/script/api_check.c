/*
 * sim.check "register": what clients saw in this run is judged by a specification of sim/check, at
 * the end.
 *
 * The history is kept as it happens, by a sink that nothing in the run sees: each event becomes the
 * line that history.jsonl has, and goes to the reader of `orrery check`. So a verdict here is that
 * of `orrery check` on the file, and is there when no file is written (in a sweep, in a grading).
 * Its limits are memory and steps, never wall time: the verdict depends on the run alone, on every
 * machine.
 */
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "check/history_file.h"
#include "check/timeline.h"
#include "report/faults.h"
#include "report/history.h"
#include "script/internal.h"

static const size_t memory_max = 400000000;
static const uint64_t steps_max = 100000000; /* half a minute, at the most */
static const char limits_in_words[] = "400 MB and 100 million steps";

struct kept_history {
    struct trace_sink sink;
    struct history_lines lines;
    struct text line;
    sim_node *of; /* whose operations; NULL: everybody's */
    size_t of_count;
    struct history history;
    struct limits limits;
    struct reading *reading; /* NULL: it has ended */
    enum history_read read;
    struct text wrong;
};

static bool is_of(const struct kept_history *k, sim_node node) {
    for (size_t i = 0; i < k->of_count; i++)
        if (k->of[i] == node) return true;
    return k->of_count == 0;
}

static void keep(void *context, const struct record *r) {
    struct kept_history *k = context;
    text_clear(&k->line);
    history_line(&k->lines, r, &k->line);
    if (!k->line.size || !k->reading) return;
    if (is_of(k, r->node))
        history_reading_line(k->reading, k->line.data, k->line.size - 1);
    else
        history_reading_skip(k->reading);
}

static void begin_keeping(struct check *check, struct nodes of) {
    struct script *script = check->script;
    struct kept_history *k = check->history = must_calloc(1, sizeof *k);
    k->of = must_calloc(of.count + 1, sizeof *k->of);
    k->of_count = of.count;
    for (size_t i = 0; i < of.count; i++) k->of[i] = of.nodes[i];
    k->limits.memory_max = memory_max;
    k->lines.world = script->world;
    k->reading = history_reading_begin(&k->history, &k->limits);
    k->sink = (struct trace_sink){keep, k, NULL};
    world_add_sink(script->world, &k->sink);
}

void kept_history_free(struct kept_history *k) {
    if (!k) return;
    if (k->reading) history_reading_end(k->reading, &k->wrong);
    history_free(&k->history, &k->limits);
    text_free(&k->line);
    text_free(&k->wrong);
    free(k->of);
    free(k);
}

/* ---- the picture ---- */

static void draw_timeline(struct check *check, const struct check_result *result) {
    const struct world *world = check->script->world;
    const size_t count = world_faults(world);
    struct timeline_fault *faults = must_calloc(count + 1, sizeof *faults);
    char **labels = must_calloc(count + 1, sizeof *labels);
    for (size_t i = 0; i < count; i++) {
        struct text label = {0};
        fault_label(world, i, &label);
        labels[i] = label.data;
        faults[i] = (struct timeline_fault){world_fault_entry(world, i)->t, fault_end_ns(world, i),
                                            labels[i] ? labels[i] : ""};
        if (world_fault_entry(world, i)->fault.kind == FAULT_RESTART ||
            (i > 0 && fault_is_other_way(world, i - 1, i)))
            faults[i].from_ns = INT64_MAX; /* the end of a crash; a cut that is told already */
    }
    timeline_svg(&check->history->history, check->spec, &result->anomalies[0], faults, count,
                 &check->svg);
    for (size_t i = 0; i < count; i++) free(labels[i]);
    free(labels);
    free(faults);
}

/* ---- the verdict ---- */

static void judge(struct check *check) {
    struct kept_history *k = check->history;
    struct check_result result = {.anomalies_max = 1};
    k->limits.passed = NULL;
    k->limits.ticks = 0;
    k->limits.ticks_max = steps_max;
    check_run(check->spec, &k->history, &k->limits, &result);
    const bool wanted = check->mode == CHECK_HISTORY_FAILS;
    if (result.malformed.size)
        check_decide(check, VERDICT_INCONCLUSIVE, "the history, in line %u: %s",
                     result.malformed_line, text_string(&result.malformed));
    else if (result.verdict == CHECK_UNKNOWN)
        check_decide(check, VERDICT_INCONCLUSIVE, "%s%s%s", text_string(&result.why),
                     k->limits.passed ? "; in a run a check may take " : "",
                     k->limits.passed ? limits_in_words : "");
    else
        check_decide(
            check, (result.verdict == CHECK_INVALID) == wanted ? VERDICT_PASS : VERDICT_FAIL,
            "%s%s", wanted ? "this run shows no breach of it: " : "", text_string(&result.why));
    if (result.verdict == CHECK_INVALID && result.anomaly_count) draw_timeline(check, &result);
    check_result_free(&result, &k->limits);
}

void check_history(struct check *check) {
    struct kept_history *k = check->history;
    if (k->reading) k->read = history_reading_end(k->reading, &k->wrong);
    k->reading = NULL;
    if (k->read == HISTORY_READ)
        judge(check);
    else if (k->read == HISTORY_LIMIT)
        check_decide(check, VERDICT_INCONCLUSIVE,
                     "the history is larger than the %s that a check may take in a run",
                     limits_in_words);
    else
        check_decide(check, VERDICT_INCONCLUSIVE, "the history cannot be read: %s",
                     text_string(&k->wrong));
}

/* ---- sim.check(specification, { demonstrates = true, of = clients }) ---- */

static const struct check_spec *to_spec(lua_State *L, int index) {
    enum { SPECS_MAX = 32 };
    const char *name = to_string(L, index, "sim.check");
    const struct check_spec *spec = check_spec_named(name);
    if (spec) return spec;
    const char *names[SPECS_MAX];
    size_t count = 0;
    for (; check_specs[count] && count < SPECS_MAX; count++)
        names[count] = check_specs[count]->name;
    raise_unknown(L, "sim.check", "specification", name, names, count);
    return NULL;
}

static int sim_check(lua_State *L) {
    acting(L, "sim.check");
    struct script *script = script_of(L);
    if (!script->building)
        raise(L, "sim.check: found in the middle of the run; expected at the script's top: a "
                 "history is judged whole");
    const struct check_spec *spec = to_spec(L, 1);
    struct options options;
    lua_settop(L, 2);
    options_open(&options, L, 2, "sim.check");
    bool demonstrates = false;
    struct nodes of = {0};
    const char *name = spec->name;
    options_bool(&options, "demonstrates", &demonstrates);
    if (options_push(&options, "of")) {
        of = to_nodes(L, -1, "sim.check: of");
        if (of.count == 0) raise(L, "sim.check: of: found no node; expected clients");
        for (size_t i = 0; i < of.count; i++)
            name = lua_pushfstring(L, "%s%s%s", name, i == 0 ? " of " : ", ",
                                   world_node_name(script->world, of.nodes[i]));
    }
    options_close(&options);
    for (const struct check *check = script->checks; check; check = check->later)
        if (check->spec == spec && strcmp(check->name, name) == 0)
            raise(L, "sim.check: found \"%s\" a second time; expected each specification once",
                  name);
    struct check *check = check_make(L, name, demonstrates ? "demonstrates" : "check");
    check->mode = demonstrates ? CHECK_HISTORY_FAILS : CHECK_HISTORY;
    check->spec = spec;
    begin_keeping(check, of);
    return 0;
}

void api_check(lua_State *L) {
    api_functions(L, (const luaL_Reg[]){{"check", sim_check}, {NULL, NULL}});
}
