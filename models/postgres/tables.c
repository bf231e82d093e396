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
    {0},
};

#define COLUMN(NAME, UNIT, DOC) \
    { .name = NAME, .unit = UNIT, .doc = DOC }
static const struct sim_param stat_replication[] = {
    COLUMN("pid", SIM_COUNT, "the walsender's place, from 1"),
    COLUMN("client_addr", SIM_NODE, "the standby"),
    COLUMN("application_name", SIM_TEXT, "the standby's"),
    COLUMN("state", SIM_TEXT, "startup, catchup, streaming"),
    COLUMN("sent_lsn", SIM_LSN, "sent on this connection"),
    COLUMN("write_lsn", SIM_LSN, "written to disk by the standby, as it last said"),
    COLUMN("flush_lsn", SIM_LSN, "flushed"),
    COLUMN("replay_lsn", SIM_LSN, "replayed"),
    COLUMN("write_lag", SIM_NS,
           "from flushing recent WAL here to hearing that it is written there; "
           "NULL after idleness"),
    COLUMN("flush_lag", SIM_NS, "flushed there"),
    COLUMN("replay_lag", SIM_NS, "replayed there"),
    COLUMN("sync_priority", SIM_COUNT, "its place in synchronous_standby_names; 0: not there"),
    COLUMN("sync_state", SIM_TEXT, "async, potential, sync, quorum"),
    COLUMN("reply_time", SIM_NS, "when it last replied, by its own wall clock"),
    COLUMN("send_lag_bytes", SIM_BYTES, "derived: pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)"),
    COLUMN("replay_lag_bytes", SIM_BYTES, "derived: pg_wal_lsn_diff(sent_lsn, replay_lsn)"),
    {0}};
static const struct sim_param replication_slots[] = {
    COLUMN("slot_name", SIM_TEXT, ""),
    COLUMN("slot_type", SIM_TEXT, "physical"),
    COLUMN("active", SIM_BOOL, "a walsender uses it"),
    COLUMN("active_pid", SIM_COUNT, "that walsender's place"),
    COLUMN("restart_lsn", SIM_LSN, "WAL from here on is kept"),
    COLUMN("wal_status", SIM_TEXT, "reserved, extended, unreserved, lost"),
    COLUMN("safe_wal_size", SIM_BYTES, "WAL that may be written before the slot is in danger"),
    {0}};
static const struct sim_param stat_wal_receiver[] = {
    COLUMN("status", SIM_TEXT, "starting, streaming"),
    COLUMN("written_lsn", SIM_LSN, ""),
    COLUMN("flushed_lsn", SIM_LSN, ""),
    COLUMN("received_tli", SIM_COUNT, "timeline"),
    COLUMN("last_msg_send_time", SIM_NS, "by the sender's wall clock"),
    COLUMN("last_msg_receipt_time", SIM_NS, "by this host's"),
    COLUMN("latest_end_lsn", SIM_LSN, "end of WAL upstream, as last told"),
    COLUMN("slot_name", SIM_TEXT, ""),
    COLUMN("sender_host", SIM_NODE, ""),
    {0}};
static const struct sim_param recovery[] = {
    COLUMN("pg_is_in_recovery", SIM_BOOL, ""),
    COLUMN("pg_last_wal_receive_lsn", SIM_LSN, "received and flushed"),
    COLUMN("pg_last_wal_replay_lsn", SIM_LSN, ""),
    COLUMN("pg_last_xact_replay_timestamp", SIM_NS,
           "the primary's time of the last commit replayed"),
    COLUMN("replay_lag", SIM_NS, "derived: now() - pg_last_xact_replay_timestamp()"),
    COLUMN("replay_lag_bytes", SIM_BYTES, "derived: received - replayed"),
    COLUMN("pg_current_wal_insert_lsn", SIM_LSN, "on a primary"),
    COLUMN("pg_current_wal_flush_lsn", SIM_LSN, "on a primary"),
    COLUMN("timeline_id", SIM_COUNT, "of pg_control_checkpoint()"),
    {0}};
static const struct sim_table views[] = {
    [VIEW_STAT_REPLICATION] = {"pg_stat_replication", stat_replication, "a row for each walsender"},
    [VIEW_REPLICATION_SLOTS] = {"pg_replication_slots", replication_slots, "a row for each slot"},
    [VIEW_STAT_WAL_RECEIVER] = {"pg_stat_wal_receiver", stat_wal_receiver,
                                "one row, while it runs"},
    [VIEW_RECOVERY] = {"recovery", recovery, "one row: what the recovery functions answer"},
    {0},
};

