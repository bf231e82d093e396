/*
 * The command `transaction`: one transaction that writes much WAL, as COPY or a big INSERT does.
 *
 * It fills page after page, each logged as one record (heapam.c, heap_multi_insert). Its WAL
 * appears while it runs, is flushed by the WAL writer and by other commits, streamed and replayed
 * long before its commit record: a large transaction's lag on a standby is the digestion of its
 * bytes, not of its commit. It stalls when it is wal_buffers ahead of the log on disk
 * (AdvanceXLInsertBuffer).
 */
#include "postgres/internal.h"

#include "base/wide.h"

enum { PAGES_AT_ONCE = 16, TUPLES_BYTES_MAX = PAGE_BYTES - 392 };

void bulk_go_on(struct postgres *p, uint32_t i, struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    int64_t bytes = PAGES_AT_ONCE * (int64_t)TUPLES_BYTES_MAX;
    if (bytes > b->bulk.left) bytes = b->bulk.left;
    sim_work(out, LANE_BACKEND + i, mul_div_up(bytes, 1000000000, p->set.bulk_rate), i);
}

/* Into a table that there is, or (no name) into one that nobody reads. */
static bool aim(struct postgres *p, struct backend *b, const struct sim_value *args,
                struct text *why) {
    struct bulk *bulk = &b->bulk;
    const int64_t bytes = args[0].number, rows = args[1].number;
    bulk->left = bytes;
    bulk->rows_left = rows;
    bulk->row_bytes = rows > 0 ? bytes / rows + 1 : 100;
    bulk->kind = (enum bulk_kind)args[4].number;
    if (args[3].text.size == 0) return true;
    const uint32_t which = relation_find(p, args[3].text);
    if (which == NOBODY) {
        text_add(why, "ERROR: relation \"%.*s\" does not exist", (int)args[3].text.size,
                 (const char *)args[3].text.data);
        return false;
    }
    const struct relation *relation = &p->catalog.relations[which];
    bulk->relation = which + 1;
    bulk->page = first_page(which);
    if (bulk->kind == BULK_INSERTS)
        bulk->page += relation_bytes(p, relation) / PAGE_BYTES;
    else if (rows == 0 || rows > relation->live_rows)
        bulk->rows_left = relation->live_rows;
    if (bulk->rows_left == 0) bulk->rows_left = bytes / 100 + 1;
    bulk->row_bytes = bytes / bulk->rows_left + 1;
    return true;
}

void bulk_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    if (!is_primary(p)) {
        reply_text(out, e->command.request, false,
                   "ERROR: cannot execute INSERT in a read-only transaction");
        return;
    }
    const uint32_t i = backend_take(p);
    if (i == NOBODY) {
        reply_text(out, e->command.request, false, "FATAL: sorry, too many clients already");
        return;
    }
    struct backend *b = &p->backends[i];
    const int64_t level = args[2].number;
    b->kind = BACKEND_LOAD;
    b->command = e->command.request;
    b->level = level > 0 ? (enum sync_level)(level - 1) : p->set.synchronous_commit;
    struct text why = {0};
    if (!aim(p, b, args, &why)) {
        reply_text(out, b->command, false, text_string(&why));
        backend_leave(p, i, e, out);
    } else if (b->bulk.relation == 0 || relation_lock(p, i, b->bulk.relation - 1, false, out)) {
        bulk_start(p, i, out);
    }
    text_free(&why);
}

void bulk_start(struct postgres *p, uint32_t i, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    b->stage = BACKEND_BULK;
    b->xid = p->next_xid++;
    running_add(p, b->xid);
    sim_note(out, NOTE_BULK_BEGINS, b->xid, b->bulk.left);
    bulk_go_on(p, i, out);
}

static void fill_page(struct postgres *p, struct backend *b) {
    const int64_t overhead = SIZE_MULTI_INSERT;
    struct bulk *bulk = &b->bulk;
    int64_t bytes = bulk->left < TUPLES_BYTES_MAX ? bulk->left : TUPLES_BYTES_MAX;
    if (bytes < overhead + 8) bytes = overhead + 8;
    struct wal_record page = {.type = WAL_BULK,
                              .size = bytes,
                              .xid = b->xid,
                              .a = 1 + (bytes - overhead) / bulk->row_bytes,
                              .c = -1};
    wal_insert(p, &page);
    bulk->left -= bytes;
}

/* A page of a table: as many new rows as it takes, or those that it has. */
static void change_page(struct postgres *p, struct backend *b) {
    struct bulk *bulk = &b->bulk;
    const int64_t most = bulk->kind == BULK_INSERTS ? p->set.rows_per_page
                                                    : table_page(p, bulk->page)->live;
    const int64_t rows = bulk->rows_left < most ? bulk->rows_left : most;
    const int64_t end = first_page(bulk->relation - 1) +
                        relation_bytes(p, &p->catalog.relations[bulk->relation - 1]) / PAGE_BYTES;
    if (rows > 0) {
        const int64_t image = table_touch(p, bulk->page);
        struct wal_record change = {.type = WAL_BULK,
                                    .size = SIZE_MULTI_INSERT + rows * bulk->row_bytes + image,
                                    .xid = b->xid,
                                    .a = rows,
                                    .b = bulk->kind,
                                    .c = bulk->page};
        wal_insert(p, &change);
        bulk_apply(p, &change);
        bulk->rows_left -= rows;
        bulk->left -= rows * bulk->row_bytes;
    }
    bulk->page++;
    if (bulk->rows_left <= 0 || (bulk->kind != BULK_INSERTS && bulk->page > end))
        bulk->left = 0;
    else if (bulk->left <= 0)
        bulk->left = 1;
}

/* What such a record does to the heap, here and on a standby. */
void bulk_apply(struct postgres *p, const struct wal_record *r) {
    if (r->c < 0)
        p->table.bulk_dirty_pages++;
    else if (relation_of(r->c) >= p->catalog.relation_count)
        return; /* dropped since, and redo begins before */
    else if (r->b == BULK_INSERTS)
        page_inserted(p, r->c, r->a, r->end);
    else
        page_replaced(p, r->c, r->xid, r->a, r->b == BULK_DELETES, r->end);
}

void bulk_worked(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    for (int n = 0; n < PAGES_AT_ONCE && b->bulk.left > 0; n++) {
        if (b->bulk.relation) {
            change_page(p, b);
        } else {
            fill_page(p, b);
            p->table.bulk_dirty_pages++;
        }
    }
    checkpoint_log_grew(p, e, out);
    if (has_bug(p, BUG_SEND_UNFLUSHED)) senders_wake(p, e, out);
    if (b->bulk.left <= 0) {
        backend_commit(p, i, COMMIT_PLAIN, 0, e, out);
        return;
    }
    wal_writer_wake(p, e, out);
    if (p->wal.inserted - p->wal.flushed > p->set.wal_buffers) {
        b->stage = BACKEND_BULK_STALLED;
        wal_flush(p, e, out);
        return;
    }
    bulk_go_on(p, i, out);
}

void bulk_flushed(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    bool stalled = false;
    for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++) {
        struct backend *b = &p->backends[i];
        if (b->stage != BACKEND_BULK_STALLED) continue;
        if (p->wal.inserted - p->wal.flushed > p->set.wal_buffers) {
            stalled = true;
            continue;
        }
        b->stage = BACKEND_BULK;
        bulk_go_on(p, i, out);
    }
    if (stalled) wal_flush(p, e, out);
}
