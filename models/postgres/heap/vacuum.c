/*
 * Vacuum: removes row versions that nobody can see any more (vacuumlazy.c; manual 25.1).
 *
 * It takes the horizon when it begins (OldestXmin), and walks the pages that have dead rows. What a
 * transaction at or after the horizon replaced stays, for a query here, on a standby with
 * hot_standby_feedback, or behind a replication slot; so does what lies in a page that somebody has
 * pinned. Each page that it cleans is a record, with the youngest transaction whose versions it
 * removes (latestRemovedXid): that is what queries on a standby conflict with.
 *
 * Autovacuum looks each autovacuum_naptime for tables with more than autovacuum_vacuum_threshold +
 * autovacuum_vacuum_scale_factor * rows dead rows (25.1.6).
 */
#include "postgres/internal.h"

#include "base/wide.h"

enum { PAGES_AT_ONCE = 32 };

/* ---- the pages to visit, in order of their numbers ---- */

static void sift(int64_t *heap, size_t count, size_t at) {
    while (2 * at + 1 < count) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && heap[child + 1] > heap[child]) child++;
        if (heap[at] >= heap[child]) return;
        const int64_t moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
        at = child;
    }
}

static void sort_ascending(int64_t *numbers, size_t count) {
    for (size_t i = count / 2; i-- > 0;) sift(numbers, count, i);
    while (count > 1) {
        const int64_t greatest = numbers[0];
        numbers[0] = numbers[--count];
        numbers[count] = greatest;
        sift(numbers, count, 0);
    }
}

static void list_pages(struct postgres *p, uint32_t which) {
    struct vacuum *v = &p->vacuum;
    const struct table *t = &p->table;
    if (v->page_capacity < t->page_count) {
        memory_give(p->memory, v->pages, v->page_capacity * sizeof *v->pages);
        v->page_capacity = t->page_count;
        v->pages = memory_take(p->memory, v->page_capacity * sizeof *v->pages);
    }
    v->page_count = v->page_at = 0;
    for (size_t i = 0; i < t->page_count; i++)
        if (t->pages[i].dead_count > 0 && relation_of(t->pages[i].number) == which)
            v->pages[v->page_count++] = t->pages[i].number;
    sort_ascending(v->pages, v->page_count);
}

/* ---- the work ---- */

static void next_batch(struct postgres *p, struct sim_out *out) {
    struct vacuum *v = &p->vacuum;
    const size_t left = v->page_count - v->page_at;
    v->batch = left < PAGES_AT_ONCE ? left : PAGES_AT_ONCE;
    const int64_t pages = v->batch > 0 ? (int64_t)v->batch : 1;
    sim_work(out, LANE_VACUUM, pages * p->set.vacuum_page_cost_ns, 0);
}

static void begin(struct postgres *p, uint32_t which, bool is_auto, struct sim_out *out) {
    struct vacuum *v = &p->vacuum;
    struct relation *relation = &p->catalog.relations[which];
    v->active = true;
    v->is_auto = is_auto;
    v->relation = which;
    v->horizon = oldest_xmin(p);
    v->removed = v->skipped = 0;
    relation->weak_holders++; /* ShareUpdateExclusive */
    list_pages(p, which);
    sim_note(out, NOTE_VACUUM_BEGINS, is_auto, which, relation->dead_rows, v->horizon,
             p->next_xid - v->horizon);
    sim_fact(out, FACT_VACUUM_BEGAN, p->self, which, v->horizon);
    next_batch(p, out);
}

static bool wants_autovacuum(const struct postgres *p, const struct relation *r) {
    return r->exists &&
           r->dead_rows > p->set.autovacuum_threshold +
                              mul_div(r->live_rows, p->set.autovacuum_scale_ppm, 1000000);
}

static void skip(struct relation *r, uint32_t which, struct sim_out *out) {
    sim_note(out, NOTE_VACUUM_SKIPPED, which);
    if (r->vacuum_has_command)
        reply_text(out, r->vacuum_command, false, "skipped: lock not available");
    r->vacuum_has_command = false;
}

