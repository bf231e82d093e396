/*
 * Statements that want a table for themselves, and those that make and remove what the catalog has
 * (manual 13.3.1: ALTER TABLE, TRUNCATE, DROP TABLE and LOCK TABLE take an ACCESS EXCLUSIVE lock).
 *
 * The lock is in the log (standby.c, LogAccessExclusiveLock), as soon as it is held: a standby's
 * startup process takes it too, and keeps it until it has replayed the commit. What the statement
 * does to the table is in the commit record, and is done here before others can see.
 */
#include "postgres/internal.h"

static const int64_t catalog_work_ns = 1000000; /* some rows in pg_class and its kin */

static const char *missing(struct text *why, const char *what, struct sim_bytes name) {
    text_add(why, "ERROR: %s \"%.*s\" does not exist", what, (int)name.size,
             (const char *)name.data);
    return text_string(why);
}

static const char *read_only(enum pg_command command) {
    switch (command) {
    case COMMAND_ALTER_TABLE: return "ERROR: cannot execute ALTER TABLE during recovery";
    case COMMAND_LOCK_TABLE: return "ERROR: cannot execute LOCK TABLE during recovery";
    case COMMAND_TRUNCATE: return "ERROR: cannot execute TRUNCATE TABLE in a read-only transaction";
    case COMMAND_DROP_TABLE: return "ERROR: cannot execute DROP TABLE in a read-only transaction";
    case COMMAND_CREATE_TABLE:
        return "ERROR: cannot execute CREATE TABLE in a read-only transaction";
    case COMMAND_CREATE_TABLESPACE:
        return "ERROR: cannot execute CREATE TABLESPACE during recovery";
    case COMMAND_DROP_TABLESPACE: return "ERROR: cannot execute DROP TABLESPACE during recovery";
    default: return "ERROR: cannot execute VACUUM during recovery";
    }
}

static uint32_t backend_for(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (!is_primary(p)) {
        reply_text(out, e->command.request, false, read_only((enum pg_command)e->command.which));
        return NOBODY;
    }
    const uint32_t i = backend_take(p);
    if (i == NOBODY) {
        reply_text(out, e->command.request, false, "FATAL: sorry, too many clients already");
        return NOBODY;
    }
    p->backends[i].kind = BACKEND_DDL;
    p->backends[i].command = e->command.request;
    p->backends[i].level = p->set.synchronous_commit;
    return i;
}

static void fail(struct postgres *p, uint32_t i, const char *why, const struct sim_event *e,
                 struct sim_out *out) {
    reply_text(out, p->backends[i].command, false, why);
    backend_leave(p, i, e, out);
}

void ddl_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    const enum pg_command command = (enum pg_command)e->command.which;
    const uint32_t i = backend_for(p, e, out);
    if (i == NOBODY) return;
    struct backend *b = &p->backends[i];
    const uint32_t which = relation_find(p, args[0].text);
    if (which == NOBODY) {
        struct text why = {0};
        fail(p, i, missing(&why, "relation", args[0].text), e, out);
        text_free(&why);
        return;
    }
    const bool has_duration = command == COMMAND_ALTER_TABLE || command == COMMAND_LOCK_TABLE;
    b->ddl.action = command == COMMAND_TRUNCATE     ? COMMIT_TRUNCATES
                    : command == COMMAND_DROP_TABLE ? COMMIT_DROPS
                                                    : COMMIT_PLAIN;
    b->ddl.rewrites = command != COMMAND_LOCK_TABLE;
    b->ddl.lasts_ns = has_duration ? args[1].number : catalog_work_ns;
    if (relation_lock(p, i, which, true, out)) ddl_locked(p, i, e, out);
}

/* It has the table for itself: say so in the log, and do the work. */
void ddl_locked(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    struct relation *relation = &p->catalog.relations[b->exclusive - 1];
    if (!relation->exists) {
        fail(p, i, "ERROR: the relation has been dropped", e, out);
        return;
    }
    b->xid = p->next_xid++;
    running_add(p, b->xid);
    relation->exclusive_xid = b->xid;
    struct wal_record lock = {
        .type = WAL_LOCK, .size = SIZE_LOCK, .xid = b->xid, .a = b->exclusive - 1};
    wal_insert(p, &lock);
    wal_writer_wake(p, e, out);
    sim_note(out, NOTE_RELATION_LOCKED, b->exclusive - 1, b->xid);
    b->stage = b->ddl.rewrites ? BACKEND_WORKS : BACKEND_IDLE_IN_TRANSACTION;
    if (b->ddl.rewrites)
        sim_work(out, LANE_BACKEND + i, b->ddl.lasts_ns, i);
    else
        sim_arm(out, with_kind(TIMER_BACKEND, i), e->now.mono_ns + b->ddl.lasts_ns);
}

