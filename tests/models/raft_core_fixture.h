/*
 * Raft's core without a world: members in a row, messages in a bag, and a disk for each that is
 * synced when the test says so. Messages go only when they are delivered, so any order, loss and
 * doubling is a line of a test.
 *
 * The disk is the dumb version of models/raft/storage.c: a list of writes, of which a crash loses
 * those that are not synced.
 */
#ifndef TESTS_RAFT_CORE_FIXTURE_H
#define TESTS_RAFT_CORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "raft/core/raft.h"

enum { CORES_MAX = 8, ENTRIES_MAX = 512, BAG_MAX = 4096 };

struct disk_entry {
    int64_t term;
    enum raft_kind kind;
    uint8_t data[64];
    size_t size;
};
struct disk_write {
    int64_t number, term, first, last;
    sim_node vote;
    bool state;
    struct disk_entry *entries;
};
struct core {
    struct raft r;
    struct raft_output out;
    struct memory *memory;
    bool up;
    /* what is durable */
    int64_t term, last;
    sim_node vote;
    struct disk_entry *log; /* by index, from base + 1 on */
    int64_t base, base_term;
    uint64_t base_hash;
    struct raft_snapshot snapshot;
    /* and what is not */
    struct disk_write *writes;
    size_t write_count;
    /* what it has said */
    int64_t facts[RAFT_FACTS], notes[RAFT_NOTES];
    struct raft_ready ready[64];
    size_t ready_count;
};
struct letter {
    sim_node from, to;
    enum raft_type type;
    uint8_t *bytes;
    size_t size;
};
struct cores {
    int count;
    struct core of[CORES_MAX];
    struct raft_settings set;
    struct raft_configuration members;
    struct letter bag[BAG_MAX];
    size_t bag_count;
    int64_t now_ns;
    struct random random;
    bool syncs_at_once;
    void (*said)(struct cores *, int core, const struct raft_said *);
    void *context;
};

static inline struct raft_moment now_of(struct cores *c) {
    return (struct raft_moment){c->now_ns, &c->random};
}

static inline struct disk_entry on_disk(const struct raft_entry *e) {
    struct disk_entry d = {.term = e->term, .kind = e->kind, .size = e->size};
    assert_true(e->size <= sizeof d.data);
    if (e->size) memcpy(d.data, e->data, e->size);
    return d;
}

static inline void take_writes(struct core *m, const struct raft_output *o) {
    m->writes = realloc(m->writes, (m->write_count + 1) * sizeof *m->writes);
    struct disk_write *w = &m->writes[m->write_count++];
    *w = (struct disk_write){.number = o->write,
                             .state = o->state,
                             .term = m->r.term,
                             .vote = m->r.vote,
                             .first = o->first,
                             .last = o->last};
    if (o->first == 0) return;
    w->entries = calloc((size_t)(o->last - o->first + 1), sizeof *w->entries);
    for (int64_t i = o->first; i <= o->last; i++) {
        w->entries[i - o->first] = on_disk(raft_entry_at(&m->r, i));
    }
}

static inline void take_messages(struct cores *c, int self, const struct raft_output *o) {
    for (size_t i = 0; i < o->message_count; i++) {
        struct writer w = writer_growing();
        raft_message_write(&c->of[self].r, &o->messages[i], &w);
        assert_true(c->bag_count < BAG_MAX);
        c->bag[c->bag_count++] = (struct letter){(sim_node)self, o->messages[i].peer,
                                                 o->messages[i].type, w.data, w.size};
    }
}

static inline void sync_core(struct cores *c, int self);
static inline void take_output(struct cores *c, int self) {
    struct core *m = &c->of[self];
    struct raft_output *o = &m->out;
    if (o->write > 0) take_writes(m, o);
    take_messages(c, self, o);
    for (size_t i = 0; i < o->said_count; i++) {
        (o->said[i].is_fact ? m->facts : m->notes)[o->said[i].what]++;
        if (c->said) c->said(c, self, &o->said[i]);
    }
    for (size_t i = 0; i < o->ready_count && m->ready_count < 64; i++)
        m->ready[m->ready_count++] = o->ready[i];
    raft_output_clear(o);
    if (c->syncs_at_once && m->write_count > 0) sync_core(c, self);
}

static inline void forget_writes(struct core *m) {
    for (size_t i = 0; i < m->write_count; i++) free(m->writes[i].entries);
    m->write_count = 0;
}

/* The core's snapshot, and all of its log after the base, are durable at once. */
static inline void rebase_core(struct cores *c, int self) {
    struct core *m = &c->of[self];
    const struct raft *r = &m->r;
    free(m->snapshot.bytes);
    m->snapshot = r->snapshot;
    m->snapshot.bytes = malloc(r->snapshot.size);
    memcpy(m->snapshot.bytes, r->snapshot.bytes, r->snapshot.size);
    forget_writes(m);
    m->term = r->term;
    m->vote = r->vote;
    m->base = r->base;
    m->base_term = r->base_term;
    m->base_hash = r->base_hash;
    m->last = r->last;
    for (int64_t i = r->base + 1; i <= r->last; i++) m->log[i] = on_disk(raft_entry_at(r, i));
    const struct raft_moment now = now_of(c);
    raft_durable(&m->r, &now, r->writes);
    take_output(c, self);
}

static inline void sync_core(struct cores *c, int self) {
    struct core *m = &c->of[self];
    int64_t number = 0;
    for (size_t i = 0; i < m->write_count; i++) {
        const struct disk_write *w = &m->writes[i];
        number = w->number;
        if (w->state) m->term = w->term, m->vote = w->vote;
        if (w->first == 0) continue;
        for (int64_t k = w->first; k <= w->last; k++) m->log[k] = w->entries[k - w->first];
        m->last = w->last;
    }
    forget_writes(m);
    const struct raft_moment now = now_of(c);
    if (number > 0) raft_durable(&m->r, &now, number);
    take_output(c, self);
}

