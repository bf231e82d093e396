/*
 * The heap: one row a key of the workload's table, in pages of rows_per_page neighbouring keys; of
 * other tables, how many rows a page has.
 *
 * A row has the value that other transactions see and, while its writer waits for its commit, the
 * newer one that the WAL has already (`logged`). Pages are kept for three things: the first change
 * of a page after a checkpoint's redo point logs the whole page (full_page_writes, manual 30.1); a
 * checkpoint writes the dirty ones; and the versions that updates and deletes leave behind lie in
 * them until vacuum removes them (manual 25.1.2), which makes room for later ones in the same page
 * and does not give it back to the disk.
 */
#include "postgres/internal.h"

struct row *table_find(struct postgres *p, int64_t key) {
    const int64_t *at = key_map_find(&p->table.by_key, key);
    return at ? &p->table.rows[*at] : NULL;
}

struct row *table_row(struct postgres *p, int64_t key) {
    struct table *t = &p->table;
    struct row *found = table_find(p, key);
    if (found) return found;
    if (t->count == t->capacity) {
        const size_t capacity = t->capacity ? t->capacity * 2 : 256;
        t->rows = memory_resize(p->memory, t->rows, t->capacity * sizeof(struct row),
                                capacity * sizeof(struct row));
        t->capacity = capacity;
    }
    t->by_key.memory = p->memory;
    *key_map_at(&t->by_key, key) = (int64_t)t->count;
    t->rows[t->count] = (struct row){.key = key};
    return &t->rows[t->count++];
}

struct page *table_page(struct postgres *p, int64_t number) {
    struct table *t = &p->table;
    const int64_t *at = key_map_find(&t->page_by_number, number);
    if (at) return &t->pages[*at];
    if (t->page_count == t->page_capacity) {
        const size_t capacity = t->page_capacity ? t->page_capacity * 2 : 64;
        t->pages = memory_resize(p->memory, t->pages, t->page_capacity * sizeof(struct page),
                                 capacity * sizeof(struct page));
        t->page_capacity = capacity;
    }
    t->page_by_number.memory = p->memory;
    *key_map_at(&t->page_by_number, number) = (int64_t)t->page_count;
    t->pages[t->page_count] = (struct page){.number = number};
    return &t->pages[t->page_count++];
}

static int64_t redo_point(const struct postgres *p) {
    return p->checkpoint.phase != CHECKPOINT_IDLE && !p->checkpoint.restartpoint
               ? p->checkpoint.next.redo
               : p->control.redo;
}

static struct page *dirty(struct postgres *p, int64_t number) {
    struct page *page = table_page(p, number);
    if (!page->dirty) p->table.dirty_pages++;
    page->dirty = true;
    return page;
}

/* xloginsert.c, XLogRecordAssemble: an image is needed when page_lsn <= RedoRecPtr. */
int64_t table_touch(struct postgres *p, int64_t number) {
    struct page *page = dirty(p, number);
    if (!p->set.full_page_writes || page->image_lsn > redo_point(p)) return 0;
    page->image_lsn = wal_start_after(p->wal.inserted) + 1;
    return SIZE_FULL_PAGE_IMAGE;
}

/* ---- row versions: live, dead, and the room that vacuum has made ---- */

static struct page *page_to_change(struct postgres *p, int64_t number, int64_t lsn) {
    struct page *page = dirty(p, number);
    if (page->lsn >= lsn) return NULL;
    page->lsn = lsn;
    return page;
}

static void take_room(struct relation *relation, struct page *page, int64_t rows) {
    const int64_t room = page->free < rows ? page->free : rows;
    page->free -= room;
    relation->free_rows -= room;
}

void page_inserted(struct postgres *p, int64_t number, int64_t rows, int64_t lsn) {
    struct relation *relation = &p->catalog.relations[relation_of(number)];
    struct page *page = page_to_change(p, number, lsn);
    if (!page) return;
    take_room(relation, page, rows);
    page->live += rows;
    relation->live_rows += rows;
}

