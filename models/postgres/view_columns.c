/* The columns of the views, in PostgreSQL's names; views.c fills them. */
#include "postgres/internal.h"

#define COLUMN(NAME, UNIT, DOC) \
    { .name = NAME, .unit = UNIT, .doc = DOC }
static const struct sim_param stat_replication[] = {
    COLUMN("pid", SIM_COUNT, "the walsender's place, from 1"),
    COLUMN("client_addr", SIM_NODE, "the standby"),
    COLUMN("application_name", SIM_TEXT, "the standby's"),
    COLUMN("backend_xmin", SIM_COUNT, "by hot_standby_feedback, without a slot"),
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
    COLUMN("xmin", SIM_COUNT, "rows that this one needs are kept, by hot_standby_feedback"),
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
static const struct sim_param database_conflicts[] = {
    COLUMN("datid", SIM_COUNT, "the one database"),
    COLUMN("datname", SIM_TEXT, ""),
    COLUMN("confl_tablespace", SIM_COUNT, "queries cancelled: tablespace dropped"),
    COLUMN("confl_lock", SIM_COUNT, "lock taken on the primary"),
    COLUMN("confl_snapshot", SIM_COUNT, "rows removed that the snapshot needed"),
    COLUMN("confl_bufferpin", SIM_COUNT, "page pinned"),
    COLUMN("confl_deadlock", SIM_COUNT, "deadlock with replay over a page"),
    {0}};
static const struct sim_param database[] = {
    COLUMN("datid", SIM_COUNT, "the one database"),
    COLUMN("datname", SIM_TEXT, ""),
    COLUMN("numbackends", SIM_COUNT, "statements under way"),
    COLUMN("xact_commit", SIM_COUNT, "on a primary: transactions that wrote"),
    COLUMN("conflicts", SIM_COUNT, "queries cancelled due to conflict with recovery"),
    COLUMN("deadlocks", SIM_COUNT, "found by a backend: over tables' locks"),
    {0}};
static const struct sim_param activity[] = {
    COLUMN("pid", SIM_COUNT, "the backend's place, from 1"),
    COLUMN("backend_type", SIM_TEXT, "client backend, startup"),
    COLUMN("state", SIM_TEXT, "active, idle in transaction"),
    COLUMN("wait_event_type", SIM_TEXT, "Lock, IO, IPC, BufferPin, Client, Timeout, Activity"),
    COLUMN("wait_event", SIM_TEXT, "what it waits for, by PostgreSQL's names"),
    COLUMN("xact_age", SIM_NS, "derived: now() - xact_start, of a long query"),
    COLUMN("backend_xid", SIM_COUNT, ""),
    COLUMN("backend_xmin", SIM_COUNT, "of its snapshot"),
    COLUMN("query", SIM_TEXT, "in words"),
    {0}};
static const struct sim_param user_tables[] = {
    COLUMN("relid", SIM_COUNT, "its number here"),
    COLUMN("relname", SIM_TEXT, ""),
    COLUMN("n_live_tup", SIM_COUNT, "rows"),
    COLUMN("n_dead_tup", SIM_COUNT, "versions that vacuum has not removed"),
    COLUMN("last_vacuum", SIM_NS, "by the wall clock"),
    COLUMN("last_autovacuum", SIM_NS, "likewise"),
    COLUMN("vacuum_count", SIM_COUNT, ""),
    COLUMN("autovacuum_count", SIM_COUNT, ""),
    COLUMN("table_size", SIM_BYTES, "pg_table_size()"),
    COLUMN("tablespace", SIM_TEXT, "pg_tables.tablespace"),
    {0}};
static const struct sim_param archiver[] = {
    COLUMN("archived_count", SIM_COUNT, "files archived since the start"),
    COLUMN("last_archived_wal", SIM_TEXT, "its name"),
    COLUMN("last_archived_time", SIM_NS, "by the wall clock"),
    COLUMN("failed_count", SIM_COUNT, "failed attempts since the start"),
    COLUMN("last_failed_wal", SIM_TEXT, "its name"),
    COLUMN("last_failed_time", SIM_NS, "by the wall clock"),
    {0}};
const struct sim_table postgres_views[] = {
    [VIEW_STAT_REPLICATION] = {"pg_stat_replication", stat_replication, "a row for each walsender"},
    [VIEW_REPLICATION_SLOTS] = {"pg_replication_slots", replication_slots, "a row for each slot"},
    [VIEW_STAT_WAL_RECEIVER] = {"pg_stat_wal_receiver", stat_wal_receiver,
                                "one row, while it runs"},
    [VIEW_RECOVERY] = {"recovery", recovery, "one row: what the recovery functions answer"},
    [VIEW_STAT_DATABASE_CONFLICTS] = {"pg_stat_database_conflicts", database_conflicts, "one row"},
    [VIEW_STAT_DATABASE] = {"pg_stat_database", database, "one row"},
    [VIEW_STAT_ACTIVITY] = {"pg_stat_activity", activity,
                            "a row for each backend at work, and the startup process"},
    [VIEW_STAT_USER_TABLES] = {"pg_stat_user_tables", user_tables, "a row for each table"},
    [VIEW_STAT_ARCHIVER] = {"pg_stat_archiver", archiver, "one row"},
    {0},
};