static const struct sim_param transaction_args[] = {
    SIZE("bytes", 100 * MIB, 1, 1000 * GIB, "of WAL"),
    COUNT("rows", 0, 0, INT64_C(1000000000000), "in them; 0: of 100 bytes each"),
    CHOICE("synchronous_commit", 0, 6, "default|off|local|remote_write|on|remote_apply",
           "for this transaction"),
    {0}};
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
    {0},
};

static const struct sim_name messages[] = {
    [CLIENT_REQUEST] = {"request", NULL},
    [CLIENT_RESPONSE] = {"response", NULL},
    [MESSAGE_START_REPLICATION] = {"start_replication", NULL},
    [MESSAGE_COPY_BOTH] = {"copy_both", NULL},
    [MESSAGE_ERROR] = {"error", NULL},
    [MESSAGE_WAL_DATA] = {"wal_data", NULL},
    [MESSAGE_KEEPALIVE] = {"keepalive", NULL},
    [MESSAGE_STANDBY_STATUS] = {"standby_status", NULL},
    [MESSAGE_TCP_ACK] = {"tcp_ack", NULL},
    {0},
};

#define DIGIT "{0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F}"
#define WAITS "{written|flushed|applied}"
static const struct sim_name notes[] = {
    [NOTE_STARTED_FRESH] = {"started_fresh", "no control file -> a new {cluster|standby}"},
    [NOTE_REDO_STARTS] =
        {"redo_starts",
         "control file found -> redo starts at {lsn} ({in archive recovery|was in production})"},
    [NOTE_TORN_TAIL] = {"torn_tail", "invalid record after {lsn} -> end of WAL, {bytes} cut off"},
    [NOTE_REDO_DONE] = {"redo_done", "redo done at {lsn}"},
    [NOTE_READY] = {"ready", "end of WAL is {lsn} -> ready to accept connections"},
    [NOTE_CONSISTENT] =
        {"consistent",
         "consistent recovery state reached at {lsn} -> read-only connections accepted"},
    [NOTE_WAITS_FLUSH] =
        {"waits_flush",
         "commit of xid {} at {lsn}: a flush up to {lsn} is under way -> waits for the next"},
    [NOTE_WAITS_SYNC] = {"waits_sync",
                         "commit of xid {} waits for sync standby: " WAITS " {lsn} < {lsn}"},
    [NOTE_SYNC_RELEASED] = {"sync_released",
                            "{} commits released: sync standbys have " WAITS " {lsn}"},
    [NOTE_WAITS_LOCK] = {"waits_lock", "row {} is locked by xid {} -> waits"},
    [NOTE_TOO_MANY_CLIENTS] = {"too_many_clients",
                               "{} statements under way -> sorry, too many clients already"},
    [NOTE_READ_ONLY] = {"read_only", "a write in a read-only transaction -> ask {node}"},
    [NOTE_FLUSH_BEGINS] = {"flush_begins", "fsync of WAL from {lsn} to {lsn}"},
    [NOTE_COMMIT_DELAY] = {"commit_delay",
                           "commit_delay {ns}: {} transactions are open -> waits for company"},
    [NOTE_WAL_WRITER] = {"wal_writer", "wal_writer_delay has passed -> flush up to {lsn}"},
    [NOTE_WALSENDER_CONNECTED] = {"walsender_connected", "{node} connected -> startup"},
    [NOTE_WALSENDER_STARTS] = {"walsender_starts",
                               "{node} asked for WAL from {lsn} of {lsn} -> catchup"},
    [NOTE_WALSENDER_STREAMING] = {"walsender_streaming",
                                  "{node} has been sent all up to {lsn} -> streaming"},
    [NOTE_WALSENDER_BLOCKED] = {"walsender_blocked",
                                "the socket to {node} is full -> {bytes} wait to be sent"},
    [NOTE_WALSENDER_TIMEOUT] =
        {"walsender_timeout",
         "nothing heard from {node} -> terminating walsender process due to replication timeout"},
    [NOTE_WALSENDER_REFUSES] =
        {"walsender_refuses",
         "{node} asks for WAL -> {|the database system is starting up|number of requested standby "
         "connections exceeds max_wal_senders|database system identifier differs between the "
         "primary "
         "and standby|requested WAL segment has already been removed|requested starting point is "
         "ahead of the WAL flush position of this server|requested timeline is not in this "
         "server's "
         "history|replication slot does not exist|replication slot is active|can no longer get "
         "changes from replication slot}"},
    [NOTE_SEGMENT_REMOVED_ALREADY] = {"segment_removed_already",
                                      "requested WAL segment 000000" DIGIT DIGIT
                                      "000000" DIGIT DIGIT "000000" DIGIT DIGIT
                                      " has already been removed ({node})"},
    [NOTE_BECOMES_SYNC] = {"becomes_sync", "standby {node} is now a {synchronous standby|candidate "
                                           "for quorum synchronous standby} with priority {}"},
    [NOTE_STREAMING_FROM] = {"streaming_from",
                             "started streaming WAL from {node} at {lsn} on timeline {}"},
    [NOTE_RECEIVER_ERROR] =
        {"receiver_error",
         "{node} answers: {|the database system is starting up|number of requested standby "
         "connections exceeds max_wal_senders|database system identifier differs between the "
         "primary "
         "and standby|requested WAL segment has already been removed|requested starting point is "
         "ahead of the WAL flush position of this server|requested timeline is not in this "
         "server's "
         "history|replication slot does not exist|replication slot is active|can no longer get "
         "changes from replication slot} -> again in {ns}"},
    [NOTE_RECEIVER_LOST] = {"receiver_lost",
                            "connection to {node} is down, received {lsn} -> again in {ns}"},
    [NOTE_RECEIVER_TIMEOUT] =
        {"receiver_timeout", "nothing heard from {node} -> terminating walreceiver due to timeout"},
    [NOTE_DIVERGED] = {"diverged",
                       "record up to {lsn} does not continue ours at {lsn} -> walreceiver stops"},
    [NOTE_CHECKPOINT_STARTS] =
        {"checkpoint_starts",
         "{checkpoint|restartpoint} starting: redo {lsn}, {} pages, {spread|immediate}"},
    [NOTE_CHECKPOINT_DONE] = {"checkpoint_done",
                              "{checkpoint|restartpoint} complete: redo {lsn}, took {ns}"},
    [NOTE_RESTARTPOINT] = {"restartpoint",
                           "checkpoint record at {lsn} replayed -> restartpoint possible"},
    [NOTE_SEGMENTS_REMOVED] = {"segments_removed", "{} WAL files removed, those before {lsn}"},
    [NOTE_SLOT_CREATED] = {"slot_created", "slot {} created, restart_lsn {lsn}"},
    [NOTE_SLOT_DROPPED] = {"slot_dropped", "slot {} dropped, restart_lsn {lsn}"},
    [NOTE_SLOT_LOST] = {"slot_lost",
                        "slot {}: restart_lsn {lsn} exceeds max_slot_wal_keep_size -> invalidated"},
    [NOTE_BULK_BEGINS] = {"bulk_begins", "large transaction xid {} begins: {bytes} of WAL"},
    [NOTE_BULK_DONE] = {"bulk_done", "large transaction xid {} committed at {lsn}"},
    [NOTE_APPLY_DELAYED] = {"apply_delayed",
                            "recovery_min_apply_delay: commit of xid {} is {ns} early -> waits"},
    [NOTE_PROMOTING] = {"promoting", "received promote request, received {lsn}, replayed {lsn}"},
    [NOTE_PROMOTED] =
        {"promoted",
         "selected new timeline {}, which parts at {lsn} -> ready to accept connections"},
    {0},
};

