/*
 * All nodes hold the same for the acceptors of an instance: "the set of servers that execute
 * instance i + alpha [is] specified by the state after execution of the ith state machine command",
 * and that state is the same for all. Or each would count quorums of its own.
 *
 * Whoever is the first to state a membership is believed; the others are compared with it.
 */
#include "base/text.h"
#include "paxos/laws/laws.h"

static struct tally_membership *find(struct tally_memberships *m, int64_t from) {
    for (int64_t i = 0; i < m->count; i++)
        if (m->list[i].from == from) return &m->list[i];
    return NULL;
}

/* Whoever applies a later one has stated those before it. */
static enum sim_judgement news(struct tally_memberships *m, const struct sim_fact *fact,
                               struct text *why) {
    int64_t n = m->count;
    if (n > 0 && fact->a < m->list[0].from) return SIM_FORGOTTEN;
    if (n > 0 && fact->a < m->list[n - 1].from) {
        if (why)
            text_add(
                why,
                "{%u} states a membership from instance %lld on, but those who stated that from "
                "%lld on know of none",
                fact->node, (long long)fact->a, (long long)m->list[n - 1].from);
        return SIM_BROKEN;
    }
    if (n == TALLY_MEMBERSHIPS) {
        for (int64_t i = 1; i < n; i++) m->list[i - 1] = m->list[i];
        n--;
    }
    m->list[n] = (struct tally_membership){.from = fact->a, .count = fact->b, .quorum = fact->c};
    m->count = n + 1;
    return SIM_NOTHING;
}

static enum sim_judgement membership(struct tally_memberships *m, const struct sim_fact *fact,
                                     struct text *why) {
    const struct tally_membership *known = find(m, fact->a);
    if (!known) return news(m, fact, why);
    if (known->count == fact->b && known->quorum == fact->c) return SIM_HELD;
    if (why)
        text_add(
            why,
            "{%u} holds that from instance %lld on there are %lld acceptors, of which %lld choose, "
            "but it was stated that there are %lld, of which %lld choose",
            fact->node, (long long)fact->a, (long long)fact->b, (long long)fact->c,
            (long long)known->count, (long long)known->quorum);
    return SIM_BROKEN;
}

static enum sim_judgement member(struct tally_memberships *m, const struct sim_fact *fact,
                                 struct text *why) {
    struct tally_membership *of = find(m, fact->a);
    if (!of) return SIM_FORGOTTEN;
    for (int64_t i = 0; i < of->known; i++)
        if (of->nodes[i] == fact->b) return SIM_HELD;
    if (of->known < of->count && of->known < TALLY_ACCEPTORS) {
        of->nodes[of->known++] = fact->b;
        return SIM_NOTHING;
    }
    if (why)
        text_add(
            why,
            "{%u} holds that from instance %lld on {%u} is an acceptor, but it was stated that "
            "others are",
            fact->node, (long long)fact->a, (unsigned)fact->b);
    return SIM_BROKEN;
}

enum sim_judgement tally_stated(struct tally_memberships *m, const struct sim_fact *fact,
                                struct text *why) {
    return fact->which == READS_MEMBERSHIP ? membership(m, fact, why) : member(m, fact, why);
}

const struct tally_membership *tally_membership_of(const struct tally_memberships *m,
                                                   int64_t instance) {
    const struct tally_membership *of = NULL;
    for (int64_t i = 0; i < m->count; i++)
        if (m->list[i].from <= instance) of = &m->list[i];
    return of;
}

static enum sim_judgement one_membership_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    return tally_stated(fold->state, fact, fold->why);
}

const struct sim_law paxos_one_membership = {
    .name = "All Agree Who The Acceptors Are",
    .says = "of an instance, all nodes state the same acceptors, and how many of them choose",
    .source = "Lamport, Paxos Made Simple, 2001, section 3",
    .reads = (const char *const[]){"membership", "member", NULL},
    .state_bytes = sizeof(struct tally_memberships),
    .per_group = true,
    .fold = one_membership_fold,
};
