#include "parts/journal.h"

#include "base/memory.h"
#include "parts/record.h"

enum { TAG_READ, TAG_WRITE, TAG_SYNC, TAG_NAME };
#define WHOLE_SEGMENT \
    (INT64_C(1) << 40) /* more than one ever has: the most that a disk is asked for */

void journal_begin(struct journal *j, struct memory *memory, uint64_t files, uint64_t tags) {
    *j = (struct journal){.memory = memory, .files = files, .tags = tags, .last = 1, .first = 1};
    j->fresh = true;
}

static void order(const struct journal *j, struct sim_disk disk, int64_t segment, uint64_t tag,
                  struct sim_out *out) {
    disk.file = j->files + (uint64_t)segment;
    disk.tag = j->tags + tag;
    sim_disk(out, disk);
}

/* ---- reading ---- */

static void read_segment(struct journal *j, int64_t segment, struct sim_out *out) {
    j->reading = segment;
    order(j, (struct sim_disk){.op = SIM_READ, .size = WHOLE_SEGMENT}, segment, TAG_READ, out);
}

/* The last run of segments without a gap. What is before a gap had been dropped, and came back when
 * a crash undid the removal of some. */
bool journal_start(struct journal *j, const struct sim_event *e, struct sim_out *out) {
    int64_t first = 0, last = 0;
    for (size_t i = 0; i < e->start.count; i++) { /* in order of file */
        if (e->start.files[i].file <= j->files) continue;
        const int64_t segment = (int64_t)(e->start.files[i].file - j->files);
        if (last == 0 || segment != last + 1) first = segment;
        last = segment;
    }
    if (last == 0) {
        j->state = JOURNAL_OPEN;
        return true;
    }
    for (size_t i = 0; i < e->start.count; i++) {
        const uint64_t file = e->start.files[i].file;
        if (file > j->files && (int64_t)(file - j->files) < first)
            order(j, (struct sim_disk){.op = SIM_REMOVE, .quiet = true}, (int64_t)(file - j->files),
                  TAG_WRITE, out);
    }
    j->first = first;
    j->last = last;
    j->fresh = false;
    j->state = JOURNAL_READING;
    read_segment(j, first, out);
    return false;
}

static enum journal_news failed(struct journal *j, const char *why) {
    j->failure = why;
    return JOURNAL_FAILED;
}

/* What is read need not be durable: where only the process died, the page cache has what it never
 * synced. Nothing is told of before it is. */
static void settle(struct journal *j, struct sim_out *out) {
    j->state = JOURNAL_SETTLING;
    j->awaited = 2;
    sim_disk(out,
             (struct sim_disk){.op = SIM_SYNC, .file = SIM_DIRECTORY, .tag = j->tags + TAG_NAME});
    order(j, (struct sim_disk){.op = SIM_SYNC}, j->last, TAG_SYNC, out);
}

static enum journal_news segment_read(struct journal *j, const struct sim_disk *answer,
                                      journal_record *record, void *context, struct sim_out *out) {
    struct sim_bytes payload;
    size_t at = 0;
    enum record_state state;
    if (answer->error) return failed(j, "journal: a segment cannot be read");
    while ((state = record_read(answer->bytes, at, &payload, &at)) == RECORD_WHOLE)
        record(context, j->reading, payload);
    if (j->reading < j->last) {
        if (state == RECORD_TORN) return failed(j, "journal: a record before its end is corrupt");
        read_segment(j, j->reading + 1, out);
        return JOURNAL_NOTHING;
    }
    if (state == RECORD_TORN)
        order(j, (struct sim_disk){.op = SIM_TRUNCATE, .size = (int64_t)at, .quiet = true}, j->last,
              TAG_WRITE, out);
    j->last_bytes = (int64_t)at;
    settle(j, out);
    return JOURNAL_NOTHING;
}

/* ---- writing ---- */

