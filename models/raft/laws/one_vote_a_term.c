/* "Each server will vote for at most one candidate in a given term", whatever crashes come between.
 */
#include "raft/laws/laws.h"

enum { TERMS = 32, VOTERS_MAX = 64 };
struct voter {
    sim_node node;
    bool used;
    struct {
        int64_t term, for_whom;
    } votes[TERMS];
};
struct votes {
    struct voter *voters;
    size_t capacity; /* VOTERS_MAX at most: beyond it, it forgets */
};

static struct voter *voter_at(struct votes *votes, struct memory *memory, sim_node node) {
    for (size_t i = 0; i < votes->capacity; i++) {
        if (!votes->voters[i].used) {
            votes->voters[i].used = true;
            votes->voters[i].node = node;
        }
        if (votes->voters[i].node == node) return &votes->voters[i];
    }
    if (votes->capacity == VOTERS_MAX) return NULL;
    const size_t capacity = votes->capacity ? votes->capacity * 2 : 4;
    votes->voters = memory_resize(memory, votes->voters, votes->capacity * sizeof(struct voter),
                                  capacity * sizeof(struct voter));
    votes->capacity = capacity;
    return voter_at(votes, memory, node);
}

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    struct voter *voter = voter_at(f->state, f->memory, fact->node);
    const size_t at = (size_t)fact->a % TERMS;
    if (!voter || voter->votes[at].term > fact->a) return SIM_FORGOTTEN;
    if (voter->votes[at].term == fact->a && voter->votes[at].for_whom != fact->b) {
        text_add(f->why, "{%u} voted in term %lld for {%lld}, and had voted in it for {%lld}",
                 fact->node, (long long)fact->a, (long long)fact->b,
                 (long long)voter->votes[at].for_whom);
        return SIM_BROKEN;
    }
    voter->votes[at].term = fact->a;
    voter->votes[at].for_whom = fact->b;
    return SIM_HELD;
}

const struct sim_law raft_one_vote_a_term = {
    .name = "One Vote A Term",
    .says = "a vote, once cast in a term, never changes, across restarts too",
    .source = "Ongaro and Ousterhout 2014, 5.2 and figure 2, persistent state",
    .reads = (const char *const[]){"voted", NULL},
    .state_bytes = sizeof(struct votes),
    .per_group = true,
    .fold = fold,
};
