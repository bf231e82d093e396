/*
 * A process never learns that a value has been chosen unless it actually has been: by the count of
 * acceptances, whatever the leader says that it counted. What was chosen is remembered longer than
 * who accepted it, as a learner may be far behind.
 */
#include "base/text.h"
#include "paxos/laws/laws.h"

enum { READS_CHOSEN = TALLY_READS_COUNT, READS_LEARNED };
enum { CHOSEN_MAX = 8192 };

struct choices {
    struct tally tally;
    struct {
        int64_t instance, hash;
    } chosen[CHOSEN_MAX]; /* a ring: the first that was chosen */
};

static enum sim_judgement accepted(struct choices *c, const struct sim_fact *fact) {
    const struct tally_ballot *b = tally_accepted(&c->tally, fact);
    const int64_t i = fact->a % CHOSEN_MAX;
    if (!b) return SIM_FORGOTTEN;
    if (tally_is_chosen(&c->tally, fact->a, b) && c->chosen[i].instance < fact->a) {
        c->chosen[i].instance = fact->a;
        c->chosen[i].hash = fact->c;
    }
    return SIM_NOTHING;
}

/* who: how the fact is told. */
static enum sim_judgement is_chosen(struct sim_fold *fold, int64_t instance, int64_t hash,
                                    const char *who) {
    const struct choices *c = fold->state;
    const int64_t i = instance % CHOSEN_MAX;
    if (c->chosen[i].instance > instance) return SIM_FORGOTTEN;
    if (c->chosen[i].instance == instance && c->chosen[i].hash == hash) return SIM_HELD;
    if (c->chosen[i].instance == instance)
        text_add(fold->why, "instance %lld: %s %llx, but %llx is chosen", (long long)instance, who,
                 (unsigned long long)hash, (unsigned long long)c->chosen[i].hash);
    else if (tally_forgot(&c->tally, instance))
        return SIM_FORGOTTEN;
    else
        text_add(fold->why, "instance %lld: %s %llx, but no quorum has accepted anything",
                 (long long)instance, who, (unsigned long long)hash);
    return SIM_BROKEN;
}

static enum sim_judgement only_chosen_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct choices *c = fold->state;
    switch (fact->which) {
    case READS_MEMBERSHIP:
    case READS_MEMBER: tally_stated(&c->tally.memberships, fact, NULL); return SIM_NOTHING;
    case READS_ACCEPTED: return accepted(c, fact);
    case READS_CHOSEN: return is_chosen(fold, fact->a, fact->c, "a leader counts");
    case READS_LEARNED: return is_chosen(fold, fact->a, fact->b, "a learner learns");
    }
    return SIM_NOTHING;
}

const struct sim_law paxos_only_chosen = {
    .name = "Only Chosen Values Are Learned",
    .says =
        "what a leader takes to be chosen, and what a learner learns, a quorum has accepted in one "
        "ballot",
    .source = "Lamport, Paxos Made Simple, 2001, section 2.1",
    .reads = (const char *const[]){TALLY_READS, "chosen", "learned", NULL},
    .state_bytes = sizeof(struct choices),
    .per_group = true,
    .fold = only_chosen_fold,
};
