/*
 * The log: insert, write, flush (src/backend/access/transam/xlog.c).
 *
 * inserted >= written >= flushed. Inserting copies a record into memory (the WAL buffers); writing
 * hands it to the operating system; flushing is fsync, after which a crash cannot take it. Whoever
 * wants a position flushed joins the flush under way if that covers it, else waits for the next,
 * which takes everything inserted by then: group commit (XLogFlush, LWLockAcquireOrWait).
 *
 * One file a segment. A frame lies in the segment where its record begins, so a walsender that
 * starts at a segment's first byte finds whole frames. A new file's name is durable only once its
 * directory is synced (XLogFileInit, durable_rename). Segments past the page cache leave memory,
 * and are read from the disk by who needs them.
 */
#include "postgres/internal.h"

struct segment *wal_segment(struct postgres *p, int64_t number) {
    struct wal *wal = &p->wal;
    if (wal->count == 0) return NULL;
    const int64_t at = number - wal->segments[0].number; /* they have no gap */
    return at >= 0 && at < (int64_t)wal->count ? &wal->segments[at] : NULL;
}

struct segment *wal_segment_add(struct postgres *p, int64_t number) {
    struct wal *wal = &p->wal;
    if (wal->count == wal->capacity) {
        const size_t capacity = wal->capacity ? wal->capacity * 2 : 16;
        wal->segments = memory_resize(p->memory, wal->segments,
                                      wal->capacity * sizeof(struct segment),
                                      capacity * sizeof(struct segment));
        wal->capacity = capacity;
    }
    struct segment *s = &wal->segments[wal->count++];
    *s = (struct segment){.number = number};
    wal_evict(p);
    return s;
}

/* What replay has not read yet stays, whatever the cache holds. */
void wal_evict(struct postgres *p) {
    struct wal *wal = &p->wal;
    const int64_t cached = p->set.page_cache / SEGMENT_BYTES + 1;
    for (size_t i = 0; i + (size_t)cached < wal->count; i++) {
        struct segment *s = &wal->segments[i];
        if (!s->bytes || s->written < s->size || s->unsynced) continue;
        if (!is_primary(p) && s->number >= p->replay.segment) return;
        memory_give(p->memory, s->bytes, s->capacity);
        s->bytes = NULL;
        s->capacity = 0;
    }
}

static struct segment *tail_segment(struct postgres *p, int64_t number) {
    struct segment *s = wal_segment(p, number);
    if (s) return s;
    s = wal_segment_add(p, number);
    s->new_name = true;
    return s;
}

void wal_append(struct postgres *p, const struct wal_record *r) {
    struct segment *s = tail_segment(p, wal_segment_of(r->start));
    if (s->size + WAL_FRAME_BYTES > s->capacity) {
        const size_t capacity = s->capacity ? s->capacity * 2 : 4096;
        s->bytes = memory_resize(p->memory, s->bytes, s->capacity, capacity);
        s->capacity = capacity;
    }
    struct writer w = writer_over(s->bytes + s->size, WAL_FRAME_BYTES);
    wal_record_write(&w, r);
    s->size += WAL_FRAME_BYTES;
    p->wal.inserted = r->end;
    p->wal.hash = wal_hash(p->wal.hash, r);
    if (r->type == WAL_COMMIT) p->wal.last_commit = r->end;
    if (r->type == WAL_END_OF_RECOVERY) p->wal.timeline = r->a;
}

int64_t wal_insert(struct postgres *p, struct wal_record *r) {
    wal_place(r, p->wal.inserted);
    wal_append(p, r);
    if (r->type != WAL_CHECKPOINT && r->type != WAL_RUNNING_XACTS && r->type != WAL_SWITCH)
        p->archiver.last_important = r->end;
    return r->end;
}

/* The log ends at `lsn`, where the frame at `offset` of that segment would begin: what follows is
 * thrown away. Nothing of it may be on its way to the disk. */
void wal_cut(struct postgres *p, int64_t number, size_t offset, int64_t lsn, uint64_t hash,
             struct sim_out *out) {
    struct wal *wal = &p->wal;
    while (wal->count > 0 && wal->segments[wal->count - 1].number > number) {
        struct segment *s = &wal->segments[--wal->count];
        disk_order(p,
                   (struct sim_disk){
                       .op = SIM_REMOVE, .file = FILE_WAL + (uint64_t)s->number, .quiet = true},
                   out);
        memory_give(p->memory, s->bytes, s->capacity);
    }
    struct segment *s = wal_segment(p, number);
    if (s && s->size > offset) {
        s->size = s->written = offset;
        s->unsynced = true;
        disk_order(p,
                   (struct sim_disk){.op = SIM_TRUNCATE,
                                     .file = FILE_WAL + (uint64_t)number,
                                     .size = (int64_t)offset,
                                     .quiet = true},
                   out);
    }
    wal->inserted = wal->written = wal->flushed = lsn;
    wal->hash = hash;
}

/* Hands over what is inserted. A primary writes whole pages, the last one again and again as it
 * fills (XLogWrite); a walreceiver writes just what came (XLogWalRcvWrite). `answered`: the last
 * write comes back with TAG_RECEIVER_WRITE and the position. */