void ddl_worked(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    const uint32_t which = b->exclusive ? b->exclusive - 1 : 0;
    if (b->exclusive) {
        struct wal_record rows = {
            .type = WAL_BULK, .size = SIZE_CATALOG, .xid = b->xid, .a = 1, .c = -1};
        wal_insert(p, &rows); /* of pg_class and its kin */
        if (b->ddl.action != COMMIT_PLAIN) table_empty(p, which, p->wal.inserted);
        if (b->ddl.action == COMMIT_DROPS) p->catalog.relations[which].exists = false;
        sim_note(out, NOTE_DDL_DONE, b->ddl.action, which, b->xid);
    }
    backend_commit(p, i, b->ddl.action, which, e, out);
}

/* ---- what makes and removes tables and tablespaces ---- */

static bool is_short(struct sim_bytes name, char copy[SHORT_NAME_BYTES + 1]) {
    if (name.size == 0 || name.size > SHORT_NAME_BYTES) return false;
    memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    return true;
}

/* CREATE TABLE, and its first rows by COPY, in one transaction. */
void create_table_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    const uint32_t i = backend_for(p, e, out);
    if (i == NOBODY) return;
    struct backend *b = &p->backends[i];
    char name[SHORT_NAME_BYTES + 1];
    const uint32_t tablespace = tablespace_find(p, args[3].text);
    const uint32_t which = (uint32_t)p->catalog.relation_count;
    struct text text = {0};
    const char *why = NULL;
    if (!is_short(args[0].text, name))
        why = "ERROR: a table's name has 1 to 16 characters here";
    else if (relation_find(p, args[0].text) != NOBODY)
        why = "ERROR: relation already exists";
    else if (tablespace == NOBODY)
        why = missing(&text, "tablespace", args[3].text);
    else if (which == RELATIONS_MAX)
        why = "ERROR: a server has had 32 tables, the most that it can here";
    if (why) {
        fail(p, i, why, e, out);
        text_free(&text);
        return;
    }
    int64_t packed[2];
    pack_name(name, packed);
    b->xid = p->next_xid++;
    running_add(p, b->xid);
    struct wal_record create = {.type = WAL_CREATE,
                                .size = SIZE_CATALOG,
                                .xid = b->xid,
                                .a = packed[0],
                                .b = packed[1],
                                .c = (int64_t)which << 8 | tablespace};
    wal_insert(p, &create);
    relation_create(p, which, name, tablespace);
    const int64_t rows = args[1].number;
    if (rows == 0) {
        backend_commit(p, i, COMMIT_PLAIN, which, e, out);
        return;
    }
    b->kind = BACKEND_LOAD;
    b->stage = BACKEND_BULK;
    b->bulk = (struct bulk){.kind = BULK_INSERTS,
                            .left = rows * args[2].number,
                            .rows_left = rows,
                            .row_bytes = args[2].number,
                            .page = first_page(which),
                            .relation = which + 1};
    (void)relation_lock(p, i, which, false, out); /* nobody knows of it yet */
    bulk_go_on(p, i, out);
}

static const char *drop_tablespace(struct postgres *p, uint32_t which) {
    for (uint32_t i = 0; i < p->catalog.relation_count; i++) {
        const struct relation *r = &p->catalog.relations[i];
        if (r->exists && r->tablespace == which) return "ERROR: tablespace is not empty";
    }
    if (tablespace_in_use(p, which)) return "ERROR: tablespace is not empty";
    if (which == 0) return "ERROR: pg_default cannot be dropped";
    return NULL;
}

void tablespace_command(struct postgres *p, bool is_create, const struct sim_event *e,
                        struct sim_out *out) {
    const struct sim_bytes given = e->command.args[0].text;
    const uint32_t i = backend_for(p, e, out);
    if (i == NOBODY) return;
    struct catalog *c = &p->catalog;
    char name[SHORT_NAME_BYTES + 1];
    uint32_t which = given.size > 0 ? tablespace_find(p, given) : NOBODY;
    const char *why = NULL;
    struct text text = {0};
    if (!is_short(given, name))
        why = "ERROR: a tablespace's name has 1 to 16 characters here";
    else if (is_create && which != NOBODY)
        why = "ERROR: tablespace already exists";
    else if (is_create && c->tablespace_count == TABLESPACES_MAX)
        why = "ERROR: a server has had 15 tablespaces, the most that it can here";
    else if (!is_create && which == NOBODY)
        why = missing(&text, "tablespace", given);
    else if (!is_create)
        why = drop_tablespace(p, which);
    if (why) {
        fail(p, i, why, e, out);
        text_free(&text);
        return;
    }
    if (is_create) which = (uint32_t)c->tablespace_count;
    struct backend *b = &p->backends[i];
    b->xid = p->next_xid++;
    running_add(p, b->xid);
    int64_t packed[2];
    pack_name(name, packed);
    struct wal_record r = {.type = is_create ? WAL_CREATE_TABLESPACE : WAL_DROP_TABLESPACE,
                           .size = SIZE_TABLESPACE,
                           .xid = b->xid,
                           .a = is_create ? packed[0] : (int64_t)which,
                           .b = is_create ? packed[1] : 0,
                           .c = is_create ? (int64_t)which : 0};
    wal_insert(p, &r);
    catalog_replay(p, &r);
    backend_commit(p, i, COMMIT_PLAIN, 0, e, out); /* ForceSyncCommit */
}
