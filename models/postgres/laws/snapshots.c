/* A snapshot keeps the rows that it may need. */
#include "postgres/laws/laws.h"

enum {
    SNAPSHOT_INITIALIZED,
    SNAPSHOT_RECOVERED,
    SNAPSHOT_TAKEN,
    SNAPSHOT_RELEASED,
    SNAPSHOT_REMOVED
};
enum { SNAPSHOTS = 256 };
struct snapshots {
    struct held_snapshot {
        int64_t node, vxid, xmin; /* xmin 0: a free place */
    } held[SNAPSHOTS];
    bool overflowed;
};

static enum sim_judgement removed(struct sim_fold *fold, const struct snapshots *all,
                                  const struct sim_fact *fact) {
    for (size_t i = 0; i < SNAPSHOTS; i++) {
        const struct held_snapshot *s = &all->held[i];
        if (s->xmin == 0 || s->node != fact->group || s->xmin > fact->a) continue;
        text_add(fold->why,
                 "{%lld} removed rows that xid %lld replaced, but query %lld there has a snapshot "
                 "of xmin %lld",
                 (long long)fact->group, (long long)fact->a, (long long)s->vxid,
                 (long long)s->xmin);
        return SIM_BROKEN;
    }
    return all->overflowed ? SIM_FORGOTTEN : SIM_HELD;
}

static enum sim_judgement snapshot_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct snapshots *all = fold->state;
    if (fact->which == SNAPSHOT_REMOVED) return removed(fold, all, fact);
    const bool restarted = fact->which <= SNAPSHOT_RECOVERED;
    for (size_t i = 0; i < SNAPSHOTS; i++) {
        struct held_snapshot *s = &all->held[i];
        if (fact->which == SNAPSHOT_TAKEN) {
            if (s->xmin > 0) continue;
            *s = (struct held_snapshot){fact->group, fact->a, fact->b};
            return SIM_NOTHING;
        }
        if (s->node == (int64_t)fact->node && (restarted || s->vxid == fact->a)) s->xmin = 0;
    }
    if (fact->which == SNAPSHOT_TAKEN) all->overflowed = true;
    return SIM_NOTHING;
}

const struct sim_law postgres_snapshots_keep_rows = {
    .name = "Snapshots Keep Their Rows",
    .says =
        "no row version is removed, by vacuum or by its replay, that a query's snapshot on that "
        "server may still need",
    .source = "PostgreSQL 15 manual, 27.4.2 Handling Query Conflicts; 25.1.2 Recovering Disk Space",
    .reads = (const char *const[]){"initialized", "recovered", "snapshot_taken",
                                   "snapshot_released", "rows_removed", NULL},
    .state_bytes = sizeof(struct snapshots),
    .fold = snapshot_fold,
};
