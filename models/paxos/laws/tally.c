/*
 * Acceptances, counted: which acceptor has accepted what, in which ballot, of the latest instances.
 *
 * An acceptor that accepts twice in one ballot is counted once, unless the values differ: these are
 * two proposals under one number, and each is counted for itself. Who is no acceptor of the
 * instance is not counted.
 */
#include "paxos/laws/laws.h"

/* The ring's entry, made if the instance is new; NULL: forgotten. */
static struct tally_instance *instance_at(struct tally *t, int64_t instance) {
    struct tally_instance *at = &t->instances[instance % TALLY_INSTANCES];
    if (at->instance > instance) return NULL;
    if (at->instance < instance) *at = (struct tally_instance){.instance = instance};
    return at;
}

/* The place of a proposal. That of the lowest ballot goes first. */
static struct tally_ballot *proposal(struct tally_instance *at, int64_t ballot, int64_t hash) {
    struct tally_ballot *lowest = &at->ballots[0];
    for (int i = 0; i < TALLY_BALLOTS; i++) {
        struct tally_ballot *b = &at->ballots[i];
        if (b->ballot == ballot && b->hash == hash) return b;
        if (b->ballot < lowest->ballot) lowest = b;
    }
    if (lowest->ballot) at->dropped++;
    if (lowest->ballot > ballot) return NULL;
    *lowest = (struct tally_ballot){.ballot = ballot, .hash = hash};
    return lowest;
}

static bool is_member(const struct tally_membership *m, uint32_t node) {
    for (int64_t i = 0; i < m->known; i++)
        if (m->nodes[i] == (int64_t)node) return true;
    return false;
}

static void count(struct tally_ballot *b, uint32_t node) {
    for (int32_t i = 0; i < b->acceptors; i++)
        if (b->nodes[i] == node) return;
    if (b->acceptors < TALLY_ACCEPTORS) b->nodes[b->acceptors++] = (uint16_t)node;
}

const struct tally_ballot *tally_accepted(struct tally *t, const struct sim_fact *fact) {
    const struct tally_membership *m = tally_membership_of(&t->memberships, fact->a);
    struct tally_instance *at = instance_at(t, fact->a);
    if (!at) return NULL;
    struct tally_ballot *b = m ? proposal(at, fact->b, fact->c) : NULL;
    if (!m) at->dropped++;
    if (!b) return NULL;
    if (is_member(m, fact->node)) count(b, fact->node);
    if (!at->chosen.ballot && b->acceptors >= m->quorum) at->chosen = *b;
    return b;
}

bool tally_is_chosen(const struct tally *t, int64_t instance, const struct tally_ballot *b) {
    const struct tally_membership *m = tally_membership_of(&t->memberships, instance);
    return m && b->acceptors >= m->quorum;
}

const struct tally_instance *tally_find(const struct tally *t, int64_t instance) {
    const struct tally_instance *at = &t->instances[instance % TALLY_INSTANCES];
    return at->instance == instance ? at : NULL;
}

bool tally_forgot(const struct tally *t, int64_t instance) {
    const struct tally_instance *at = &t->instances[instance % TALLY_INSTANCES];
    return at->instance > instance || (at->instance == instance && at->dropped > 0);
}
