/*
 * Which transactions run, and what a snapshot taken now needs (procarray.c).
 *
 * On a primary a transaction runs from the moment when it has an xid to the moment when others see
 * it, after its wait for standbys. On a standby it runs from the first record with its xid to its
 * commit record (KnownAssignedXids); what a crash of the primary ended is told by the next
 * RUNNING_XACTS record.
 */
#include "postgres/internal.h"

void running_add(struct postgres *p, int64_t xid) {
    struct running *r = &p->running;
    size_t at = r->count;
    while (at > 0 && r->xids[at - 1] > xid) at--;
    if (at > 0 && r->xids[at - 1] == xid) return;
    if (r->count == r->capacity) {
        const size_t capacity = r->capacity ? r->capacity * 2 : 16;
        r->xids = memory_resize(p->memory, r->xids, r->capacity * sizeof *r->xids,
                                capacity * sizeof *r->xids);
        r->capacity = capacity;
    }
    memmove(&r->xids[at + 1], &r->xids[at], (r->count - at) * sizeof *r->xids);
    r->xids[at] = xid;
    r->count++;
}

void running_end(struct postgres *p, int64_t xid) {
    struct running *r = &p->running;
    size_t at = 0;
    while (at < r->count && r->xids[at] != xid) at++;
    if (at == r->count) return;
    r->count--;
    memmove(&r->xids[at], &r->xids[at + 1], (r->count - at) * sizeof *r->xids);
}

/* ExpireOldKnownAssignedTransactionIds. */
void running_forget_before(struct postgres *p, int64_t oldest) {
    while (p->running.count > 0 && p->running.xids[0] < oldest) running_end(p, p->running.xids[0]);
}

/* GetSnapshotData: all before it have ended; it and those after it may not have. */
int64_t snapshot_xmin(const struct postgres *p) {
    return p->running.count > 0 ? p->running.xids[0] : p->next_xid;
}

static void lower(int64_t *oldest, int64_t xmin) {
    if (xmin > 0 && xmin < *oldest) *oldest = xmin;
}

/* ComputeXidHorizons; on a standby, what hot_standby_feedback tells (GetReplicationHorizons): so a
 * cascade passes on what its own standbys need. */
int64_t oldest_xmin(const struct postgres *p) {
    int64_t oldest = snapshot_xmin(p);
    for (int64_t i = 0; i < p->set.max_connections; i++) lower(&oldest, p->backends[i].xmin);
    if (has_bug(p, BUG_IGNORE_FEEDBACK)) return oldest;
    for (int64_t i = 0; i < p->set.max_wal_senders; i++) lower(&oldest, p->senders[i].xmin);
    for (size_t i = 0; i < SLOTS_MAX; i++)
        if (p->slots[i].used && !p->slots[i].lost) lower(&oldest, p->slots[i].xmin);
    return oldest;
}

/* LogStandbySnapshot: who holds exclusive locks, and who runs. For a standby that begins here. */
void standby_snapshot_log(struct postgres *p) {
    for (uint32_t i = 0; i < p->catalog.relation_count; i++) {
        const struct relation *relation = &p->catalog.relations[i];
        if (!relation->exclusive) continue;
        /* Its commit is in the log, and waits: a standby would hold the lock, and have the
         * transaction run, for ever (StandbyAcquireAccessExclusiveLock: TransactionIdDidCommit). */
        if (relation->exclusive != STARTUP && p->backends[relation->exclusive - 1].commit_lsn > 0)
            continue;
        struct wal_record lock = {
            .type = WAL_LOCK, .size = SIZE_LOCK, .xid = relation->exclusive_xid, .a = i};
        wal_insert(p, &lock);
    }
    struct wal_record running = {.type = WAL_RUNNING_XACTS,
                                 .size = SIZE_RUNNING_XACTS + 4 * (int64_t)p->running.count,
                                 .xid = p->next_xid - 1,
                                 .a = snapshot_xmin(p)};
    wal_insert(p, &running);
}
