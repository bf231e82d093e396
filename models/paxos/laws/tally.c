/*
 * Acceptances, counted: which acceptor has accepted what, in which ballot, of the latest instances.
 *
 * An acceptor that accepts twice in one ballot is counted once, unless the values differ: these are
 * two proposals under one number, and each is counted for itself.
 */
#include "paxos/laws/laws.h"

/* Memberships are stated by every node, and come in order of their first instance. */
void tally_membership(struct tally *t, const struct sim_fact *fact) {
    int64_t n = t->membership_count;
    for (int64_t i = 0; i < n; i++)
        if (t->memberships[i].from == fact->a) return;
    if (n > 0 && fact->a < t->memberships[n - 1].from) return;
    if (n == TALLY_MEMBERSHIPS) {
        for (int64_t i = 1; i < n; i++) t->memberships[i - 1] = t->memberships[i];
        n--;
    }
    t->memberships[n].from = fact->a;
    t->memberships[n].members = fact->b;
    t->memberships[n].quorum = fact->c;
    t->membership_count = n + 1;
}

struct tally_instance *tally_at(struct tally *t, int64_t instance) {
    struct tally_instance *at = &t->instances[instance % TALLY_INSTANCES];
    if (at->instance > instance) return NULL;
    if (at->instance < instance) *at = (struct tally_instance){.instance = instance};
    return at;
}

/* The place of a proposal. One that was accepted but not chosen, of the lowest ballot, goes first.
 */
static struct tally_ballot *proposal(struct tally_instance *at, int64_t ballot, int64_t hash) {
    struct tally_ballot *lowest = &at->ballots[0];
    for (int i = 0; i < TALLY_BALLOTS; i++) {
        struct tally_ballot *b = &at->ballots[i];
        if (b->ballot == ballot && b->hash == hash) return b;
        if (b->ballot < lowest->ballot) lowest = b;
    }
    if (lowest->ballot > ballot) return NULL;
    if (lowest->ballot) at->dropped++;
    *lowest = (struct tally_ballot){.ballot = ballot, .hash = hash};
    return lowest;
}

const struct tally_ballot *tally_accepted(struct tally *t, const struct sim_fact *fact) {
    struct tally_instance *at = tally_at(t, fact->a);
    struct tally_ballot *b = at ? proposal(at, fact->b, fact->c) : NULL;
    if (!b) return NULL;
    for (int32_t i = 0; i < b->acceptors; i++)
        if (b->nodes[i] == fact->node) return b;
    if (b->acceptors < TALLY_ACCEPTORS) b->nodes[b->acceptors++] = (uint16_t)fact->node;
    return b;
}

bool tally_is_chosen(const struct tally *t, int64_t instance, const struct tally_ballot *b) {
    int64_t quorum = 0;
    for (int64_t i = 0; i < t->membership_count; i++)
        if (t->memberships[i].from <= instance) quorum = t->memberships[i].quorum;
    return quorum > 0 && b->acceptors >= quorum;
}
