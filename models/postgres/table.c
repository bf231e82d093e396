/*
 * The heap: one row a key, in pages of rows_per_page neighbouring keys.
 *
 * A row has the value that other transactions see and, while its writer waits for its commit, the
 * newer one that the WAL has already (`logged`). The pages are kept for two things: the first
 * change of a page after a checkpoint's redo point logs the whole page (full_page_writes,
 * manual 30.1), and a checkpoint writes the dirty ones.
 */
#include "postgres/internal.h"

#include "base/wide.h"

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

static struct page *page_of(struct postgres *p, int64_t key) {
    struct table *t = &p->table;
    const int64_t number = key / p->set.rows_per_page;
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
    t->pages[t->page_count] = (struct page){0};
    return &t->pages[t->page_count++];
}

static int64_t redo_point(const struct postgres *p) {
    return p->checkpoint.phase != CHECKPOINT_IDLE && !p->checkpoint.restartpoint
               ? p->checkpoint.next.redo
               : p->control.redo;
}

static struct page *dirty(struct postgres *p, int64_t key) {
    struct page *page = page_of(p, key);
    if (!page->dirty) p->table.dirty_pages++;
    page->dirty = true;
    return page;
}

/* xloginsert.c, XLogRecordAssemble: an image is needed when page_lsn <= RedoRecPtr. */
int64_t table_touch(struct postgres *p, int64_t key) {
    struct page *page = dirty(p, key);
    if (!p->set.full_page_writes || page->image_lsn > redo_point(p)) return 0;
    page->image_lsn = wal_start_after(p->wal.inserted) + 1;
    return SIZE_FULL_PAGE_IMAGE;
}

void table_apply(struct postgres *p, int64_t key, int64_t value, int64_t version) {
    struct row *row = table_row(p, key);
    row->value = row->logged = value;
    row->version = version;
    dirty(p, key);
}

/* The dirty pages are being written: they are clean until changed again. */
void table_checkpointed(struct postgres *p) {
    for (size_t i = 0; i < p->table.page_count; i++) p->table.pages[i].dirty = false;
    p->table.dirty_pages = p->table.bulk_dirty_pages = 0;
}

/* ---- the heap as bytes: as the WAL has it, so with changes whose commit is still waited for ----
 */

static void put_row(struct writer *w, const struct postgres *p, const struct row *row) {
    const bool changing = row->locked_by && p->backends[row->locked_by - 1].commit_lsn > 0;
    put_i64(w, row->key);
    put_i64(w, row->logged);
    put_i64(w, changing ? p->backends[row->locked_by - 1].commit_lsn : row->version);
}

size_t table_image(struct postgres *p, uint8_t **bytes, size_t *capacity) {
    const struct table *t = &p->table;
    const size_t size = RECORD_HEADER_BYTES + 16 + t->count * 24;
    if (*capacity < size) {
        memory_give(p->memory, *bytes, *capacity);
        *capacity = size * 2;
        *bytes = memory_take(p->memory, *capacity);
    }
    struct writer body = writer_over(*bytes + RECORD_HEADER_BYTES, size - RECORD_HEADER_BYTES);
    put_i64(&body, is_primary(p) ? p->wal.inserted : p->replay.lsn);
    put_u64(&body, t->count);
    for (size_t i = 0; i < t->count; i++) put_row(&body, p, &t->rows[i]);
    struct writer head = writer_over(*bytes, RECORD_HEADER_BYTES);
    put_u32(&head, (uint32_t)body.size);
    put_u32(&head, (uint32_t)record_hash(0, body.data, body.size));
    return size;
}

/* False when the image is damaged. It may be newer than the control file says (a crash between the
 * two): reads wait until replay has reached it. */
bool table_load(struct postgres *p, struct sim_bytes image) {
    struct reader head = reader_over(image.data, image.size);
    const size_t size = get_u32(&head);
    const uint32_t hash = get_u32(&head);
    if (head.bad || size > image.size - RECORD_HEADER_BYTES) return false;
    struct reader r = reader_over(image.data + RECORD_HEADER_BYTES, size);
    if ((uint32_t)record_hash(0, r.data, r.size) != hash) return false;
    const int64_t as_of = get_i64(&r);
    if (as_of > p->control.consistent_lsn) p->control.consistent_lsn = as_of;
    const uint64_t count = get_u64(&r);
    for (uint64_t i = 0; i < count && !r.bad; i++) {
        const int64_t key = get_i64(&r);
        struct row *row = table_row(p, key);
        row->value = row->logged = get_i64(&r);
        row->version = get_i64(&r);
    }
    return !r.bad;
}
