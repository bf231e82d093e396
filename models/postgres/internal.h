/*
 * The state of one PostgreSQL server, and what the model's files call of one another.
 *
 *   model.c   init and step: which event goes where
 *   wal/      the log: insert, write, flush; its segments; checkpoints
 *   heap/     rows and pages, the catalog, snapshots, vacuum
 *   sql/      backends: statements, large transactions, long queries, DDL, table locks
 *   archive/  the archiver, restore_command; and the model of an archive
 *   replication/  walsender, walreceiver, who waits for which standby, slots, feedback
 *   recovery/ the startup process: reads what survived, replays it and what streams, waits for
 *             queries that are in its way, is promoted
 *   laws/     what must hold
 *   tables.c names.c view_columns.c  what it can be told, and tells; views.c probes.c print.c
 *
 * Everything lives in the node's own memory, and goes at a crash. What a server knows after a crash
 * it has read from its files.
 */
#ifndef POSTGRES_INTERNAL_H
#define POSTGRES_INTERNAL_H

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "parts/key_map.h"
#include "postgres/archiving.h"
#include "postgres/hot_standby.h"
#include "postgres/wal_record.h"

#define NOBODY UINT32_MAX

/* ---- settings: the knobs ---- */

enum sync_method { SYNC_FIRST, SYNC_ANY };
struct sync_names { /* syncrep.h, SyncRepConfigData; none: count 0 */
    enum sync_method method;
    int64_t wanted; /* num_sync */
    size_t count;
    char (*names)[NAME_BYTES];
};

struct settings {
    bool starts_as_standby, managed, hot_standby, full_page_writes, hot_standby_feedback,
        autovacuum;
    sim_node upstream;
    char application_name[NAME_BYTES], slot_name[NAME_BYTES];
    enum sync_level synchronous_commit;
    struct sync_names sync_names;
    int64_t max_connections, max_wal_senders, commit_delay_ns, commit_siblings, wal_buffers;
    int64_t wal_writer_delay_ns, wal_writer_flush_after;
    int64_t checkpoint_timeout_ns, checkpoint_completion_ppm, max_wal_size, wal_keep_size;
    int64_t max_slot_wal_keep_size; /* < 0: no limit */
    int64_t sender_timeout_ns, receiver_timeout_ns, status_interval_ns, retry_interval_ns;
    int64_t apply_delay_ns, tcp_send_buffer, tcp_receive_buffer, page_cache;
    int64_t read_cost_ns, write_cost_ns, scan_row_cost_ns, bulk_rate, replay_cost_ns, replay_rate;
    int64_t rows_per_page;
    int64_t standby_streaming_delay_ns, standby_archive_delay_ns; /* < 0: for ever */
    int64_t replay_wait_ns, deadlock_timeout_ns, autovacuum_naptime_ns, autovacuum_threshold;
    int64_t autovacuum_scale_ppm, vacuum_page_cost_ns;
    sim_node archive; /* or NOBODY */
    int64_t archive_switch_ns, archive_latency_ns, restore_latency_ns, shell_timeout_ns;
};

/* ---- the log ---- */

struct segment {
    int64_t number;
    uint8_t *bytes;          /* its frames; NULL: not in memory (out of the page cache) */
    size_t size, capacity;   /* real bytes of the file; of the memory */
    size_t written;          /* of them, handed to the disk */
    bool unsynced, new_name; /* has writes, has a directory entry, that no sync covers yet */
};

struct flush_mark {
    int64_t lsn, wall_ns;
};
/* Every flush, every 32nd, every 1024th: the further back, the coarser. */
enum { FLUSH_MARKS = 1024, FLUSH_MARK_LEVELS = 3, FLUSH_MARK_STEP = 32 };

struct wal {
    struct segment *segments; /* ascending, without a gap */
    size_t count, capacity;
    int64_t inserted; /* the end of the last record; on a standby: received */
    int64_t written;  /* handed to the operating system */
    int64_t flushed;
    uint64_t hash;       /* of all records up to `inserted` */
    int64_t last_commit; /* the end of the last commit record inserted */
    int64_t timeline;    /* at `inserted`; a standby may have replayed less */
    bool flushing, flush_wanted;
    int64_t flush_target;
    uint32_t flush_answers;               /* syncs of this flush not answered yet */
    struct flush_mark marks[FLUSH_MARK_LEVELS][FLUSH_MARKS]; /* rings: flushed up to where, when */
    size_t mark_count;                                       /* flushes ever */
};