static const struct sim_name facts[] = {
    [FACT_INITIALIZED] = {"initialized", "log {hex}: a new {primary|standby}, from {lsn}"},
    [FACT_WAL_INSERTED] = {"wal_inserted", "log {hex}: commit up to {lsn}, hash {hex}"},
    [FACT_WAL_SENT] = {"wal_sent", "to {node} up to {lsn}"},
    [FACT_WAL_WRITTEN] = {"wal_written", "by {node} up to {lsn}"},
    [FACT_WAL_FLUSHED] = {"wal_flushed", "by {node} up to {lsn}"},
    [FACT_WAL_REPLAYED] = {"wal_replayed", "by {node} up to {lsn}"},
    [FACT_WAL_RECEIVED] = {"wal_received", "log {hex}: commit up to {lsn}, hash {hex}"},
    [FACT_COMMIT_ACKED] =
        {"commit_acked",
         "log {hex}: commit {lsn}, level {off|local|remote_write|on|remote_apply}, standbys {}"},
    [FACT_SYNC_STANDBY] = {"sync_standby", "log {hex}: {node} has priority {}"},
    [FACT_RECOVERED] = {"recovered", "log {hex}: up to {lsn}, as {standby|primary}, hash {hex}"},
    [FACT_PROMOTED] = {"promoted", "log {hex}: left at {lsn} for timeline {}"},
    {0},
};

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
    .views = views,
    .commands = commands,
    .messages = messages,
    .notes = notes,
    .facts = facts,
    .channels = (const struct sim_channel[]){[CHANNEL_CLIENT] = {"client", true},
                                             [CHANNEL_REPLICATION] = {"replication", true},
                                             {0}},
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
            {0}},
};
