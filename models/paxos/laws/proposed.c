/*
 * Only a value that has been proposed may be chosen: at that instance, as something new, by whoever
 * had it from a client, or had nothing and proposed a no-op. A proposer that proposes again what a
 * promise told it adds nothing that could be chosen.
 */
#include "base/text.h"
#include "paxos/laws/laws.h"

enum { READS_PROPOSED = TALLY_READS_COUNT };
enum { VALUES_MAX = 12 };

struct proposals {
    struct tally tally;
    struct {
        int64_t instance;
        int64_t values[VALUES_MAX];
        int32_t count;
        int32_t dropped;
    } of[TALLY_INSTANCES]; /* a ring, as the tally's */
};

static enum sim_judgement proposed(struct proposals *p, const struct sim_fact *fact) {
    const int64_t i = fact->a % TALLY_INSTANCES;
    if (p->of[i].instance > fact->a) return SIM_FORGOTTEN;
    if (p->of[i].instance < fact->a) {
        p->of[i].instance = fact->a;
        p->of[i].count = p->of[i].dropped = 0;
    }
    if (p->of[i].count == VALUES_MAX)
        p->of[i].dropped++;
    else
        p->of[i].values[p->of[i].count++] = fact->c;
    return SIM_NOTHING;
}

static enum sim_judgement was_proposed(struct sim_fold *fold, const struct sim_fact *fact) {
    const struct proposals *p = fold->state;
    const int64_t i = fact->a % TALLY_INSTANCES;
    if (p->of[i].instance > fact->a) return SIM_FORGOTTEN;
    const int32_t count = p->of[i].instance == fact->a ? p->of[i].count : 0;
    for (int32_t k = 0; k < count; k++)
        if (p->of[i].values[k] == fact->c) return SIM_HELD;
    if (count > 0 && p->of[i].dropped) return SIM_FORGOTTEN;
    text_add(
        fold->why,
        "instance %lld: ballot %lld has chosen %llx, which nobody had proposed there (%d values "
        "were)",
        (long long)fact->a, (long long)fact->b, (unsigned long long)fact->c, (int)count);
    return SIM_BROKEN;
}

static enum sim_judgement only_proposed_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct proposals *p = fold->state;
    if (fact->which == READS_PROPOSED) return proposed(p, fact);
    if (fact->which != READS_ACCEPTED) {
        tally_stated(&p->tally.memberships, fact, NULL);
        return SIM_NOTHING;
    }
    const struct tally_ballot *b = tally_accepted(&p->tally, fact);
    if (!b) return SIM_FORGOTTEN;
    return tally_is_chosen(&p->tally, fact->a, b) ? was_proposed(fold, fact) : SIM_NOTHING;
}

const struct sim_law paxos_only_proposed = {
    .name = "Only A Proposed Value Is Chosen",
    .says =
        "what a quorum accepts at an instance had been proposed there as a client's value, or as a "
        "no-op",
    .source = "Lamport, Paxos Made Simple, 2001, section 2.1",
    .reads = (const char *const[]){TALLY_READS, "proposed", NULL},
    .state_bytes = sizeof(struct proposals),
    .per_group = true,
    .fold = only_proposed_fold,
};