/* ---- the heap ---- */

struct row {
    int64_t key, value,
        version;        /* as others see it. version: the LSN of its commit; 0: not there */
    int64_t logged;     /* as the WAL has it: of a commit that is still waited for, too */
    uint32_t locked_by; /* a backend, + 1 */
    uint32_t waiters_head, waiters_tail; /* backends, + 1, in order of arrival */
};
struct dead { /* row versions of one page that one transaction replaced or deleted */
    int64_t xid, rows;
};
struct page {
    int64_t number;
    int64_t image_lsn;
    int64_t lsn; /* of its last change: redo leaves alone what is newer (XLogReadBufferForRedo) */
    bool dirty, wanted; /* wanted: by a pg_rewind that is being answered */
    int64_t live, free, dead_rows;
    struct dead *dead; /* ascending */
    uint32_t dead_count, dead_capacity;
};

struct heap_change { /* as the log tells it */
    int64_t xid, key, value, lsn;
};
struct table {
    struct row *rows;
    size_t count, capacity;
    struct key_map by_key;
    struct page *pages;
    size_t page_count, page_capacity;
    struct key_map page_by_number;
    int64_t dirty_pages, bulk_dirty_pages;
};

/* ---- backends ---- */

enum backend_kind { BACKEND_STATEMENT, BACKEND_LOAD, BACKEND_QUERY, BACKEND_DDL };
enum backend_stage {
    BACKEND_IDLE,
    BACKEND_WAITS_REPLAY, /* of the position that its request names */
    BACKEND_WAITS_RELATION,
    BACKEND_WORKS,
    BACKEND_WAITS_LOCK,
    BACKEND_WAITS_FLUSH,
    BACKEND_WAITS_SYNC,
    BACKEND_BULK,
    BACKEND_BULK_STALLED, /* the log's buffers are full */
    BACKEND_IDLE_IN_TRANSACTION,
};
struct bulk { /* the command `transaction`, and the rows of a new table */
    enum bulk_kind kind;
    int64_t left, rows_left, row_bytes, page;
    uint32_t relation; /* + 1; 0: one that nobody reads */
};
struct long_query {
    uint32_t relations[2]; /* the second: NOBODY */
    int64_t lasts_ns[2], idle_ns, rows;
    bool repeatable_read;
    int64_t cursor_page; /* where its cursor stands while it is idle; < 0: it has none */
    int64_t pinned_page; /* < 0: none */
    uint32_t temp_tablespace;
    int step; /* which of its two statements */
    int64_t started_ns;
};
struct ddl {
    enum commit_action action;
    bool rewrites; /* a CPU's work, where LOCK TABLE is idle */
    int64_t lasts_ns;
};
struct backend {
    enum backend_kind kind;
    enum backend_stage stage;
    sim_node client;
    struct client_request request;
    uint64_t command; /* who asked, of all kinds but a statement */
    enum sync_level level;
    int64_t vxid; /* this transaction, among all that this server ran since its start */
    int64_t xid, commit_lsn, seen; /* seen: the value it read */
    int64_t xmin;                  /* of its snapshot; 0: it has none */
    uint32_t weak[2], weak_count;  /* relations that it has locked weakly */
    uint32_t exclusive;            /* one + 1 */
    uint32_t waits_for;            /* one + 1 */
    bool wants_exclusive;
    union {
        struct bulk bulk;
        struct long_query query;
        struct ddl ddl;
    };
    uint32_t row;
    uint32_t next; /* in the one queue that it stands in, + 1 */
};

/* ---- replication ---- */

enum lag_head { LAG_WRITE, LAG_FLUSH, LAG_APPLY, LAG_HEADS }; /* also syncrep's wait modes */

struct lag_sample {
    int64_t lsn, wall_ns;
};
struct lag_tracker { /* walsender.c, LagTracker */
    struct lag_sample *samples;
    int64_t last_lsn;
    size_t write_head, read_heads[LAG_HEADS];
    struct lag_sample last_read[LAG_HEADS];
    bool has_last_read[LAG_HEADS];
};

