/*
 * Promotion: the end of recovery on a standby (pg_promote; xlog.c, StartupXLOG and
 * PerformRecoveryXLogAction).
 *
 * The walreceiver stops, what it had written is flushed, and all of it is replayed; then a new
 * timeline begins. Its history is made safe before anything is written in it; an END_OF_RECOVERY
 * record opens it; the server takes writes, and makes a checkpoint at its leisure.
 *
 * Smaller than PostgreSQL: the log goes on in the same files instead of copies named after the new
 * timeline, and standbys of this one follow by the record. Nobody tells the old primary.
 */
#include "postgres/internal.h"

void promote_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    sim_note(out, NOTE_PROMOTING, p->wal.inserted, p->replay.lsn);
    p->stage = STAGE_PROMOTING;
    receiver_stop(p, out);
    p->replay.delayed = false;
    sim_disarm(out, with_kind(TIMER_APPLY_DELAY, 0));
    startup_go(p, e, out);
}

/* xl_end_of_recovery: the first record of the new timeline. */
void promote_log(struct postgres *p) {
    const struct timeline_history *h = &p->control.history;
    struct wal_record end = {.type = WAL_END_OF_RECOVERY,
                             .size = SIZE_END_OF_RECOVERY,
                             .a = p->control.timeline,
                             .b = h->of[h->count - 1].timeline,
                             .c = h->of[h->count - 1].end};
    wal_insert(p, &end);
}

/* Replay has reached the flushed end: is that all, and is the new timeline safe? */
void promote_finish(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->receiver.writing || p->wal.flushing || p->control_writing)
        return; /* called again then */
    if (has_bug(p, BUG_PROMOTE_WITHOUT_REPLAY)) {
        const struct replay *v = &p->replay;
        wal_cut(p, v->segment, v->offset, v->lsn, v->hash, out);
    }
    if (p->wal.flushed < p->wal.inserted) {
        wal_flush(p, e, out);
        return;
    }
    if (!p->control.in_production) {
        timeline_switch(&p->control, restore_new_timeline(p), p->wal.inserted);
        p->control.in_production = true;
        control_save(p, out);
        config_save(p, out);
        return;
    }
    p->standby = false;
    p->stage = STAGE_PRIMARY;
    p->consistent = true;
    p->commits = p->replay.commits;
    p->running.count = 0; /* what ran on the old primary has ended */
    startup_unlocks_before(p, INT64_MAX, e, out);
    statements_replayed(p, e, out);
    const struct timeline_history *h = &p->control.history;
    const int64_t before = h->of[h->count - 1].timeline, parted = h->of[h->count - 1].end;
    const int64_t old_group = p->control.system << 16 | before;
    sim_note(out, NOTE_PROMOTED, p->control.timeline, p->wal.inserted);
    sim_fact(out, FACT_PROMOTED, old_group, p->wal.inserted, p->control.timeline);
    promote_log(p);
    wal_flush(p, e, out);
    checkpoint_request(p, false, e, out);
    archiver_begin(p, e, out);
    autovacuum_begin(p, e, out);
    struct text said = {0};
    text_add_lsn(&said, parted);
    manage_done(p, true, text_string(&said), out);
    text_free(&said);
}
