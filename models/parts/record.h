/*
 * Records in a log file: a length, a checksum, the bytes; and the scan that finds the torn tail.
 *
 * A crash may tear the last write anywhere. A log that frames its records so can tell, on the next
 * start, where what it wrote ends: at the first frame that does not fit or does not check. The
 * frame is composed in one piece, because a header and a body written apart can tear between. (The
 * same idea: PostgreSQL's xl_tot_len and xl_crc, LevelDB's log format, Raft implementations'
 * segments.)
 *
 * A zero length is never a frame, so a hole of zeros reads as torn. Nothing is owned here.
 */
#ifndef PARTS_RECORD_H
#define PARTS_RECORD_H

#include "base/codec.h"
#include "wall/model.h"

enum { RECORD_HEADER_BYTES = 8 };

enum record_state {
    RECORD_WHOLE, /* payload and next are set */
    RECORD_END,   /* nothing follows: the file ends with a whole record */
    RECORD_TORN,  /* what follows is no record: cut the file here */
};

/* A 64-bit hash of bytes, continuing from `seed`: rolling a log's hash is feeding it the last one.
 * Equal on every machine. Not for an adversary. */
uint64_t record_hash(uint64_t seed, const void *bytes, size_t size);

/* Appends one frame. The payload must not be empty. */
void record_write(struct writer *, const void *payload, size_t size);

/* Looks at the frame at `at`. */
enum record_state record_read(struct sim_bytes log, size_t at, struct sim_bytes *payload,
                              size_t *next);

/* The length of the valid prefix of a log: where the torn tail begins, or its size. */
size_t record_scan(struct sim_bytes log);

#endif
