/*
 * "If two logs contain an entry with the same index and term, then the logs are identical in all
 * entries up through the given index."
 *
 * Whoever says that it has (index, term) says the hash of its log up to there. Of an index the last
 * two terms are remembered.
 */
#include "raft/laws/laws.h"
#include "raft/laws/recent.h"

struct logs {
    struct recent newer, older;
};

static enum sim_judgement compare(struct sim_fold *f, const struct sim_fact *fact,
                                  const struct recent_entry *e) {
    if (e->hash == (uint64_t)fact->c) return SIM_HELD;
    text_add(f->why, "{%u} has %lld^%lld, as another log has, but what is before it differs",
             fact->node, (long long)fact->a, (long long)fact->b);
    return SIM_BROKEN;
}

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    struct logs *logs = f->state;
    struct recent_entry *newer = recent_at(&logs->newer, f->memory, fact->a);
    if (!newer) return SIM_FORGOTTEN;
    if (newer->index == fact->a && newer->term == fact->b) return compare(f, fact, newer);
    if (newer->index == fact->a) { /* another term's: rare */
        struct recent_entry *older = recent_at(&logs->older, f->memory, fact->a);
        if (!older) return SIM_FORGOTTEN;
        if (older->index == fact->a && older->term == fact->b) return compare(f, fact, older);
        if (fact->b < newer->term)
            newer = older;
        else
            *older = *newer;
    }
    *newer = (struct recent_entry){fact->a, fact->b, (uint64_t)fact->c};
    return SIM_NOTHING;
}

const struct sim_law raft_log_matching = {
    .name = "Log Matching",
    .says =
        "if two logs contain an entry with the same index and term, then the logs are identical "
        "in all entries up through the given index",
    .source = "Ongaro and Ousterhout 2014, figure 3, 5.3",
    .reads = (const char *const[]){"appended", "stored", "installed", NULL},
    .state_bytes = sizeof(struct logs),
    .per_group = true,
    .fold = fold,
};