enum sender_state { SENDER_NONE, SENDER_STARTUP, SENDER_CATCHUP, SENDER_STREAMING };
struct sender {
    enum sender_state state;
    sim_node standby;
    char name[NAME_BYTES];
    uint32_t slot;       /* or NOBODY */
    uint64_t generation; /* a read of an earlier walsender in this place is not this one's */
    int64_t sent;
    int64_t at_segment;
    size_t at_offset; /* the frame to send next */
    bool reading, blocked;
    uint8_t *read_bytes;
    size_t read_size, read_offset;
    int64_t read_segment; /* from the disk */
    int64_t xmin;         /* hot_standby_feedback's, where no slot keeps it; 0: none */
    int64_t put, acked;   /* bytes handed to the socket; bytes its peer's kernel has taken */
    int64_t positions[LAG_HEADS];
    int64_t lag_ns[LAG_HEADS];                                     /* SIM_NONE: NULL */
    bool has_reply, fully_applied_last_time, ping_sent, announced; /* announced: as synchronous */
    int64_t reply_wall_ns, last_reply_mono_ns;
    int64_t priority;
    struct lag_tracker lag;
};

struct slot {
    char name[NAME_BYTES];
    bool used, lost;
    int64_t restart_lsn, xmin;
    uint32_t sender;
};
enum { SLOTS_MAX = 16 };

struct unread {
    uint8_t *bytes;
    size_t size;
    int64_t weight, arrived_ns;
};
struct arrival { /* a piece of WAL on its way through a standby */
    int64_t end, network_ns, received_ns, written_ns, flushed_ns;
};
enum receiver_state { RECEIVER_STOPPED, RECEIVER_WAITING, RECEIVER_CONNECTING, RECEIVER_STREAMING };
struct receiver {
    enum receiver_state state;
    bool writing;
    struct unread *unread; /* a ring: the socket's receive buffer */
    size_t unread_head, unread_count, unread_capacity;
    int64_t unread_bytes, arrived_bytes, acked_bytes, ack_every;
    struct arrival *arrivals; /* a ring, oldest first: not yet replayed */
    size_t arrival_head, arrival_count, arrival_capacity;
    int64_t sent_positions[2], last_status_ns, last_heard_ns, last_sender_ns, last_receipt_ns;
    int64_t upstream_end; /* the end of WAL there, as last told */
    bool ping_sent;
    int64_t chunk_start, chunk_end; /* latestChunkStart: what was flushed last */
    int64_t last_feedback_ns;
    bool fed_back; /* on this connection */
    bool diverged; /* upstream has said so, and has not taken it since */
};

struct replay {
    bool busy, delayed;
    int64_t lsn; /* replayed up to here */
    int64_t segment;
    size_t offset; /* the frame to replay next */
    int64_t batch_end;
    size_t batch_frames;       /* of the work under way, not yet applied */
    bool feedback_asked;       /* by a commit of this batch: synchronous_commit = remote_apply */
    uint64_t hash;             /* of the log up to lsn */
    struct heap_change change; /* whose commit has not come; xid 0: none */
    int64_t last_xact_wall_ns; /* pg_last_xact_replay_timestamp; SIM_NONE */
    int64_t last_commit;
    bool reply_sent; /* told upstream that all is replayed */
    int64_t commits;
    int64_t lag_network_ns, lag_write_ns, lag_flush_ns, lag_replay_ns;
};

enum { TIMELINES_KEPT = 32 };
struct timeline_history { /* of the ancestors of a timeline, oldest first; 00000002.history */
    uint32_t count;
    struct {
        int64_t timeline, end; /* where the next one begins */
    } of[TIMELINES_KEPT];
};
struct control { /* pg_control.h, ControlFileData */
    int64_t system, timeline;
    struct timeline_history history;
    int64_t redo, checkpoint_lsn, next_xid, consistent_lsn; /* minRecoveryPoint */
    uint64_t redo_hash;
    bool in_production;
};

enum checkpoint_phase {
    CHECKPOINT_IDLE,
    CHECKPOINT_WRITING,
    CHECKPOINT_SYNCING,
    CHECKPOINT_LOGGING,
    CHECKPOINT_CONTROL
};
struct checkpoint {
    enum checkpoint_phase phase;
    bool immediate, restartpoint, wanted_immediate;
    bool ends_recovery;
    struct control next; /* what the control file will say */
    uint8_t *image;      /* the heap as of the redo point */
    size_t image_size, image_at, image_capacity;
    int64_t pages, pages_written, started_ns, last_started_ns, record_lsn, answers;
    uint64_t command;
    bool has_command;
    /* a standby's: the newest checkpoint record replayed */
    bool has_candidate;
};

