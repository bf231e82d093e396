/*
 * The heap and the catalog as a checkpoint writes them: one file, with a checksum at its head.
 *
 * Rows are as the WAL has them, so with changes whose commit is still waited for. On a standby the
 * file is as of what was replayed, which is later than the restartpoint's redo point: redo meets
 * changes that the pages have already, and their LSNs say so.
 */
#include "postgres/internal.h"

static void put_row(struct writer *w, const struct postgres *p, const struct row *row) {
    const bool changing = row->locked_by && p->backends[row->locked_by - 1].commit_lsn > 0;
    put_i64(w, row->key);
    put_i64(w, row->logged);
    put_i64(w, changing ? p->backends[row->locked_by - 1].commit_lsn : row->version);
}

void put_catalog(struct writer *w, const struct catalog *catalog) {
    put_u32(w, (uint32_t)catalog->relation_count);
    for (size_t i = 0; i < catalog->relation_count; i++) {
        const struct relation *r = &catalog->relations[i];
        put_string(w, r->name, strlen(r->name));
        put_bool(w, r->exists);
        put_u32(w, r->tablespace);
    }
    put_u32(w, (uint32_t)catalog->tablespace_count);
    for (size_t i = 0; i < catalog->tablespace_count; i++) {
        put_string(w, catalog->tablespaces[i].name, strlen(catalog->tablespaces[i].name));
        put_bool(w, catalog->tablespaces[i].exists);
    }
}

static void put_page(struct writer *w, const struct page *page) {
    put_i64(w, page->number);
    put_i64(w, page->lsn);
    put_i64(w, page->live);
    put_i64(w, page->free);
    put_u32(w, page->dead_count);
    for (uint32_t i = 0; i < page->dead_count; i++) {
        put_i64(w, page->dead[i].xid);
        put_i64(w, page->dead[i].rows);
    }
}

size_t catalog_bytes(const struct catalog *catalog) {
    return 8 + catalog->relation_count * (4 + SHORT_NAME_BYTES + 1 + 4) +
           catalog->tablespace_count * (4 + SHORT_NAME_BYTES + 1);
}

static size_t image_bytes(const struct postgres *p) {
    const struct table *t = &p->table;
    size_t size = RECORD_HEADER_BYTES + 8 + 8 + t->count * 24 + 8;
    size += catalog_bytes(&p->catalog);
    for (size_t i = 0; i < t->page_count; i++) size += 4 * 8 + 4 + t->pages[i].dead_count * 16;
    return size;
}

/* The position that its pages are of; after a rewind, the newest of them are of the source's. */
static int64_t as_of(const struct postgres *p) {
    if (p->stage == STAGE_REWINDING) return p->rewind.source_lsn;
    return is_primary(p) ? p->wal.inserted : p->replay.lsn;
}

size_t table_image(struct postgres *p, uint8_t **bytes, size_t *capacity) {
    const struct table *t = &p->table;
    const size_t size = image_bytes(p);
    if (*capacity < size) {
        memory_give(p->memory, *bytes, *capacity);
        *capacity = size * 2;
        *bytes = memory_take(p->memory, *capacity);
    }
    struct writer body = writer_over(*bytes + RECORD_HEADER_BYTES, size - RECORD_HEADER_BYTES);
    put_i64(&body, as_of(p));
    put_u64(&body, t->count);
    for (size_t i = 0; i < t->count; i++) put_row(&body, p, &t->rows[i]);
    put_catalog(&body, &p->catalog);
    put_u64(&body, t->page_count);
    for (size_t i = 0; i < t->page_count; i++) put_page(&body, &t->pages[i]);
    struct writer head = writer_over(*bytes, RECORD_HEADER_BYTES);
    put_u32(&head, (uint32_t)body.size);
    put_u32(&head, (uint32_t)record_hash(0, body.data, body.size));
    return RECORD_HEADER_BYTES + body.size;
}

/* ---- back again ---- */

static bool get_name(struct reader *r, char name[SHORT_NAME_BYTES + 1]) {
    size_t size;
    const uint8_t *bytes = get_string(r, &size);
    if (size > SHORT_NAME_BYTES) return false;
    if (size > 0) memcpy(name, bytes, size);
    name[size] = '\0';
    return true;
}

