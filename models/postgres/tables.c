/*
 * What a PostgreSQL server can be told, and what it can tell: its tables, in the order of the enums
 * of postgres.h. Names are PostgreSQL's where it has one; the rest is said to be the model's.
 */
#include "postgres/internal.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define MIB INT64_C(1048576)
#define GIB INT64_C(1073741824)
#define DAY (86400 * S)

#define CHOICE(NAME, USUAL, COUNT, CHOICES, DOC)                                      \
    {                                                                                 \
        .name = NAME, .unit = SIM_CHOICE, .usual = USUAL, .min = 0, .max = COUNT - 1, \
        .choices = CHOICES, .doc = DOC                                                \
    }
#define TIME(NAME, USUAL, LEAST, MOST, DOC) \
    { .name = NAME, .unit = SIM_NS, .usual = USUAL, .min = LEAST, .max = MOST, .doc = DOC }
#define SIZE(NAME, USUAL, LEAST, MOST, DOC) \
    { .name = NAME, .unit = SIM_BYTES, .usual = USUAL, .min = LEAST, .max = MOST, .doc = DOC }
#define COUNT(NAME, USUAL, LEAST, MOST, DOC) \
    { .name = NAME, .unit = SIM_COUNT, .usual = USUAL, .min = LEAST, .max = MOST, .doc = DOC }
#define RATE(NAME, USUAL, DOC)                                                                 \
    {                                                                                          \
        .name = NAME, .unit = SIM_BYTES_PER_S, .usual = USUAL, .min = 1000, .max = 1000 * GIB, \
        .doc = DOC                                                                             \
    }
#define SWITCH(NAME, USUAL, DOC) \
    { .name = NAME, .unit = SIM_BOOL, .usual = USUAL, .min = 0, .max = 1, .doc = DOC }
#define WORDS(NAME, DOC) \
    { .name = NAME, .unit = SIM_TEXT, .doc = DOC }

