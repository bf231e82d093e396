/*
 * pg_rewind: makes a server that has gone its own way one that can follow another (pg_rewind.c;
 * manual, pg_rewind, "How It Works").
 *
 * The server is stopped, and first recovers alone ("shut down cleanly"). Its log and its source's
 * part where the last timeline that both know was left by one of them: the fork. The last
 * checkpoint before the fork is where redo will begin. Every page that was changed here since, on
 * either side of the fork, is copied from the source as it is there now; what this log has behind
 * the fork is thrown away. From then on it is a standby whose redo meets pages that are newer than
 * the records, until it has reached the source's position of now, and only then is it consistent.
 *
 * It needs this server's log back to that checkpoint. If it is gone, only a new base backup helps.
 */
#include "postgres/internal.h"

static const int64_t patience_ns = 10000000000;

void rewind_fails(struct postgres *p, const char *why, struct sim_out *out) {
    if (p->stage != STAGE_REWINDING) return;
    sim_note(out, NOTE_REWIND_FAILS, p->rewind.source);
    manage_done(p, false, why, out);
    rewind_over(p, out);
}

/* It is stopped again. */
void rewind_over(struct postgres *p, struct sim_out *out) {
    sim_close(out, p->rewind.source, CHANNEL_REPLICATION);
    sim_disarm(out, with_kind(TIMER_REWIND, 0));
    p->stage = STAGE_STOPPING;
    manage_disk(p, NULL, out);
}

void rewind_recovered(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->stage = STAGE_REWINDING;
    sim_note(out, NOTE_REWIND_ASKS, p->wal.inserted, p->rewind.source);
    sim_connect(out, p->rewind.source, CHANNEL_REPLICATION);
    sim_arm(out, with_kind(TIMER_REWIND, 0), e->now.mono_ns + patience_ns);
}

static void ask(struct postgres *p, enum pg_message type, const struct writer *w,
                struct sim_out *out) {
    sim_send(out, (struct sim_message){.peer = p->rewind.source,
                                       .channel = CHANNEL_REPLICATION,
                                       .type = type,
                                       .body = {w->data, w->size}});
}

void rewind_peer(struct postgres *p, bool up, const struct sim_event *e, struct sim_out *out) {
    (void)e;
    if (!up) {
        rewind_fails(p, "could not connect to server", out);
        return;
    }
    uint8_t body[8];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, p->control.system);
    ask(p, MESSAGE_REWIND_ASK, &w, out);
}

/* ---- where the histories part: findCommonAncestorTimeline ---- */

static int64_t end_of(const struct timeline_history *h, uint32_t i, int64_t end) {
    return i < h->count ? h->of[i].end : end;
}
static int64_t timeline_of(const struct timeline_history *h, uint32_t i, int64_t last) {
    return i < h->count ? h->of[i].timeline : last;
}

static int64_t fork_of(const struct postgres *p, int64_t source_timeline, int64_t source_end,
                       uint32_t *common) {
    const struct timeline_history *ours = &p->control.history, *theirs = &p->rewind.history;
    uint32_t i = 0;
    while (i < ours->count && i < theirs->count &&
           timeline_of(ours, i + 1, p->control.timeline) ==
               timeline_of(theirs, i + 1, source_timeline) &&
           ours->of[i].end == theirs->of[i].end)
        i++;
    *common = i;
    const int64_t here = end_of(ours, i, p->wal.inserted), there = end_of(theirs, i, source_end);
    return here < there ? here : there;
}

/* ---- what is changed here: extractPageMap ---- */

static void add_page(struct postgres *p, int64_t number) {
    struct rewind *w = &p->rewind;
    if (w->page_count == w->page_capacity) {
        const size_t capacity = w->page_capacity ? w->page_capacity * 2 : 256;
        w->pages = memory_resize(p->memory, w->pages, w->page_capacity * sizeof *w->pages,
                                 capacity * sizeof *w->pages);
        w->page_capacity = capacity;
    }
    w->pages[w->page_count++] = number;
}

static void note_change(struct postgres *p, const struct wal_record *r, uint64_t *whole) {
    switch (r->type) {
    case WAL_HEAP: add_page(p, r->a / p->set.rows_per_page); return;
    case WAL_PRUNE: add_page(p, r->a); return;
    case WAL_BULK:
        if (r->c >= 0) add_page(p, r->c);
        return;
    case WAL_COMMIT:
        if (r->b != COMMIT_PLAIN && r->c >= 0 && r->c < RELATIONS_MAX)
            *whole |= UINT64_C(1) << r->c;
        return;
    default: return;
    }
}

/* Walks this log. Pass 1 finds the last checkpoint that ends before the fork; pass 2 begins at its
 * redo point, and finds the fork and the pages. */
static bool find_checkpoint(struct postgres *p) {
    struct rewind *w = &p->rewind;
    bool found = false;
    for (size_t i = 0; i < p->wal.count; i++) {
        const struct segment *s = &p->wal.segments[i];
        size_t at = 0, next;
        struct wal_record r;
        while (s->bytes && wal_record_peek((struct sim_bytes){s->bytes, s->size}, at, &r, &next)) {
            at = next;
            if (r.type != WAL_CHECKPOINT || r.end > w->fork_lsn) continue;
            found = true;
            w->redo = r.a;
            w->redo_hash = (uint64_t)r.b;
            w->redo_next_xid = r.xid;
            p->control.checkpoint_lsn = r.end;
        }
    }
    return found;
}