enum server_stage {
    STAGE_STOPPED,   /* no process runs: it is started by command or by an agent */
    STAGE_STOPPING,  /* its last orders are at the disk */
    STAGE_REWINDING, /* pg_rewind: has recovered, and asks its source */
    STAGE_READING,   /* its files, after a start */
    STAGE_REDO,      /* replays what they hold */
    STAGE_STANDBY,   /* in recovery for good: streams, replays, serves reads */
    STAGE_PROMOTING, /* replays the last of what it received */
    STAGE_PRIMARY,
};

struct manage { /* who asked for what is being done: an agent by message, or a command */
    bool asked, by_message, role_given, has_file;
    sim_node agent;
    int64_t order;
    uint64_t command;
    enum control_what what;
};
struct rewind { /* pg_rewind.c */
    bool wanted;
    sim_node source;
    int64_t fork_lsn, redo, redo_next_xid;
    uint64_t redo_hash;
    int64_t fork_segment;
    size_t fork_offset;
    int64_t *pages; /* changed here since `redo` */
    size_t page_count, page_capacity;
    int64_t source_lsn;
    struct timeline_history history; /* the source's */
    int64_t timeline;
    bool writing;
};

struct postgres {
    sim_node self;
    struct memory *memory;
    uint64_t bugs;
    struct settings set;
    enum server_stage stage;
    bool consistent, standby; /* standby: comes up as one (standby.signal) */
    struct control control;
    bool control_writing, control_again;
    struct manage manage;
    struct rewind rewind;
    int64_t disk_orders; /* that will be answered */
    int64_t data_bytes;  /* of the heap's file, at most: it may be being replaced */

    /* recovery's reading: files in order, one at a time */
    struct sim_file *files;
    size_t file_count, file_at, file_capacity;
    bool log_ended;
    uint32_t sync_answers;

    struct wal wal;
    struct table table;
    struct catalog catalog;
    int64_t next_xid, last_vxid;
    struct running running;
    struct vacuum vacuum;
    struct conflict conflict;

    struct backend *backends;
    uint32_t *free_backends;
    size_t free_count;
    struct backend_queue flush_queue, sync_queues[LAG_HEADS];
    int64_t sync_released[LAG_HEADS];
    int64_t replay_waiters; /* BACKEND_WAITS_REPLAY */
    int64_t commits;
    bool writer_armed, delaying;
    int64_t *acked_ring;
    size_t acked_count; /* LSNs of the latest commits acknowledged */

    struct sender *senders;
    uint64_t sender_generation;
    struct slot slots[SLOTS_MAX];
    bool slots_writing, slots_again, slots_saved;

    struct receiver receiver;
    struct replay replay;
    struct checkpoint checkpoint;
    struct shell_command shell;
    struct archiver archiver;
    struct restore restore;

    uint8_t *scratch;
    size_t scratch_capacity;
};
enum { ACKED_RING = 16384 };

static inline bool has_bug(const struct postgres *p, enum pg_bug bug) { return p->bugs >> bug & 1; }
static inline int64_t fact_group(const struct postgres *p) {
    return p->control.system << 16 | p->control.timeline;
}
static inline int64_t received_group(const struct postgres *p) {
    return p->control.system << 16 | p->wal.timeline;
}
static inline bool is_primary(const struct postgres *p) { return p->stage == STAGE_PRIMARY; }
/* As messages, notes and views say it. */
static inline int64_t upstream_or_none(const struct postgres *p) {
    return p->set.upstream == NOBODY ? SIM_NONE : (int64_t)p->set.upstream;
}

/* wal.c */
struct segment *wal_segment(struct postgres *, int64_t number); /* NULL: not there */
struct segment *wal_segment_add(struct postgres *, int64_t number);
int64_t wal_insert(struct postgres *, struct wal_record *);
/* A frame that came over the wire, or from a file: checked already, follows `inserted`. */
void wal_append(struct postgres *, const struct wal_record *);
void wal_write(struct postgres *, bool answered, bool whole_pages, struct sim_out *);
void wal_flush(struct postgres *, const struct sim_event *, struct sim_out *);
bool wal_flush_answered(struct postgres *, const struct sim_event *, struct sim_out *);
uint32_t wal_sync(struct postgres *, enum pg_tag, struct sim_out *);
void wal_writer_wake(struct postgres *, const struct sim_event *, struct sim_out *);
void wal_writer_timer(struct postgres *, const struct sim_event *, struct sim_out *);
void wal_evict(struct postgres *);
void wal_cut(struct postgres *, int64_t segment, size_t offset, int64_t lsn, uint64_t hash,
             struct sim_out *);
