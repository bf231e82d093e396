/*
 * PostgreSQL 15, physical streaming replication: the numbers that the model's files share. Each
 * enum indexes a table in tables.c, in the same order.
 */
#ifndef POSTGRES_POSTGRES_H
#define POSTGRES_POSTGRES_H

#include "parts/client_protocol.h"
#include "wall/model.h"

enum {
    PAGE_BYTES = 8192,          /* XLOG_BLCKSZ and BLCKSZ */
    SEGMENT_BYTES = 16777216,   /* wal_segment_size */
    SEND_BYTES_MAX = 16 * 8192, /* walsender.c, MAX_SEND_SIZE */
    NAME_BYTES = 64,            /* NAMEDATALEN */
    LAG_SAMPLES = 8192,         /* walsender.c, LAG_TRACKER_BUFFER_SIZE */
};

enum pg_knob {
    KNOB_ROLE,
    KNOB_UPSTREAM,
    KNOB_APPLICATION_NAME,
    KNOB_PRIMARY_SLOT_NAME,
    KNOB_SYNCHRONOUS_COMMIT,
    KNOB_SYNCHRONOUS_STANDBY_NAMES,
    KNOB_MAX_CONNECTIONS,
    KNOB_MAX_WAL_SENDERS,
    KNOB_COMMIT_DELAY,
    KNOB_COMMIT_SIBLINGS,
    KNOB_WAL_BUFFERS,
    KNOB_WAL_WRITER_DELAY,
    KNOB_WAL_WRITER_FLUSH_AFTER,
    KNOB_FULL_PAGE_WRITES,
    KNOB_CHECKPOINT_TIMEOUT,
    KNOB_CHECKPOINT_COMPLETION_TARGET,
    KNOB_MAX_WAL_SIZE,
    KNOB_WAL_KEEP_SIZE,
    KNOB_MAX_SLOT_WAL_KEEP_SIZE,
    KNOB_WAL_SENDER_TIMEOUT,
    KNOB_WAL_RECEIVER_TIMEOUT,
    KNOB_WAL_RECEIVER_STATUS_INTERVAL,
    KNOB_WAL_RETRIEVE_RETRY_INTERVAL,
    KNOB_RECOVERY_MIN_APPLY_DELAY,
    KNOB_HOT_STANDBY,
    KNOB_TCP_SEND_BUFFER,
    KNOB_TCP_RECEIVE_BUFFER,
    KNOB_PAGE_CACHE,
    KNOB_READ_COST,
    KNOB_WRITE_COST,
    KNOB_SCAN_ROW_COST,
    KNOB_BULK_RATE,
    KNOB_REPLAY_COST,
    KNOB_REPLAY_RATE,
    KNOB_ROWS_PER_PAGE,
    PG_KNOBS
};

enum pg_channel { CHANNEL_CLIENT = CLIENT_CHANNEL, CHANNEL_REPLICATION };

/* Manual, 55.4 "Streaming Replication Protocol"; the letters are the message types there. */
enum pg_message {
    MESSAGE_START_REPLICATION = CLIENT_MESSAGE_TYPES, /* IDENTIFY_SYSTEM and START_REPLICATION */
    MESSAGE_COPY_BOTH,                                /* streaming begins */
    MESSAGE_ERROR,                                    /* ErrorResponse, and the walsender is gone */
    MESSAGE_WAL_DATA,                                 /* 'w' XLogData */
    MESSAGE_KEEPALIVE,                                /* 'k' primary keepalive */
    MESSAGE_STANDBY_STATUS,                           /* 'r' standby status update */
    MESSAGE_TCP_ACK, /* what the kernels say to each other: see walsender.c */
};

enum pg_note {
    NOTE_STARTED_FRESH,
    NOTE_REDO_STARTS,
    NOTE_TORN_TAIL,
    NOTE_REDO_DONE,
    NOTE_READY,
    NOTE_CONSISTENT,
    NOTE_WAITS_FLUSH,
    NOTE_WAITS_SYNC,
    NOTE_SYNC_RELEASED,
    NOTE_WAITS_LOCK,
    NOTE_TOO_MANY_CLIENTS,
    NOTE_READ_ONLY,
    NOTE_FLUSH_BEGINS,
    NOTE_COMMIT_DELAY,
    NOTE_WAL_WRITER,
    NOTE_WALSENDER_CONNECTED,
    NOTE_WALSENDER_STARTS,
    NOTE_WALSENDER_STREAMING,
    NOTE_WALSENDER_BLOCKED,
    NOTE_WALSENDER_TIMEOUT,
    NOTE_WALSENDER_REFUSES,
    NOTE_SEGMENT_REMOVED_ALREADY,
    NOTE_BECOMES_SYNC,
    NOTE_STREAMING_FROM,
    NOTE_RECEIVER_ERROR,
    NOTE_RECEIVER_LOST,
    NOTE_RECEIVER_TIMEOUT,
    NOTE_DIVERGED,
    NOTE_CHECKPOINT_STARTS,
    NOTE_CHECKPOINT_DONE,
    NOTE_RESTARTPOINT,
    NOTE_SEGMENTS_REMOVED,
    NOTE_SLOT_CREATED,
    NOTE_SLOT_DROPPED,
    NOTE_SLOT_LOST,
    NOTE_BULK_BEGINS,
    NOTE_BULK_DONE,
    NOTE_APPLY_DELAYED,
    NOTE_PROMOTING,
    NOTE_PROMOTED
};