static bool map_changes(struct postgres *p, uint64_t *whole) {
    struct rewind *w = &p->rewind;
    bool begun = false, forked = false;
    for (size_t i = 0; i < p->wal.count; i++) {
        const struct segment *s = &p->wal.segments[i];
        size_t at = 0, next;
        struct wal_record r;
        while (s->bytes && wal_record_peek((struct sim_bytes){s->bytes, s->size}, at, &r, &next)) {
            begun = begun || r.start == w->redo;
            if (begun && !forked && r.end > w->fork_lsn) {
                forked = true;
                w->fork_segment = s->number;
                w->fork_offset = at;
            }
            at = next;
            if (begun) note_change(p, &r, whole);
        }
    }
    return begun && forked;
}

static void told(struct postgres *p, struct reader *r, const struct sim_event *e,
                 struct sim_out *out) {
    struct rewind *w = &p->rewind;
    const bool serves = get_bool(r);
    const int64_t system = get_i64(r), timeline = get_i64(r), end = get_i64(r);
    uint32_t common;
    uint64_t whole = 0;
    if (!get_history(r, &w->history) || !serves) {
        rewind_fails(p, "source server must not be in recovery, or is starting up", out);
        return;
    }
    if (system != p->control.system) {
        rewind_fails(p, "source and target systems are not compatible", out);
        return;
    }
    w->fork_lsn = fork_of(p, timeline, end, &common);
    if (p->wal.inserted <= w->fork_lsn) {
        sim_note(out, NOTE_REWIND_NOTHING, p->wal.inserted);
        manage_done(p, true, "no rewind required", out);
        rewind_over(p, out);
        return;
    }
    if (!find_checkpoint(p) || !map_changes(p, &whole)) {
        rewind_fails(p, "could not find previous WAL record", out);
        return;
    }
    w->timeline = timeline_of(&p->control.history, common, p->control.timeline);
    w->history.count = common;
    sim_note(out, NOTE_REWIND_FORKED, w->fork_lsn, w->timeline, w->redo, (int64_t)w->page_count,
             p->wal.inserted - w->fork_lsn);
    const size_t size = 16 + w->page_count * 8;
    uint8_t *body = memory_take(p->memory, size);
    struct writer out_pages = writer_over(body, size);
    put_u64(&out_pages, whole);
    put_u64(&out_pages, w->page_count);
    for (size_t i = 0; i < w->page_count; i++) put_i64(&out_pages, w->pages[i]);
    ask(p, MESSAGE_PAGES_ASK, &out_pages, out);
    memory_give(p->memory, body, size);
    sim_arm(out, with_kind(TIMER_REWIND, 0), e->now.mono_ns + patience_ns);
}

/* ---- the pages have come: all is put in place ---- */

static void pages_came(struct postgres *p, struct reader *r, struct sim_out *out) {
    struct rewind *w = &p->rewind;
    const uint64_t whole = get_u64(r);
    w->source_lsn = get_i64(r);
    for (uint32_t i = 0; i < RELATIONS_MAX; i++)
        if (whole >> i & 1 && i < p->catalog.relation_count) table_empty(p, i, 0);
    if (!get_catalog(r, &p->catalog) || !table_take_pages(p, r)) {
        rewind_fails(p, "the source's pages cannot be read", out);
        return;
    }
    sim_disarm(out, with_kind(TIMER_REWIND, 0));
    w->writing = true;
    struct checkpoint *c = &p->checkpoint;
    c->image_size = table_image(p, &c->image, &c->image_capacity);
    p->data_bytes = (int64_t)c->image_size;
    replace_file(p, FILE_DATA_NEW, FILE_DATA, (struct sim_bytes){c->image, c->image_size},
                 TAG_REWIND_DONE, out);
}

void rewind_message(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->stage != STAGE_REWINDING || e->message.peer != p->rewind.source || p->rewind.writing)
        return;
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    if (e->message.type == MESSAGE_REWIND_TELL)
        told(p, &r, e, out);
    else
        pages_came(p, &r, out);
}

/* The heap is in place; now the log, and the control file, which says that it is a standby. */
void rewind_written(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct rewind *w = &p->rewind;
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: pg_rewind could not write the data directory");
        return;
    }
    const int64_t was = p->wal.inserted;
    wal_cut(p, w->fork_segment, w->fork_offset, w->fork_lsn, 0, out); /* a start hashes anew */
    p->control.redo = w->redo;
    p->control.redo_hash = w->redo_hash;
    p->control.next_xid = w->redo_next_xid;
    p->control.consistent_lsn = w->source_lsn;
    p->control.timeline = w->timeline;
    p->control.history = w->history;
    p->control.in_production = false;
    sim_note(out, NOTE_REWIND_DONE, was - w->fork_lsn, w->source_lsn);
    sim_fact(out, FACT_REWOUND, p->self, w->fork_lsn, was);
    control_save(p, out);
}
