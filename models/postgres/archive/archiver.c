/*
 * The archiver of a primary (src/backend/postmaster/pgarch.c; manual 26.3.1).
 *
 * It copies each segment that is complete and flushed to the archive, the oldest first, one at a
 * time. A failure is tried again after a second, three times (NUM_ARCHIVE_RETRIES); then when the
 * next segment is complete, or after a minute (PGARCH_AUTOWAKE_INTERVAL). Nobody waits for it but
 * the disk: a segment that is not archived yet is not removed (XLogArchiveCheckDone).
 *
 * What is archived is remembered in one small file, where PostgreSQL has archive_status/ with a
 * .ready or .done for each segment: in order, one number says the same. A crash between the
 * archive's answer and that file makes it send a segment twice, and the archive accepts the same
 * contents.
 *
 * archive_mode is on, not always: a standby archives nothing. A server that is promoted begins with
 * its timeline's history file, and then the segment of the switch, under the new timeline. What the
 * old primary had not archived by then nobody will.
 */
#include "postgres/internal.h"

enum { RETRIES = 3 };
static const int64_t retry_ns = 1000000000, autowake_ns = 60000000000;

/* The first segment of the server's timeline. */
static int64_t timeline_begins(const struct postgres *p) {
    return wal_segment_of(timeline_began(&p->control));
}

static int64_t complete_upto(const struct postgres *p) { return wal_segment_of(p->wal.flushed); }

int64_t archiver_ready(const struct postgres *p) {
    const struct archiver *a = &p->archiver;
    if (!a->on) return SIM_NONE;
    const int64_t segments = complete_upto(p) - a->next;
    return (segments > 0 ? segments : 0) + a->history_due;
}

int64_t archiver_keeps_from(const struct postgres *p, int64_t oldest) {
    const struct archiver *a = &p->archiver;
    return a->on && a->next < oldest ? a->next : oldest;
}

/* ---- one file after the other ---- */

static void archive_next(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct archiver *a = &p->archiver;
    a->state = ARCHIVER_IDLE;
    if (!a->history_due && a->next >= complete_upto(p)) return;
    a->state = ARCHIVER_RUNS;
    sim_disarm(out, with_kind(TIMER_ARCHIVER, 0));
    const int64_t segment = a->history_due ? ARCHIVE_HISTORY : a->next;
    shell_run(p, true, (struct archive_name){p->control.timeline, segment}, e, out);
}

static void save(struct postgres *p, struct sim_out *out) {
    struct archiver *a = &p->archiver;
    uint8_t payload[16];
    struct writer w = writer_over(payload, sizeof payload);
    put_i64(&w, p->control.timeline);
    put_i64(&w, a->next);
    a->state = ARCHIVER_SAVES;
    a->saved = true;
    replace_record(p, FILE_ARCHIVE_STATUS_NEW, FILE_ARCHIVE_STATUS, &w, TAG_ARCHIVE_STATUS, out);
}

bool archiver_load(struct postgres *p, struct sim_bytes bytes) {
    struct archiver *a = &p->archiver;
    struct reader r;
    if (!only_record(bytes, &r)) return false;
    a->done.timeline = get_i64(&r);
    a->done.segment = get_i64(&r);
    a->saved = !r.bad;
    return !r.bad;
}

void archiver_saved(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not fsync archive status");
        return;
    }
    if (p->archiver.state == ARCHIVER_SAVES) archive_next(p, e, out);
}

static void note_failure(struct postgres *p, enum pg_note note, enum archive_outcome outcome,
                         struct sim_out *out) {
    int64_t digits[6];
    const struct archive_name name = p->shell.name;
    segment_digits(name.timeline, name.segment, digits);
    sim_note(out, note, name.segment != ARCHIVE_HISTORY, digits[0], digits[1], digits[2], digits[3],
             digits[4], digits[5], outcome);
}

static void archived(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct archiver *a = &p->archiver;
    const struct archive_name name = p->shell.name;
    int64_t digits[6];
    segment_digits(name.timeline, name.segment, digits);
    sim_note(out, NOTE_ARCHIVED, name.segment != ARCHIVE_HISTORY, digits[0], digits[1], digits[2],
             digits[3], digits[4], digits[5], archiver_ready(p) - 1);
    a->archived_count++;
    a->last_archived = name;
    a->last_archived_wall_ns = e->now.wall_ns;
    a->failures = 0;
    if (name.segment == ARCHIVE_HISTORY)
        a->history_due = false;
    else
        a->next = name.segment + 1;
    save(p, out);
}

void archiver_done(struct postgres *p, enum archive_outcome outcome, const struct sim_event *e,
                   struct sim_out *out) {
    struct archiver *a = &p->archiver;
    if (!a->on) return;
    if (outcome == ARCHIVE_OK) {
        archived(p, e, out);
        return;
    }
    a->failed_count++;
    a->last_failed = p->shell.name;
    a->last_failed_wall_ns = e->now.wall_ns;
    note_failure(p, NOTE_ARCHIVE_FAILED, outcome, out);
    const bool again = ++a->failures < RETRIES;
    if (!again) {
        note_failure(p, NOTE_ARCHIVE_GIVES_UP, outcome, out);
        a->failures = 0;
    }
    a->state = again ? ARCHIVER_SLEEPS : ARCHIVER_IDLE;
    sim_arm(out, with_kind(TIMER_ARCHIVER, 0), e->now.mono_ns + (again ? retry_ns : autowake_ns));
}

void archiver_timer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct archiver *a = &p->archiver;
    if (a->on && (a->state == ARCHIVER_SLEEPS || a->state == ARCHIVER_IDLE))
        archive_next(p, e, out);
}

/* More is flushed: is another segment complete? (XLogArchiveNotifySeg) */
void archiver_wake(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct archiver *a = &p->archiver;
    if (!a->on || complete_upto(p) == a->noticed) return;
    a->noticed = complete_upto(p);
    a->last_switch_ns = e->now.mono_ns;
    a->last_switch_lsn = p->wal.flushed;
    if (a->state == ARCHIVER_IDLE) archive_next(p, e, out);
}

void archiver_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct archiver *a = &p->archiver;
    if (p->set.archive == NOBODY) return;
    const bool known = a->saved && a->done.timeline == p->control.timeline;
    a->on = true;
    a->next = known ? a->done.segment : timeline_begins(p);
    a->history_due = p->control.timeline > 1 && !known;
    if (p->wal.count > 0 && a->next < p->wal.segments[0].number)
        a->next = p->wal.segments[0].number;
    if (p->wal.count == 0) a->next = complete_upto(p);
    a->noticed = complete_upto(p);
    a->last_important = a->last_switch_lsn = p->wal.inserted;
    segment_switch_begin(p, e, out);
    archive_next(p, e, out);
}

void archiver_stop(struct postgres *p, struct sim_out *out) {
    struct archiver *a = &p->archiver;
    if (!a->on) return;
    a->on = false;
    a->state = ARCHIVER_IDLE;
    sim_disarm(out, with_kind(TIMER_ARCHIVER, 0));
    sim_disarm(out, with_kind(TIMER_ARCHIVE_TIMEOUT, 0));
    shell_kill(p, out);
}