void wal_mark_flush(struct wal *, int64_t wall_ns); /* up to wal->flushed, at that time */
int64_t wal_flushed_when(const struct postgres *, int64_t lsn, int64_t otherwise);
void flushed(struct postgres *, const struct sim_event *, struct sim_out *); /* model.c */

/* table.c */
struct row *table_row(struct postgres *, int64_t key);  /* made if it was not there */
struct row *table_find(struct postgres *, int64_t key); /* NULL: not there */
struct page *table_page(struct postgres *, int64_t number); /* likewise made */
int64_t table_touch(struct postgres *, int64_t page);   /* bytes of full-page image needed */
void table_apply(struct postgres *, const struct heap_change *, int64_t version);
void table_checkpointed(struct postgres *);
/* Of the record that ends at lsn; nothing, if the page has it already. */
void page_inserted(struct postgres *, int64_t page, int64_t rows, int64_t lsn);
void page_replaced(struct postgres *, int64_t page, int64_t xid, int64_t rows, bool deleted,
                   int64_t lsn);
int64_t page_prune(struct postgres *, int64_t page, int64_t horizon, int64_t lsn);
/* The rows of that page that are dead to all before `horizon`, and their latest xid. */
int64_t page_removable(const struct page *, int64_t horizon, int64_t *latest);
void table_empty(struct postgres *, uint32_t relation, int64_t lsn);

/* heap_file.c */
size_t table_image(struct postgres *, uint8_t **bytes, size_t *capacity);
bool table_load(struct postgres *, struct sim_bytes image);
void put_catalog(struct writer *, const struct catalog *);
bool get_catalog(struct reader *, struct catalog *);
size_t catalog_bytes(const struct catalog *);
size_t page_bytes(const struct postgres *, const struct page *);
void put_page_and_rows(struct writer *, struct postgres *, const struct page *);
bool table_take_pages(struct postgres *, struct reader *);

/* relation.c */
void catalog_begin(struct postgres *);
uint32_t relation_find(const struct postgres *, struct sim_bytes name); /* NOBODY: not there */
uint32_t tablespace_find(const struct postgres *, struct sim_bytes name);
void relation_create(struct postgres *, uint32_t, const char *name, uint32_t tablespace);
int64_t relation_bytes(const struct postgres *, const struct relation *);
void catalog_replay(struct postgres *, const struct wal_record *);
void pack_name(const char *name, int64_t packed[2]);
static inline uint32_t relation_of(int64_t page) { return (uint32_t)(page >> RELATION_SHIFT); }
static inline int64_t first_page(uint32_t relation) { return (int64_t)relation << RELATION_SHIFT; }

/* lock.c: table locks. False: it waits, and backend_granted comes. */
bool relation_lock(struct postgres *, uint32_t backend, uint32_t relation, bool exclusive,
                   struct sim_out *);
void relation_unlock_all(struct postgres *, struct backend, const struct sim_event *,
                         struct sim_out *);
void relation_granted(struct postgres *, uint32_t relation, const struct sim_event *,
                      struct sim_out *); /* to whoever is next */
void relation_stop_waiting(struct postgres *, uint32_t backend, const struct sim_event *,
                           struct sim_out *);
void startup_unlocks(struct postgres *, int64_t xid, const struct sim_event *, struct sim_out *);
void startup_unlocks_before(struct postgres *, int64_t oldest_xid, const struct sim_event *,
                            struct sim_out *);
void backend_granted(struct postgres *, uint32_t backend, const struct sim_event *,
                     struct sim_out *);

/* snapshot.c */
void running_add(struct postgres *, int64_t xid);
void running_end(struct postgres *, int64_t xid);
void running_forget_before(struct postgres *, int64_t oldest);
int64_t snapshot_xmin(const struct postgres *); /* of one taken now */
int64_t oldest_xmin(const struct postgres *);   /* what vacuum may not touch: ComputeXidHorizons */
void standby_snapshot_log(struct postgres *);   /* LogStandbySnapshot */

