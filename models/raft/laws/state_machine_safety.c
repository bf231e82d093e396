/*
 * "If a server has applied a log entry at a given index to its state machine, no other server will
 * ever apply a different log entry for the same index."
 *
 * What is compared is the hash of the log up to there. A snapshot that is installed stands for the
 * entries that it replaces.
 */
#include "raft/laws/laws.h"
#include "raft/laws/recent.h"

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    struct recent_entry *e = recent_at(f->state, f->memory, fact->a);
    if (!e) return SIM_FORGOTTEN;
    if (e->index != fact->a) {
        *e = (struct recent_entry){fact->a, fact->b, (uint64_t)fact->c};
        return SIM_NOTHING;
    }
    if (e->hash == (uint64_t)fact->c) return SIM_HELD;
    text_add(f->why, "{%u} applied %lld^%lld, but before %lld^%lld was applied there", fact->node,
             (long long)fact->a, (long long)fact->b, (long long)e->index, (long long)e->term);
    return SIM_BROKEN;
}

const struct sim_law raft_state_machine_safety = {
    .name = "State Machine Safety",
    .says =
        "if a server has applied a log entry at a given index, no other server will ever apply a "
        "different one for the same index",
    .source = "Ongaro and Ousterhout 2014, figure 3, 5.4.3",
    .reads = (const char *const[]){"applied", "installed", NULL},
    .state_bytes = sizeof(struct recent),
    .per_group = true,
    .fold = fold,
};

/* Of the state itself, and of who the members are: equal logs make equal states, if applying
 * depends on nothing else, snapshots leave nothing out, and all were begun with the same first
 * members. */
static enum sim_judgement fold_state(struct sim_fold *f, const struct sim_fact *fact) {
    struct recent_entry *e = recent_at(f->state, f->memory, fact->a);
    if (!e) return SIM_FORGOTTEN;
    if (e->index != fact->a) {
        *e = (struct recent_entry){fact->a, 0, (uint64_t)fact->b};
        return SIM_NOTHING;
    }
    if (e->hash == (uint64_t)fact->b) return SIM_HELD;
    text_add(f->why, "{%u}, having applied all up to %lld, is in another state than one that had",
             fact->node, (long long)fact->a);
    return SIM_BROKEN;
}

const struct sim_law raft_replicas_agree = {
    .name = "Replicas Agree",
    .says = "replicas that have applied the same log are in the same state, sessions and members "
            "included",
    .source = "Schneider 1990; Ongaro 2014, 6.3",
    .reads = (const char *const[]){"state", NULL},
    .state_bytes = sizeof(struct recent),
    .per_group = true,
    .fold = fold_state,
};
