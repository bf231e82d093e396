/*
 * The archive as a second source of WAL: a standby's restore_command (xlogrecovery.c,
 * WaitForWALToBecomeAvailable; xlogarchive.c, RestoreArchivedFile; manual 26.3.5, 27.2).
 *
 * When the startup process has replayed all that it has, it asks one source after the other:
 *
 *     the archive, one segment after the other  ->  until one is missing
 *     pg_wal                                    ->  here: what is in it has been replayed already
 *     streaming                                 ->  until it fails; then the archive again, at the
 *                                                   earliest wal_retrieve_retry_interval after the
 *                                                   last failure
 *
 * It runs restore_command itself, and so it replays nothing meanwhile: a segment costs the
 * command's time, the transfer of 16 MB, a write with fsync, and then its replay. What is restored
 * is appended to the server's own log like what streams, and skipped as far as it is there.
 *
 * The archive has no segment that is not full. With the archive alone a standby is behind by up to
 * 16 MB, however long it waits.
 *
 * Timelines. Before the first segment of each visit it looks for the history files of newer
 * timelines (rescanLatestTimeLine), and follows one that parts from its own at a position it has
 * not passed. A segment is taken of the newest timeline that has it (XLogFileReadAnyTLI), of an
 * older one only up to where the next one parts.
 */
#include "postgres/internal.h"

static void ask_next(struct postgres *p, const struct sim_event *e, struct sim_out *out);

static bool drained(const struct postgres *p) {
    const struct replay *v = &p->replay;
    return !v->busy && !v->delayed && v->lsn >= p->wal.inserted && !p->receiver.writing &&
           !p->wal.flushing && p->wal.flushed >= p->wal.inserted;
}

/* ---- a visit to the archive ---- */

static void visit(struct postgres *p) {
    struct restore *s = &p->restore;
    s->state = RESTORE_DRAINS;
    s->asks_history = true;
    s->history_count = 1;
    s->history[0] = (struct timeline_entry){p->wal.timeline > 0 ? p->wal.timeline : 1, 0};
}

bool restore_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->set.archive == NOBODY) return false;
    visit(p);
    restore_go(p, e, out);
    return true;
}

void restore_stop(struct postgres *p, struct sim_out *out) {
    if (p->restore.state == RESTORE_OFF) return;
    p->restore.state = RESTORE_OFF;
    shell_kill(p, out);
}

void restore_go(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->restore.state == RESTORE_DRAINS && drained(p)) ask_next(p, e, out);
}

/* "We still want to finish replaying all the WAL" that the archive has, before recovery ends. */
bool restore_at_promotion(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct restore *s = &p->restore;
    if (p->set.archive == NOBODY || s->promotion_done || has_bug(p, BUG_PROMOTE_WITHOUT_REPLAY))
        return false;
    if (s->state == RESTORE_OFF) visit(p);
    restore_go(p, e, out);
    return true;
}

int64_t restore_retry_ns(struct postgres *p, int64_t otherwise, int64_t interval_ns,
                         const struct sim_event *e) {
    struct restore *s = &p->restore;
    if (p->set.archive == NOBODY) return otherwise;
    const bool early = s->has_failed && s->last_failure_ns + interval_ns > e->now.mono_ns;
    s->last_failure_ns = early ? s->last_failure_ns + interval_ns : e->now.mono_ns;
    s->has_failed = true;
    return s->last_failure_ns;
}

/* It has not what is needed next: to the next source. */
static void exhausted(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct restore *s = &p->restore;
    s->state = RESTORE_OFF;
    if (p->stage == STAGE_PROMOTING) {
        s->promotion_done = true;
        startup_go(p, e, out);
    } else if (p->stage == STAGE_STANDBY) {
        receiver_start(p, e, out);
    }
}

/* ---- which file ---- */

static const struct timeline_entry *target(const struct restore *s) {
    return &s->history[s->history_count - 1];
}

static int64_t wanted_segment(const struct postgres *p) {
    return wal_segment_of(wal_start_after(p->wal.inserted));
}

static void run(struct postgres *p, struct archive_name name, const struct sim_event *e,
                struct sim_out *out) {
    p->restore.state = RESTORE_ASKS;
    shell_run(p, false, name, e, out);
}

/* The newest timeline of which the segment can be; `candidate` counts down from there. */
static void ask_segment(struct postgres *p, size_t from, const struct sim_event *e,
                        struct sim_out *out) {
    struct restore *s = &p->restore;
    const int64_t segment = wanted_segment(p);
    size_t i = from;
    while (i > 0 && segment < wal_segment_of(s->history[i].begin)) i--;
    s->candidate = i;
    run(p, (struct archive_name){s->history[i].timeline, segment}, e, out);
}

static void ask_next(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct restore *s = &p->restore;
    if (s->asks_history)
        run(p, (struct archive_name){target(s)->timeline + 1, ARCHIVE_HISTORY}, e, out);
    else
        ask_segment(p, s->history_count - 1, e, out);
}

/* ---- what it brings ---- */