int64_t journal_put(struct journal *j, const void *payload, size_t size, int64_t extra) {
    const size_t needed = j->size + RECORD_HEADER_BYTES + size;
    if (needed > j->capacity) {
        size_t capacity = j->capacity ? j->capacity : 1024;
        while (capacity < needed) capacity *= 2;
        j->buffer = memory_resize(j->memory, j->buffer, j->capacity, capacity);
        j->capacity = capacity;
    }
    struct writer w = writer_over(j->buffer + j->size, j->capacity - j->size);
    record_write(&w, payload, size);
    j->size += w.size;
    j->weight += extra;
    return j->put += (int64_t)w.size;
}

static void write_out(struct journal *j, struct sim_out *out) {
    if (j->size == 0) return;
    order(j,
          (struct sim_disk){.op = SIM_WRITE,
                            .quiet = true,           /* a failed one fails the next sync */
                            .offset = j->last_bytes, /* one that fails leaves a hole, which ends
                                                        the log: none follows in its place */
                            .bytes = {j->buffer, j->size},
                            .modelled_bytes = (int64_t)j->size + j->weight},
          j->last, TAG_WRITE, out);
    j->last_bytes += (int64_t)j->size;
    j->written = j->put;
    j->size = 0;
    j->weight = 0;
}

static void sync_out(struct journal *j, struct sim_out *out) {
    if (j->awaited > 0 || j->written == j->synced) return;
    j->covers = j->written;
    if (j->fresh) {
        j->fresh = false;
        j->awaited++;
        sim_disk(out, (struct sim_disk){
                          .op = SIM_SYNC, .file = SIM_DIRECTORY, .tag = j->tags + TAG_NAME});
    }
    j->awaited++;
    j->syncs++;
    order(j, (struct sim_disk){.op = SIM_SYNC}, j->last, TAG_SYNC, out);
}

static void next_segment(struct journal *j) {
    j->last++;
    j->last_bytes = 0;
    j->fresh = true;
    j->cutting = false;
}

void journal_flush(struct journal *j, struct sim_out *out) {
    if (j->state != JOURNAL_OPEN) return;
    if (!j->cutting) write_out(j, out);
    sync_out(j, out);
}

int64_t journal_cut(struct journal *j, struct sim_out *out) {
    if (j->cutting) return j->last + 1;
    journal_flush(j, out);
    j->cutting = true;
    if (j->synced == j->written) {
        next_segment(j);
        return j->last;
    }
    return j->last + 1;
}

void journal_drop(struct journal *j, int64_t before, struct sim_out *out) {
    for (; j->first < before && j->first < j->last; j->first++)
        order(j, (struct sim_disk){.op = SIM_REMOVE, .quiet = true}, j->first, TAG_WRITE, out);
}

enum journal_news journal_answered(struct journal *j, const struct sim_disk *answer,
                                   journal_record *record, void *context, struct sim_out *out) {
    const uint64_t tag = answer->tag - j->tags;
    if (tag == TAG_READ) return segment_read(j, answer, record, context, out);
    if (tag == TAG_WRITE) return JOURNAL_NOTHING; /* it failed: so will the sync that follows */
    if (answer->error == SIM_ENOSPC) return failed(j, "journal: the disk is full");
    if (answer->error) return failed(j, "journal: a sync has failed");
    if (--j->awaited > 0) return JOURNAL_NOTHING;
    if (j->state == JOURNAL_SETTLING) {
        j->state = JOURNAL_OPEN;
        return JOURNAL_READ;
    }
    j->synced = j->covers;
    if (j->cutting && j->synced == j->written) next_segment(j);
    journal_flush(j, out);
    return JOURNAL_SYNCED;
}

void journal_encode(const struct journal *j, struct writer *w) {
    put_u8(w, (uint8_t)j->state);
    put_i64(w, j->first);
    put_i64(w, j->last);
    put_i64(w, j->last_bytes);
    put_i64(w, j->reading);
    put_bool(w, j->fresh);
    put_bool(w, j->cutting);
    put_string(w, j->buffer, j->size);
    put_i64(w, j->weight);
    put_i64(w, j->put);
    put_i64(w, j->written);
    put_i64(w, j->synced);
    put_i64(w, j->covers);
    put_i64(w, j->syncs);
    put_i64(w, j->awaited);
}
