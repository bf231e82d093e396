/*
 * The statistics views, with PostgreSQL's columns (manual 28.2.4 pg_stat_replication, 28.2.6
 * pg_stat_wal_receiver, 54.19 pg_replication_slots) and the figures that practice derives from
 * them. What each column means is in tables.c, beside its name.
 */
#include "postgres/internal.h"

enum { DATABASE_OID = 5 }; /* of "postgres", pg_database.dat */

const char *sender_state_name(enum sender_state state) {
    static const char *const names[] = {NULL, "startup", "catchup", "streaming"};
    return names[state];
}

static const char *sync_state(const struct postgres *p, uint32_t i) {
    const struct sender *s = &p->senders[i];
    if (s->priority == 0 || s->positions[LAG_FLUSH] == 0) return "async";
    if (!sync_is_candidate(p, i)) return "potential";
    return p->set.sync_names.method == SYNC_FIRST ? "sync" : "quorum";
}

static int64_t or_null(int64_t lsn) { return lsn > 0 ? lsn : SIM_NONE; }
static int64_t or_never(int64_t wall_ns) { return wall_ns ? wall_ns : SIM_NONE; }

static void stat_replication(const struct postgres *p, struct sim_rows *rows) {
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++) {
        const struct sender *s = &p->senders[i];
        if (s->state == SENDER_NONE) continue;
        sim_cell(rows, i + 1);
        sim_cell(rows, s->standby);
        sim_cell_text(rows, s->name);
        sim_cell(rows, s->xmin > 0 ? s->xmin : SIM_NONE);
        sim_cell_text(rows, sender_state_name(s->state));
        sim_cell(rows, or_null(s->sent));
        for (int head = 0; head < LAG_HEADS; head++) sim_cell(rows, or_null(s->positions[head]));
        for (int head = 0; head < LAG_HEADS; head++) sim_cell(rows, s->lag_ns[head]);
        sim_cell(rows, s->positions[LAG_FLUSH] > 0 ? s->priority : 0);
        sim_cell_text(rows, sync_state(p, i));
        sim_cell(rows, s->has_reply ? s->reply_wall_ns : SIM_NONE);
        const int64_t end = is_primary(p) ? p->wal.inserted : p->wal.flushed;
        sim_cell(rows, s->sent > 0 ? end - s->sent : SIM_NONE);
        sim_cell(rows, s->has_reply ? s->sent - s->positions[LAG_APPLY] : SIM_NONE);
    }
}

static void replication_slots(const struct postgres *p, struct sim_rows *rows) {
    static const char *const status[] = {NULL, "reserved", "extended", "unreserved", "lost"};
    for (uint32_t i = 0; i < SLOTS_MAX; i++) {
        const struct slot *s = &p->slots[i];
        if (!s->used) continue;
        const enum wal_status is = slot_status(p, s);
        sim_cell_text(rows, s->name);
        sim_cell_text(rows, "physical");
        sim_cell(rows, s->sender != NOBODY);
        sim_cell(rows, s->sender != NOBODY ? s->sender + 1 : SIM_NONE);
        sim_cell(rows, s->xmin > 0 && !s->lost ? s->xmin : SIM_NONE);
        sim_cell(rows, s->lost ? SIM_NONE : or_null(s->restart_lsn));
        sim_cell_text(rows, status[is]);
        const bool limited = p->set.max_slot_wal_keep_size >= 0 && is != WAL_LOST &&
                             s->restart_lsn > 0;
        const int64_t end = is_primary(p) ? p->wal.inserted : p->replay.lsn;
        sim_cell(rows, limited ? s->restart_lsn - s->restart_lsn % SEGMENT_BYTES + SEGMENT_BYTES +
                                     p->set.max_slot_wal_keep_size - end
                               : SIM_NONE);
    }
}

static const char *receiver_status_name(const struct receiver *v) {
    switch (v->state) {
    case RECEIVER_STOPPED: return "stopped";
    case RECEIVER_WAITING: return "waiting";
    case RECEIVER_CONNECTING: return "starting";
    case RECEIVER_STREAMING: return "streaming";
    }
    return NULL;
}

static void stat_wal_receiver(const struct postgres *p, struct sim_rows *rows) {
    const struct receiver *v = &p->receiver;
    if (v->state != RECEIVER_STREAMING && v->state != RECEIVER_CONNECTING) return;
    sim_cell_text(rows, receiver_status_name(v));
    sim_cell(rows, p->wal.written);
    sim_cell(rows, p->wal.flushed);
    sim_cell(rows, p->control.timeline);
    sim_cell(rows, or_never(v->last_sender_ns));
    sim_cell(rows, or_never(v->last_receipt_ns));
    sim_cell(rows, or_null(v->upstream_end));
    sim_cell_text(rows, p->set.slot_name[0] ? p->set.slot_name : NULL);
    sim_cell(rows, upstream_or_none(p));
}

