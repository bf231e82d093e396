/*
 * A read by a lease misses nothing that any client had been told of: while the lease is held nobody
 * else leads, so whatever was answered was answered by this leader, or by one whose values it has
 * applied. (More than linearizability asks for, which would let a read come before what was
 * answered while it was on its way.)
 */
#include "base/text.h"
#include "paxos/laws/laws.h"

enum { READS_ANSWERED, READS_READ };

struct answers {
    int64_t highest; /* instance that a client was told of */
    uint32_t node;   /* by that one */
};

static enum sim_judgement leased_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct answers *answers = fold->state;
    if (fact->which == READS_ANSWERED) {
        if (fact->a > answers->highest) *answers = (struct answers){fact->a, fact->node};
        return SIM_NOTHING;
    }
    if (fact->a >= answers->highest) return SIM_HELD;
    text_add(fold->why,
             "{%u} answers a read as of instance %lld, but {%u} has told a client of %lld",
             fact->node, (long long)fact->a, answers->node, (long long)answers->highest);
    return SIM_BROKEN;
}

const struct sim_law paxos_leased_read = {
    .name = "A Leased Read Misses Nothing",
    .says = "a leader that answers a read by its lease has applied all that any client was told of",
    .source = "Chandra, Griesemer, Redstone, Paxos Made Live, 2007, section 5.2",
    .reads = (const char *const[]){"answered", "read", NULL},
    .state_bytes = sizeof(struct answers),
    .per_group = true,
    .fold = leased_fold,
};