static inline void start_core(struct cores *c, int self) {
    struct core *m = &c->of[self];
    m->memory = memory_create("core", 0);
    raft_output_begin(&m->out, m->memory);
    raft_begin(&m->r, m->memory, &c->set, &m->out, 1, (sim_node)self);
    raft_restore_members(&m->r, &c->members);
    raft_restore_state(&m->r, m->term, m->vote);
    if (m->base > 0) raft_restore_base(&m->r, m->base, m->base_term, m->base_hash);
    for (int64_t i = m->base + 1; i <= m->last; i++) {
        struct raft_entry e = {.term = m->log[i].term,
                               .kind = m->log[i].kind,
                               .data = m->log[i].data,
                               .size = (uint32_t)m->log[i].size};
        assert_true(raft_restore_entry(&m->r, i, &e));
    }
    if (m->snapshot.index > 0) (void)raft_restore_snapshot(&m->r, &m->snapshot);
    const struct raft_moment now = now_of(c);
    raft_start(&m->r, &now);
    m->up = true;
    take_output(c, self);
}

static inline void crash_core(struct cores *c, int self) {
    struct core *m = &c->of[self];
    forget_writes(m);
    memory_destroy(m->memory);
    m->memory = NULL;
    m->up = false;
}

static inline struct cores *cores_begin_with(int count, struct raft_settings set) {
    struct cores *c = calloc(1, sizeof *c);
    c->count = count;
    c->set = set;
    c->random = (struct random){.key = 7};
    c->syncs_at_once = true;
    for (int i = 0; i < count; i++) raft_set_add(&c->members.voters, (sim_node)i);
    for (int i = 0; i < count; i++) {
        c->of[i].vote = RAFT_NOBODY;
        c->of[i].log = calloc(ENTRIES_MAX, sizeof *c->of[i].log);
        start_core(c, i);
    }
    return c;
}
static inline struct raft_settings plain_settings(void) {
    return (struct raft_settings){.heartbeat_ns = 50,
                                  .election_min_ns = 150,
                                  .election_max_ns = 300,
                                  .hint = true,
                                  .batch_entries = 100,
                                  .batch_bytes = 1000000,
                                  .pipeline = 8,
                                  .chunk_bytes = 16};
}
static inline struct cores *cores_begin(int count) {
    return cores_begin_with(count, plain_settings());
}

static inline void cores_end(struct cores *c) {
    for (int i = 0; i < c->count; i++) {
        if (c->of[i].up) crash_core(c, i);
        free(c->of[i].writes);
        free(c->of[i].snapshot.bytes);
        free(c->of[i].log);
    }
    for (size_t i = 0; i < c->bag_count; i++) free(c->bag[i].bytes);
    free(c);
}

/* ---- letters ---- */

static inline void receive(struct cores *c, const struct letter *l) {
    struct raft_message m;
    const struct raft_moment now = now_of(c);
    if (!c->of[l->to].up) return;
    assert_true(raft_message_read(l->type, (struct sim_bytes){l->bytes, l->size}, &m));
    m.peer = l->from;
    raft_receive(&c->of[l->to].r, &now, &m);
    take_output(c, (int)l->to);
}
static inline struct letter letter_take(struct cores *c, size_t i) {
    const struct letter l = c->bag[i];
    memmove(&c->bag[i], &c->bag[i + 1], (--c->bag_count - i) * sizeof l);
    return l;
}
/* All that is in the bag and what follows from it, in order, but what is from or to `cut` (a bit
   set). */
static inline void deliver_but(struct cores *c, unsigned cut) {
    while (c->bag_count > 0) {
        const struct letter l = letter_take(c, 0);
        if (!(cut >> l.from & 1) && !(cut >> l.to & 1)) receive(c, &l);
        free(l.bytes);
    }
}
static inline void deliver(struct cores *c) { deliver_but(c, 0); }
static inline void drop_all(struct cores *c) { deliver_but(c, ~0u); }

/* ---- what a test does ---- */

static inline void pass(struct cores *c, int64_t ns) {
    c->now_ns += ns;
    for (int i = 0; i < c->count; i++) {
        const struct raft_moment now = now_of(c);
        if (!c->of[i].up) continue;
        raft_time(&c->of[i].r, &now);
        take_output(c, i);
    }
}
static inline void stand(struct cores *c, int self) {
    const struct raft_moment now = now_of(c);
    raft_campaign(&c->of[self].r, &now);
    take_output(c, self);
}
static inline int64_t propose(struct cores *c, int self, const char *words) {
    const struct raft_moment now = now_of(c);
    struct raft *r = &c->of[self].r;
    const int64_t index =
        raft_propose(r, &now, (struct sim_bytes){(const uint8_t *)words, strlen(words)}, 0);
    take_output(c, self);
    raft_flush(r, &now);
    take_output(c, self);
    return index;
}
static inline void elect(struct cores *c, int self) {
    stand(c, self);
    deliver(c);
    assert_int_equal(c->of[self].r.role, RAFT_LEADER);
}
static inline void heartbeats(struct cores *c) { pass(c, c->set.heartbeat_ns); }
/* A message made by hand. */
static inline void send_to(struct cores *c, int to, struct raft_message m) {
    const struct raft_moment now = now_of(c);
    raft_receive(&c->of[to].r, &now, &m);
    take_output(c, to);
}

#define R(i) (&c->of[i].r)

#endif
