/* "At most one leader can be elected in a given term." */
#include "raft/laws/laws.h"

enum { TERMS = 256 };
struct leaders {
    struct {
        int64_t term;
        sim_node node;
    } of[TERMS];
};

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    struct leaders *leaders = f->state;
    const int64_t term = fact->a;
    const size_t at = (size_t)term % TERMS;
    if (leaders->of[at].term > term) return SIM_FORGOTTEN;
    if (leaders->of[at].term == term && leaders->of[at].node != fact->node) {
        text_add(f->why, "{%u} leads in term %lld, and so does {%u}", fact->node, (long long)term,
                 leaders->of[at].node);
        return SIM_BROKEN;
    }
    leaders->of[at].term = term;
    leaders->of[at].node = fact->node;
    return SIM_HELD;
}

const struct sim_law raft_election_safety = {
    .name = "Election Safety",
    .says = "at most one leader can be elected in a given term",
    .source = "Ongaro and Ousterhout 2014, figure 3, 5.2",
    .reads = (const char *const[]){"leader", NULL},
    .state_bytes = sizeof(struct leaders),
    .per_group = true,
    .fold = fold,
};
