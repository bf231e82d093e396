/*
 * Long queries: the command `query`, on a standby or a primary.
 *
 * A transaction of one or two statements. Each locks its table, and works for as long as it lasts,
 * on a lane of its own, so it takes a core. It sees the database by a snapshot: in READ COMMITTED
 * one a statement, in REPEATABLE READ one for both (manual 13.2). Between them the session may sit
 * idle in its transaction, with a cursor open or not: an open cursor keeps its snapshot, and its
 * pin on the page where it stands (a running query's pins last microseconds, and are left out).
 * The tables stay locked until the end.
 */
#include "postgres/internal.h"

static void take_snapshot(struct postgres *p, uint32_t i, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    if (b->xmin) return;
    b->xmin = snapshot_xmin(p);
    sim_fact(out, FACT_SNAPSHOT_TAKEN, p->self, b->vxid, b->xmin);
}

void snapshot_release(struct postgres *p, uint32_t i, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    if (!b->xmin) return;
    b->xmin = 0;
    if (b->kind == BACKEND_QUERY) sim_fact(out, FACT_SNAPSHOT_RELEASED, p->self, b->vxid);
}

static void unpin(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct long_query *q = &p->backends[i].query;
    if (q->pinned_page < 0) return;
    q->pinned_page = -1;
    if (p->conflict.kind == CONFLICT_BUFFERPIN) startup_resume(p, e, out);
}

/* ---- the beginning ---- */

static const char *find_tables(struct postgres *p, const struct sim_value *args,
                               struct long_query *q, struct text *why) {
    const struct sim_bytes first = args[0].text, second = args[5].text;
    q->relations[0] = relation_find(p, first);
    q->relations[1] = second.size > 0 ? relation_find(p, second) : NOBODY;
    q->temp_tablespace = tablespace_find(p, args[7].text);
    const struct sim_bytes *wrong = q->relations[0] == NOBODY                      ? &first
                                    : second.size > 0 && q->relations[1] == NOBODY ? &second
                                                                                   : NULL;
    if (wrong)
        text_add(why, "ERROR: relation \"%.*s\" does not exist", (int)wrong->size,
                 (const char *)wrong->data);
    else if (q->temp_tablespace == NOBODY)
        text_add(why, "ERROR: tablespace \"%.*s\" does not exist", (int)args[7].text.size,
                 (const char *)args[7].text.data);
    return why->size > 0 ? text_string(why) : NULL;
}

void query_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    const uint64_t request = e->command.request;
    if (!serves_reads(p)) {
        reply_text(out, request, false, "FATAL: the database system is starting up");
        return;
    }
    struct long_query q = {.lasts_ns = {args[1].number, args[6].number},
                           .repeatable_read = args[2].number == 1,
                           .idle_ns = args[3].number,
                           .cursor_page = args[4].number,
                           .pinned_page = -1,
                           .started_ns = e->now.mono_ns};
    struct text text = {0};
    const char *why = find_tables(p, args, &q, &text);
    const uint32_t i = why ? NOBODY : backend_take(p);
    if (!why && i == NOBODY) why = "FATAL: sorry, too many clients already";
    if (why) {
        reply_text(out, request, false, why);
        text_free(&text);
        return;
    }
    struct backend *b = &p->backends[i];
    b->kind = BACKEND_QUERY;
    b->command = request;
    b->query = q;
    if (relation_lock(p, i, q.relations[0], false, out)) query_locked(p, i, e, out);
}

/* The statement has its table. */
void query_locked(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    struct long_query *q = &b->query;
    const uint32_t which = q->relations[q->step];
    if (!p->catalog.relations[which].exists) {
        query_end(p, i, false, "ERROR: relation does not exist", e, out);
        return;
    }
    take_snapshot(p, i, out);
    q->rows += p->catalog.relations[which].live_rows;
    sim_note(out, NOTE_QUERY_BEGINS, b->vxid, which, q->lasts_ns[q->step], b->xmin);
    b->stage = BACKEND_WORKS;
    sim_work(out, LANE_BACKEND + i, q->lasts_ns[q->step], i);
}

/* ---- and so on ---- */

static void second_statement(struct postgres *p, uint32_t i, const struct sim_event *e,
                             struct sim_out *out) {
    struct backend *b = &p->backends[i];
    b->query.step = 1;
    const bool has_cursor = b->query.pinned_page >= 0;
    if (!b->query.repeatable_read && !has_cursor) snapshot_release(p, i, out);
    if (relation_lock(p, i, b->query.relations[1], false, out)) query_locked(p, i, e, out);
}

/* A statement is over. */
void query_worked(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    struct long_query *q = &b->query;
    const bool first = q->step == 0;
    if (first && q->idle_ns > 0) {
        if (q->cursor_page >= 0)
            q->pinned_page = first_page(q->relations[0]) + q->cursor_page;
        else if (!q->repeatable_read)
            snapshot_release(p, i, out);
        b->stage = BACKEND_IDLE_IN_TRANSACTION;
        sim_note(out, NOTE_QUERY_IDLE, b->vxid, q->idle_ns, q->pinned_page >= 0);
        sim_arm(out, with_kind(TIMER_BACKEND, i), e->now.mono_ns + q->idle_ns);
    } else if (first && q->relations[1] != NOBODY) {
        second_statement(p, i, e, out);
    } else {
        struct text said = {0};
        text_add(&said, "%lld rows", (long long)q->rows);
        query_end(p, i, true, text_string(&said), e, out);
        text_free(&said);
    }
}

void query_idle_over(struct postgres *p, uint32_t i, const struct sim_event *e,
                     struct sim_out *out) {
    struct backend *b = &p->backends[i];
    if (b->stage == BACKEND_WAITS_REPLAY) statement_waited(p, i, e, out);
    if (b->stage != BACKEND_IDLE_IN_TRANSACTION) return;
    if (b->kind == BACKEND_DDL) { /* LOCK TABLE's */
        ddl_worked(p, i, e, out);
        return;
    }
    b->query.idle_ns = 0;
    if (b->query.relations[1] != NOBODY)
        second_statement(p, i, e, out);
    else
        query_worked(p, i, e, out);
}

void query_end(struct postgres *p, uint32_t i, bool ok, const char *answer,
               const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    sim_note(out, NOTE_QUERY_ENDS, b->vxid, ok, e->now.mono_ns - b->query.started_ns);
    snapshot_release(p, i, out);
    reply_text(out, b->command, ok, answer);
    unpin(p, i, e, out);
    backend_leave(p, i, e, out);
}