void wal_write(struct postgres *p, bool answered, bool whole_pages, struct sim_out *out) {
    struct wal *wal = &p->wal;
    int64_t from = wal->written, to = wal->inserted;
    if (whole_pages) {
        from -= from % PAGE_BYTES;
        to += (PAGE_BYTES - to % PAGE_BYTES) % PAGE_BYTES;
    }
    size_t first = wal->count;
    while (first > 0 && wal->segments[first - 1].written < wal->segments[first - 1].size) first--;
    for (size_t i = first; i < wal->count; i++) {
        struct segment *s = &wal->segments[i];
        const bool last = i + 1 == wal->count;
        const int64_t upto = last ? to : (s->number + 1) * SEGMENT_BYTES;
        disk_order(p,
                   (struct sim_disk){.op = SIM_WRITE,
                                     .quiet = !(answered && last),
                                     .file = FILE_WAL + (uint64_t)s->number,
                                     .offset = (int64_t)s->written,
                                     .bytes = {s->bytes + s->written, s->size - s->written},
                                     .modelled_bytes = upto > from ? upto - from : PAGE_BYTES,
                                     .tag = with_kind(TAG_RECEIVER_WRITE, (uint64_t)wal->inserted)},
                   out);
        s->written = s->size;
        s->unsynced = true;
        from = upto;
    }
    if (!answered) wal->written = wal->inserted;
}

/* Syncs all that was written and is not durable; how many answers will come. */
uint32_t wal_sync(struct postgres *p, enum pg_tag tag, struct sim_out *out) {
    struct wal *wal = &p->wal;
    uint32_t answers = 0;
    bool names = false;
    for (size_t i = 0; i < wal->count; i++) {
        struct segment *s = &wal->segments[i];
        names = names || s->new_name;
        s->new_name = false;
        if (!s->unsynced) continue;
        s->unsynced = false;
        disk_order(p,
                   (struct sim_disk){.op = SIM_SYNC,
                                     .file = FILE_WAL + (uint64_t)s->number,
                                     .tag = with_kind(tag, 0)},
                   out);
        answers++;
    }
    if (names) {
        disk_order(
            p, (struct sim_disk){.op = SIM_SYNC, .file = SIM_DIRECTORY, .tag = with_kind(tag, 0)},
            out);
        answers++;
    }
    return answers;
}

void wal_flush(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct wal *wal = &p->wal;
    (void)e;
    if (wal->flushing) {
        wal->flush_wanted = wal->flush_wanted || wal->inserted > wal->flush_target;
        return;
    }
    if (wal->flushed >= wal->inserted) return;
    if (is_primary(p)) wal_write(p, false, true, out);
    wal->flush_target = wal->written;
    wal->flush_answers = wal_sync(p, TAG_WAL_FLUSH, out);
    wal->flushing = wal->flush_answers > 0;
    wal->flush_wanted = false;
    sim_note(out, NOTE_FLUSH_BEGINS, wal->flushed, wal->flush_target);
}

/* True when the flush is complete. A failed fsync is a PANIC: the pages that could not be written
 * are no longer dirty, and a second fsync would lie (data_sync_retry; "fsyncgate", 2018). */
bool wal_flush_answered(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct wal *wal = &p->wal;
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not fsync WAL segment");
        return false;
    }
    if (--wal->flush_answers > 0) return false;
    wal->flushing = false;
    wal->flushed = wal->flush_target;
    wal_mark_flush(wal, e->now.wall_ns);
    return true;
}

void wal_mark_flush(struct wal *wal, int64_t wall_ns) {
    const size_t n = wal->mark_count++;
    size_t every = 1;
    for (size_t level = 0; level < FLUSH_MARK_LEVELS && n % every == 0; level++) {
        wal->marks[level][n / every % FLUSH_MARKS] = (struct flush_mark){wal->flushed, wall_ns};
        every *= FLUSH_MARK_STEP;
    }
}

/* The first mark at or past `lsn` in a ring of which `count` were ever written; NULL: none is, or
 * it may have been overwritten. */
static const struct flush_mark *mark_at(const struct flush_mark *ring, size_t count, int64_t lsn) {
    size_t low = count > FLUSH_MARKS ? count - FLUSH_MARKS : 0, high = count;
    if (low > 0 && ring[low % FLUSH_MARKS].lsn >= lsn) return NULL;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ring[middle % FLUSH_MARKS].lsn >= lsn)
            high = middle;
        else
            low = middle + 1;
    }
    return low < count ? &ring[low % FLUSH_MARKS] : NULL;
}

/* When position `lsn` became durable here, by the wall clock: for how long it has been on its way.
 */
int64_t wal_flushed_when(const struct postgres *p, int64_t lsn, int64_t otherwise) {
    const struct wal *wal = &p->wal;
    size_t every = 1;
    for (size_t level = 0; level < FLUSH_MARK_LEVELS; level++) {
        const size_t count = (wal->mark_count + every - 1) / every;
        const struct flush_mark *found = mark_at(wal->marks[level], count, lsn);
        if (found) return found->wall_ns;
        every *= FLUSH_MARK_STEP;
    }
    return otherwise;
}

/* ---- the WAL writer (walwriter.c; xlog.c, XLogBackgroundFlush): flushes, at the latest after
 * wal_writer_delay, what no commit waits for; at once when wal_writer_flush_after has gathered ----
 */

void wal_writer_wake(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->wal.inserted - p->wal.flushed >= p->set.wal_writer_flush_after) wal_flush(p, e, out);
    if (p->writer_armed) return;
    p->writer_armed = true;
    sim_arm(out, with_kind(TIMER_WAL_WRITER, 0), e->now.mono_ns + p->set.wal_writer_delay_ns);
}

void wal_writer_timer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->writer_armed = false;
    if (!is_primary(p) || p->wal.flushed >= p->wal.inserted) return;
    sim_note(out, NOTE_WAL_WRITER, p->wal.inserted);
    wal_flush(p, e, out);
    wal_writer_wake(p, e, out);
}