bool get_catalog(struct reader *r, struct catalog *catalog) {
    const uint32_t relations = get_u32(r);
    if (relations > RELATIONS_MAX) return false;
    catalog->relation_count = relations;
    for (uint32_t i = 0; i < relations; i++) {
        struct relation *relation = &catalog->relations[i];
        if (!get_name(r, relation->name)) return false;
        relation->exists = get_bool(r);
        relation->tablespace = get_u32(r);
    }
    const uint32_t tablespaces = get_u32(r);
    if (tablespaces > TABLESPACES_MAX) return false;
    catalog->tablespace_count = tablespaces;
    for (uint32_t i = 0; i < tablespaces; i++) {
        if (!get_name(r, catalog->tablespaces[i].name)) return false;
        catalog->tablespaces[i].exists = get_bool(r);
    }
    return !r->bad;
}

static void get_page(struct postgres *p, struct reader *r) {
    const int64_t number = get_i64(r);
    if (r->bad || relation_of(number) >= RELATIONS_MAX) {
        r->bad = true;
        return;
    }
    struct page *page = table_page(p, number);
    struct relation *relation = &p->catalog.relations[relation_of(number)];
    relation->live_rows -= page->live;
    relation->free_rows -= page->free;
    relation->dead_rows -= page->dead_rows;
    memory_give(p->memory, page->dead, page->dead_capacity * sizeof *page->dead);
    page->dead = NULL;
    page->dead_rows = 0;
    page->lsn = get_i64(r);
    page->live = get_i64(r);
    page->free = get_i64(r);
    page->dead_count = page->dead_capacity = get_u32(r);
    if (r->bad || page->dead_count > r->size - r->at) {
        page->dead_count = page->dead_capacity = 0;
        return;
    }
    page->dead = memory_take(p->memory, page->dead_count * sizeof *page->dead);
    for (uint32_t i = 0; i < page->dead_count; i++) {
        const int64_t xid = get_i64(r), rows = get_i64(r);
        page->dead[i] = (struct dead){xid, rows};
        page->dead_rows += rows;
    }
    relation->live_rows += page->live;
    relation->free_rows += page->free;
    relation->dead_rows += page->dead_rows;
}

/* False when the image is damaged. It may be newer than the control file says (a crash between the
 * two): reads wait until replay has reached it. */
bool table_load(struct postgres *p, struct sim_bytes image) {
    struct reader head = reader_over(image.data, image.size);
    const size_t size = get_u32(&head);
    const uint32_t hash = get_u32(&head);
    if (head.bad || size > image.size - RECORD_HEADER_BYTES) return false;
    p->data_bytes = (int64_t)image.size;
    struct reader r = reader_over(image.data + RECORD_HEADER_BYTES, size);
    if ((uint32_t)record_hash(0, r.data, r.size) != hash) return false;
    const int64_t position = get_i64(&r);
    if (position > p->control.consistent_lsn) p->control.consistent_lsn = position;
    const uint64_t count = get_u64(&r);
    for (uint64_t i = 0; i < count && !r.bad; i++) {
        const int64_t key = get_i64(&r);
        struct row *row = table_row(p, key);
        row->value = row->logged = get_i64(&r);
        row->version = get_i64(&r);
    }
    if (r.bad || !get_catalog(&r, &p->catalog)) return false;
    const uint64_t pages = get_u64(&r);
    for (uint64_t i = 0; i < pages && !r.bad; i++) get_page(p, &r);
    return !r.bad;
}

/* ---- pages with their rows, from one server to another (pg_rewind) ---- */

static int64_t rows_from(const struct postgres *p, const struct page *page) {
    return page->number * p->set.rows_per_page;
}

size_t page_bytes(const struct postgres *p, const struct page *page) {
    return 4 * 8 + 4 + page->dead_count * 16 + 8 + (size_t)p->set.rows_per_page * 24;
}

void put_page_and_rows(struct writer *w, struct postgres *p, const struct page *page) {
    put_page(w, page);
    const bool has_rows = relation_of(page->number) == 0;
    put_u64(w, has_rows ? (uint64_t)p->set.rows_per_page : 0);
    for (int64_t i = 0; has_rows && i < p->set.rows_per_page; i++) {
        const struct row none = {.key = rows_from(p, page) + i};
        const struct row *row = table_find(p, none.key);
        put_row(w, p, row ? row : &none);
    }
}

bool table_take_pages(struct postgres *p, struct reader *r) {
    const uint64_t pages = get_u64(r);
    for (uint64_t i = 0; i < pages && !r->bad; i++) {
        get_page(p, r);
        const uint64_t rows = get_u64(r);
        for (uint64_t k = 0; k < rows && !r->bad; k++) {
            const int64_t key = get_i64(r), value = get_i64(r), version = get_i64(r);
            struct row *row = version > 0 ? table_row(p, key) : table_find(p, key);
            if (!row) continue;
            row->value = row->logged = value;
            row->version = version;
        }
    }
    return !r->bad;
}
