/* Phases 1(b) and 2(b): what an acceptor answers. */
#include "paxos/core/acceptor.h"
#include "paxos/core/decree.h"
#include "paxos/core/facts.h"

/* "If an acceptor receives a prepare request with number n greater than that of any prepare request
 * to which it has already responded, then it responds to the request with a promise not to accept
 * any more proposals numbered less than n and with the highest-numbered proposal (if any) that it
 * has accepted." (Paxos Made Simple, section 2.2, phase 1(b)) */
void decree_prepared(struct decree *d, const struct decree_message *m, struct decree_out *out) {
    struct decree_record *a = &d->acceptor;
    if (!acceptor_may_promise(a->promised, m->ballot)) {
        decree_note(out, DECREE_NOTE_PREPARE_REJECTED, m->ballot, m->peer, a->promised);
        decree_send(out, DECREE_REJECT, m->peer, m->ballot, a->promised, 0);
        return;
    }
    a->promised = m->ballot;
    decree_note(out, DECREE_NOTE_PROMISED, m->ballot, m->peer, a->accepted_ballot);
    if (d->config.unsynced_promise) { /* the mistake: it is spoken, and only remembered in memory */
        decree_fact(d, out, PAXOS_PROMISED, m->ballot, 1, 0);
        decree_send(out, DECREE_PROMISE, m->peer, m->ballot, a->accepted_ballot, a->value);
        return;
    }
    decree_keep(d, out);
    decree_hold(d, DECREE_PROMISE, m->peer, m->ballot, a->accepted_ballot, a->value);
}

/* "If an acceptor receives an accept request for a proposal numbered n, it accepts the proposal
 * unless it has already responded to a prepare request having a number greater than n." (phase
 * 2(b)) And it should tell a proposer whose number is too low, so that this gives up (end of
 * section 2.2). */
void decree_accept(struct decree *d, const struct decree_message *m, struct decree_out *out) {
    struct decree_record *a = &d->acceptor;
    if (!acceptor_may_accept(a->promised, m->ballot)) {
        decree_note(out, DECREE_NOTE_ACCEPT_REJECTED, m->ballot, m->peer, a->promised);
        decree_send(out, DECREE_REJECT, m->peer, m->ballot, a->promised, 0);
        return;
    }
    *a = (struct decree_record){m->ballot, m->ballot, m->value};
    decree_keep(d, out);
    decree_note(out, DECREE_NOTE_ACCEPTED, m->ballot, m->value, m->peer);
    decree_hold(d, DECREE_ACCEPTED, m->peer, m->ballot, 0, m->value);
}
