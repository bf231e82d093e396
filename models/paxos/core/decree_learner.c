/*
 * Who learns what was chosen.
 *
 * "The acceptors respond with their acceptances to a distinguished learner, which in turn informs
 * the other learners when a value has been chosen" (Paxos Made Simple, section 2.3): here to
 * whoever proposed. What is lost is not sent again: whoever asks for anything once it is settled is
 * told, and "if a learner needs to know whether a value has been chosen, it can have a proposer
 * issue a proposal".
 */
#include "paxos/core/decree.h"
#include "paxos/core/facts.h"

void decree_learn(struct decree *d, int64_t ballot, int64_t value, struct decree_out *out) {
    if (d->learned) return;
    d->learned = value;
    d->phase = DECREE_IDLE;
    decree_note(out, DECREE_NOTE_LEARNED, value, ballot, 0);
    decree_fact(d, out, PAXOS_LEARNED, 1, value, 0);
}

void decree_accepted(struct decree *d, const struct decree_message *m, struct decree_out *out) {
    if (m->ballot != d->ballot || d->phase != DECREE_ACCEPTING) return;
    d->acceptances |= paxos_quorum_bit(&d->config.quorum, m->peer);
    if (paxos_quorum_size(d->acceptances) < d->config.quorum.q2) return;
    /* What was proposed, not what this answer tells: they are the same unless a ballot is reused.
     */
    const int64_t value = d->bound && !d->config.ignore_accepted ? d->bound_to : d->own;
    decree_note(out, DECREE_NOTE_CHOSEN, value, d->ballot, paxos_quorum_size(d->acceptances));
    decree_fact(d, out, PAXOS_CHOSEN, 1, d->ballot, value);
    for (int64_t i = 0; i < d->config.quorum.count; i++)
        if (d->config.quorum.members[i] != d->config.self)
            decree_send(out, DECREE_LEARN, d->config.quorum.members[i], d->ballot, 0, value);
    decree_learn(d, d->ballot, value, out);
}