static const struct sim_param knobs[] = {
    [KNOB_ROLE] = CHOICE("role", 0, 3, "auto|primary|standby",
                         "auto: a standby if it has an upstream (standby.signal)"),
    [KNOB_UPSTREAM] = {.name = "upstream",
                       .unit = SIM_NODE,
                       .usual = SIM_NONE,
                       .doc = "whom a standby streams from: a primary, or a standby (cascade)"},
    [KNOB_MANAGED] = SWITCH("managed", 0, "comes up stopped: an agent, or a command, starts it"),
    [KNOB_APPLICATION_NAME] = WORDS("application_name", "of a standby; usually \"walreceiver\""),
    [KNOB_PRIMARY_SLOT_NAME] = WORDS("primary_slot_name", "the slot upstream that a standby uses"),
    [KNOB_SYNCHRONOUS_COMMIT] = CHOICE("synchronous_commit", 3, 5,
                                       "off|local|remote_write|on|remote_apply",
                                       "what a commit waits for"),
    [KNOB_SYNCHRONOUS_STANDBY_NAMES] = WORDS(
        "synchronous_standby_names", "\"FIRST 1 (a, b)\", \"ANY 2 (a, b, c)\", \"a, b\", \"*\""),
    [KNOB_MAX_CONNECTIONS] = COUNT("max_connections", 100, 1, 5000, "statements at once"),
    [KNOB_MAX_WAL_SENDERS] = COUNT("max_wal_senders", 10, 1, 200, "standbys at once"),
    [KNOB_COMMIT_DELAY] = TIME("commit_delay", 0, 0, 100 * MS, "before a commit's flush"),
    [KNOB_COMMIT_SIBLINGS] = COUNT("commit_siblings", 5, 0, 1000,
                                   "other transactions that must be open for commit_delay"),
    [KNOB_WAL_BUFFERS] = SIZE("wal_buffers", 16 * MIB, 65536, GIB, "WAL not flushed yet, at most"),
    [KNOB_WAL_WRITER_DELAY] =
        TIME("wal_writer_delay", 200 * MS, MS, 10 * S, "how often the WAL writer flushes"),
    [KNOB_WAL_WRITER_FLUSH_AFTER] =
        SIZE("wal_writer_flush_after", MIB, PAGE_BYTES, GIB, "and after how much WAL"),
    [KNOB_FULL_PAGE_WRITES] =
        SWITCH("full_page_writes", 1, "log a whole page when first changed after a checkpoint"),
    [KNOB_CHECKPOINT_TIMEOUT] = TIME("checkpoint_timeout", 300 * S, S, DAY, "between checkpoints"),
    [KNOB_CHECKPOINT_COMPLETION_TARGET] = {.name = "checkpoint_completion_target",
                                           .unit = SIM_PPM,
                                           .usual = 900000,
                                           .min = 0,
                                           .max = 1000000,
                                           .doc =
                                               "over how much of the interval writes are spread"},
    [KNOB_MAX_WAL_SIZE] =
        SIZE("max_wal_size", GIB, 2 * SEGMENT_BYTES, 1000 * GIB, "WAL between checkpoints, about"),
    [KNOB_WAL_KEEP_SIZE] = SIZE("wal_keep_size", 0, 0, 1000 * GIB, "old WAL kept for standbys"),
    [KNOB_MAX_SLOT_WAL_KEEP_SIZE] =
        SIZE("max_slot_wal_keep_size", -1, -1, 1000 * GIB, "WAL that slots may keep; -1: all"),
    [KNOB_WAL_SENDER_TIMEOUT] =
        TIME("wal_sender_timeout", 60 * S, 0, DAY, "a silent standby is dropped; 0: never"),
    [KNOB_WAL_RECEIVER_TIMEOUT] =
        TIME("wal_receiver_timeout", 60 * S, 0, DAY, "a silent upstream is left; 0: never"),
    [KNOB_WAL_RECEIVER_STATUS_INTERVAL] = TIME("wal_receiver_status_interval", 10 * S, 0, DAY,
                                               "a standby reports at least so often; 0: never"),
    [KNOB_WAL_RETRIEVE_RETRY_INTERVAL] =
        TIME("wal_retrieve_retry_interval", 5 * S, MS, DAY, "before a standby connects again"),
    [KNOB_RECOVERY_MIN_APPLY_DELAY] =
        TIME("recovery_min_apply_delay", 0, 0, 30 * DAY, "a standby replays commits so late"),
    [KNOB_HOT_STANDBY] = SWITCH("hot_standby", 1, "serve reads during recovery"),
    [KNOB_HOT_STANDBY_FEEDBACK] =
        SWITCH("hot_standby_feedback", 0, "tell upstream which rows queries here need"),
    [KNOB_MAX_STANDBY_STREAMING_DELAY] =
        TIME("max_standby_streaming_delay", 30 * S, -1, DAY,
             "how far queries may hold replay up, since the WAL came; -1: for ever"),
    [KNOB_MAX_STANDBY_ARCHIVE_DELAY] = TIME("max_standby_archive_delay", 30 * S, -1, DAY,
                                            "likewise, of WAL that does not come by streaming"),
    [KNOB_DEADLOCK_TIMEOUT] =
        TIME("deadlock_timeout", S, MS, DAY, "waiting for a lock so long, look for a deadlock"),
    [KNOB_REPLAY_WAIT_TIMEOUT] =
        TIME("replay_wait_timeout", S, 0, DAY,
             "the model's: a read that names a position waits so long, then goes upstream"),
    [KNOB_AUTOVACUUM] = SWITCH("autovacuum", 1, "remove dead rows unasked"),
    [KNOB_AUTOVACUUM_NAPTIME] =
        TIME("autovacuum_naptime", 60 * S, S, DAY, "between two looks at the tables"),
    [KNOB_AUTOVACUUM_VACUUM_THRESHOLD] =
        COUNT("autovacuum_vacuum_threshold", 50, 0, 1000000000, "dead rows that do not matter"),
    [KNOB_AUTOVACUUM_VACUUM_SCALE_FACTOR] = {.name = "autovacuum_vacuum_scale_factor",
                                             .unit = SIM_PPM,
                                             .usual = 200000,
                                             .min = 0,
                                             .max = 1000000,
                                             .doc = "and so many for each row of the table"},
    [KNOB_VACUUM_PAGE_COST] =
        TIME("vacuum_page_cost", 100 * US, 1, S, "the model's: vacuum's time for a page"),
    [KNOB_TCP_SEND_BUFFER] = SIZE("tcp_send_buffer", 2621440, 4096, GIB,
                                  "the model's: what a walsender's socket takes, unacknowledged"),
    [KNOB_TCP_RECEIVE_BUFFER] = SIZE("tcp_receive_buffer", 6 * MIB, 4096, GIB,
                                     "the model's: what a walreceiver's socket holds, unread"),
    [KNOB_PAGE_CACHE] = SIZE("page_cache", 256 * MIB, 0, 1000 * GIB,
                             "the model's: WAL that walsenders need not read from the disk"),
    [KNOB_READ_COST] = TIME("read_cost", 50 * US, 1, 10 * S, "the model's: mean time of a read"),
    [KNOB_WRITE_COST] = TIME("write_cost", 100 * US, 1, 10 * S,
                             "the model's: mean time of a write before its commit"),
    [KNOB_SCAN_ROW_COST] = TIME("scan_row_cost", US, 0, S, "the model's: of a scan's every row"),
    [KNOB_BULK_RATE] =
        RATE("bulk_rate", 100000000, "the model's: WAL that one large transaction makes"),
    [KNOB_REPLAY_COST] = TIME("replay_cost", 10 * US, 0, 10 * S, "the model's: to replay a record"),
    [KNOB_REPLAY_RATE] = RATE("replay_rate", 250000000, "the model's: and its bytes"),
    [KNOB_ROWS_PER_PAGE] = COUNT("rows_per_page", 60, 1, 1000, "the model's: neighbouring keys"),
    [KNOB_ARCHIVE] = {.name = "archive",
                      .unit = SIM_NODE,
                      .usual = SIM_NONE,
                      .doc = "a wal_archive: archive_mode = on, archive_command to it, "
                             "restore_command from it"},
    [KNOB_ARCHIVE_TIMEOUT] =
        TIME("archive_timeout", 0, 0, DAY, "end a segment after so long, full or not; 0: never"),
    [KNOB_ARCHIVE_COMMAND_LATENCY] =
        TIME("archive_command_latency", 50 * MS, 0, DAY,
             "the model's: its time for a file, besides archive and network"),
    [KNOB_RESTORE_COMMAND_LATENCY] =
        TIME("restore_command_latency", 50 * MS, 0, DAY, "the model's: likewise"),
    [KNOB_ARCHIVE_COMMAND_TIMEOUT] =
        TIME("archive_command_timeout", 300 * S, MS, DAY,
             "the model's: either command gives up; PostgreSQL would wait"),
    [PG_KNOBS] = {0},
};

