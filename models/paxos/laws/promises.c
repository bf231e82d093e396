/* An acceptor goes back on no promise, whatever it forgets when it crashes. */
#include "base/text.h"
#include "paxos/laws/laws.h"

enum { READS_PROMISED };
enum { ACCEPTORS_MAX = 64 };

struct promises {
    struct {
        int64_t ballot;
        uint32_t node;
        bool known;
    } of[ACCEPTORS_MAX];
};

static enum sim_judgement promises_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct promises *p = fold->state;
    const bool promises = fact->which == READS_PROMISED;
    const int64_t ballot = promises ? fact->a : fact->b;
    int i = 0;
    while (i < ACCEPTORS_MAX && p->of[i].known && p->of[i].node != fact->node) i++;
    if (i == ACCEPTORS_MAX) return SIM_FORGOTTEN;
    if (ballot < p->of[i].ballot) {
        text_add(fold->why, "{%u} %s ballot %lld, but had promised %lld", fact->node,
                 promises ? "promises" : "accepts in", (long long)ballot,
                 (long long)p->of[i].ballot);
        return SIM_BROKEN;
    }
    p->of[i].node = fact->node;
    p->of[i].known = true;
    p->of[i].ballot = ballot;
    return SIM_HELD;
}

const struct sim_law paxos_promises_kept = {
    .name = "Promises Are Kept",
    .says =
        "an acceptor that has promised a ballot never again promises, or accepts in, a lower one, "
        "not after a restart either",
    .source = "Lamport, Paxos Made Simple, 2001, section 2.2 (P1a) and 2.5",
    .reads = (const char *const[]){"promised", "accepted", NULL},
    .state_bytes = sizeof(struct promises),
    .per_group = true,
    .fold = promises_fold,
};
