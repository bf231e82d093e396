/*
 * The catalog: which tables there are, and in which tablespaces. The workload's rows are those of
 * table 0, "usertable", which a new cluster has; others are made by the command create_table.
 *
 * A name has at most 16 characters (PostgreSQL: 63), so that it fits into a record's frame.
 */
#include "postgres/internal.h"

void relation_create(struct postgres *p, uint32_t which, const char *name, uint32_t tablespace) {
    struct catalog *c = &p->catalog;
    if (which >= c->relation_count) c->relation_count = which + 1;
    struct relation *relation = &c->relations[which];
    if (relation->exists) return; /* redo of what the heap's file has already */
    *relation = (struct relation){.exists = true, .tablespace = tablespace};
    memcpy(relation->name, name, strlen(name));
}

void catalog_begin(struct postgres *p) {
    p->catalog.tablespaces[0] = (struct tablespace){.name = "pg_default", .exists = true};
    p->catalog.tablespace_count = 1;
    relation_create(p, 0, "usertable", 0);
}

static bool is_named(const char *name, struct sim_bytes text) {
    return strlen(name) == text.size && memcmp(name, text.data, text.size) == 0;
}

uint32_t relation_find(const struct postgres *p, struct sim_bytes name) {
    if (name.size == 0) return 0;
    for (uint32_t i = 0; i < p->catalog.relation_count; i++)
        if (p->catalog.relations[i].exists && is_named(p->catalog.relations[i].name, name))
            return i;
    return NOBODY;
}

uint32_t tablespace_find(const struct postgres *p, struct sim_bytes name) {
    if (name.size == 0) return 0;
    for (uint32_t i = 0; i < p->catalog.tablespace_count; i++)
        if (p->catalog.tablespaces[i].exists && is_named(p->catalog.tablespaces[i].name, name))
            return i;
    return NOBODY;
}

/* Pages of rows, live and dead and gone: what its file has on disk. */
int64_t relation_bytes(const struct postgres *p, const struct relation *r) {
    const int64_t rows = r->live_rows + r->dead_rows + r->free_rows;
    return (rows + p->set.rows_per_page - 1) / p->set.rows_per_page * PAGE_BYTES;
}

/* ---- in the log ---- */

void pack_name(const char *name, int64_t packed[2]) {
    uint8_t bytes[SHORT_NAME_BYTES] = {0};
    memcpy(bytes, name, strlen(name));
    packed[0] = (int64_t)load_u64(bytes);
    packed[1] = (int64_t)load_u64(bytes + 8);
}

static void unpack_name(const int64_t packed[2], char name[SHORT_NAME_BYTES + 1]) {
    store_u64((uint8_t *)name, (uint64_t)packed[0]);
    store_u64((uint8_t *)name + 8, (uint64_t)packed[1]);
    name[SHORT_NAME_BYTES] = '\0';
}

void catalog_replay(struct postgres *p, const struct wal_record *r) {
    struct catalog *c = &p->catalog;
    char name[SHORT_NAME_BYTES + 1];
    unpack_name((const int64_t[]){r->a, r->b}, name);
    if (r->type == WAL_CREATE) {
        const uint32_t which = (uint32_t)(r->c >> 8);
        if (which < RELATIONS_MAX) relation_create(p, which, name, (uint32_t)(r->c & 0xff));
    } else if (r->type == WAL_CREATE_TABLESPACE && r->c < TABLESPACES_MAX) {
        struct tablespace *t = &c->tablespaces[r->c];
        *t = (struct tablespace){.exists = true};
        memcpy(t->name, name, sizeof name);
        if ((size_t)r->c >= c->tablespace_count) c->tablespace_count = (size_t)r->c + 1;
    } else if (r->type == WAL_DROP_TABLESPACE && r->a < TABLESPACES_MAX) {
        c->tablespaces[r->a].exists = false;
    }
}
