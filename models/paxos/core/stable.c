/*
 * What an acceptor must not forget, and what may be said only when it cannot.
 *
 * "An acceptor records its intended response in stable storage before actually sending the
 * response" (Paxos Made Simple, section 2.5). A promise is a record, and so is each acceptance;
 * each carries the commit of its moment, which costs no write of its own. Answers wait in a line
 * until the records before them are durable. One whose ballot has been outbid meanwhile is dropped:
 * nobody waits for it.
 */
#include <string.h>

#include "base/memory.h"
#include "parts/grow.h"
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

enum record_kind { RECORD_PROMISED = 1, RECORD_ACCEPTED, RECORD_LEARNED };

/* ---- records ---- */

static void head(const struct paxos_group *g, struct writer *w, enum record_kind kind) {
    put_u8(w, (uint8_t)kind);
    put_i64(w, g->promised);
    put_i64(w, g->commit);
}

void paxos_write_head(const struct paxos_group *g, struct writer *w) {
    head(g, w, RECORD_PROMISED);
}

void paxos_stable_promised(struct paxos_group *g, struct paxos_output *out) {
    struct writer w = paxos_output_writer(out, PAXOS_HEAD_BYTES);
    head(g, &w, RECORD_PROMISED);
    paxos_output_end(out, &out->records, &w, 0, 0, 0);
    g->records++;
}

void paxos_stable_accepted(struct paxos_group *g, int64_t instance, const struct paxos_entry *e,
                           bool learned, struct paxos_output *out) {
    struct writer w = paxos_output_writer(out, PAXOS_HEAD_BYTES + PAXOS_ENTRY_BYTES + e->size);
    head(g, &w, learned ? RECORD_LEARNED : RECORD_ACCEPTED);
    paxos_message_write_entry(
        &w, &(struct paxos_message_entry){instance, e->ballot, e->extra, paxos_log_value(e)});
    paxos_output_end(out, &out->records, &w, 0, 0, e->extra);
    g->records++;
}

/* Of several records that tell of one instance the last counts; up to the commit that one is told,
 * what is there is what was chosen. */
void paxos_replay(struct paxos_group *g, struct sim_bytes record) {
    struct paxos_message rest = {.entries = reader_over(record.data, record.size)};
    struct paxos_message_entry e;
    const uint8_t kind = get_u8(&rest.entries);
    const int64_t promised = get_i64(&rest.entries), commit = get_i64(&rest.entries);
    if (promised > g->promised) g->promised = promised;
    if (commit > g->commit) g->commit = commit;
    if (kind == RECORD_PROMISED || !paxos_message_read_entry(&rest, &e)) return;
    if (e.instance > g->log.base) paxos_log_put(&g->log, e.instance, e.ballot, e.value, e.extra);
}

/* ---- what waits ---- */

static struct paxos_held *held_at(const struct paxos_group *g, size_t i) {
    return &g->held[(g->held_first + i) & (g->held_capacity - 1)];
}

const struct paxos_held *paxos_stable_held(const struct paxos_group *g, size_t i) {
    return held_at(g, i);
}

static struct paxos_held *held_add(struct paxos_group *g) {
    g->held = ring_room(g->memory, g->held, &g->held_capacity, &g->held_first, g->held_count,
                        sizeof *g->held);
    return held_at(g, g->held_count++);
}

void paxos_stable_hold(struct paxos_group *g, sim_node to, const struct paxos_message *m,
                       const struct writer *body, int64_t extra) {
    struct paxos_held *h = held_add(g);
    *h = (struct paxos_held){
        .after = g->records,
        .piece = {.to = to, .type = (uint32_t)m->type, .size = body->size, .extra = extra},
        .bytes = memory_take(g->memory, body->size),
        .ballot = m->ballot,
        .first = m->first,
        .number = m->number};
    memcpy(h->bytes, body->data, body->size);
}

static void state_facts(const struct paxos_group *g, const struct paxos_held *h,
                        struct paxos_output *out) {
    if (h->piece.type == PAXOS_PROMISE)
        paxos_group_fact(g, out, PAXOS_PROMISED, h->ballot, h->first, 0);
    if (h->piece.type != PAXOS_ACCEPTED_ALL) return;
    for (int64_t i = h->first; i < h->first + h->number; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        if (e && e->ballot == h->ballot)
            paxos_group_fact(g, out, PAXOS_ACCEPTED, i, h->ballot, e->hash);
    }
}

static void release(struct paxos_group *g, struct paxos_held *h, struct paxos_output *out) {
    const int place = paxos_group_place(g, h->piece.to);
    if (h->ballot == g->promised && place >= 0 && g->peers[place].up) {
        state_facts(g, h, out);
        struct writer w = paxos_output_writer(out, h->piece.size);
        put_bytes(&w, h->bytes, h->piece.size);
        paxos_output_end(out, &out->messages, &w, h->piece.to, h->piece.type, h->piece.extra);
    }
    memory_give(g->memory, h->bytes, h->piece.size);
}

void paxos_stable_release(struct paxos_group *g, struct paxos_output *out) {
    while (g->held_count > 0 && held_at(g, 0)->after <= g->durable) {
        struct paxos_held h = *held_at(g, 0);
        g->held_first = (g->held_first + 1) & (g->held_capacity - 1);
        g->held_count--;
        release(g, &h, out);
    }
}

void paxos_durable(struct paxos_group *g, int64_t count, int64_t now, struct random *random,
                   struct paxos_output *out) {
    assert(count <= g->records);
    if (count > g->durable) g->durable = count;
    paxos_flush(g, now, random, out);
}
