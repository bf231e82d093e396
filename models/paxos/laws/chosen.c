/* At most one value an instance: what all of Paxos is for. */
#include "base/text.h"
#include "paxos/laws/laws.h"

/* Two proposals that were chosen have one value. */
static enum sim_judgement at_most_one_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct tally *t = fold->state;
    if (fact->which != READS_ACCEPTED) {
        tally_stated(&t->memberships, fact, NULL);
        return SIM_NOTHING;
    }
    const struct tally_ballot *b = tally_accepted(t, fact);
    if (!b) return SIM_FORGOTTEN;
    if (!tally_is_chosen(t, fact->a, b)) return SIM_NOTHING;
    const struct tally_ballot *first = &tally_find(t, fact->a)->chosen;
    if (first->hash == b->hash) return SIM_HELD;
    text_add(fold->why,
             "instance %lld: ballot %lld has chosen %llx, accepted by %d, and ballot %lld %llx, "
             "accepted by %d",
             (long long)fact->a, (long long)first->ballot, (unsigned long long)first->hash,
             (int)first->acceptors, (long long)b->ballot, (unsigned long long)b->hash,
             (int)b->acceptors);
    return SIM_BROKEN;
}

const struct sim_law paxos_at_most_one = {
    .name = "At Most One Value Is Chosen",
    .says =
        "of the values that a quorum of acceptors has accepted in one ballot, there is at most one "
        "an instance",
    .source = "Lamport, Paxos Made Simple, 2001, section 2.1",
    .reads = (const char *const[]){TALLY_READS, NULL},
    .state_bytes = sizeof(struct tally),
    .per_group = true,
    .fold = at_most_one_fold,
};

const struct sim_law *const paxos_decree_laws[] = {&paxos_only_proposed,  &paxos_at_most_one,
                                                   &paxos_only_chosen,    &paxos_promises_kept,
                                                   &paxos_one_membership, NULL};
const struct sim_law *const paxos_laws[] = {&paxos_only_proposed,
                                            &paxos_at_most_one,
                                            &paxos_only_chosen,
                                            &paxos_promises_kept,
                                            &paxos_one_membership,
                                            &paxos_leased_read,
                                            NULL};