static const struct sim_param probes[] = {
    [PROBE_WAL_INSERT_LSN] = {.name = "wal_insert_lsn",
                              .unit = SIM_LSN,
                              .doc = "pg_current_wal_insert_lsn()"},
    [PROBE_WAL_FLUSH_LSN] = {.name = "wal_flush_lsn", .unit = SIM_LSN, .doc = "flushed here"},
    [PROBE_STANDBYS] = {.name = "standbys", .unit = SIM_COUNT, .doc = "walsenders at work"},
    [PROBE_SEND_LAG_BYTES] = {.name = "send_lag_bytes",
                              .unit = SIM_BYTES,
                              .doc = "pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn), the worst"},
    [PROBE_REPLAY_LAG_BYTES] = {.name = "replay_lag_bytes",
                                .unit = SIM_BYTES,
                                .doc = "pg_wal_lsn_diff(sent_lsn, replay_lsn), the worst"},
    [PROBE_WRITE_LAG] = {.name = "write_lag",
                         .unit = SIM_NS,
                         .doc = "of pg_stat_replication, the worst"},
    [PROBE_FLUSH_LAG] = {.name = "flush_lag", .unit = SIM_NS, .doc = "likewise"},
    [PROBE_REPLAY_LAG] = {.name = "replay_lag", .unit = SIM_NS, .doc = "likewise"},
    [PROBE_SYNC_WAITERS] = {.name = "sync_waiters",
                            .unit = SIM_COUNT,
                            .doc = "backends in wait event SyncRep"},
    [PROBE_COMMITS] = {.name = "commits",
                       .unit = SIM_COUNT,
                       .doc = "acknowledged; on a standby: replayed"},
    [PROBE_COMMITS_AT_RISK] = {.name = "commits_at_risk",
                               .unit = SIM_COUNT,
                               .doc =
                                   "acknowledged, and flushed on no standby: lost if this host is"},
    [PROBE_WAL_KEPT_BYTES] = {.name = "wal_kept_bytes",
                              .unit = SIM_BYTES,
                              .doc = "segments in pg_wal"},
    [PROBE_RECEIVE_LSN] = {.name = "receive_lsn",
                           .unit = SIM_LSN,
                           .doc = "pg_last_wal_receive_lsn()"},
    [PROBE_REPLAY_LSN] = {.name = "replay_lsn", .unit = SIM_LSN, .doc = "pg_last_wal_replay_lsn()"},
    [PROBE_RECEIVED_NOT_REPLAYED_BYTES] = {.name = "received_not_replayed_bytes",
                                           .unit = SIM_BYTES,
                                           .doc = "flushed here, waiting for the startup process"},
    [PROBE_BEHIND_UPSTREAM_BYTES] = {.name = "behind_upstream_bytes",
                                     .unit = SIM_BYTES,
                                     .doc =
                                         "latest_end_lsn - replay_lsn: as far as a standby knows"},
    [PROBE_XACT_REPLAY_AGE] = {.name = "xact_replay_age",
                               .unit = SIM_NS,
                               .doc = "now() - pg_last_xact_replay_timestamp(): grows while the "
                                      "primary is idle"},
    [PROBE_LAG_NETWORK] = {.name = "lag_network",
                           .unit = SIM_NS,
                           .doc = "of the last commit replayed: flushed upstream to received here"},
    [PROBE_LAG_WRITE] = {.name = "lag_write", .unit = SIM_NS, .doc = "received to written"},
    [PROBE_LAG_FLUSH] = {.name = "lag_flush", .unit = SIM_NS, .doc = "written to flushed"},
    [PROBE_LAG_REPLAY] = {.name = "lag_replay", .unit = SIM_NS, .doc = "flushed to replayed"},
    [PROBE_IN_RECOVERY] = {.name = "in_recovery", .unit = SIM_BOOL, .doc = "pg_is_in_recovery()"},
    [PROBE_BACKENDS_ACTIVE] = {.name = "backends_active",
                               .unit = SIM_COUNT,
                               .doc = "statements under way"},
    [PROBE_CONFLICTS] = {.name = "conflicts",
                         .unit = SIM_COUNT,
                         .doc = "queries cancelled due to conflict with recovery"},
    [PROBE_CONFL_TABLESPACE] = {.name = "confl_tablespace",
                                .unit = SIM_COUNT,
                                .doc = "of these: a tablespace was dropped"},
    [PROBE_CONFL_LOCK] = {.name = "confl_lock",
                          .unit = SIM_COUNT,
                          .doc = "a table was wanted exclusively"},
    [PROBE_CONFL_SNAPSHOT] = {.name = "confl_snapshot",
                              .unit = SIM_COUNT,
                              .doc = "rows were removed that it might have needed"},
    [PROBE_CONFL_BUFFERPIN] = {.name = "confl_bufferpin",
                               .unit = SIM_COUNT,
                               .doc = "it had a page pinned"},
    [PROBE_CONFL_DEADLOCK] = {.name = "confl_deadlock",
                              .unit = SIM_COUNT,
                              .doc = "it and replay waited for each other"},
    [PROBE_REPLAY_WAITS] = {.name = "replay_waits",
                            .unit = SIM_NS,
                            .doc = "for how long replay has waited for queries now"},
    [PROBE_QUERIES] = {.name = "queries", .unit = SIM_COUNT, .doc = "long queries under way"},
    [PROBE_DEAD_ROWS] = {.name = "dead_rows", .unit = SIM_COUNT, .doc = "n_dead_tup of all tables"},
    [PROBE_DEAD_ROWS_KEPT] = {.name = "dead_rows_kept",
                              .unit = SIM_COUNT,
                              .doc = "of these: that vacuum may not remove yet"},
    [PROBE_TABLE_BYTES] = {.name = "table_bytes",
                           .unit = SIM_BYTES,
                           .doc = "of all tables: rows, dead rows, room that vacuum made"},
    [PROBE_XMIN_AGE] = {.name = "xmin_age",
                        .unit = SIM_COUNT,
                        .doc = "transactions since the oldest that a snapshot needs"},
    [PROBE_READY_SEGMENTS] = {.name = "ready_segments",
                              .unit = SIM_COUNT,
                              .doc = "files that wait to be archived (archive_status/*.ready)"},
    [PROBE_RESTORED_SEGMENTS] = {.name = "restored_segments",
                                 .unit = SIM_COUNT,
                                 .doc = "that came from the archive, since the start"},
    {0},
};

