/* Which message goes where, and what waits for the disk. */
#include "paxos/core/decree.h"

#include "paxos/core/facts.h"

void decree_begin(struct decree *d, const struct decree_config *config) {
    *d = (struct decree){.config = *config};
}

void decree_recover(struct decree *d, const struct decree_record *record, struct decree_out *out) {
    d->acceptor = *record;
    decree_note(out, DECREE_NOTE_RECOVERED, record->promised, record->accepted_ballot,
                record->value);
}

/* ---- output ---- */

void decree_send(struct decree_out *out, enum decree_type type, sim_node to, int64_t ballot,
                 int64_t accepted_ballot, int64_t value) {
    assert(out->message_count < DECREE_OUT_MAX);
    out->messages[out->message_count++] =
        (struct decree_message){type, to, ballot, accepted_ballot, value};
}

void decree_send_all(const struct decree *d, struct decree_out *out, enum decree_type type,
                     int64_t ballot, int64_t value) {
    for (int64_t i = 0; i < d->config.quorum.count; i++)
        decree_send(out, type, d->config.quorum.members[i], ballot, 0, value);
}

void decree_note(struct decree_out *out, enum decree_note note, int64_t a, int64_t b, int64_t c) {
    assert(out->said_count < DECREE_SAID_MAX);
    out->said[out->said_count++] = (struct decree_said){false, {note, a, b, c}};
}

void decree_fact(const struct decree *d, struct decree_out *out, int64_t fact, int64_t a, int64_t b,
                 int64_t c) {
    assert(out->said_count < DECREE_SAID_MAX);
    out->said[out->said_count++] = (struct decree_said){true, {fact, d->config.group, a, b, c}};
}

/* "Stable storage, preserved during failures, is used to maintain the information that the acceptor
 * must remember. An acceptor records its intended response in stable storage before actually
 * sending the response" (Paxos Made Simple, section 2.5). */
void decree_keep(struct decree *d, struct decree_out *out) {
    out->record = d->acceptor;
    out->records = true;
    d->records++;
}

/* A full queue loses the newest, as a network may lose any. */
void decree_hold(struct decree *d, enum decree_type type, sim_node to, int64_t ballot,
                 int64_t accepted_ballot, int64_t value) {
    if (d->held_count == DECREE_HELD_MAX) return;
    d->held[d->held_count].message =
        (struct decree_message){type, to, ballot, accepted_ballot, value};
    d->held[d->held_count++].after = d->records;
}

static void release(struct decree *d, const struct decree_message *m, struct decree_out *out) {
    if (m->type == DECREE_PROMISE) decree_fact(d, out, PAXOS_PROMISED, m->ballot, 1, 0);
    if (m->type == DECREE_ACCEPTED) decree_fact(d, out, PAXOS_ACCEPTED, 1, m->ballot, m->value);
    decree_send(out, m->type, m->peer, m->ballot, m->accepted_ballot, m->value);
}

void decree_durable(struct decree *d, int64_t count, struct decree_out *out) {
    size_t gone = 0;
    if (count > d->durable) d->durable = count;
    while (gone < d->held_count && d->held[gone].after <= d->durable)
        release(d, &d->held[gone++].message, out);
    d->held_count -= gone;
    for (size_t i = 0; i < d->held_count; i++) d->held[i] = d->held[i + gone];
}

/* ---- input ---- */

void decree_receive(struct decree *d, const struct decree_message *m, struct random *random,
                    struct decree_out *out) {
    if (paxos_quorum_place(&d->config.quorum, m->peer) < 0) return;
    const bool asks = m->type == DECREE_PREPARE || m->type == DECREE_ACCEPT;
    if (asks && d->learned) { /* it is settled: that is all that the proposer can find out */
        decree_send(out, DECREE_LEARN, m->peer, m->ballot, 0, d->learned);
        return;
    }
    switch (m->type) {
    case DECREE_PREPARE:
        decree_higher_seen(d, m->ballot, random, out);
        decree_prepared(d, m, out);
        return;
    case DECREE_PROMISE: decree_promised(d, m, out); return;
    case DECREE_ACCEPT: decree_accept(d, m, out); return;
    case DECREE_ACCEPTED: decree_accepted(d, m, out); return;
    case DECREE_REJECT:
        if (m->ballot == d->ballot) decree_higher_seen(d, m->accepted_ballot, random, out);
        return;
    case DECREE_LEARN: decree_learn(d, m->ballot, m->value, out); return;
    case DECREE_FORWARD: /* the node model's */
    case DECREE_ALIVE:
    case DECREE_TYPES: return;
    }
}
