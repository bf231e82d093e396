/* What messages, notes and facts are called, and how a note reads: PostgreSQL's words where it
 * has some (its log, and the manual's 28 and 55). */
#include "postgres/internal.h"

const struct sim_name postgres_messages[] = {
    [CLIENT_REQUEST] = {"request", NULL},
    [CLIENT_RESPONSE] = {"response", NULL},
    [CONTROL_ORDER] = {"control_order", NULL},
    [CONTROL_ANSWER] = {"control_answer", NULL},
    [MESSAGE_REWIND_ASK] = {"rewind_ask", NULL},
    [MESSAGE_REWIND_TELL] = {"rewind_tell", NULL},
    [MESSAGE_PAGES_ASK] = {"pages_ask", NULL},
    [MESSAGE_PAGES_TELL] = {"pages_tell", NULL},
    [MESSAGE_START_REPLICATION] = {"start_replication", NULL},
    [MESSAGE_COPY_BOTH] = {"copy_both", NULL},
    [MESSAGE_ERROR] = {"error", NULL},
    [MESSAGE_WAL_DATA] = {"wal_data", NULL},
    [MESSAGE_KEEPALIVE] = {"keepalive", NULL},
    [MESSAGE_STANDBY_STATUS] = {"standby_status", NULL},
    [MESSAGE_HS_FEEDBACK] = {"hot_standby_feedback", NULL},
    [MESSAGE_TCP_ACK] = {"tcp_ack", NULL},
    [MESSAGE_ARCHIVE_PUT] = {"archive_put", NULL},
    [MESSAGE_ARCHIVE_GET] = {"archive_get", NULL},
    [MESSAGE_ARCHIVE_ANSWER] = {"archive_answer", NULL},
    {0},
};

