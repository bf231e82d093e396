/*
 * With nobody watching, an event costs no allocation: once a world is warm, malloc is silent.
 *
 * The program brings its own malloc family, which counts and hands on. Under a sanitizer that
 * family is the sanitizer's, so the test is skipped there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "world/sim.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define SANITIZED 1
#endif

static int64_t allocations;

#ifndef SANITIZED
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}
void *realloc(void *p, size_t size) {
    allocations++;
    return __libc_realloc(p, size);
}
#endif

/* A node of every trade: datagrams, a stream, timers pushed back, lanes, a log that is synced and
 * cut, notes, facts under a law, operations for the history. */
enum {
    PEERS = 8,
    BODY = 200,
    TIMER_TICK = 1,
    TIMER_PUSHED,
    FILE_LOG = 1,
    STREAM = 1,
    LOG_MAX = 64
};
struct worker {
    sim_node self;
    int64_t ticks, log;
    bool up;
};

static void *worker_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct worker *worker = memory_take(config->memory, sizeof *worker);
    worker->self = config->self;
    return worker;
}

static void tick(struct worker *worker, const struct sim_event *e, struct sim_out *out) {
    uint8_t body[BODY] = {0};
    const sim_node next = (worker->self + 1) % PEERS;
    worker->ticks++;
    sim_send(out,
             (struct sim_message){.peer = next, .body = {body, worker->ticks % 2 ? BODY : 20}});
    if (worker->up)
        sim_send(out, (struct sim_message){.peer = next, .channel = STREAM, .body = {body, BODY}});
    sim_arm(out, TIMER_TICK, e->now.mono_ns + 1000000);
    sim_arm(out, TIMER_PUSHED, e->now.mono_ns + 50000000);
    sim_arm(out, 1000 + (uint64_t)worker->ticks, e->now.mono_ns + 300000); /* used once */
    sim_work(out, (uint32_t)(worker->ticks % 3), 200000, 1);
    sim_disk(out, (struct sim_disk){.op = SIM_WRITE,
                                    .file = FILE_LOG,
                                    .offset = SIM_APPEND,
                                    .quiet = true,
                                    .bytes = {body, BODY}});
    sim_disk(out, (struct sim_disk){.op = SIM_SYNC, .file = FILE_LOG});
    if (++worker->log == LOG_MAX) {
        worker->log = 0;
        sim_disk(out, (struct sim_disk){.op = SIM_TRUNCATE, .file = FILE_LOG, .quiet = true});
    }
    sim_note(out, 0, worker->ticks);
    sim_fact(out, 0, worker->self, worker->ticks);
    sim_invoke(out, worker->ticks, "tick", (struct sim_bytes){body, 1},
               (struct sim_bytes){body, 8});
    sim_return(out, worker->ticks, SIM_DONE, (struct sim_bytes){body, 8}, NULL);
    sim_invoke_for(out, worker->ticks % 5, -worker->ticks, "tick", (struct sim_bytes){body, 1},
                   (struct sim_bytes){body, 8});
    sim_return_version(out, -worker->ticks, SIM_DONE, (struct sim_bytes){body, 8}, worker->ticks,
                       NULL);
}

static void worker_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct worker *worker = state;
    switch (e->kind) {
    case SIM_START:
        sim_connect(out, (worker->self + 1) % PEERS, STREAM);
        sim_arm(out, TIMER_TICK, e->now.mono_ns + 1000000);
        return;
    case SIM_PEER: worker->up = e->peer.up; return;
    case SIM_TIMER:
        if (e->timer.id == TIMER_TICK) tick(worker, e, out);
        return;
    default: return;
    }
}

static enum sim_judgement rises(struct sim_fold *f, const struct sim_fact *fact) {
    int64_t *last = f->state;
    if (fact->a <= *last) return SIM_BROKEN;
    *last = fact->a;
    return SIM_HELD;
}
static const struct sim_law ticks_rise = {.name = "ticks rise",
                                          .says = "",
                                          .source = "",
                                          .reads = (const char *const[]){"ticked", NULL},
                                          .state_bytes = sizeof(int64_t),
                                          .per_group = true,
                                          .fold = rises};
static const struct sim_model worker_model = {
    .name = "worker",
    .summary = "",
    .init = worker_init,
    .step = worker_step,
    .messages = (const struct sim_name[]){{"work", NULL}, {0}},
    .notes = (const struct sim_name[]){{"ticked", "tick {}"}, {0}},
    .facts = (const struct sim_name[]){{"ticked", NULL}, {0}},
    .channels = (const struct sim_channel[]){{"datagram", false}, {"stream", true}, {0}},
    .laws = (const struct sim_law *const[]){&ticks_rise, NULL}};

static void a_warm_world_does_not_allocate(void **state) {
    (void)state;
#ifdef SANITIZED
    skip();
#endif
    struct world *w = world_create(&(struct world_options){.seed = 1});
    struct host_options host = host_options_default();
    host.disk.sync =
        distribution_constant(700000); /* a rare late sync would make a list longer yet */
    static const char *const names[PEERS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct text error = {0};
    for (int i = 0; i < PEERS; i++)
        world_add_node(w,
                       &(struct node_options){.name = names[i],
                                              .model = &worker_model,
                                              .host = world_add_host(w, &host)},
                       &error);
    assert_string_equal(text_string(&error), "");
    assert_int_equal(world_run(w, INT64_C(2000000000)), WORLD_TIME_IS_UP);
    const int64_t before = allocations, events = world_events(w);
    assert_true(before > 0); /* the counter counts */
    assert_int_equal(world_run(w, INT64_C(6000000000)), WORLD_TIME_IS_UP);
    assert_true(world_events(w) - events > 100000);
    assert_int_equal(allocations - before, 0);
    world_destroy(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_warm_world_does_not_allocate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