static void recovery(const struct postgres *p, const struct sim_clocks *now,
                     struct sim_rows *rows) {
    const bool in_recovery = !is_primary(p);
    const int64_t xact_ns = p->replay.last_xact_wall_ns;
    sim_cell(rows, in_recovery);
    sim_cell(rows, p->standby ? p->wal.flushed : SIM_NONE);
    sim_cell(rows, p->standby ? p->replay.lsn : SIM_NONE);
    sim_cell(rows, xact_ns);
    sim_cell(rows, xact_ns == SIM_NONE ? SIM_NONE : now->wall_ns - xact_ns);
    sim_cell(rows, p->standby ? p->wal.flushed - p->replay.lsn : SIM_NONE);
    sim_cell(rows, is_primary(p) ? p->wal.inserted : SIM_NONE);
    sim_cell(rows, is_primary(p) ? p->wal.flushed : SIM_NONE);
    sim_cell(rows, p->control.timeline);
}

static void database_conflicts(const struct postgres *p, struct sim_rows *rows) {
    sim_cell(rows, DATABASE_OID);
    sim_cell_text(rows, "postgres");
    for (int kind = CONFLICT_TABLESPACE; kind < CONFLICT_KINDS; kind++)
        sim_cell(rows, p->conflict.cancelled[kind]);
}

static void database(const struct postgres *p, struct sim_rows *rows) {
    int64_t conflicts = 0;
    for (int kind = 0; kind < CONFLICT_KINDS; kind++) conflicts += p->conflict.cancelled[kind];
    sim_cell(rows, DATABASE_OID);
    sim_cell_text(rows, "postgres");
    sim_cell(rows, p->set.max_connections - (int64_t)p->free_count);
    sim_cell(rows, is_primary(p) ? p->commits : 0);
    sim_cell(rows, conflicts);
    sim_cell(rows, p->conflict.deadlocks);
}

/* ---- pg_stat_activity (28.2.3; wait events: tables 28.4 to 28.12) ---- */

struct wait_event {
    const char *type, *event;
};

static struct wait_event backend_waits(enum backend_stage stage) {
    switch (stage) {
    case BACKEND_WAITS_REPLAY: return (struct wait_event){"IPC", "WaitForWalReplay"};
    case BACKEND_WAITS_RELATION: return (struct wait_event){"Lock", "relation"};
    case BACKEND_WAITS_LOCK: return (struct wait_event){"Lock", "transactionid"};
    case BACKEND_WAITS_FLUSH: return (struct wait_event){"IO", "WALSync"};
    case BACKEND_WAITS_SYNC: return (struct wait_event){"IPC", "SyncRep"};
    case BACKEND_BULK_STALLED: return (struct wait_event){"IO", "WALWrite"};
    case BACKEND_IDLE_IN_TRANSACTION: return (struct wait_event){"Client", "ClientRead"};
    case BACKEND_IDLE:
    case BACKEND_WORKS:
    case BACKEND_BULK: break;
    }
    return (struct wait_event){NULL, NULL};
}

static struct wait_event startup_waits(const struct postgres *p) {
    static const struct wait_event conflicts[CONFLICT_KINDS] = {
        [CONFLICT_TABLESPACE] = {"IPC", "RecoveryConflictTablespace"},
        [CONFLICT_LOCK] = {"Lock", "relation"},
        [CONFLICT_SNAPSHOT] = {"IPC", "RecoveryConflictSnapshot"},
        [CONFLICT_BUFFERPIN] = {"BufferPin", "BufferPin"},
    };
    if (p->conflict.kind != CONFLICT_NONE) return conflicts[p->conflict.kind];
    if (p->replay.delayed) return (struct wait_event){"Timeout", "RecoveryApplyDelay"};
    if (p->restore.state == RESTORE_ASKS) return (struct wait_event){"IPC", "RestoreCommand"};
    if (p->replay.busy) return (struct wait_event){NULL, NULL};
    return (struct wait_event){"Activity", "RecoveryWalStream"};
}