/* transaction.c */
void client_asks(struct postgres *, const struct sim_event *, struct sim_out *);
void statements_replayed(struct postgres *, const struct sim_event *, struct sim_out *);
void statement_waited(struct postgres *, uint32_t backend, const struct sim_event *,
                      struct sim_out *);
void statement_begin(struct postgres *, uint32_t backend, const struct sim_event *,
                     struct sim_out *);
void backend_worked(struct postgres *, uint32_t backend, const struct sim_event *,
                    struct sim_out *);
uint32_t backend_take(struct postgres *);
void backend_leave(struct postgres *, uint32_t backend, const struct sim_event *,
                   struct sim_out *);
void backend_respond(struct postgres *, uint32_t backend, struct client_response,
                     struct sim_out *);
void backend_commit(struct postgres *, uint32_t backend, enum commit_action, uint32_t relation,
                    const struct sim_event *, struct sim_out *);
void backend_synced(struct postgres *, uint32_t backend, const struct sim_event *,
                    struct sim_out *);
void commits_flushed(struct postgres *, const struct sim_event *, struct sim_out *);
void commit_delay_over(struct postgres *, const struct sim_event *, struct sim_out *);
void queue_push(struct postgres *, struct backend_queue *, uint32_t backend);
uint32_t queue_pop(struct postgres *, struct backend_queue *);
void queue_remove(struct postgres *, struct backend_queue *, uint32_t backend);
int64_t commits_at_risk(const struct postgres *);
void reply_text(struct sim_out *, uint64_t request, bool ok, const char *text);
static inline bool serves_reads(const struct postgres *p) {
    return is_primary(p) ||
           ((p->stage == STAGE_STANDBY || p->stage == STAGE_PROMOTING) && p->consistent &&
            p->set.hot_standby);
}

/* bulk.c */
void bulk_begin(struct postgres *, const struct sim_event *, struct sim_out *);
void bulk_start(struct postgres *, uint32_t backend, struct sim_out *);
void bulk_go_on(struct postgres *, uint32_t backend, struct sim_out *);
void bulk_apply(struct postgres *, const struct wal_record *);
void bulk_worked(struct postgres *, uint32_t backend, const struct sim_event *, struct sim_out *);
void bulk_flushed(struct postgres *, const struct sim_event *, struct sim_out *);

/* ddl.c */
void ddl_command(struct postgres *, const struct sim_event *, struct sim_out *);
void create_table_command(struct postgres *, const struct sim_event *, struct sim_out *);
void tablespace_command(struct postgres *, bool create, const struct sim_event *,
                        struct sim_out *);
void ddl_locked(struct postgres *, uint32_t backend, const struct sim_event *, struct sim_out *);
void ddl_worked(struct postgres *, uint32_t backend, const struct sim_event *, struct sim_out *);

/* query.c */
void query_command(struct postgres *, const struct sim_event *, struct sim_out *);
void query_locked(struct postgres *, uint32_t backend, const struct sim_event *, struct sim_out *);
void query_worked(struct postgres *, uint32_t backend, const struct sim_event *, struct sim_out *);
void query_end(struct postgres *, uint32_t backend, bool ok, const char *answer,
               const struct sim_event *, struct sim_out *);
void snapshot_release(struct postgres *, uint32_t backend, struct sim_out *);
void query_idle_over(struct postgres *, uint32_t backend, const struct sim_event *,
                     struct sim_out *);

/* conflict.c */
bool conflict_resolved(struct postgres *, const struct wal_record *, const struct sim_event *,
                       struct sim_out *);
void backend_cancel(struct postgres *, uint32_t backend, enum conflict_kind,
                    const struct sim_event *, struct sim_out *);
void conflict_receipt(struct postgres *, const struct wal_record *, const struct sim_event *);
bool page_is_pinned(const struct postgres *, int64_t page);
bool tablespace_in_use(const struct postgres *, uint32_t);
extern const char *const conflict_details[CONFLICT_KINDS];

/* vacuum.c, feedback.c */
void vacuum_command(struct postgres *, const struct sim_event *, struct sim_out *);
void vacuum_worked(struct postgres *, const struct sim_event *, struct sim_out *);
void autovacuum_timer(struct postgres *, const struct sim_event *, struct sim_out *);
void autovacuum_begin(struct postgres *, const struct sim_event *, struct sim_out *);
void feedback_send(struct postgres *, const struct sim_event *, struct sim_out *);
void feedback_message(struct postgres *, const struct sim_event *, struct sim_out *);

