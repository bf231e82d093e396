/*
 * A segment's end before it is full (xlog.c, RequestXLogSwitch; checkpointer.c,
 * CheckArchiveTimeout; manual 20.5.3 archive_timeout).
 *
 * The archive takes whole segments only, so on a quiet primary the last commits may wait for hours.
 * archive_timeout ends a segment after that time, if it holds anything but a checkpoint's records:
 * an XLOG_SWITCH record, and zeros up to the segment's end. They are written, streamed and archived
 * like any WAL: 16 MB each time. Here they are one record that weighs as much as there is room.
 */
#include "postgres/internal.h"

static bool is_worth_it(const struct postgres *p) {
    return p->archiver.last_important > p->archiver.last_switch_lsn;
}

/* False: a segment has just begun. */
static bool switch_now(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const int64_t start = wal_start_after(p->wal.inserted);
    if (wal_segment_of(start) != wal_segment_of(p->wal.inserted) ||
        p->wal.inserted % SEGMENT_BYTES == 0)
        return false;
    struct wal_record r = {.type = WAL_SWITCH, .size = wal_room_in_segment(start)};
    wal_insert(p, &r);
    sim_note(out, NOTE_WAL_SWITCH, start, r.size);
    wal_flush(p, e, out);
    checkpoint_log_grew(p, e, out);
    return true;
}

void segment_switch_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->archiver.last_switch_ns = e->now.mono_ns;
    if (p->set.archive_switch_ns > 0)
        sim_arm(out, with_kind(TIMER_ARCHIVE_TIMEOUT, 0),
                e->now.mono_ns + p->set.archive_switch_ns);
}

void segment_switch_timer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct archiver *a = &p->archiver;
    if (!a->on || !is_primary(p)) return;
    if (e->now.mono_ns >= a->last_switch_ns + p->set.archive_switch_ns) {
        a->last_switch_ns = e->now.mono_ns;
        if (is_worth_it(p) && switch_now(p, e, out)) a->last_switch_lsn = p->wal.inserted;
    }
    sim_arm(out, with_kind(TIMER_ARCHIVE_TIMEOUT, 0), a->last_switch_ns + p->set.archive_switch_ns);
}

/* pg_switch_wal: answers the position where the switch was made. */
void segment_switch_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (!is_primary(p)) {
        reply_text(out, e->command.request, false, "recovery is in progress");
        return;
    }
    const int64_t at = p->wal.inserted;
    switch_now(p, e, out);
    struct text said = {0};
    text_add_lsn(&said, at);
    reply_text(out, e->command.request, true, text_string(&said));
    text_free(&said);
}