static void take_history(struct postgres *p, enum archive_outcome outcome,
                         struct sim_bytes contents, const struct sim_event *e,
                         struct sim_out *out) {
    struct restore *s = &p->restore;
    struct reader r = reader_over(contents.data, contents.size);
    const int64_t system = get_i64(&r);
    (void)get_i64(&r); /* the parent */
    const int64_t begin = get_i64(&r), timeline = p->shell.name.timeline;
    s->asks_history = false;
    if (outcome != ARCHIVE_OK || r.bad || (p->control.system != 0 && system != p->control.system)) {
        ask_next(p, e, out);
        return;
    }
    if (timeline > s->newest) s->newest = timeline;
    if (begin < p->wal.inserted) {
        sim_note(out, NOTE_FORKED_BEFORE, timeline, target(s)->timeline, p->wal.inserted);
    } else if (s->history_count < RESTORE_TIMELINES) {
        s->history[s->history_count++] = (struct timeline_entry){timeline, begin};
        s->asks_history = true;
        sim_note(out, NOTE_NEW_TARGET, timeline);
    }
    ask_next(p, e, out);
}

/* Appends what is new and belongs to this timeline. False: it is not the log's next part. */
static bool append(struct postgres *p, struct sim_bytes frames, int64_t limit,
                   struct sim_out *out) {
    size_t at = 0, next;
    struct wal_record r;
    enum record_state state;
    while ((state = wal_record_read(frames, at, &r, &next)) == RECORD_WHOLE) {
        at = next;
        if (r.end > limit) return true;
        if (r.end <= p->wal.inserted) continue;
        if (r.start != wal_start_after(p->wal.inserted)) return false;
        wal_append(p, &r);
        if (r.type == WAL_COMMIT)
            sim_fact(out, FACT_WAL_RECEIVED, received_group(p), r.end, (int64_t)p->wal.hash);
    }
    return state == RECORD_END;
}

/* A new standby stands for a base backup, which knows whose it is; ours learns it here. */
static bool belongs(struct postgres *p, int64_t system, struct sim_out *out) {
    if (p->control.system == 0) {
        p->control.system = system;
        p->control.timeline = p->wal.timeline = 1;
        control_save(p, out);
    }
    return system == p->control.system;
}

static int64_t take_upto(const struct restore *s) {
    return s->candidate + 1 < s->history_count ? s->history[s->candidate + 1].begin : INT64_MAX;
}

static void take_segment(struct postgres *p, struct sim_bytes contents, const struct sim_event *e,
                         struct sim_out *out) {
    struct restore *s = &p->restore;
    int64_t digits[6];
    segment_digits(p->shell.name.timeline, p->shell.name.segment, digits);
    struct reader r = reader_over(contents.data, contents.size);
    const int64_t system = get_i64(&r), before = p->wal.inserted;
    const bool good = !r.bad && belongs(p, system, out) &&
                      append(p, (struct sim_bytes){contents.data + r.at, contents.size - r.at},
                             take_upto(s), out);
    if (p->wal.inserted > before) {
        s->state = RESTORE_DRAINS;
        s->from = before;
        s->to = p->wal.inserted;
        s->opened = false;
        s->segments++;
        sim_note(out, NOTE_RESTORED, digits[0], digits[1], digits[2], digits[3], digits[4],
                 digits[5], p->wal.inserted);
        sim_fact(out, FACT_WAL_RESTORED, p->self, p->wal.inserted);
        p->receiver.writing = true;
        wal_write(p, true, false, out);
        return; /* written, flushed, replayed: then restore_go */
    }
    if (!good)
        sim_note(out, NOTE_RESTORE_INVALID, digits[0], digits[1], digits[2], digits[3], digits[4],
                 digits[5], p->wal.inserted);
    exhausted(p, e, out);
}

void restore_done(struct postgres *p, enum archive_outcome outcome, struct sim_bytes contents,
                  const struct sim_event *e, struct sim_out *out) {
    struct restore *s = &p->restore;
    if (s->state != RESTORE_ASKS) return;
    if (p->shell.name.segment == ARCHIVE_HISTORY) {
        take_history(p, outcome, contents, e, out);
        return;
    }
    if (outcome == ARCHIVE_OK) {
        take_segment(p, contents, e, out);
        return;
    }
    if (outcome == ARCHIVE_MISSING && s->candidate > 0) {
        ask_segment(p, s->candidate - 1, e, out);
        return;
    }
    int64_t digits[6];
    segment_digits(p->shell.name.timeline, p->shell.name.segment, digits);
    sim_note(out, NOTE_NOT_RESTORED, digits[0], digits[1], digits[2], digits[3], digits[4],
             digits[5], outcome);
    exhausted(p, e, out);
}

/* ---- for others ---- */

/* Is it of a restored segment? `first`: the startup process opens that with this record. */
bool restore_opens(struct postgres *p, const struct wal_record *r, bool *first) {
    struct restore *s = &p->restore;
    if (r->start < s->from || r->start >= s->to) return false;
    *first = !s->opened;
    s->opened = true;
    return true;
}

/* findNewestTimeLine: one more than any that is known to exist. */
int64_t restore_new_timeline(const struct postgres *p) {
    const int64_t newest = p->restore.newest;
    return (newest > p->control.timeline ? newest : p->control.timeline) + 1;
}