/* syncrep.c, sync_names.c */
bool sync_names_read(struct memory *, struct sim_bytes text, struct sync_names *,
                     struct text *refusal);
int64_t sync_priority(const struct sync_names *, const char *application_name);
bool sync_is_candidate(const struct postgres *, uint32_t sender);
bool sync_wait(struct postgres *, uint32_t backend, struct sim_out *);
void sync_release(struct postgres *, uint32_t sender, const struct sim_event *, struct sim_out *);

/* walsender.c, lag_tracker.c */
uint32_t sender_of(const struct postgres *, sim_node standby); /* NOBODY: it has none */
void sender_message(struct postgres *, const struct sim_event *, struct sim_out *);
void sender_peer_up(struct postgres *, sim_node standby, struct sim_out *);
void sender_peer_down(struct postgres *, sim_node, struct sim_out *);
void sender_read(struct postgres *, const struct sim_event *, struct sim_out *);
void sender_timer(struct postgres *, uint32_t sender, const struct sim_event *, struct sim_out *);
void sender_end(struct postgres *, uint32_t sender, enum pg_error, struct sim_out *);
void senders_wake(struct postgres *, const struct sim_event *, struct sim_out *);
void note_removed(sim_node peer, int64_t timeline, int64_t segment, struct sim_out *);
void segment_digits(int64_t timeline, int64_t segment, int64_t digits[6]); /* for a note */
void lag_begin(struct lag_tracker *, struct memory *);
void lag_write(struct lag_tracker *, int64_t lsn, int64_t wall_ns);
int64_t lag_read(struct lag_tracker *, enum lag_head, int64_t lsn, int64_t wall_ns);

/* walreceiver.c */
void receiver_start(struct postgres *, const struct sim_event *, struct sim_out *);
void receiver_stop(struct postgres *, struct sim_out *);
void receiver_peer(struct postgres *, bool up, const struct sim_event *, struct sim_out *);
void receiver_message(struct postgres *, const struct sim_event *, struct sim_out *);
void receiver_written(struct postgres *, const struct sim_event *, struct sim_out *);
void receiver_flushed(struct postgres *, const struct sim_event *, struct sim_out *);
void receiver_timer(struct postgres *, enum pg_timer, const struct sim_event *, struct sim_out *);
void receiver_status(struct postgres *, bool force, bool ping, const struct sim_event *,
                     struct sim_out *);
struct arrival *receiver_arrival(struct postgres *, int64_t lsn); /* drops those before it */

/* recovery.c, startup.c, promote.c */
void recovery_start(struct postgres *, const struct sim_event *, struct sim_out *);
void recovery_begin(struct postgres *, const struct sim_event *, struct sim_out *);
void recovery_read(struct postgres *, const struct sim_event *, struct sim_out *);
void recovery_synced(struct postgres *, const struct sim_event *, struct sim_out *);
void recovery_finish(struct postgres *, const struct sim_event *, struct sim_out *);
void startup_go(struct postgres *, const struct sim_event *, struct sim_out *);
void startup_worked(struct postgres *, const struct sim_event *, struct sim_out *);
void startup_resume(struct postgres *, const struct sim_event *, struct sim_out *);
void promote_begin(struct postgres *, const struct sim_event *, struct sim_out *);
void promote_log(struct postgres *);
void promote_finish(struct postgres *, const struct sim_event *, struct sim_out *);

/* recovery/manage.c: pg_ctl. recovery/rewind.c: pg_rewind; rewind_source.c: the other end. */
void manage_order(struct postgres *, const struct sim_event *, struct sim_out *);
void manage_command(struct postgres *, const struct sim_event *, struct sim_out *);
void server_stop(struct postgres *, const struct sim_event *, struct sim_out *);
/* It is asked to stop, and was reading its files until now: it does, and nothing else. */
bool stop_is_due(struct postgres *, const struct sim_event *, struct sim_out *);
void manage_done(struct postgres *, bool ok, const char *answer, struct sim_out *);
void manage_disk(struct postgres *, const struct sim_event *, struct sim_out *);
void server_reset(struct postgres *); /* as init leaves it, in the same memory */
bool config_load(struct postgres *, struct sim_bytes);
void config_save(struct postgres *, struct sim_out *);
void rewind_recovered(struct postgres *, const struct sim_event *, struct sim_out *);
void rewind_message(struct postgres *, const struct sim_event *, struct sim_out *);
void rewind_peer(struct postgres *, bool up, const struct sim_event *, struct sim_out *);
void rewind_written(struct postgres *, const struct sim_event *, struct sim_out *);
void rewind_over(struct postgres *, struct sim_out *);
void rewind_fails(struct postgres *, const char *why, struct sim_out *);
void rewind_asked(struct postgres *, const struct sim_event *, struct sim_out *);
void pages_asked(struct postgres *, const struct sim_event *, struct sim_out *);

