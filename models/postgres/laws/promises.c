/* An acknowledged commit is where it was promised to be. */
#include "postgres/laws/laws.h"

enum {
    PROMISE_INITIALIZED,
    PROMISE_RECOVERED,
    PROMISE_WRITTEN,
    PROMISE_FLUSHED,
    PROMISE_REPLAYED,
    PROMISE_SYNC_STANDBY,
    PROMISE_ACKED
};
struct promise {
    int64_t written, flushed, replayed, group, priority;
};
struct promises {
    struct promise of[NODES];
};

static int64_t position(const struct promise *p, int64_t level) {
    return level == LEVEL_REMOTE_WRITE ? p->written : level == LEVEL_ON ? p->flushed : p->replayed;
}

static enum sim_judgement acked(struct sim_fold *fold, const struct promises *all,
                                const struct sim_fact *fact) {
    const int64_t lsn = fact->a, level = fact->b, wanted = fact->c;
    static const char *const names[] = {"off", "local", "remote_write", "on", "remote_apply"};
    if (level < LEVEL_LOCAL || level > LEVEL_REMOTE_APPLY) return SIM_NOTHING;
    if (all->of[fact->node].flushed < lsn) {
        say(fold, "acknowledged, but the primary has flushed only up to ",
            all->of[fact->node].flushed);
        say(fold, ": commit ", lsn);
        return SIM_BROKEN;
    }
    int64_t have = 0;
    for (size_t i = 0; i < NODES; i++)
        have += all->of[i].group == fact->group && all->of[i].priority > 0 &&
                position(&all->of[i], level) >= lsn;
    if (have >= wanted) return SIM_HELD;
    text_add(fold->why, "acknowledged at level %s with %lld of %lld synchronous standbys: commit ",
             names[level], (long long)have, (long long)wanted);
    text_add_lsn(fold->why, lsn);
    return SIM_BROKEN;
}

static void rise(int64_t *position, int64_t to) {
    if (*position < to) *position = to;
}

static enum sim_judgement promise_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct promises *all = fold->state;
    const int64_t node = fact->which == PROMISE_SYNC_STANDBY ? fact->a : (int64_t)fact->node;
    if (node < 0 || node >= NODES) return SIM_FORGOTTEN;
    struct promise *p = &all->of[node];
    switch (fact->which) {
    case PROMISE_INITIALIZED:
        *p = (struct promise){.group = p->group, .priority = p->priority};
        break;
    case PROMISE_RECOVERED:
        p->flushed = fact->a;
        rise(&p->written, fact->a);
        break;
    /* What a standby had written or applied when it told so, it had, though a crash may take it
     * back and replay begin again: the primary learns of that later, and acknowledges meanwhile. */
    case PROMISE_WRITTEN: rise(&p->written, fact->a); break;
    case PROMISE_FLUSHED: p->flushed = fact->a; break;
    case PROMISE_REPLAYED: rise(&p->replayed, fact->a); break;
    case PROMISE_SYNC_STANDBY:
        p->group = fact->group;
        p->priority = fact->b;
        break;
    case PROMISE_ACKED: return acked(fold, all, fact);
    default: break;
    }
    return SIM_NOTHING;
}

const struct sim_law postgres_acknowledged_where_promised = {
    .name = "Acknowledged Where Promised",
    .says = "when a commit is acknowledged, it is flushed on the primary, and has been written, "
            "flushed "
            "or applied on as many of the named standbys as its synchronous_commit says",
    .source = "PostgreSQL 15 manual, 20.5.1 synchronous_commit, 20.6.2 synchronous_standby_names",
    .reads = (const char *const[]){"initialized", "recovered", "wal_written", "wal_flushed",
                                   "wal_replayed", "sync_standby", "commit_acked", NULL},
    .state_bytes = sizeof(struct promises),
    .fold = promise_fold,
};