static const struct sim_param transaction_args[] = {
    SIZE("bytes", 100 * MIB, 1, 1000 * GIB, "of WAL"),
    COUNT("rows", 0, 0, INT64_C(1000000000000), "in them; 0: of 100 bytes each"),
    CHOICE("synchronous_commit", 0, 6, "default|off|local|remote_write|on|remote_apply",
           "for this transaction"),
    WORDS("table", "whose rows they are; else of one that nobody reads"),
    CHOICE("kind", 0, 3, "insert|update|delete", "update, delete: of rows of that table; 0: all"),
    {0}};
static const struct sim_param query_args[] = {
    WORDS("table", "that it reads; usually \"usertable\", the workload's"),
    TIME("lasts", S, 0, DAY, "of processor time"),
    CHOICE("isolation", 0, 2, "read committed|repeatable read", "a snapshot a statement, or one"),
    TIME("idle", 0, 0, DAY, "then idle in transaction for so long"),
    COUNT("cursor_page", -1, -1, 1000000000, "with a cursor that stands there; -1: none is open"),
    WORDS("then_table", "and then reads this one, in the same transaction"),
    TIME("then_lasts", S, 0, DAY, "for so long"),
    WORDS("temp_tablespace", "with temporary files there (temp_tablespaces)"),
    {0}};