static void describe_query(const struct postgres *p, const struct backend *b, struct text *text) {
    const struct relation *relations = p->catalog.relations;
    static const char *const loads[] = {"COPY", "UPDATE", "DELETE"};
    const char *table = b->weak_count > 0  ? relations[b->weak[b->weak_count - 1]].name
                        : b->waits_for > 0 ? relations[b->waits_for - 1].name
                        : b->exclusive > 0 ? relations[b->exclusive - 1].name
                                           : "a table";
    switch (b->kind) {
    case BACKEND_STATEMENT:
        text_add(text, "%s key %lld", client_operation_name(b->request.operation),
                 (long long)b->request.key);
        return;
    case BACKEND_LOAD: text_add(text, "%s %s", loads[b->bulk.kind], table); return;
    case BACKEND_QUERY: text_add(text, "SELECT FROM %s", table); return;
    case BACKEND_DDL: text_add(text, "ALTER, LOCK, TRUNCATE or DROP %s", table); return;
    }
}

static void activity(const struct postgres *p, const struct sim_clocks *now,
                     struct sim_rows *rows) {
    struct text text = {0};
    for (int64_t i = 0; i < p->set.max_connections; i++) {
        const struct backend *b = &p->backends[i];
        if (b->stage == BACKEND_IDLE) continue;
        const struct wait_event waits = backend_waits(b->stage);
        text_clear(&text);
        describe_query(p, b, &text);
        sim_cell(rows, i + 1);
        sim_cell_text(rows, "client backend");
        sim_cell_text(rows,
                      b->stage == BACKEND_IDLE_IN_TRANSACTION ? "idle in transaction" : "active");
        sim_cell_text(rows, waits.type);
        sim_cell_text(rows, waits.event);
        sim_cell(rows, b->kind == BACKEND_QUERY ? now->mono_ns - b->query.started_ns : SIM_NONE);
        sim_cell(rows, b->xid > 0 ? b->xid : SIM_NONE);
        sim_cell(rows, b->xmin > 0 ? b->xmin : SIM_NONE);
        sim_cell_text(rows, text_string(&text));
    }
    text_free(&text);
    if (is_primary(p)) return;
    const struct wait_event waits = startup_waits(p);
    sim_cell(rows, SIM_NONE);
    sim_cell_text(rows, "startup");
    sim_cell_text(rows, NULL);
    sim_cell_text(rows, waits.type);
    sim_cell_text(rows, waits.event);
    for (int i = 0; i < 3; i++) sim_cell(rows, SIM_NONE);
    sim_cell_text(rows, NULL);
}

static void user_tables(const struct postgres *p, struct sim_rows *rows) {
    for (size_t i = 0; i < p->catalog.relation_count; i++) {
        const struct relation *r = &p->catalog.relations[i];
        if (!r->exists) continue;
        sim_cell(rows, (int64_t)i);
        sim_cell_text(rows, r->name);
        sim_cell(rows, r->live_rows);
        sim_cell(rows, r->dead_rows);
        sim_cell(rows, or_never(r->last_vacuum_wall_ns));
        sim_cell(rows, or_never(r->last_autovacuum_wall_ns));
        sim_cell(rows, r->vacuum_count);
        sim_cell(rows, r->autovacuum_count);
        sim_cell(rows, relation_bytes(p, r));
        sim_cell_text(rows, p->catalog.tablespaces[r->tablespace].name);
    }
}

static void stat_archiver(const struct postgres *p, struct sim_rows *rows) {
    const struct archiver *a = &p->archiver;
    char text[ARCHIVE_NAME_TEXT];
    const bool archived = a->archived_count > 0, failed = a->failed_count > 0;
    sim_cell(rows, a->archived_count);
    sim_cell_text(rows, archived ? archive_name_text(a->last_archived, text) : NULL);
    sim_cell(rows, archived ? a->last_archived_wall_ns : SIM_NONE);
    sim_cell(rows, a->failed_count);
    sim_cell_text(rows, failed ? archive_name_text(a->last_failed, text) : NULL);
    sim_cell(rows, failed ? a->last_failed_wall_ns : SIM_NONE);
}

void postgres_view(const void *state, size_t view, const struct sim_clocks *now,
                   struct sim_rows *rows) {
    const struct postgres *p = state;
    switch ((enum pg_view)view) {
    case VIEW_STAT_REPLICATION: stat_replication(p, rows); return;
    case VIEW_REPLICATION_SLOTS: replication_slots(p, rows); return;
    case VIEW_STAT_WAL_RECEIVER: stat_wal_receiver(p, rows); return;
    case VIEW_RECOVERY: recovery(p, now, rows); return;
    case VIEW_STAT_DATABASE_CONFLICTS: database_conflicts(p, rows); return;
    case VIEW_STAT_DATABASE: database(p, rows); return;
    case VIEW_STAT_ACTIVITY: activity(p, now, rows); return;
    case VIEW_STAT_USER_TABLES: user_tables(p, rows); return;
    case VIEW_STAT_ARCHIVER: stat_archiver(p, rows); return;
    }
}
