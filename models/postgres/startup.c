/*
 * The startup process: one, and alone, it replays the log (xlogrecovery.c, PerformWalRecovery).
 *
 * Every record costs processor time on the one lane that this process has: so much a record, so
 * much a byte. A standby can receive and flush as fast as its network and disk, and still fall
 * behind, since all the primary's backends together can change more than one process can redo.
 *
 * Only flushed WAL is replayed (WaitForWALToBecomeAvailable). A commit record makes its transaction
 * visible. One that asks for apply feedback (synchronous_commit = remote_apply) makes the
 * walreceiver reply at once (xact_redo_commit); else it replies when all is replayed.
 * recovery_min_apply_delay holds commit records back until the primary's time of commit, plus the
 * delay, has passed here (recoveryApplyDelay): it compares two hosts' clocks.
 */
#include "postgres/internal.h"

#include "base/wide.h"

enum { BATCH_RECORDS = 64 };
static const int64_t batch_cost_ns = 250000; /* a step of this much, or one record */

static int64_t replay_limit(const struct postgres *p) {
    if (p->stage == STAGE_REDO) return p->wal.inserted;
    if (has_bug(p, BUG_REPLAY_BEFORE_FLUSH)) return p->wal.written;
    return p->wal.flushed;
}

/* The next record, if it is there. Moves on to the next segment at the end of one. */
static bool next_record(struct postgres *p, int64_t *segment, size_t *offset,
                        struct wal_record *r) {
    const struct segment *s = wal_segment(p, *segment);
    while (s && *offset == s->size && wal_segment(p, *segment + 1)) {
        *offset = 0;
        s = wal_segment(p, ++*segment);
    }
    size_t next;
    if (!s || !s->bytes ||
        !wal_record_peek((struct sim_bytes){s->bytes, s->size}, *offset, r, &next))
        return false;
    *offset = next;
    return true;
}

/* How much too early it is to replay this commit; 0: it is time. */
static bool is_early(const struct postgres *p, const struct wal_record *r,
                     const struct sim_event *e) {
    return r->type == WAL_COMMIT && p->stage == STAGE_STANDBY && p->set.apply_delay_ns > 0 &&
           r->a + p->set.apply_delay_ns > e->now.wall_ns;
}

static int64_t replay_cost(const struct postgres *p, const struct wal_record *r) {
    return p->set.replay_cost_ns + mul_div_up(r->size, 1000000000, p->set.replay_rate);
}

static void nothing_left(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->stage == STAGE_REDO) {
        recovery_finish(p, e, out);
    } else if (p->stage == STAGE_PROMOTING) {
        promote_finish(p, e, out);
    } else if (p->stage == STAGE_STANDBY && !p->replay.reply_sent) {
        p->replay.reply_sent = true; /* WalRcvForceReply: all replayed, about to wait */
        receiver_status(p, true, false, e, out);
    }
}

void startup_go(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct replay *v = &p->replay;
    if (v->busy || v->delayed || is_primary(p) || p->stage == STAGE_READING) return;
    const int64_t limit = replay_limit(p);
    int64_t segment = v->segment, cost_ns = 0, end = 0;
    size_t offset = v->offset, count = 0;
    struct wal_record r;
    while (count < BATCH_RECORDS && cost_ns < batch_cost_ns && end < limit &&
           next_record(p, &segment, &offset, &r) && r.end <= limit) {
        if (is_early(p, &r, e)) {
            if (count > 0) break;
            v->delayed = true;
            sim_note(out, NOTE_APPLY_DELAYED, r.xid, r.a + p->set.apply_delay_ns - e->now.wall_ns);
            sim_arm_wall(out, with_kind(TIMER_APPLY_DELAY, 0), r.a + p->set.apply_delay_ns);
            return;
        }
        cost_ns += replay_cost(p, &r);
        end = r.end;
        count++;
    }
    if (count == 0) {
        nothing_left(p, e, out);
        return;
    }
    v->busy = true;
    v->batch_end = end;
    v->batch_frames = count;
    sim_work(out, LANE_STARTUP, cost_ns, 0);
}

/* ---- the redo routines ---- */

static void measure(struct postgres *p, const struct wal_record *commit,
                    const struct sim_event *e) {
    const struct arrival *a = receiver_arrival(p, commit->end);
    if (!a) return;
    struct replay *v = &p->replay;
    const int64_t now_ns = e->now.mono_ns;
    const int64_t written_ns = a->written_ns ? a->written_ns : now_ns;
    const int64_t flushed_ns = a->flushed_ns ? a->flushed_ns : now_ns;
    v->lag_network_ns = a->network_ns;
    v->lag_write_ns = written_ns - a->received_ns;
    v->lag_flush_ns = flushed_ns - written_ns;
    v->lag_replay_ns = now_ns - flushed_ns;
}

static bool apply(struct postgres *p, const struct wal_record *r, const struct sim_event *e,
                  struct sim_out *out) {
    struct replay *v = &p->replay;
    if (r->xid >= p->next_xid) p->next_xid = r->xid + 1;
    switch (r->type) {
    case WAL_HEAP:
        v->xid = r->xid;
        v->key = r->a;
        v->value = r->b;
        return false;
    case WAL_BULK: p->table.bulk_dirty_pages++; return false;
    case WAL_COMMIT:
        if (v->xid == r->xid) table_apply(p, v->key, v->value, r->end);
        v->xid = 0;
        v->commits++;
        v->last_commit = r->end;
        v->last_xact_wall_ns = r->a;
        measure(p, r, e);
        return (r->flags & WAL_WANTS_APPLY_FEEDBACK) != 0;
    case WAL_CHECKPOINT: checkpoint_replayed(p, r, e, out); return false;
    case WAL_END_OF_RECOVERY:
        if (r->a > p->control.timeline) {
            p->control.previous_timeline = p->control.timeline;
            p->control.switch_lsn = r->start;
            p->control.timeline = r->a;
            control_save(p, out);
        }
        return false;
    case WAL_RUNNING_XACTS: return false;
    }
    return false;
}

void startup_worked(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct replay *v = &p->replay;
    bool feedback = false;
    struct wal_record r;
    v->busy = false;
    for (size_t i = 0; i < v->batch_frames && next_record(p, &v->segment, &v->offset, &r); i++) {
        v->lsn = r.end;
        const bool asked = apply(p, &r, e, out);
        feedback = feedback || asked;
    }
    sim_fact(out, FACT_WAL_REPLAYED, p->self, v->lsn);
    if (!p->consistent && v->lsn >= p->control.consistent_lsn) {
        p->consistent = true;
        sim_note(out, NOTE_CONSISTENT, v->lsn);
    }
    receiver_arrival(p, v->lsn + 1);
    wal_evict(p);
    if (feedback) receiver_status(p, true, false, e, out);
    startup_go(p, e, out);
}