static const struct sim_param table_args[] = {WORDS("table", "its name; usually \"usertable\""),
                                              {0}};
static const struct sim_param alter_args[] = {
    WORDS("table", "its name; usually \"usertable\""),
    TIME("lasts", 10 * MS, 0, DAY, "ALTER TABLE: of work; LOCK TABLE: until COMMIT"),
    {0}};
static const struct sim_param create_table_args[] = {
    WORDS("name", "at most 16 characters"),
    COUNT("rows", 0, 0, 1000000000, "loaded with it"),
    SIZE("row_bytes", 100, 1, 7000, "each"),
    WORDS("tablespace", "usually pg_default"),
    {0}};
static const struct sim_param follow_args[] = {
    {.name = "upstream", .unit = SIM_NODE, .usual = SIM_NONE, .doc = "whom to follow from now on"},
    {0}};
static const struct sim_param start_args[] = {{.name = "upstream",
                                               .unit = SIM_NODE,
                                               .usual = SIM_NONE,
                                               .doc = "as a standby of it (standby.signal); none: "
                                                      "as it was"},
                                              {0}};
static const struct sim_param rewind_args[] = {{.name = "source",
                                                .unit = SIM_NODE,
                                                .usual = SIM_NONE,
                                                .doc = "the server whose history it is to have"},
                                               {0}};
static const struct sim_param tablespace_args[] = {WORDS("name", "at most 16 characters"), {0}};
static const struct sim_param create_slot_args[] = {
    WORDS("name", "of the slot"),
    SWITCH("immediately_reserve", 0, "keep WAL from now, not from the first connection"),
    {0}};
static const struct sim_param drop_slot_args[] = {WORDS("name", "of the slot"), {0}};
static const struct sim_param no_args[] = {{0}};
static const struct sim_table commands[] = {
    [COMMAND_TRANSACTION] = {"transaction", transaction_args,
                             "one transaction that writes so much WAL; answers its commit's LSN"},
    [COMMAND_CHECKPOINT] = {"checkpoint", no_args, "at once; answers when it is done"},
    [COMMAND_CREATE_SLOT] = {"create_slot", create_slot_args,
                             "pg_create_physical_replication_slot"},
    [COMMAND_DROP_SLOT] = {"drop_slot", drop_slot_args, "pg_drop_replication_slot"},
    [COMMAND_PROMOTE] = {"promote", no_args,
                         "pg_promote; answers the LSN where the timelines part"},
    [COMMAND_QUERY] = {"query", query_args,
                       "a long query, on a standby or a primary; answers its rows, or its error"},
    [COMMAND_VACUUM] = {"vacuum", table_args, "answers what it removed and what it had to leave"},
    [COMMAND_CREATE_TABLE] = {"create_table", create_table_args, "answers its commit's LSN"},
    [COMMAND_ALTER_TABLE] = {"alter_table", alter_args,
                             "rewrites it, under an ACCESS EXCLUSIVE lock"},
    [COMMAND_LOCK_TABLE] = {"lock_table", alter_args, "LOCK TABLE in a transaction of that length"},
    [COMMAND_TRUNCATE] = {"truncate", table_args, "TRUNCATE"},
    [COMMAND_DROP_TABLE] = {"drop_table", table_args, "DROP TABLE"},
    [COMMAND_CREATE_TABLESPACE] = {"create_tablespace", tablespace_args, "CREATE TABLESPACE"},
    [COMMAND_DROP_TABLESPACE] = {"drop_tablespace", tablespace_args,
                                 "DROP TABLESPACE, of one that has no tables"},
    [COMMAND_FOLLOW] = {"follow", follow_args, "a standby: primary_conninfo, and reload"},
    [COMMAND_STOP] = {"stop", no_args, "pg_ctl stop, at once; the node stays up, and can be told"},
    [COMMAND_START] = {"start", start_args, "pg_ctl start, of a stopped server"},
    [COMMAND_REWIND] = {"rewind", rewind_args, "pg_rewind, of a stopped server"},
    [COMMAND_SWITCH_WAL] = {"switch_wal", no_args,
                            "pg_switch_wal: ends the segment; answers the LSN where"},
    {0},
};

