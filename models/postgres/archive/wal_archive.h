/*
 * An archive's state: the files that it keeps, by name, and the requests under way. wal_archive.c
 * is what it does, wal_archive_tables.c what it can be told, and tells.
 */
#ifndef POSTGRES_ARCHIVE_WAL_ARCHIVE_H
#define POSTGRES_ARCHIVE_WAL_ARCHIVE_H

#include "base/memory.h"
#include "base/text.h"
#include "postgres/archive/protocol.h"

enum wal_archive_knob { ARCHIVE_KNOB_LATENCY, ARCHIVE_KNOBS };
enum wal_archive_note {
    ARCHIVE_NOTE_STARTED,
    ARCHIVE_NOTE_STORED,
    ARCHIVE_NOTE_HAD_IT,
    ARCHIVE_NOTE_REFUSED,
    ARCHIVE_NOTE_GAVE,
    ARCHIVE_NOTE_MISSING,
    ARCHIVE_NOTE_DISK
};
enum wal_archive_fact { ARCHIVE_FACT_STARTED, ARCHIVE_FACT_STORED };
enum wal_archive_probe { ARCHIVE_PROBE_SEGMENTS, ARCHIVE_PROBE_BYTES, ARCHIVE_PROBE_REQUESTS };
enum wal_archive_view { ARCHIVE_VIEW_ARCHIVE, ARCHIVE_VIEW_SEGMENTS };

struct archived {
    struct archive_name name;
    int64_t real_bytes;
};

enum request_stage {
    REQUEST_WAITS,    /* for the archive's latency */
    REQUEST_WRITES,   /* a new file, under another name */
    REQUEST_RENAMES,  /* it is safe: into place */
    REQUEST_COMPARES, /* with the file that is there */
    REQUEST_SYNCS,    /* the file that is there: its name may not be durable yet */
    REQUEST_READS
};
struct archive_request {
    uint64_t number; /* among all, ever: disk tags and timers carry it */
    enum request_stage stage;
    sim_node peer; /* SIM_NOBODY: has gone; what was begun is finished */
    bool puts;
    struct archive_name name;
    uint8_t *bytes; /* contents, of a put */
    size_t size;
};

struct wal_archive {
    sim_node self;
    struct memory *memory;
    int64_t latency_ns;
    struct archived *files; /* ascending by timeline and segment: a history before its segments */
    size_t file_count, file_capacity;
    struct archive_request *requests; /* in order of arrival */
    size_t request_count, request_capacity;
    uint64_t last_number;
    int64_t puts, gets, refused;
};

int64_t archived_segments(const struct wal_archive *);
void *wal_archive_init(const struct sim_config *, struct text *refusal);
void wal_archive_step(void *, const struct sim_event *, struct sim_out *);

#endif
