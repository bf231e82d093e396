/*
 * Which WAL segments stay (xlog.c, KeepLogSeg and RemoveOldXlogFiles; manual 30.5).
 *
 * After a checkpoint those before its redo point may go, but for what wal_keep_size keeps for any
 * standby, and what replication slots keep for theirs. A slot holds WAL back without limit, until
 * the disk is full, unless max_slot_wal_keep_size says how much: then it is lost, and its standby
 * with it (slot.c, InvalidateObsoleteReplicationSlots). What waits to be archived stays, too
 * (XLogArchiveCheckDone). Files are removed, where PostgreSQL recycles some.
 */
#include "postgres/internal.h"

static int64_t segments_in(int64_t bytes) { return bytes / SEGMENT_BYTES; }

/* The first segment to keep on account of slots and wal_keep_size, as seen from `lsn`. slot_keep:
 * the first that a slot may still keep. */
int64_t segments_keep_from(const struct postgres *p, int64_t lsn, int64_t *slot_keep) {
    const int64_t now = wal_segment_of(lsn);
    int64_t keep = now;
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        const struct slot *s = &p->slots[i];
        if (s->used && !s->lost && s->restart_lsn > 0 && wal_segment_of(s->restart_lsn) < keep)
            keep = wal_segment_of(s->restart_lsn);
    }
    const int64_t limit = p->set.max_slot_wal_keep_size;
    if (limit >= 0 && now - keep > segments_in(limit)) keep = now - segments_in(limit);
    const int64_t keep_size = segments_in(p->set.wal_keep_size);
    if (now - keep < keep_size) keep = now - keep_size;
    if (slot_keep) {
        *slot_keep = limit >= 0 ? now - segments_in(limit) : 0;
        if (limit >= 0 && now - *slot_keep < keep_size) *slot_keep = now - keep_size;
    }
    return keep;
}

static void invalidate_slots(struct postgres *p, int64_t oldest, struct sim_out *out) {
    for (uint32_t i = 0; i < SLOTS_MAX; i++) {
        struct slot *s = &p->slots[i];
        if (!s->used || s->lost || s->restart_lsn == 0 || wal_segment_of(s->restart_lsn) >= oldest)
            continue;
        sim_note(out, NOTE_SLOT_LOST, i, s->restart_lsn);
        s->lost = true;
        sim_fact(out, FACT_XMIN_FORGOTTEN, p->self, NOBODY, i + 1);
        if (s->sender != NOBODY) sender_end(p, s->sender, ERROR_SLOT_LOST, out);
        slots_save(p, out);
    }
}

void segments_remove(struct postgres *p, int64_t redo, struct sim_out *out) {
    struct wal *wal = &p->wal;
    const int64_t end = is_primary(p) ? wal->inserted : p->replay.lsn;
    int64_t oldest = segments_keep_from(p, end, NULL);
    if (wal_segment_of(redo) < oldest) oldest = wal_segment_of(redo);
    invalidate_slots(p, oldest, out);
    oldest = archiver_keeps_from(p, oldest);
    size_t gone = 0;
    while (gone + 1 < wal->count && wal->segments[gone].number < oldest) {
        struct segment *s = &wal->segments[gone++];
        disk_order(p,
                   (struct sim_disk){
                       .op = SIM_REMOVE, .file = FILE_WAL + (uint64_t)s->number, .quiet = true},
                   out);
        memory_give(p->memory, s->bytes, s->capacity);
    }
    if (gone == 0) return;
    wal->count -= gone;
    for (size_t i = 0; i < wal->count; i++) wal->segments[i] = wal->segments[gone + i];
    sim_note(out, NOTE_SEGMENTS_REMOVED, (int64_t)gone, oldest * SEGMENT_BYTES);
}

/* GetWALAvailability. */
enum wal_status slot_status(const struct postgres *p, const struct slot *s) {
    if (s->lost) return WAL_LOST;
    if (s->restart_lsn == 0) return WAL_STATUS_NONE;
    const int64_t end = is_primary(p) ? p->wal.inserted : p->replay.lsn;
    const int64_t target = wal_segment_of(s->restart_lsn), now = wal_segment_of(end);
    int64_t slot_keep;
    segments_keep_from(p, end, &slot_keep);
    if (target >= slot_keep)
        return target >= now - segments_in(p->set.max_wal_size) ? WAL_RESERVED : WAL_EXTENDED;
    const int64_t oldest = p->wal.count > 0 ? p->wal.segments[0].number : now;
    return target >= oldest ? WAL_UNRESERVED : WAL_LOST;
}
