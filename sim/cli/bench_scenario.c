/*
 * Benchmarks that run a script of scenarios/bench/: messages between Lua nodes, and commits of the
 * WAL model. What counts as work is the sum of a probe, named below, over all nodes that have it.
 */
#include <string.h>

#include "bench.h"
#include "home.h"
#include "models/registry.h"
#include "script/script.h"

struct scenario_bench {
    const char *file, *model; /* model NULL: the scenario takes none, and no number of servers */
    const char *probe;        /* its sum over all nodes is what counts */
    int64_t warm_ns, run_ns;
};
#define SECOND INT64_C(1000000000)

/* A benchmark's a is a place in here, b what differs, c a number of servers. */
enum { LUA_RING, LUA_RING_INTEGERS, WAL, RAFT, PAXOS };
enum { WITH_SINK = 1, LAWS_OFF = 2, BATCH_OF_ONE = 4, COUNTS_EVENTS = 8 };
static const struct scenario_bench scenarios[] = {
    [LUA_RING] = {"scenarios/bench/lua_ring.lua", NULL, "messages", SECOND / 10, 2 * SECOND},
    [LUA_RING_INTEGERS] = {"scenarios/bench/lua_ring_integers.lua", NULL, "messages", SECOND / 10,
                           2 * SECOND},
    [WAL] = {"scenarios/bench/wal.lua", NULL, "done", SECOND, 20 * SECOND},
    [RAFT] = {"scenarios/bench/group.lua", "raft", "commands", SECOND, 30 * SECOND},
    [PAXOS] = {"scenarios/bench/group.lua", "paxos", "commands", SECOND, 30 * SECOND},
};

static int64_t work_done(struct world *w, const char *probe) {
    int64_t sum = 0;
    if (!probe) return world_events(w);
    for (sim_node n = 0; n < world_nodes(w); n++) {
        const struct sim_param *probes = world_node_model(w, n)->probes;
        for (size_t p = 0; probes && probes[p].name; p++) {
            const int64_t value = strcmp(probes[p].name, probe) ? SIM_NONE : world_probe(w, n, p);
            if (value != SIM_NONE) sum += value;
        }
    }
    return sum;
}

static void swallow(void *context, const char *bytes, size_t size) {
    (void)context;
    (void)bytes;
    (void)size;
}

static void look(void *context, const struct record *record) {
    uint64_t *sum = context;
    *sum += (uint64_t)record->seq;
}

static size_t settings_of(const struct bench *bench, struct script_setting settings[3]) {
    size_t count = 0;
    if (!scenarios[bench->a].model) return 0;
    settings[count++] = (struct script_setting){"model", scenarios[bench->a].model};
    settings[count++] = (struct script_setting){"servers", bench->c == 3 ? "3" : "5"};
    if (bench->b & BATCH_OF_ONE) settings[count++] = (struct script_setting){"batch", "1"};
    return count;
}

static bool run_script(const struct bench *bench, struct bench_result *result, struct text *error) {
    const struct scenario_bench *s = &scenarios[bench->a];
    const char *probe = bench->b & COUNTS_EVENTS ? NULL : s->probe;
    struct script_setting settings[3];
    const struct script_options options = {.path = home_path(s->file),
                                           .seed = 1,
                                           .settings = settings,
                                           .setting_count = settings_of(bench, settings),
                                           .library = home_path("scenarios/lib"),
                                           .models = model_registry,
                                           .print = swallow};
    struct script *script = script_open(&options, error);
    if (!script) return false;
    struct world *w = script_world(script);
    uint64_t seen = 0;
    struct trace_sink sink = {look, &seen, NULL};
    if (bench->b & WITH_SINK) world_add_sink(w, &sink);
    if (bench->b & LAWS_OFF) world_laws_off(w);
    world_run(w, s->warm_ns);
    const int64_t before = work_done(w, probe);
    const double start = bench_now();
    world_run(w, s->warm_ns + s->run_ns);
    *result =
        (struct bench_result){.work = work_done(w, probe) - before, .seconds = bench_now() - start};
    bool limit;
    const char *why = script_error(script, &limit);
    if (!why && *world_why(w)) why = world_why(w);
    if (why) text_add(error, "%s", why);
    if (!why && result->work <= 0)
        text_add(error, "nothing was done: no probe \"%s\" has risen", probe ? probe : "events");
    const bool ran = error->size == 0;
    script_close(script);
    return ran;
}

const struct bench bench_scenario[] = {
    {"lua-ring", "\"nodes\":100,\"fields\":4", "messages", run_script, LUA_RING, 0, 0},
    {"lua-ring", "\"nodes\":100,\"fields\":0", "messages", run_script, LUA_RING_INTEGERS, 0, 0},
    {"wal", "\"standbys\":1,\"sink\":false", "commits", run_script, WAL, 0, 0},
    {"wal", "\"standbys\":1,\"sink\":true", "commits", run_script, WAL, WITH_SINK, 0},
    {"raft", "\"servers\":3,\"laws\":false", "commits", run_script, RAFT, LAWS_OFF, 3},
    {"raft", "\"servers\":3,\"laws\":true", "commits", run_script, RAFT, 0, 3},
    {"raft", "\"servers\":5,\"laws\":false", "commits", run_script, RAFT, LAWS_OFF, 5},
    {"raft", "\"servers\":5,\"laws\":true", "commits", run_script, RAFT, 0, 5},
    {"raft", "\"servers\":3,\"laws\":false,\"batch\":1", "commits", run_script, RAFT,
     LAWS_OFF | BATCH_OF_ONE, 3},
    {"raft", "\"servers\":3,\"laws\":false", "events", run_script, RAFT, LAWS_OFF | COUNTS_EVENTS,
     3},
    {"paxos", "\"servers\":3,\"laws\":false", "commits", run_script, PAXOS, LAWS_OFF, 3},
    {"paxos", "\"servers\":3,\"laws\":true", "commits", run_script, PAXOS, 0, 3},
    {"paxos", "\"servers\":5,\"laws\":false", "commits", run_script, PAXOS, LAWS_OFF, 5},
    {"paxos", "\"servers\":5,\"laws\":true", "commits", run_script, PAXOS, 0, 5},
    {"paxos", "\"servers\":3,\"laws\":false,\"batch\":1", "commits", run_script, PAXOS,
     LAWS_OFF | BATCH_OF_ONE, 3},
    {0},
};
