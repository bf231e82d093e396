/*
 * Cores of Multi-Paxos without a world: members of one group, whose messages lie here until a test
 * delivers or drops them, and whose records are durable when it says so. Owner: cores_end.
 */
#ifndef TESTS_MODELS_PAXOS_FIXTURE_H
#define TESTS_MODELS_PAXOS_FIXTURE_H

#include "base/memory.h"
#include "models_fixture.h"
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

enum { CORES_MAX = 6, LETTERS_MAX = 4096 };
struct letter {
    bool there;
    sim_node from, to;
    uint32_t type;
    uint8_t *body;
    size_t size;
};
struct cores {
    struct memory *memory;
    struct paxos_group g[CORES_MAX];
    struct paxos_output out;
    struct letter letters[LETTERS_MAX];
    size_t letter_count;
    struct random random;
    int64_t now;
    int count;
    struct paxos_config config;
    /* what node i has kept, for a restart */
    struct {
        uint8_t bytes[64][128];
        size_t size[64];
        int count;
    } kept[CORES_MAX];
    int64_t applied_hash[CORES_MAX][512]; /* by instance */
};

static inline void cores_begin(struct cores *c, int count, struct paxos_config config) {
    struct text refusal = {0};
    sim_node members[CORES_MAX] = {0, 1, 2, 3, 4, 5};
    memset(c, 0, sizeof *c);
    c->memory = memory_create("cores", 0);
    c->random = (struct random){1, 0};
    c->now = 1000 * MS;
    c->count = count;
    c->config = config;
    c->config.group = 1;
    if (!c->config.window) c->config.window = 8;
    if (!c->config.alpha) c->config.alpha = 16;
    c->config.batch = 4;
    c->config.heartbeat_ns = 50 * MS;
    c->config.election_min_ns = 150 * MS;
    c->config.election_max_ns = 300 * MS;
    c->config.retransmit_ns = 50 * MS;
    if (!paxos_quorum_begin(&c->config.quorum, members, (size_t)count, config.q1, config.q2,
                            config.insist, &refusal))
        fail_msg("%s", text_string(&refusal));
    text_free(&refusal);
    paxos_output_begin(&c->out, c->memory);
    for (int i = 0; i < CORES_MAX; i++) {
        c->config.self = (sim_node)i;
        paxos_begin(&c->g[i], &c->config, c->memory);
        paxos_start(&c->g[i], c->now, &c->random, &c->out);
        for (int k = 0; k < CORES_MAX; k++)
            paxos_peer_changed(&c->g[i], (sim_node)k, true, c->now, &c->out);
    }
    paxos_output_clear(&c->out);
}
static inline void cores_end(struct cores *c) { memory_destroy(c->memory); }

/* Takes what node i has said into the letters, applies what is chosen; syncs unless told not to. */
static inline void collect(struct cores *c, int i, bool sync) {
    struct paxos_group *g = &c->g[i];
    struct sim_bytes value;
    int64_t instance;
    for (int again = 0; again < 2; again++) {
        while ((instance = paxos_next(g, &value, c->now, &c->random, &c->out)) != 0)
            c->applied_hash[i][instance] = paxos_value_hash(value);
        paxos_flush(g, c->now, &c->random, &c->out);
        if (sync && again == 0) paxos_durable(g, g->records, c->now, &c->random, &c->out);
    }
    for (size_t m = 0; m < c->out.records.count; m++) {
        const struct sim_bytes b = paxos_output_bytes(&c->out, &c->out.records.list[m]);
        assert_true(c->kept[i].count < 64 && b.size <= 128);
        memcpy(c->kept[i].bytes[c->kept[i].count], b.data, b.size);
        c->kept[i].size[c->kept[i].count++] = b.size;
    }
    for (size_t m = 0; m < c->out.messages.count; m++) {
        const struct paxos_piece *p = &c->out.messages.list[m];
        assert_true(c->letter_count < LETTERS_MAX);
        struct letter *l = &c->letters[c->letter_count++];
        *l = (struct letter){true,   (sim_node)i, p->to, p->type, memory_take(c->memory, p->size),
                             p->size};
        memcpy(l->body, paxos_output_bytes(&c->out, p).data, p->size);
    }
    paxos_output_clear(&c->out);
}
static inline void deliver(struct cores *c, struct letter *l, bool sync) {
    l->there = false;
    paxos_receive(&c->g[l->to], l->type, l->from, (struct sim_bytes){l->body, l->size}, c->now,
                  &c->random, &c->out);
    collect(c, (int)l->to, sync);
}
/* Until nothing is under way. */
static inline void deliver_all(struct cores *c) {
    for (size_t i = 0; i < c->letter_count; i++)
        if (c->letters[i].there) deliver(c, &c->letters[i], true);
}
static inline void drop_all(struct cores *c) { c->letter_count = 0; }
/* The nth (0: the first) message of that type that is under way between them; NULL: none. */
static inline struct letter *letter(struct cores *c, enum paxos_type type, int from, int to,
                                    int n) {
    for (size_t i = 0; i < c->letter_count; i++) {
        struct letter *l = &c->letters[i];
        if (l->there && l->type == type && l->from == (sim_node)from && l->to == (sim_node)to &&
            n-- == 0)
            return l;
    }
    return NULL;
}
static inline void campaign(struct cores *c, int i) {
    assert_true(paxos_campaign(&c->g[i], c->now, &c->random, &c->out));
    collect(c, i, true);
}
static inline int64_t suggest(struct cores *c, int i, const char *text) {
    uint8_t value[32] = {VALUE_COMMAND};
    memcpy(value + 1, text, strlen(text));
    assert_true(paxos_may_propose(&c->g[i]));
    const int64_t instance =
        paxos_propose(&c->g[i], (struct sim_bytes){value, 1 + strlen(text)}, 0, &c->out);
    collect(c, i, true);
    return instance;
}
static inline void tick(struct cores *c, int i, int64_t after_ms) {
    c->now += after_ms * MS;
    paxos_tick(&c->g[i], c->now, &c->random, &c->out);
    collect(c, i, true);
}
static inline int64_t hash_of(const char *text) {
    uint8_t value[32] = {VALUE_COMMAND};
    memcpy(value + 1, text, strlen(text));
    return paxos_value_hash((struct sim_bytes){value, 1 + strlen(text)});
}
static inline int64_t accepted_at(const struct cores *c, int i, int64_t instance) {
    const struct paxos_entry *e = paxos_log_find(&c->g[i].log, instance);
    return e ? e->hash : 0;
}
/* From the records that it has kept, the first `count` of them (-1: all), as after a crash. */
static inline void begin_again(struct cores *c, int i, int count) {
    c->config.self = (sim_node)i;
    paxos_begin(&c->g[i], &c->config, c->memory);
    if (count < 0) count = c->kept[i].count;
    for (int r = 0; r < count; r++)
        paxos_replay(&c->g[i], (struct sim_bytes){c->kept[i].bytes[r], c->kept[i].size[r]});
    paxos_start(&c->g[i], c->now, &c->random, &c->out);
    for (int k = 0; k < CORES_MAX; k++)
        paxos_peer_changed(&c->g[i], (sim_node)k, true, c->now, &c->out);
    paxos_output_clear(&c->out);
}

#endif