/* Those asked for first; then, once after each naptime, each table that has enough dead rows. */
static void next_table(struct postgres *p, struct sim_out *out) {
    struct vacuum *v = &p->vacuum;
    const uint32_t count = (uint32_t)p->catalog.relation_count;
    if (!is_primary(p)) return;
    for (uint32_t i = 0; i < count && !v->active; i++) {
        struct relation *r = &p->catalog.relations[i];
        if (!r->vacuum_wanted) continue;
        r->vacuum_wanted = false;
        if (r->exclusive || r->waiters.count > 0)
            skip(r, i, out);
        else
            begin(p, i, false, out);
    }
    while (!v->active && v->auto_next < count) {
        const uint32_t i = v->auto_next++;
        struct relation *r = &p->catalog.relations[i];
        if (!wants_autovacuum(p, r)) continue;
        if (r->exclusive || r->waiters.count > 0)
            skip(r, i, out);
        else
            begin(p, i, true, out);
    }
}

static void finish(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct vacuum *v = &p->vacuum;
    struct relation *r = &p->catalog.relations[v->relation];
    v->active = false;
    if (v->is_auto) {
        r->autovacuum_count++;
        r->last_autovacuum_wall_ns = e->now.wall_ns;
    } else {
        r->vacuum_count++;
        r->last_vacuum_wall_ns = e->now.wall_ns;
    }
    sim_note(out, NOTE_VACUUM_DONE, v->relation, v->removed, r->dead_rows, v->skipped);
    if (r->vacuum_has_command) {
        struct text said = {0};
        text_add(&said, "%lld removed, %lld remain, %lld are dead but not yet removable",
                 (long long)v->removed, (long long)(r->live_rows + r->dead_rows),
                 (long long)r->dead_rows);
        reply_text(out, r->vacuum_command, true, text_string(&said));
        text_free(&said);
    }
    r->vacuum_has_command = false;
    r->weak_holders--;
    relation_granted(p, v->relation, e, out);
    next_table(p, out);
}

/* lazy_scan_prune, and the records of its index entries' removal. */
static void prune(struct postgres *p, int64_t number, struct sim_out *out) {
    struct vacuum *v = &p->vacuum;
    int64_t latest = 0;
    const int64_t rows = page_removable(table_page(p, number), v->horizon, &latest);
    if (rows == 0) return;
    if (page_is_pinned(p, number)) { /* ConditionalLockBufferForCleanup */
        v->skipped++;
        return;
    }
    const int64_t image = table_touch(p, number);
    struct wal_record r = {.type = WAL_PRUNE,
                           .size = wal_align(SIZE_PRUNE + 2 * rows + image) + SIZE_BTREE_INSERT +
                                   2 * rows,
                           .a = number,
                           .b = latest,
                           .c = rows};
    wal_insert(p, &r);
    v->removed += page_prune(p, number, latest + 1, r.end);
    sim_fact(out, FACT_ROWS_REMOVED, p->self, latest, rows);
}

void vacuum_worked(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct vacuum *v = &p->vacuum;
    if (!v->active) return;
    for (size_t i = 0; i < v->batch; i++) prune(p, v->pages[v->page_at++], out);
    if (v->removed > 0) wal_writer_wake(p, e, out);
    checkpoint_log_grew(p, e, out);
    if (v->page_at < v->page_count)
        next_batch(p, out);
    else
        finish(p, e, out);
}

/* ---- who asks for it ---- */

void vacuum_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct sim_bytes name = e->command.args[0].text;
    const uint64_t request = e->command.request;
    const uint32_t which = relation_find(p, name);
    if (!is_primary(p)) {
        reply_text(out, request, false, "ERROR: cannot execute VACUUM during recovery");
    } else if (which == NOBODY) {
        struct text why = {0};
        text_add(&why, "ERROR: relation \"%.*s\" does not exist", (int)name.size,
                 (const char *)name.data);
        reply_text(out, request, false, text_string(&why));
        text_free(&why);
    } else if (p->catalog.relations[which].vacuum_has_command) {
        reply_text(out, request, true, "another one is waited for already");
    } else {
        struct relation *r = &p->catalog.relations[which];
        r->vacuum_wanted = r->vacuum_has_command = true;
        r->vacuum_command = request;
        next_table(p, out);
    }
}

void autovacuum_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->vacuum.auto_next = RELATIONS_MAX;
    if (!p->set.autovacuum || !is_primary(p)) return;
    sim_arm(out, with_kind(TIMER_AUTOVACUUM, 0), e->now.mono_ns + p->set.autovacuum_naptime_ns);
}

void autovacuum_timer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    autovacuum_begin(p, e, out);
    if (!p->vacuum.active) p->vacuum.auto_next = 0;
    next_table(p, out);
}
