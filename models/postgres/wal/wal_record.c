#include "postgres/wal_record.h"

enum { SHORT_PAGE_HEADER = 24, LONG_PAGE_HEADER = 40 };

int64_t wal_align(int64_t size) { return (size + 7) / 8 * 8; }

static int64_t page_header(int64_t page_start) {
    return page_start % SEGMENT_BYTES == 0 ? LONG_PAGE_HEADER : SHORT_PAGE_HEADER;
}

/* xlog.c, XLogBytePosToRecPtr: a record never begins on a page's header. */
int64_t wal_start_after(int64_t end) {
    return end % PAGE_BYTES == 0 ? end + page_header(end) : end;
}

/* xlog.c, XLogBytePosToEndRecPtr: one that fills a page ends at the next one's start. */
int64_t wal_end_of(int64_t start, int64_t size) {
    int64_t at = start;
    while (true) {
        const int64_t room = PAGE_BYTES - at % PAGE_BYTES;
        if (size <= room) return at + size;
        size -= room;
        at += room;
        at += page_header(at);
    }
}

int64_t wal_room_in_segment(int64_t start) {
    const int64_t room = PAGE_BYTES - start % PAGE_BYTES;
    const int64_t pages = (SEGMENT_BYTES - (start + room) % SEGMENT_BYTES) / PAGE_BYTES;
    if ((start + room) % SEGMENT_BYTES == 0) return room;
    return room + pages * (PAGE_BYTES - SHORT_PAGE_HEADER);
}

void wal_place(struct wal_record *r, int64_t previous_end) {
    r->size = wal_align(r->size);
    r->start = wal_start_after(previous_end);
    r->end = wal_end_of(r->start, r->size);
}

static void payload_write(uint8_t payload[WAL_PAYLOAD_BYTES], const struct wal_record *r) {
    struct writer w = writer_over(payload, WAL_PAYLOAD_BYTES);
    put_u8(&w, (uint8_t)r->type);
    put_u8(&w, r->flags);
    put_u32(&w, (uint32_t)r->size);
    put_i64(&w, r->start);
    put_i64(&w, r->xid);
    put_i64(&w, r->a);
    put_i64(&w, r->b);
    put_i64(&w, r->c);
}

void wal_record_write(struct writer *w, const struct wal_record *r) {
    uint8_t payload[WAL_PAYLOAD_BYTES];
    payload_write(payload, r);
    record_write(w, payload, sizeof payload);
}

static bool payload_read(struct sim_bytes payload, struct wal_record *r) {
    struct reader in = reader_over(payload.data, payload.size);
    const uint8_t type = get_u8(&in);
    r->flags = get_u8(&in);
    r->size = get_u32(&in);
    r->start = get_i64(&in);
    r->xid = get_i64(&in);
    r->a = get_i64(&in);
    r->b = get_i64(&in);
    r->c = get_i64(&in);
    if (in.bad || type < WAL_CHECKPOINT || type >= WAL_TYPES || r->start <= 0) return false;
    r->type = (enum wal_type)type;
    r->end = wal_end_of(r->start, r->size);
    return true;
}

enum record_state wal_record_read(struct sim_bytes log, size_t at, struct wal_record *r,
                                  size_t *next) {
    struct sim_bytes payload;
    const enum record_state state = record_read(log, at, &payload, next);
    if (state == RECORD_WHOLE && !payload_read(payload, r)) return RECORD_TORN;
    return state;
}

bool wal_record_peek(struct sim_bytes log, size_t at, struct wal_record *r, size_t *next) {
    if (at + WAL_FRAME_BYTES > log.size) return false;
    *next = at + WAL_FRAME_BYTES;
    return payload_read((struct sim_bytes){log.data + at + RECORD_HEADER_BYTES, WAL_PAYLOAD_BYTES},
                        r);
}

uint64_t wal_hash(uint64_t before, const struct wal_record *r) {
    uint8_t payload[WAL_PAYLOAD_BYTES];
    payload_write(payload, r);
    return record_hash(before, payload, sizeof payload);
}
