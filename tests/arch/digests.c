/*
 * Prints what must be the same on every architecture: a digest of draws from every distribution,
 * and of a small replicated database under faults. aarch64.sh builds it twice and compares. Without
 * Lua, whose library would have to be there for the other machine too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "models/registry.h"
#include "world/sim.h"

#define MS INT64_C(1000000)

static void draws(void) {
    static const int64_t samples[] = {1000, 2000, 50000, 900000};
    const struct distribution all[] = {
        distribution_constant(7),
        {.kind = DISTRIBUTION_UNIFORM, .a = 10, .b = 1000000},
        {.kind = DISTRIBUTION_EXPONENTIAL, .a = 5, .b = 1000000},
        {.kind = DISTRIBUTION_NORMAL, .a = 1000000, .b = 300000},
        distribution_lognormal(500000, 2000000),
        {.kind = DISTRIBUTION_PARETO, .a = 1000, .shape = 1.3},
        {.kind = DISTRIBUTION_EMPIRICAL, .samples = samples, .count = 4}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct random r = {i + 1, 0};
        uint64_t sum = 0;
        for (int k = 0; k < 100000; k++) {
            const uint64_t sample = (uint64_t)distribution_sample(&all[i], &r);
            sum = random_key(sum, sample);
        }
        printf("distribution %zu %016llx\n", i, (unsigned long long)sum);
    }
}

static sim_node add(struct world *w, const char *name, const char *model,
                    const struct knob_setting *knobs, size_t count, int64_t drift_ppb) {
    struct text error = {0};
    struct host_options host = host_options_default();
    host.clock.drift_ppb = drift_ppb;
    host.disk.crash = DISK_KEEPS_ANY;
    host.disk.tears = true;
    const sim_node node = world_add_node(w,
                                         &(struct node_options){.name = name,
                                                                .model = model_find(model),
                                                                .host = world_add_host(w, &host),
                                                                .knobs = knobs,
                                                                .knob_count = count},
                                         &error);
    if (node == SIM_NOBODY) {
        fprintf(stderr, "%s\n", text_string(&error));
        exit(2);
    }
    return node;
}

static void fault(struct world *w, enum fault_kind kind, sim_node a, sim_node b, int64_t x,
                  int64_t y) {
    world_fault(w, &(struct fault){kind, a, b, x, y}, false);
}

static void database(uint64_t seed) {
    struct world *w = world_create(&(struct world_options){.seed = seed, .tie_shuffle = seed % 2});
    const sim_node primary = add(w, "primary", "postgres", NULL, 0, 20000);
    const sim_node standby = add(w, "standby", "postgres",
                                 (const struct knob_setting[]){{"upstream", {.number = primary}}},
                                 1, -30000);
    add(w, "app", "client",
        (const struct knob_setting[]){{"target", {.number = primary}},
                                      {"clients", {.number = 8}},
                                      {"distribution", {.number = 1}}},
        3, 0);
    world_run(w, 2000 * MS);
    fault(w, FAULT_LOSS, primary, standby, 100000000, 0);
    fault(w, FAULT_CLOCK_DRIFT, standby, SIM_NOBODY, 150000, 0);
    world_run(w, 3000 * MS);
    fault(w, FAULT_CRASH, standby, SIM_NOBODY, 1, 0);
    world_run(w, 3500 * MS);
    fault(w, FAULT_RESTART, standby, SIM_NOBODY, 0, 0);
    fault(w, FAULT_CUT, primary, standby, 0, 0);
    world_run(w, 4000 * MS);
    world_heal(w, FAULT_KINDS, SIM_NOBODY, SIM_NOBODY);
    world_run(w, 8000 * MS);
    printf("database %llu: %lld records, %016llx%s%s\n", (unsigned long long)seed,
           (long long)world_records(w), (unsigned long long)world_digest(w),
           *world_why(w) ? ": " : "", world_why(w));
    world_destroy(w);
}

int main(void) {
    draws();
    for (uint64_t seed = 1; seed <= 4; seed++) database(seed);
    return 0;
}