static void add_dead(struct postgres *p, struct page *page, int64_t xid, int64_t rows) {
    if (page->dead_count > 0 && page->dead[page->dead_count - 1].xid == xid) {
        page->dead[page->dead_count - 1].rows += rows;
        return;
    }
    if (page->dead_count == page->dead_capacity) {
        const uint32_t capacity = page->dead_capacity ? page->dead_capacity * 2 : 4;
        page->dead = memory_resize(p->memory, page->dead, page->dead_capacity * sizeof(struct dead),
                                   capacity * sizeof(struct dead));
        page->dead_capacity = capacity;
    }
    uint32_t at = page->dead_count++; /* replaced in order of commits, not of xids */
    for (; at > 0 && page->dead[at - 1].xid > xid; at--) page->dead[at] = page->dead[at - 1];
    page->dead[at] = (struct dead){xid, rows};
}

/* An update leaves a version behind and needs room for another; a delete only leaves one. */
void page_replaced(struct postgres *p, int64_t number, int64_t xid, int64_t rows, bool deleted,
                   int64_t lsn) {
    struct relation *relation = &p->catalog.relations[relation_of(number)];
    struct page *page = page_to_change(p, number, lsn);
    if (!page) return;
    if (rows > page->live) rows = page->live;
    if (rows == 0) return;
    if (deleted) {
        page->live -= rows;
        relation->live_rows -= rows;
    } else {
        take_room(relation, page, rows);
    }
    add_dead(p, page, xid, rows);
    page->dead_rows += rows;
    relation->dead_rows += rows;
}

int64_t page_removable(const struct page *page, int64_t horizon, int64_t *latest) {
    int64_t rows = 0;
    for (uint32_t i = 0; i < page->dead_count && page->dead[i].xid < horizon; i++) {
        rows += page->dead[i].rows;
        *latest = page->dead[i].xid;
    }
    return rows;
}

/* Removes them; how many. */
int64_t page_prune(struct postgres *p, int64_t number, int64_t horizon, int64_t lsn) {
    struct relation *relation = &p->catalog.relations[relation_of(number)];
    struct page *page = page_to_change(p, number, lsn);
    if (!page) return 0;
    int64_t latest = 0;
    const int64_t rows = page_removable(page, horizon, &latest);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < page->dead_count; i++)
        if (page->dead[i].xid >= horizon) page->dead[kept++] = page->dead[i];
    page->dead_count = kept;
    page->dead_rows -= rows;
    page->free += rows;
    relation->dead_rows -= rows;
    relation->free_rows += rows;
    return rows;
}

/* TRUNCATE and DROP: new, empty files. */
void table_empty(struct postgres *p, uint32_t which, int64_t lsn) {
    struct table *t = &p->table;
    for (size_t i = 0; i < t->page_count; i++) {
        struct page *page = &t->pages[i];
        if (relation_of(page->number) != which) continue;
        page->lsn = lsn;
        page->live = page->free = page->dead_rows = 0;
        page->dead_count = 0;
    }
    struct relation *relation = &p->catalog.relations[which];
    relation->live_rows = relation->dead_rows = relation->free_rows = 0;
    if (which != 0) return;
    for (size_t i = 0; i < t->count; i++) t->rows[i].version = 0;
}

/* A heap record, which ended at heap_lsn, and its commit, replayed. */
void table_apply(struct postgres *p, const struct heap_change *h, int64_t version) {
    struct row *row = table_row(p, h->key);
    const int64_t page = h->key / p->set.rows_per_page;
    if (row->version > 0)
        page_replaced(p, page, h->xid, 1, false, h->lsn);
    else
        page_inserted(p, page, 1, h->lsn);
    row->value = row->logged = h->value;
    row->version = version;
}

/* The dirty pages are being written: they are clean until changed again. */
void table_checkpointed(struct postgres *p) {
    for (size_t i = 0; i < p->table.page_count; i++) p->table.pages[i].dirty = false;
    p->table.dirty_pages = p->table.bulk_dirty_pages = 0;
}
