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
    const char *file, *probe; /* probe NULL: events are what counts */
    int64_t warm_ns, run_ns;
    bool laws_off;
    struct script_setting settings[3]; /* up to one without a name */
};

#define SECOND INT64_C(1000000000)

static const struct scenario_bench scenarios[] = {
    {.file = "scenarios/bench/lua_ring.lua",
     .probe = "messages",
     .warm_ns = 100000000,
     .run_ns = 2 * SECOND},
    {.file = "scenarios/bench/lua_ring_integers.lua",
     .probe = "messages",
     .warm_ns = 100000000,
     .run_ns = 2 * SECOND},
    {.file = "scenarios/bench/wal.lua", .probe = "done", .warm_ns = SECOND, .run_ns = 20 * SECOND},
    {.file = "scenarios/bench/raft.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 30 * SECOND,
     .laws_off = true,
     .settings = {{"servers", "3"}}},
    {.file = "scenarios/bench/raft.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 30 * SECOND,
     .settings = {{"servers", "3"}}},
    {.file = "scenarios/bench/raft.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 20 * SECOND,
     .laws_off = true,
     .settings = {{"servers", "5"}}},
    {.file = "scenarios/bench/raft.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 20 * SECOND,
     .settings = {{"servers", "5"}}},
    {.file = "scenarios/bench/raft.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 30 * SECOND,
     .laws_off = true,
     .settings = {{"servers", "3"}, {"batch", "1"}}},
    {.file = "scenarios/bench/raft.lua",
     .probe = NULL,
     .warm_ns = SECOND,
     .run_ns = 60 * SECOND,
     .laws_off = true,
     .settings = {{"servers", "3"}}},
    {.file = "scenarios/bench/paxos.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 30 * SECOND,
     .laws_off = true,
     .settings = {{"servers", "3"}}},
    {.file = "scenarios/bench/paxos.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 30 * SECOND,
     .settings = {{"servers", "3"}}},
    {.file = "scenarios/bench/paxos.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 20 * SECOND,
     .laws_off = true,
     .settings = {{"servers", "5"}}},
    {.file = "scenarios/bench/paxos.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 20 * SECOND,
     .settings = {{"servers", "5"}}},
    {.file = "scenarios/bench/paxos.lua",
     .probe = "commands",
     .warm_ns = SECOND,
     .run_ns = 30 * SECOND,
     .laws_off = true,
     .settings = {{"servers", "3"}, {"batch", "1"}}},
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

static size_t setting_count(const struct scenario_bench *s) {
    size_t count = 0;
    while (s->settings[count].name) count++;
    return count;
}

static bool run_script(const struct bench *bench, struct bench_result *result, struct text *error) {
    const struct scenario_bench *s = &scenarios[bench->a];
    const struct script_options options = {.path = home_path(s->file),
                                           .seed = 1,
                                           .settings = s->settings,
                                           .setting_count = setting_count(s),
                                           .library = home_path("scenarios/lib"),
                                           .models = model_registry,
                                           .print = swallow};
    struct script *script = script_open(&options, error);
    if (!script) return false;
    struct world *w = script_world(script);
    uint64_t seen = 0;
    struct trace_sink sink = {look, &seen, NULL};
    if (bench->b) world_add_sink(w, &sink);
    if (s->laws_off) world_laws_off(w);
    world_run(w, s->warm_ns);
    const int64_t before = work_done(w, s->probe);
    const double start = bench_now();
    world_run(w, s->warm_ns + s->run_ns);
    *result = (struct bench_result){.work = work_done(w, s->probe) - before,
                                    .seconds = bench_now() - start};
    bool limit;
    const char *why = script_error(script, &limit);
    if (!why && *world_why(w)) why = world_why(w);
    if (why) text_add(error, "%s", why);
    if (!why && result->work <= 0)
        text_add(error, "nothing was done: no probe \"%s\" has risen",
                 s->probe ? s->probe : "events");
    const bool ran = error->size == 0;
    script_close(script);
    return ran;
}

const struct bench bench_scenario[] = {
    {"lua-ring", "\"nodes\":100,\"fields\":4", "messages", run_script, 0, 0, 0},
    {"lua-ring", "\"nodes\":100,\"fields\":0", "messages", run_script, 1, 0, 0},
    {"wal", "\"standbys\":1,\"sink\":false", "commits", run_script, 2, 0, 0},
    {"wal", "\"standbys\":1,\"sink\":true", "commits", run_script, 2, 1, 0},
    {"raft", "\"servers\":3,\"laws\":false", "commits", run_script, 3, 0, 0},
    {"raft", "\"servers\":3,\"laws\":true", "commits", run_script, 4, 0, 0},
    {"raft", "\"servers\":5,\"laws\":false", "commits", run_script, 5, 0, 0},
    {"raft", "\"servers\":5,\"laws\":true", "commits", run_script, 6, 0, 0},
    {"raft", "\"servers\":3,\"laws\":false,\"batch\":1", "commits", run_script, 7, 0, 0},
    {"raft", "\"servers\":3,\"laws\":false", "events", run_script, 8, 0, 0},
    {"paxos", "\"servers\":3,\"laws\":false", "commits", run_script, 9, 0, 0},
    {"paxos", "\"servers\":3,\"laws\":true", "commits", run_script, 10, 0, 0},
    {"paxos", "\"servers\":5,\"laws\":false", "commits", run_script, 11, 0, 0},
    {"paxos", "\"servers\":5,\"laws\":true", "commits", run_script, 12, 0, 0},
    {"paxos", "\"servers\":3,\"laws\":false,\"batch\":1", "commits", run_script, 13, 0, 0},
    {0},
};
