/*
 * What the WAL is made of: positions (LSNs) as PostgreSQL counts them, and records.
 *
 * An LSN is a byte position in the stream of WAL pages. Every 8 kB page begins with a header of 24
 * bytes, the first of a 16 MB segment with one of 40 (xlog_internal.h, SizeOfXLogShortPHD and
 * SizeOfXLogLongPHD), and headers count. Records are aligned to 8 bytes (MAXALIGN) and run over
 * page and segment boundaries. So after the record at 0/3000028 of 50 bytes comes one at 0/3000060.
 *
 * Two sizes, then: `size` is what the record weighs in PostgreSQL, and it alone moves LSNs, charges
 * disk and network. What our files and messages really hold is a frame (parts/record.h) of
 * WAL_FRAME_BYTES, whatever its weight: enough to replay from, small enough to simulate.
 */
#ifndef POSTGRES_WAL_RECORD_H
#define POSTGRES_WAL_RECORD_H

#include "parts/record.h"
#include "postgres/postgres.h"

enum wal_type {
    WAL_CHECKPOINT = 1,  /* a: redo, b: the log's hash there, c: timeline */
    WAL_RUNNING_XACTS,   /* xl_running_xacts */
    WAL_HEAP,            /* a: key, b: value, c: bytes of full-page images in it */
    WAL_BULK,            /* a: rows of one page, inserted or replaced; b: enum bulk_kind; c: page */
    WAL_COMMIT,          /* a: the committing host's wall clock; b: enum commit_action, c: of
                            whom */
    WAL_END_OF_RECOVERY, /* a: new timeline, b: the old one, c: its end */
    WAL_PRUNE,           /* a: page, b: latestRemovedXid, c: rows; XLOG_HEAP2_PRUNE */
    WAL_LOCK,            /* a: relation; xl_standby_locks */
    WAL_CREATE,          /* a, b: name, c: relation << 8 | tablespace */
    WAL_CREATE_TABLESPACE, /* a, b: name, c: tablespace */
    WAL_DROP_TABLESPACE,   /* a: tablespace */
    WAL_SWITCH,            /* XLOG_SWITCH, and the rest of its segment */
    WAL_TYPES
};
enum bulk_kind { BULK_INSERTS, BULK_UPDATES, BULK_DELETES };
/* What a commit record carries of the transaction's end (xact.h, xl_xact_relfilenodes). */
enum commit_action { COMMIT_PLAIN, COMMIT_TRUNCATES, COMMIT_DROPS };
enum { WAL_WANTS_APPLY_FEEDBACK = 1 }; /* xact.h, XACT_COMPLETION_APPLY_FEEDBACK */

struct wal_record {
    enum wal_type type;
    uint8_t flags;
    int64_t start, end; /* LSNs: of its first byte, and past its last */
    int64_t size;       /* modelled, aligned */
    int64_t xid;
    int64_t a, b, c;
};

enum {
    WAL_PAYLOAD_BYTES = 2 + 4 + 5 * 8,
    WAL_FRAME_BYTES = RECORD_HEADER_BYTES + WAL_PAYLOAD_BYTES
};

/* What records weigh, before alignment: 24 of XLogRecord; 20 for a block reference (4 + 12 of the
 * relation + 4 of the block); 2 for the main data's header (xlogrecord.h). */
enum {
    SIZE_HEADER = 24,
    SIZE_BLOCK = 20,
    SIZE_MAIN = 2,
    SIZE_COMMIT = SIZE_HEADER + SIZE_MAIN + 8,           /* xl_xact_commit: xact_time. 34 */
    SIZE_COMMIT_XINFO = SIZE_COMMIT + 4,                 /* with xinfo, for remote_apply */
    SIZE_CHECKPOINT = SIZE_HEADER + SIZE_MAIN + 88,      /* CheckPoint. 114 */
    SIZE_RUNNING_XACTS = SIZE_HEADER + SIZE_MAIN + 24,   /* xl_running_xacts, none running. 50 */
    SIZE_LOCK = SIZE_HEADER + SIZE_MAIN + 4 + 12,        /* xl_standby_locks, one of them. 42 */
    SIZE_PRUNE = SIZE_HEADER + SIZE_BLOCK + SIZE_MAIN + 8, /* xl_heap_prune; 2 a row besides */
    SIZE_CATALOG = 3 * 176, /* rows of pg_class, pg_attribute, pg_depend: some records in one */
    SIZE_TABLESPACE = SIZE_HEADER + SIZE_MAIN + 4, /* xl_tblspc_drop_rec */
    SIZE_END_OF_RECOVERY = SIZE_HEADER + SIZE_MAIN + 16, /* xl_end_of_recovery. 42 */
    /* heapam_xlog.h: xl_heap_update 14, xl_heap_header 5; the tuple: null bitmap's byte, key, value
     */
    SIZE_HEAP_UPDATE = SIZE_HEADER + SIZE_BLOCK + SIZE_MAIN + 14 + 5 + 1 + 8,
    SIZE_HEAP_INSERT = SIZE_HEADER + SIZE_BLOCK + SIZE_MAIN + 3 + 5 + 1 + 8,
    SIZE_BTREE_INSERT = SIZE_HEADER + SIZE_BLOCK + SIZE_MAIN + 2 +
                        16, /* its index tuple is 16. 64 */
    /* XLogRecordBlockImageHeader 5, and the page less the hole between its tuples and pointers */
    SIZE_FULL_PAGE_IMAGE = 5 + PAGE_BYTES - 392,
    SIZE_MULTI_INSERT = SIZE_HEADER + SIZE_BLOCK + SIZE_MAIN + 4, /* xl_heap_multi_insert */
};

int64_t wal_align(int64_t size);
/* Where the record after one that ends at `end` begins: past the page header, at a page's start. */
int64_t wal_start_after(int64_t end);
/* Where a record of that size ends. */
int64_t wal_end_of(int64_t start, int64_t size);
static inline int64_t wal_segment_of(int64_t lsn) { return lsn / SEGMENT_BYTES; }

/* What a record that begins there may weigh, to end where its segment ends. */
int64_t wal_room_in_segment(int64_t start);

/* Sets start, size (aligned) and end, for a record that follows `previous_end`. */
void wal_place(struct wal_record *, int64_t previous_end);
void wal_record_write(struct writer *, const struct wal_record *);

/* The record of the frame at `at`. RECORD_TORN also when its bytes check but make no sense. */
enum record_state wal_record_read(struct sim_bytes log, size_t at, struct wal_record *,
                                  size_t *next);
/* The same without the checksum, for frames that were checked when they came in. */
bool wal_record_peek(struct sim_bytes log, size_t at, struct wal_record *, size_t *next);
uint64_t wal_hash(uint64_t before, const struct wal_record *);

#endif
