/* The reader of faults.jsonl: a plan that a world takes without harm, or a reason with file and
 * line. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "explore/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    return memory_take(config->memory, 8);
}
static void step(void *state, const struct sim_event *event, struct sim_out *out) {
    (void)state;
    if (event->kind == SIM_START || event->kind == SIM_TIMER)
        sim_arm(out, 1, event->now.mono_ns + 100000000);
    sim_send(out, (struct sim_message){.peer = 0, .body = {(const uint8_t *)"x", 1}});
}
static const struct sim_model idle = {.name = "idle", .summary = "", .init = init, .step = step};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct world *w =
        world_create(&(struct world_options){.seed = 1, .events_max = 2000, .pending_max = 10000});
    struct text error = {0};
    for (int i = 0; i < 3; i++) {
        const char name[2] = {(char)('a' + i), '\0'};
        const struct host_options host = host_options_default();
        world_add_node(
            w,
            &(struct node_options){.name = name, .model = &idle, .host = world_add_host(w, &host)},
            &error);
    }
    const int file = memfd_create("faults", 0);
    if (write(file, data, size) != (ssize_t)size) abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct fault_plan plan = {0};
    if (plan_read(&plan, path, w, &error)) {
        for (size_t i = 1; i < plan.count; i++) assert(plan.faults[i - 1].t <= plan.faults[i].t);
        plan_schedule(&plan, w);
        world_run(w, 2000000000);
    } else {
        assert(strncmp(text_string(&error), path, strlen(path)) == 0);
    }
    close(file);
    world_destroy(w);
    plan_free(&plan);
    text_free(&error);
    return 0;
}
