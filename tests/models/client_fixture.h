/*
 * Servers that do as they are told, for tests of the workload client: they speak its protocol, say
 * what a test wants to hear, and keep what they were asked. A write gets the next version of all
 * stores; a read is answered with the version that its store has.
 */
#ifndef TESTS_CLIENT_FIXTURE_H
#define TESTS_CLIENT_FIXTURE_H

#include "postgres_fixture.h"

#include "base/memory.h"
#include "parts/client_protocol.h"

enum { STORES = 8, ASKED_MAX = 40000 };
struct asked {
    sim_node store;
    int64_t at_ns, session, after;
    bool writes;
};
struct store { /* by node */
    enum client_status status; /* of its answers; 0: ok */
    enum client_status read_status, write_status;
    int64_t redirect_to;
    bool silent;
    bool silent_writes;
    int64_t version; /* of its reads; 0: the newest */
    int64_t reads, writes;
};
static struct store stores[STORES];
static struct asked asked[ASKED_MAX];
static size_t asked_count;
static const struct world *asked_in;
static int64_t newest_version;

static inline void *store_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    sim_node *self = memory_take(config->memory, sizeof *self);
    *self = config->self;
    return self;
}

static inline void store_step(void *state, const struct sim_event *e, struct sim_out *out) {
    const sim_node self = *(const sim_node *)state;
    struct store *s = &stores[self];
    struct client_request q;
    if (e->kind != SIM_MESSAGE || !client_request_read(e->message.body, &q)) return;
    const bool writes = q.operation != CLIENT_READ && q.operation != CLIENT_SCAN;
    *(writes ? &s->writes : &s->reads) += 1;
    assert_true(asked_count < ASKED_MAX);
    asked[asked_count++] =
        (struct asked){self, world_now(asked_in), q.request & 0x1ffff, q.after, writes};
    if (s->silent || (s->silent_writes && writes)) return;
    const enum client_status only = writes ? s->write_status : s->read_status;
    struct client_response a = {.request = q.request,
                                .status = only ? only : s->status ? s->status : CLIENT_OK,
                                .value = 1,
                                .node = s->redirect_to};
    if (a.status == CLIENT_OK)
        a.version = writes ? ++newest_version : s->version ? s->version : newest_version;
    uint8_t body[CLIENT_RESPONSE_BYTES];
    sim_send(out, (struct sim_message){.peer = e->message.peer,
                                       .channel = CLIENT_CHANNEL,
                                       .type = CLIENT_RESPONSE,
                                       .body = client_response_write(&a, body)});
}

static const struct sim_model store_model = {
    .name = "store",
    .summary = "does as it is told",
    .init = store_init,
    .step = store_step,
    .messages = (const struct sim_name[]){{"request", NULL}, {"response", NULL}, {0}},
    .notes = (const struct sim_name[]){{0}},
    .channels = (const struct sim_channel[]){{"client", true}, {0}},
};

/* A world of so many stores: nodes 0, 1, ... The client comes after them. */
static inline void stores_begin(struct fixture *f, sim_node count) {
    static const char *const names[STORES] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"};
    memset(stores, 0, sizeof stores);
    asked_count = 0;
    newest_version = 0;
    fixture_begin(f, 5);
    asked_in = f->world;
    for (sim_node i = 0; i < count; i++) {
        struct host_options host = f->host;
        host.name = names[i];
        const struct node_options options = {
            .name = names[i], .model = &store_model, .host = world_add_host(f->world, &host)};
        struct text error = {0};
        assert_int_equal(world_add_node(f->world, &options, &error), i);
        text_free(&error);
    }
}

static inline struct knob_setting nodes(const char *name, const sim_node *list, size_t count) {
    return (struct knob_setting){name, {.nodes = list, .count = count}};
}
static const sim_node one_replica[] = {1}, two_replicas[] = {1, 2}, three_replicas[] = {1, 2, 3};
#define READ_FROM(LIST) nodes("read_from", LIST, sizeof LIST / sizeof *LIST)

enum { SPREAD, STICKY, ROUND_ROBIN };

/* Users who read and update the target 0, and read from what `more` says: 5 ms between them. */
#define USERS(COUNT, ...)                                                                        \
    KNOBS(knob("target", 0), knob("clients", COUNT), knob("think", 5 * MS), knob("mix", MIX_A_), \
          __VA_ARGS__)

static inline int64_t outcomes(const struct fixture *f) {
    return f->outcomes[SIM_DONE] + f->outcomes[SIM_FAILED] + f->outcomes[SIM_UNKNOWN];
}

#endif
