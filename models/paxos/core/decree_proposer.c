/*
 * Phases 1(a) and 2(a): numbers, values, and when to try again.
 *
 * Nothing makes two proposers stop outbidding each other: "proposer p completes phase 1 for a
 * number n1; another proposer q then completes phase 1 for n2 > n1; p's accept requests for n1 are
 * ignored", and so on (Paxos Made Simple, section 2.4). No rule of safety depends on when a
 * proposer tries again; whether anything is ever chosen does.
 */
#include "paxos/core/decree.h"
#include "paxos/core/facts.h"

/* "Each proposer remembers (in stable storage) the highest-numbered proposal it has tried to issue,
 * and begins phase 1 with a higher proposal number than any it has already used." (section 2.5) Its
 * own acceptor's promise is that memory: it is durable before anyone else is asked. */
static int64_t next_round(const struct decree *d) {
    const int64_t seen = ballot_round(d->acceptor.promised);
    if (d->config.reused_ballot)
        return d->tried + 1; /* the mistake: a counter that a crash resets */
    return (seen > d->tried ? seen : d->tried) + 1;
}

/* Phase 1(a): "A proposer selects a proposal number n and sends a prepare request with number n to
 * a majority of acceptors." To all, in case some are down. */
void decree_prepare(struct decree *d, struct decree_out *out) {
    d->tried = next_round(d);
    d->ballot = ballot_make(d->tried, d->config.self);
    d->phase = DECREE_PREPARING;
    d->promises = d->acceptances = 0;
    d->bound = 0;
    d->attempts++;
    out->wakes = true;
    out->wake_ns = d->config.timeout_ns;
    decree_note(out, DECREE_NOTE_PREPARE, d->own, d->ballot, d->attempts);
    if (d->config.reused_ballot) {
        decree_send_all(d, out, DECREE_PREPARE, d->ballot, 0);
        return;
    }
    struct decree_record *a = &d->acceptor;
    a->promised = d->ballot;
    decree_keep(d, out);
    for (int64_t i = 0; i < d->config.quorum.count; i++) {
        const sim_node to = d->config.quorum.members[i];
        if (to != d->config.self) decree_hold(d, DECREE_PREPARE, to, d->ballot, 0, 0);
    }
    decree_hold(d, DECREE_PROMISE, d->config.self, d->ballot, a->accepted_ballot, a->value);
}

/* Phase 2(a): "If the proposer receives a response to its prepare requests from a majority of
 * acceptors, then it sends an accept request to each of those acceptors for a proposal numbered n
 * with a value v, where v is the value of the highest-numbered proposal among the responses, or is
 * any value if the responses reported no proposals." */
static void propose(struct decree *d, struct decree_out *out) {
    const bool free = d->bound == 0 || d->config.ignore_accepted;
    const int64_t value = free ? d->own : d->bound_to;
    d->phase = DECREE_ACCEPTING;
    if (free) {
        decree_note(out, DECREE_NOTE_FREE, d->ballot, value, paxos_quorum_size(d->promises));
        decree_fact(d, out, PAXOS_PROPOSED, 1, d->ballot, value);
    } else {
        decree_note(out, DECREE_NOTE_BOUND, d->ballot, d->bound, value);
    }
    decree_send_all(d, out, DECREE_ACCEPT, d->ballot, value);
}

void decree_promised(struct decree *d, const struct decree_message *m, struct decree_out *out) {
    if (m->ballot != d->ballot || d->phase != DECREE_PREPARING) return;
    d->promises |= paxos_quorum_bit(&d->config.quorum, m->peer);
    if (m->accepted_ballot > d->bound) {
        d->bound = m->accepted_ballot;
        d->bound_to = m->value;
    }
    if (paxos_quorum_size(d->promises) >= d->config.quorum.q1) propose(d, out);
}

/* So long until the next try. Doubling, and any moment of that: two proposers that have met once
 * are unlikely to meet again. */
static int64_t backoff(const struct decree *d, struct random *random) {
    int64_t most = d->config.retry_min_ns;
    if (!d->config.exponential) return most;
    for (int64_t i = 0; i < d->attempts && most < d->config.retry_max_ns; i++) most *= 2;
    if (most > d->config.retry_max_ns) most = d->config.retry_max_ns;
    return d->config.retry_min_ns + draw_below(random, most - d->config.retry_min_ns + 1);
}

/* It is "a good idea to abandon a proposal if some proposer has begun trying to issue a
 * higher-numbered one": an optimization, which safety does not need (end of section 2.2). */
void decree_higher_seen(struct decree *d, int64_t ballot, struct random *random,
                        struct decree_out *out) {
    if (!d->config.reused_ballot && ballot_round(ballot) > d->tried)
        d->tried = ballot_round(ballot);
    if (ballot <= d->ballot || (d->phase != DECREE_PREPARING && d->phase != DECREE_ACCEPTING))
        return;
    d->phase = DECREE_WAITING;
    out->wakes = true;
    out->wake_ns = backoff(d, random);
    decree_note(out, DECREE_NOTE_PREEMPTED, d->ballot, ballot, out->wake_ns);
}

static void wait_for_another(struct decree *d, struct decree_out *out) {
    d->phase = DECREE_WAITING;
    out->wakes = true;
    out->wake_ns = d->config.timeout_ns;
}

void decree_propose(struct decree *d, int64_t value, bool may_begin, struct decree_out *out) {
    assert(value > 0);
    if (!d->own) d->own = value;
    if (d->learned || d->phase != DECREE_IDLE) return;
    if (may_begin) {
        decree_prepare(d, out);
        return;
    }
    wait_for_another(d, out);
}

void decree_woken(struct decree *d, bool may_begin, struct decree_out *out) {
    if (d->learned || d->phase == DECREE_IDLE) return;
    if (d->phase != DECREE_WAITING) decree_note(out, DECREE_NOTE_TIMEOUT, d->ballot, 0, 0);
    if (may_begin) {
        decree_prepare(d, out);
        return;
    }
    wait_for_another(d, out);
}
