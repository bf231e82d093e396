/*
 * "A leader never overwrites or deletes entries in its log; it only appends new entries."
 *
 * A leader says each entry that it appends. One that dies says nothing; what it does after it has
 * come back, it does in a later term, or as a follower in this one, which has no other leader to
 * cut its log.
 */
#include "raft/laws/laws.h"

enum { READ_LEADER, READ_APPENDED, READ_TRUNCATED };
enum { LEADERS = 16 };
struct leading {
    struct {
        int64_t term, last; /* term 0: a free place */
        sim_node node;
    } of[LEADERS]; /* the latest of each node, or of as many */
};

/* Its place; LEADERS: it has none. */
static size_t place_of(const struct leading *leading, sim_node node) {
    size_t i = 0;
    while (i < LEADERS && (leading->of[i].term == 0 || leading->of[i].node != node)) i++;
    return i;
}

static void begin(struct leading *leading, const struct sim_fact *fact) {
    size_t at = place_of(leading, fact->node);
    if (at == LEADERS) { /* that of the oldest */
        at = 0;
        for (size_t i = 1; i < LEADERS; i++)
            if (leading->of[i].term < leading->of[at].term) at = i;
    }
    leading->of[at].node = fact->node;
    leading->of[at].term = fact->a;
    leading->of[at].last = fact->b;
}

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    struct leading *leading = f->state;
    if (fact->which == READ_LEADER) {
        begin(leading, fact);
        return SIM_NOTHING;
    }
    const size_t i = place_of(leading, fact->node);
    if (i == LEADERS) return SIM_NOTHING;
    if (fact->which == READ_TRUNCATED) {
        if (fact->b != leading->of[i].term) return SIM_NOTHING;
        text_add(f->why, "{%u}, leader in term %lld, cut its log from %lld on", fact->node,
                 (long long)fact->b, (long long)fact->a);
        return SIM_BROKEN;
    }
    if (fact->a == ++leading->of[i].last && fact->b == leading->of[i].term) return SIM_HELD;
    text_add(f->why, "{%u}, leader in term %lld, appended %lld^%lld, but its log went up to %lld",
             fact->node, (long long)leading->of[i].term, (long long)fact->a, (long long)fact->b,
             (long long)leading->of[i].last - 1);
    return SIM_BROKEN;
}

const struct sim_law raft_leader_append_only = {
    .name = "Leader Append-Only",
    .says = "a leader never overwrites or deletes entries in its log; it only appends",
    .source = "Ongaro and Ousterhout 2014, figure 3, 5.3",
    .reads = (const char *const[]){[READ_LEADER] = "leader",
                                   [READ_APPENDED] = "appended",
                                   [READ_TRUNCATED] = "truncated",
                                   NULL},
    .state_bytes = sizeof(struct leading),
    .per_group = true,
    .fold = fold,
};
