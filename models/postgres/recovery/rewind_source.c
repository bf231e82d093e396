/* What pg_rewind reads of a running server: its history, and the pages that it asks for. */
#include "postgres/internal.h"

static void tell(const struct sim_event *e, enum pg_message type, const struct writer *w,
                 int64_t weight, struct sim_out *out) {
    sim_send(out, (struct sim_message){.peer = e->message.peer,
                                       .channel = CHANNEL_REPLICATION,
                                       .type = type,
                                       .body = {w->data, w->size},
                                       .modelled_bytes = weight});
}

static bool is_source(const struct postgres *p) {
    return is_primary(p) || (p->stage == STAGE_STANDBY && p->consistent);
}

void rewind_asked(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    uint8_t body[1 + 3 * 8 + HISTORY_BYTES];
    struct writer w = writer_over(body, sizeof body);
    put_bool(&w, is_source(p));
    put_i64(&w, p->control.system);
    put_i64(&w, p->control.timeline);
    put_i64(&w, is_primary(p) ? p->wal.inserted : p->replay.lsn);
    put_history(&w, &p->control.history);
    tell(e, MESSAGE_REWIND_TELL, &w, 0, out);
}

/* Which pages: those asked for by number, and all of the tables whose bit is set. A page that is
 * not here is told as an empty one. */
void pages_asked(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    const uint64_t whole = get_u64(&r), asked = get_u64(&r);
    if (r.bad || !is_source(p) || asked > (r.size - r.at) / 8) return;
    for (uint64_t i = 0; i < asked; i++) {
        struct page *page = table_page(p, get_i64(&r));
        page->wanted = relation_of(page->number) < RELATIONS_MAX;
    }
    size_t count = 0, size = 16 + catalog_bytes(&p->catalog) + 8;
    for (size_t i = 0; i < p->table.page_count; i++) {
        struct page *page = &p->table.pages[i];
        page->wanted = page->wanted || (whole >> relation_of(page->number) & 1);
        if (!page->wanted) continue;
        count++;
        size += page_bytes(p, page);
    }
    uint8_t *body = memory_take(p->memory, size);
    struct writer w = writer_over(body, size);
    put_u64(&w, whole);
    put_i64(&w, is_primary(p) ? p->wal.inserted : p->replay.lsn);
    put_catalog(&w, &p->catalog);
    put_u64(&w, count);
    for (size_t i = 0; i < p->table.page_count; i++) {
        struct page *page = &p->table.pages[i];
        if (page->wanted) put_page_and_rows(&w, p, page);
        page->wanted = false;
    }
    tell(e, MESSAGE_PAGES_TELL, &w, (int64_t)count * PAGE_BYTES + 8, out);
    memory_give(p->memory, body, size);
}
