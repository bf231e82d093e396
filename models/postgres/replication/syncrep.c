/*
 * Synchronous replication: who waits, and for whom (src/backend/replication/syncrep.c).
 *
 * A commit waits in one of three queues, by what its synchronous_commit asks of the standbys: that
 * they have written it, flushed it, or applied it. Each reply of a synchronous standby may release
 * the heads of the queues.
 *
 * FIRST n: the n connected standbys of lowest priority number are synchronous, the others of the
 * list potential; released is the least that those n have reached. ANY n: every one of the list is
 * a candidate; released is the n-th best position. While fewer than n are connected, commits wait.
 */
#include "postgres/internal.h"

static bool is_active(const struct sender *s) {
    return s->state == SENDER_STREAMING && s->positions[LAG_FLUSH] > 0 && s->priority > 0;
}

/* True when no more than wanted - 1 of the active ones come before this one: by priority, then by
 * place (SyncRepGetCandidateStandbys, standby_priority_comparator). */
bool sync_is_candidate(const struct postgres *p, uint32_t which) {
    const struct sender *s = &p->senders[which];
    if (!is_active(s)) return false;
    if (p->set.sync_names.method == SYNC_ANY) return true;
    int64_t before = 0;
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++) {
        const struct sender *other = &p->senders[i];
        if (!is_active(other) || i == which) continue;
        if (other->priority < s->priority || (other->priority == s->priority && i < which))
            before++;
    }
    return before < p->set.sync_names.wanted;
}

/* The n-th greatest of the candidates' positions; for FIRST there are n of them, so it is the
 * least. */
static int64_t agreed_position(const struct postgres *p, enum lag_head mode) {
    const int64_t wanted = p->set.sync_names.wanted;
    int64_t agreed = 0;
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++) {
        if (!sync_is_candidate(p, i)) continue;
        const int64_t position = p->senders[i].positions[mode];
        int64_t at_least = 0;
        for (uint32_t j = 0; j < (uint32_t)p->set.max_wal_senders; j++)
            if (sync_is_candidate(p, j) && p->senders[j].positions[mode] >= position) at_least++;
        if (at_least >= wanted && position > agreed) agreed = position;
    }
    return agreed;
}

static void release(struct postgres *p, enum lag_head mode, int64_t position,
                    const struct sim_event *e, struct sim_out *out) {
    if (position <= p->sync_released[mode]) return;
    p->sync_released[mode] = position;
    struct backend_queue *q = &p->sync_queues[mode];
    int64_t released = 0;
    while (q->head && p->backends[q->head - 1].commit_lsn <= position) {
        const uint32_t i = queue_pop(p, q);
        released++;
        backend_synced(p, i, e, out);
    }
    if (released > 0) sim_note(out, NOTE_SYNC_RELEASED, released, mode, position);
}

/* SyncRepReleaseWaiters, for a reply of this walsender's standby. */
void sync_release(struct postgres *p, uint32_t which, const struct sim_event *e,
                  struct sim_out *out) {
    if (p->set.sync_names.count == 0 || !is_primary(p)) return;
    const struct sender *s = &p->senders[which];
    if (has_bug(p, BUG_IGNORE_SYNC_NAMES)) { /* any one standby is as good as those named */
        for (int mode = 0; mode < LAG_HEADS; mode++)
            release(p, (enum lag_head)mode, s->positions[mode], e, out);
        return;
    }
    if (!sync_is_candidate(p, which)) return;
    if (!s->announced)
        sim_note(out, NOTE_BECOMES_SYNC, s->standby, p->set.sync_names.method, s->priority);
    p->senders[which].announced = true;
    for (int mode = 0; mode < LAG_HEADS; mode++)
        release(p, (enum lag_head)mode, agreed_position(p, (enum lag_head)mode), e, out);
}

/* SyncRepWaitForLSN. False: nothing to wait for. */
bool sync_wait(struct postgres *p, uint32_t i, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    if (b->level < LEVEL_REMOTE_WRITE || p->set.sync_names.count == 0) return false;
    const enum lag_head mode = b->level == LEVEL_REMOTE_WRITE ? LAG_WRITE
                               : b->level == LEVEL_ON         ? LAG_FLUSH
                                                              : LAG_APPLY;
    if (b->commit_lsn <= p->sync_released[mode]) return false;
    sim_note(out, NOTE_WAITS_SYNC, b->xid, mode, p->sync_released[mode], b->commit_lsn);
    b->stage = BACKEND_WAITS_SYNC;
    queue_push(p, &p->sync_queues[mode], i);
    return true;
}
