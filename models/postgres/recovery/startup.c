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
    if (has_bug(p, BUG_PROMOTE_WITHOUT_REPLAY) && p->stage == STAGE_PROMOTING) return p->replay.lsn;
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
    if (r->type == WAL_SWITCH) return p->set.replay_cost_ns; /* the zeros are passed over */
    return p->set.replay_cost_ns + mul_div_up(r->size, 1000000000, p->set.replay_rate);
}

static void nothing_left(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->stage == STAGE_REDO) {
        recovery_finish(p, e, out);
    } else if (p->stage == STAGE_PROMOTING) {
        if (!restore_at_promotion(p, e, out)) promote_finish(p, e, out);
    } else if (p->stage == STAGE_STANDBY) {
        const bool told = p->replay.reply_sent;
        p->replay.reply_sent = true; /* WalRcvForceReply: all replayed, about to wait */
        if (!told) receiver_status(p, true, false, e, out);
        restore_go(p, e, out);
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
        conflict_receipt(p, &r, e);
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

static void commit(struct postgres *p, const struct wal_record *r, const struct sim_event *e,
                   struct sim_out *out) {
    struct replay *v = &p->replay;
    if (v->change.xid == r->xid) table_apply(p, &v->change, r->end);
    v->change.xid = 0;
    if (r->b != COMMIT_PLAIN && r->c >= 0 && r->c < (int64_t)p->catalog.relation_count) {
        table_empty(p, (uint32_t)r->c, r->end);
        if (r->b == COMMIT_DROPS) p->catalog.relations[r->c].exists = false;
    }
    running_end(p, r->xid);
    startup_unlocks(p, r->xid, e, out);
    v->commits++;
    v->last_commit = r->end;
    v->last_xact_wall_ns = r->a;
    v->feedback_asked = v->feedback_asked || (r->flags & WAL_WANTS_APPLY_FEEDBACK) != 0;
    measure(p, r, e);
}

static void follow_timeline(struct postgres *p, const struct wal_record *r, struct sim_out *out) {
    if (r->a <= p->control.timeline) return;
    timeline_switch(&p->control, r->a, r->c);
    control_save(p, out);
}

static void apply(struct postgres *p, const struct wal_record *r, const struct sim_event *e,
                  struct sim_out *out) {
    if (r->xid >= p->next_xid) p->next_xid = r->xid + 1;
    if (r->xid > 0 && r->type != WAL_CHECKPOINT && r->type != WAL_RUNNING_XACTS &&
        r->type != WAL_COMMIT)
        running_add(p, r->xid);
    switch (r->type) {
    case WAL_HEAP: p->replay.change = (struct heap_change){r->xid, r->a, r->b, r->end}; return;
    case WAL_BULK: bulk_apply(p, r); return;
    case WAL_COMMIT: commit(p, r, e, out); return;
    case WAL_CHECKPOINT: checkpoint_replayed(p, r, e, out); return;
    case WAL_END_OF_RECOVERY: follow_timeline(p, r, out); return;
    case WAL_RUNNING_XACTS:
        running_forget_before(p, r->a);
        startup_unlocks_before(p, r->a, e, out);
        return;
    case WAL_PRUNE:
        page_prune(p, r->a, r->b + 1, r->end);
        sim_fact(out, FACT_ROWS_REMOVED, p->self, r->b, r->c);
        return;
    case WAL_CREATE:
    case WAL_CREATE_TABLESPACE:
    case WAL_DROP_TABLESPACE: catalog_replay(p, r); return;
    case WAL_LOCK: /* conflict.c has taken it */
    case WAL_SWITCH:
    case WAL_TYPES: return;
    }
}

/* The records whose cost is paid, one after the other; false when queries are in the way of one. */
static bool apply_batch(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct replay *v = &p->replay;
    for (; v->batch_frames > 0; v->batch_frames--) {
        int64_t segment = v->segment;
        size_t offset = v->offset;
        struct wal_record r;
        if (!next_record(p, &segment, &offset, &r)) {
            v->batch_frames = 0;
            return true;
        }
        if (!conflict_resolved(p, &r, e, out)) return false;
        v->segment = segment;
        v->offset = offset;
        v->lsn = r.end;
        v->hash = wal_hash(v->hash, &r);
        apply(p, &r, e, out);
    }
    return true;
}

static void go_on(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct replay *v = &p->replay;
    const int64_t before = v->lsn;
    const bool done = apply_batch(p, e, out);
    if (v->lsn > before || done) sim_fact(out, FACT_WAL_REPLAYED, p->self, v->lsn);
    if (!p->consistent && v->lsn >= p->control.consistent_lsn) {
        p->consistent = true;
        sim_note(out, NOTE_CONSISTENT, v->lsn);
    }
    receiver_arrival(p, v->lsn + 1);
    wal_evict(p);
    if (p->replay_waiters > 0) statements_replayed(p, e, out);
    if (v->feedback_asked) receiver_status(p, true, false, e, out);
    v->feedback_asked = false;
    if (!done) return;
    v->busy = false;
    startup_go(p, e, out);
}

void startup_worked(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    go_on(p, e, out);
}

/* Something that replay waits for may have changed: a query has left, a time has come. */
void startup_resume(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->conflict.kind != CONFLICT_NONE && !p->conflict.resolving) go_on(p, e, out);
}