const struct sim_channel postgres_channels[] = {[CHANNEL_CLIENT] = {"client", true},
                                                [CHANNEL_CONTROL] = {"control", true},
                                                [CHANNEL_REPLICATION] = {"replication", true},
                                                [CHANNEL_ARCHIVE] = {"archive", true},
                                                {0}};

extern const struct sim_model postgres_model;
const struct sim_model postgres_model = {
    .name = "postgres",
    .summary = "PostgreSQL 15: a primary, or a physical streaming standby of one",
    .init = postgres_init,
    .step = postgres_step,
    .encode = postgres_encode,
    .describe = postgres_describe,
    .describe_message = postgres_describe_message,
    .probe = postgres_probe,
    .view = postgres_view,
    .knobs = knobs,
    .probes = probes,
    .views = postgres_views,
    .commands = commands,
    .messages = postgres_messages,
    .notes = postgres_notes,
    .facts = postgres_facts,
    .channels = postgres_channels,
    .laws = postgres_laws,
    .bugs =
        (const struct sim_bug[]){
            [BUG_ACK_BEFORE_FLUSH] = {"ack_before_flush",
                                      "a standby reports as flushed what it has only written",
                                      "Acknowledged Where Promised", "as with fsync = off"},
            [BUG_REPLAY_BEFORE_FLUSH] = {"replay_before_flush",
                                         "the startup process replays WAL that is written only",
                                         "Replication Order",
                                         "after a crash the heap is ahead of the log"},
            [BUG_COMMIT_BEFORE_FLUSH] = {"commit_before_flush",
                                         "the primary acknowledges before its own fsync",
                                         "Acknowledged Where Promised",
                                         "synchronous_commit = off, unasked"},
            [BUG_SEND_UNFLUSHED] = {"send_unflushed", "a walsender sends WAL that is not flushed",
                                    "Standby Is A Prefix",
                                    "a standby survives ahead of its crashed primary"},
            [BUG_IGNORE_SYNC_NAMES] = {"ignore_sync_names", "any standby's reply releases commits",
                                       "Acknowledged Where Promised",
                                       "synchronous_standby_names has no effect"},
            [BUG_ACK_BEFORE_WRITE] = {"ack_before_write",
                                      "a standby reports as written what it has only received",
                                      "Acknowledged Where Promised",
                                      "remote_write then promises nothing"},
            [BUG_IGNORE_FEEDBACK] = {"ignore_feedback",
                                     "vacuum has no regard for hot_standby_feedback",
                                     "Feedback Is Honoured",
                                     "queries on standbys are cancelled in spite of it"},
            [BUG_IGNORE_CONFLICTS] = {"ignore_conflicts",
                                      "replay has no regard for queries on the standby",
                                      "Snapshots Keep Their Rows",
                                      "a query misses rows that its snapshot should show"},
            [BUG_PROMOTE_WITHOUT_REPLAY] =
                {"promote_without_replay",
                 "a promoted standby throws away what it had received and not replayed",
                 "Nothing Acknowledged Is Lost", "commits that were confirmed are gone"},
            {0}},
};
