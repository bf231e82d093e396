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

static void work(struct postgres *p, uint32_t i, struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    int64_t bytes = PAGES_AT_ONCE * (int64_t)TUPLES_BYTES_MAX;
    if (bytes > b->bulk_left) bytes = b->bulk_left;
    sim_work(out, LANE_BACKEND + i, mul_div_up(bytes, 1000000000, p->set.bulk_rate), i);
}

void bulk_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    static const char not_primary[] = "cannot execute INSERT in a read-only transaction";
    static const char no_backend[] = "sorry, too many clients already";
    if (!is_primary(p)) {
        sim_reply(out, e->command.request, false,
                  (struct sim_bytes){(const uint8_t *)not_primary, sizeof not_primary - 1});
        return;
    }
    const uint32_t i = backend_take(p);
    if (i == NOBODY) {
        sim_reply(out, e->command.request, false,
                  (struct sim_bytes){(const uint8_t *)no_backend, sizeof no_backend - 1});
        return;
    }
    struct backend *b = &p->backends[i];
    const int64_t bytes = args[0].number, rows = args[1].number, level = args[2].number;
    *b = (struct backend){.stage = BACKEND_BULK,
                          .is_command = true,
                          .command = e->command.request,
                          .xid = p->next_xid++,
                          .level = level > 0 ? (enum sync_level)(level - 1)
                                             : p->set.synchronous_commit,
                          .bulk_left = bytes};
    b->bulk_row_bytes = rows > 0 ? bytes / rows + 1 : 100;
    sim_note(out, NOTE_BULK_BEGINS, b->xid, bytes);
    work(p, i, out);
}

static void insert_page(struct postgres *p, struct backend *b) {
    const int64_t overhead = SIZE_MULTI_INSERT;
    int64_t bytes = b->bulk_left < TUPLES_BYTES_MAX ? b->bulk_left : TUPLES_BYTES_MAX;
    if (bytes < overhead + 8) bytes = overhead + 8;
    struct wal_record page = {.type = WAL_BULK,
                              .size = bytes,
                              .xid = b->xid,
                              .a = 1 + (bytes - overhead) / b->bulk_row_bytes};
    wal_insert(p, &page);
    p->table.bulk_dirty_pages++;
    b->bulk_left -= bytes;
}

void bulk_worked(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    for (int n = 0; n < PAGES_AT_ONCE && b->bulk_left > 0; n++) insert_page(p, b);
    checkpoint_log_grew(p, e, out);
    if (has_bug(p, BUG_SEND_UNFLUSHED)) senders_wake(p, e, out);
    if (b->bulk_left <= 0) {
        backend_commit(p, i, e, out);
        return;
    }
    wal_writer_wake(p, e, out);
    if (p->wal.inserted - p->wal.flushed > p->set.wal_buffers) {
        b->stage = BACKEND_BULK_STALLED;
        wal_flush(p, e, out);
        return;
    }
    work(p, i, out);
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
        work(p, i, out);
    }
    if (stalled) wal_flush(p, e, out);
}