/* Why a walsender refuses, or ends: the words of NOTE_RECEIVER_ERROR, in this order. */
enum pg_error {
    ERROR_NONE,
    ERROR_STARTING_UP,
    ERROR_TOO_MANY_SENDERS,
    ERROR_SYSTEM_DIFFERS,
    ERROR_SEGMENT_REMOVED,
    ERROR_AHEAD_OF_FLUSH,
    ERROR_NOT_IN_HISTORY,
    ERROR_NO_SLOT,
    ERROR_SLOT_ACTIVE,
    ERROR_SLOT_LOST
};

enum pg_fact {
    FACT_INITIALIZED,
    FACT_WAL_INSERTED,
    FACT_WAL_SENT,
    FACT_WAL_WRITTEN,
    FACT_WAL_FLUSHED,
    FACT_WAL_REPLAYED,
    FACT_WAL_RECEIVED,
    FACT_COMMIT_ACKED,
    FACT_SYNC_STANDBY,
    FACT_RECOVERED,
    FACT_PROMOTED
};

enum pg_probe {
    PROBE_WAL_INSERT_LSN,
    PROBE_WAL_FLUSH_LSN,
    PROBE_STANDBYS,
    PROBE_SEND_LAG_BYTES,
    PROBE_REPLAY_LAG_BYTES,
    PROBE_WRITE_LAG,
    PROBE_FLUSH_LAG,
    PROBE_REPLAY_LAG,
    PROBE_SYNC_WAITERS,
    PROBE_COMMITS,
    PROBE_COMMITS_AT_RISK,
    PROBE_WAL_KEPT_BYTES,
    PROBE_RECEIVE_LSN,
    PROBE_REPLAY_LSN,
    PROBE_RECEIVED_NOT_REPLAYED_BYTES,
    PROBE_BEHIND_UPSTREAM_BYTES,
    PROBE_XACT_REPLAY_AGE,
    PROBE_LAG_NETWORK,
    PROBE_LAG_WRITE,
    PROBE_LAG_FLUSH,
    PROBE_LAG_REPLAY,
    PROBE_IN_RECOVERY,
    PROBE_BACKENDS_ACTIVE
};

enum pg_view {
    VIEW_STAT_REPLICATION,
    VIEW_REPLICATION_SLOTS,
    VIEW_STAT_WAL_RECEIVER,
    VIEW_RECOVERY
};
enum pg_command {
    COMMAND_TRANSACTION,
    COMMAND_CHECKPOINT,
    COMMAND_CREATE_SLOT,
    COMMAND_DROP_SLOT,
    COMMAND_PROMOTE
};
enum pg_bug {
    BUG_ACK_BEFORE_FLUSH,
    BUG_REPLAY_BEFORE_FLUSH,
    BUG_COMMIT_BEFORE_FLUSH,
    BUG_SEND_UNFLUSHED,
    BUG_IGNORE_SYNC_NAMES
};

/* Files. A WAL segment is FILE_WAL plus its number. */
enum pg_file {
    FILE_CONTROL = 1,
    FILE_CONTROL_NEW,
    FILE_DATA,
    FILE_DATA_NEW,
    FILE_SLOTS,
    FILE_SLOTS_NEW,
    FILE_WAL = 256
};

/* Lanes of the host's processors: one process each. */
enum pg_lane { LANE_STARTUP = 1, LANE_BACKEND = 16 };

/* Timers, disk tags: what kind in the high bits, which in the low ones (so that the answer of one
 * is never taken for another's). */
enum pg_timer {
    TIMER_WAL_WRITER = 1,
    TIMER_COMMIT_DELAY,
    TIMER_WALSENDER,
    TIMER_RECEIVER_CONNECT,
    TIMER_RECEIVER_STATUS,
    TIMER_RECEIVER_TIMEOUT,
    TIMER_CHECKPOINT,
    TIMER_CHECKPOINT_WRITE,
    TIMER_APPLY_DELAY
};
enum pg_tag {
    TAG_WAL_FLUSH = 1,
    TAG_RECEIVER_WRITE,
    TAG_SENDER_READ,
    TAG_RECOVERY_READ,
    TAG_RECOVERY_SYNC,
    TAG_DATA_WRITE,
    TAG_DATA_DONE,
    TAG_CONTROL_DONE,
    TAG_SLOTS_DONE
};
static inline uint64_t with_kind(unsigned kind, uint64_t which) {
    return (uint64_t)kind << 48 | which;
}
static inline unsigned kind_of(uint64_t id) { return (unsigned)(id >> 48); }
static inline uint64_t which_of(uint64_t id) { return id & ((UINT64_C(1) << 48) - 1); }

/* synchronous_commit, in the order of its effect (xact.h, SyncCommitLevel). */
enum sync_level { LEVEL_OFF, LEVEL_LOCAL, LEVEL_REMOTE_WRITE, LEVEL_ON, LEVEL_REMOTE_APPLY };

#endif