#define DIGIT "{0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F}"
#define SEGMENT_NAME "\"000000" DIGIT DIGIT "000000" DIGIT DIGIT "000000" DIGIT DIGIT "\""
#define WAITS "{written|flushed|applied}"
const struct sim_name postgres_notes[] = {
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
    [NOTE_WAITS_REPLAY] = {"waits_replay",
                           "a read wants {lsn}, replayed up to {lsn} -> waits for replay"},
    [NOTE_WAITED_LONG] = {"waited_long",
                          "replay_wait_timeout: {lsn} is still not replayed -> ask {node}"},
    [NOTE_WAITS_RELATION] =
        {"waits_relation",
         "wants {a share of|all of} table {}, which {} have a share of and {nobody|one} has all "
         "of -> waits"},
    [NOTE_RELATION_LOCKED] = {"relation_locked",
                              "table {} is locked ACCESS EXCLUSIVE by xid {} -> into the log"},
    [NOTE_QUERY_BEGINS] = {"query_begins",
                           "query {} begins: table {}, for {ns}, with a snapshot of xmin {}"},
    [NOTE_QUERY_IDLE] = {"query_idle",
                         "query {} is idle in transaction for {ns}, {no|with a} cursor open"},
    [NOTE_QUERY_ENDS] = {"query_ends", "query {} has {failed|ended} after {ns}"},
    [NOTE_CONFLICT_WAITS] =
        {"conflict_waits", "replay conflicts with queries: {|tablespace|lock|snapshot|buffer pin}, "
                           "{} in the way -> waits {at most|for ever,} {ns}"},
    [NOTE_CONFLICT_OVER] =
        {"conflict_over",
         "recovery conflict on {|tablespace|lock|snapshot|buffer pin} is over after {ns} -> replay "
         "goes on"},
    [NOTE_CANCELS] =
        {"cancels",
         "query {} is in replay's way ({|tablespace|lock|snapshot|buffer pin|deadlock}) -> "
         "{canceling statement|terminating connection} due to conflict with recovery after {ns}"},
    [NOTE_DEADLOCK] = {"deadlock",
                       "query {} waits for a lock of the startup process, which waits for it -> "
                       "deadlock detected"},
    [NOTE_VACUUM_BEGINS] =
        {"vacuum_begins", "{vacuum|autovacuum} of table {} begins: {} dead rows, removable before "
                          "xid {}, which was {} xids ago"},
    [NOTE_VACUUM_DONE] = {"vacuum_done",
                          "vacuum of table {}: {} removed, {} are dead but not yet removable, {} "
                          "pages skipped due to pins"},
    [NOTE_VACUUM_SKIPPED] = {"vacuum_skipped", "skipping vacuum of table {} -> lock not available"},
    [NOTE_FEEDBACK] = {"feedback",
                       "{node} needs row versions from xid {} on -> vacuum keeps those of {} xids"},
    [NOTE_DDL_DONE] = {"ddl_done", "{altered or locked|truncated|dropped} table {} by xid {}"},
    [NOTE_STOPPED_AT_POWER_ON] = {"stopped_at_power_on",
                                  "managed -> stopped, until somebody starts it"},
    [NOTE_STOPS] = {"stops",
                    "received immediate shutdown request ({standby|primary}, log ends at {lsn})"},
    [NOTE_STOPPED] = {"stopped", "database system is shut down"},
    [NOTE_STARTS] = {"starts", "starting as {primary|standby} ({node})"},
    [NOTE_FOLLOWS] = {"follows", "primary_conninfo changed -> walreceiver restarts, from {node}"},
    [NOTE_REWIND_ASKS] = {"rewind_asks",
                          "pg_rewind: target is shut down cleanly at {lsn} -> asks {node}"},
    [NOTE_REWIND_NOTHING] = {"rewind_nothing",
                             "pg_rewind: the source has all up to {lsn} -> no rewind required"},
    [NOTE_REWIND_FORKED] =
        {"rewind_forked", "pg_rewind: servers diverged at WAL location {lsn} on timeline {} -> "
                          "rewinding from last common checkpoint, redo {lsn}: {} pages, {bytes} of "
                          "WAL undone"},
    [NOTE_REWIND_DONE] =
        {"rewind_done", "pg_rewind: {bytes} of WAL thrown away -> Done! Consistent from {lsn} on"},
    [NOTE_REWIND_FAILS] = {"rewind_fails",
                           "pg_rewind: fatal: the source {node} cannot be used -> as before"},
    [NOTE_ARCHIVED] = {"archived", "archived {timeline history|write-ahead log} file " SEGMENT_NAME
                                   " -> {} more are ready"},
    [NOTE_ARCHIVE_FAILED] =
        {"archive_failed",
         "archive command failed with exit code 1: {timeline history|write-ahead "
         "log} file " SEGMENT_NAME ": {|||the archive has it with other contents|the archive "
         "fails|no answer from the archive}"},
    [NOTE_ARCHIVE_GIVES_UP] = {"archive_gives_up",
                               "archiving {timeline history|write-ahead log} file " SEGMENT_NAME
                               " failed too many times, will try again later"},
    [NOTE_WAL_SWITCH] = {"wal_switch", "XLOG_SWITCH at {lsn} -> {bytes} up to the segment's end"},
    [NOTE_RESTORED] = {"restored",
                       "restored log file " SEGMENT_NAME " from archive -> WAL up to {lsn}"},
    [NOTE_NOT_RESTORED] = {"not_restored",
                           "could not restore file " SEGMENT_NAME
                           " from archive: {||it is not there||the archive fails|no answer} -> "
                           "the next source"},
    [NOTE_RESTORE_INVALID] = {"restore_invalid",
                              "file " SEGMENT_NAME
                              " from archive does not continue ours at {lsn} -> the next source"},
    [NOTE_NEW_TARGET] = {"new_target", "new target timeline is {}"},
    [NOTE_FORKED_BEFORE] = {"forked_before",
                            "new timeline {} forked off current database system timeline {} "
                            "before current recovery point {lsn} -> not followed"},
    {0},
};

const struct sim_name postgres_facts[] = {
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
    [FACT_SNAPSHOT_TAKEN] = {"snapshot_taken", "on {node} by query {}: xmin {}"},
    [FACT_SNAPSHOT_RELEASED] = {"snapshot_released", "on {node} by query {}"},
    [FACT_ROWS_REMOVED] = {"rows_removed", "on {node}: up to xid {}, {} rows"},
    [FACT_VACUUM_BEGAN] = {"vacuum_began", "on {node}: of table {}, before xid {}"},
    [FACT_XMIN_REPORTED] = {"xmin_reported", "to {node} by {node}: xmin {}, slot {}"},
    [FACT_XMIN_FORGOTTEN] = {"xmin_forgotten", "by {node}: of {node}, slot {}"},
    [FACT_STOPPED] = {"stopped", "{node} is shut down"},
    [FACT_REWOUND] = {"rewound", "{node} back to {lsn} from {lsn}"},
    [FACT_WAL_RESTORED] = {"wal_restored", "by {node} up to {lsn}"},
    {0},
};