/* wal/timeline.c */
int64_t timeline_at(const struct control *, int64_t lsn);
int64_t timeline_end(const struct control *, int64_t timeline); /* 0: not in its history */
int64_t timeline_before(const struct control *); /* the one that this one was parted from; 0:
                                                    none */
int64_t timeline_began(const struct control *);  /* where */
void timeline_switch(struct control *, int64_t timeline, int64_t lsn);
void put_history(struct writer *, const struct timeline_history *);
bool get_history(struct reader *, struct timeline_history *);
enum { HISTORY_BYTES = 4 + TIMELINES_KEPT * 16 };
/* Every order to the disk goes through here, so that a stop can wait for the answers. */
void disk_order(struct postgres *, struct sim_disk, struct sim_out *);

/* checkpoint.c, segments.c, slots.c */
void checkpoint_request(struct postgres *, bool immediate, const struct sim_event *,
                        struct sim_out *);
void checkpoint_command(struct postgres *, const struct sim_event *, struct sim_out *);
void checkpoint_timer(struct postgres *, enum pg_timer, const struct sim_event *, struct sim_out *);
void checkpoint_disk(struct postgres *, const struct sim_event *, struct sim_out *);
void checkpoint_flushed(struct postgres *, const struct sim_event *, struct sim_out *);
void checkpoint_log_grew(struct postgres *, const struct sim_event *, struct sim_out *);
void checkpoint_replayed(struct postgres *, const struct wal_record *, const struct sim_event *,
                         struct sim_out *);
void checkpoint_schedule(struct postgres *, const struct sim_event *, struct sim_out *);
void control_save(struct postgres *, struct sim_out *);
void control_answered(struct postgres *, const struct sim_event *, struct sim_out *);
bool control_load(struct postgres *, struct sim_bytes);
void replace_file(struct postgres *, enum pg_file fresh, enum pg_file file, struct sim_bytes,
                  enum pg_tag, struct sim_out *);
/* A small file is one record, its payload of at most so many bytes. only_record is false for one
 * that is not whole. */
enum { SMALL_FILE_BYTES = 2048 };
void replace_record(struct postgres *, enum pg_file fresh, enum pg_file file,
                    const struct writer *payload, enum pg_tag, struct sim_out *);
bool only_record(struct sim_bytes file, struct reader *);
void segments_remove(struct postgres *, int64_t redo, struct sim_out *);
int64_t segments_keep_from(const struct postgres *, int64_t lsn, int64_t *slot_keep);
enum wal_status { WAL_STATUS_NONE, WAL_RESERVED, WAL_EXTENDED, WAL_UNRESERVED, WAL_LOST };
enum wal_status slot_status(const struct postgres *, const struct slot *);
uint32_t slot_find(const struct postgres *, const char *name);
void slot_command(struct postgres *, bool create, const struct sim_event *, struct sim_out *);
void slots_save(struct postgres *, struct sim_out *);
void slots_answered(struct postgres *, const struct sim_event *, struct sim_out *);
bool slots_load(struct postgres *, struct sim_bytes);

/* views.c, probes.c, print.c, laws.c */
void postgres_view(const void *, size_t, const struct sim_clocks *, struct sim_rows *);
int64_t postgres_probe(const void *, size_t, const struct sim_clocks *);
void postgres_encode(const void *, struct writer *);
void postgres_describe(const void *, struct text *);
void postgres_describe_message(const struct sim_message *, struct text *);
extern const struct sim_law *const postgres_laws[];
extern const struct sim_name postgres_messages[], postgres_notes[], postgres_facts[];
extern const struct sim_table postgres_views[];
extern const struct sim_channel postgres_channels[]; /* wal_archive's, too */
const char *sender_state_name(enum sender_state);
const char *error_text(enum pg_error);
void *postgres_init(const struct sim_config *, struct text *refusal);
void postgres_step(void *, const struct sim_event *, struct sim_out *);

#endif
