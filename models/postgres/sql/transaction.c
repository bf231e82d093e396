/*
 * Backends: a client's statement, from request to answer.
 *
 * Each statement is a transaction. A backend works for it on a lane of its own, takes the row's
 * lock, inserts the heap record and the commit record, and then waits: for the flush of its commit
 * record, as far as synchronous_commit asks for it, and for its standbys (xact.c,
 * RecordTransactionCommit: XLogFlush, then SyncRepWaitForLSN). Only after that is the change
 * visible to others and the lock free (ProcArrayEndTransaction comes last), although a standby may
 * show it already.
 *
 * Group commit: the first waiter flushes for all that are inserted by then; those who come later
 * wait for the next flush. commit_delay makes the leader wait for company, if there is any
 * (commit_siblings; manual 20.5.1).
 */
#include "postgres/internal.h"

#include "base/distribution.h"
#include "base/wide.h"

/* ---- queues of backends, linked through `next` ---- */

void queue_push(struct postgres *p, struct backend_queue *q, uint32_t i) {
    p->backends[i].next = 0;
    if (q->tail)
        p->backends[q->tail - 1].next = i + 1;
    else
        q->head = i + 1;
    q->tail = i + 1;
    q->count++;
}

void queue_remove(struct postgres *p, struct backend_queue *q, uint32_t i) {
    uint32_t before = 0, at = q->head;
    while (at && at != i + 1) {
        before = at;
        at = p->backends[at - 1].next;
    }
    if (!at) return;
    if (before)
        p->backends[before - 1].next = p->backends[i].next;
    else
        q->head = p->backends[i].next;
    if (q->tail == i + 1) q->tail = before;
    q->count--;
}

uint32_t queue_pop(struct postgres *p, struct backend_queue *q) {
    const uint32_t i = q->head - 1;
    q->head = p->backends[i].next;
    if (!q->head) q->tail = 0;
    q->count--;
    return i;
}

/* ---- answers ---- */

static void respond(sim_node to, const struct client_request *q, struct client_response a,
                    struct sim_out *out) {
    uint8_t body[CLIENT_RESPONSE_BYTES];
    a.request = q->request;
    const int64_t rows = q->operation == CLIENT_SCAN ? a.value : 1;
    const bool carries = a.status == CLIENT_OK &&
                         (q->operation == CLIENT_READ || q->operation == CLIENT_SCAN) && rows > 0;
    sim_send(out, (struct sim_message){.peer = to,
                                       .channel = CHANNEL_CLIENT,
                                       .type = CLIENT_RESPONSE,
                                       .body = client_response_write(&a, body),
                                       .modelled_bytes = CLIENT_RESPONSE_BYTES +
                                                         (carries ? rows * q->value_bytes : 0)});
}

void backend_respond(struct postgres *p, uint32_t i, struct client_response a,
                     struct sim_out *out) {
    respond(p->backends[i].client, &p->backends[i].request, a, out);
}

void reply_text(struct sim_out *out, uint64_t request, bool ok, const char *text) {
    sim_reply(out, request, ok, (struct sim_bytes){(const uint8_t *)text, strlen(text)});
}

uint32_t backend_take(struct postgres *p) {
    if (p->free_count == 0) return NOBODY;
    const uint32_t i = p->free_backends[--p->free_count];
    p->backends[i] = (struct backend){.vxid = ++p->last_vxid};
    return i;
}

static void waits_no_more(struct postgres *p, uint32_t i, struct sim_out *out) {
    p->backends[i].stage = BACKEND_WORKS;
    p->replay_waiters--;
    sim_disarm(out, with_kind(TIMER_BACKEND, i));
}

/* Its transaction is over, and what it held is free. */
void backend_leave(struct postgres *p, uint32_t i, const struct sim_event *e, struct sim_out *out) {
    if (p->backends[i].stage == BACKEND_WAITS_REPLAY) waits_no_more(p, i, out);
    relation_stop_waiting(p, i, e, out);
    const struct backend was = p->backends[i];
    p->backends[i] = (struct backend){.stage = BACKEND_IDLE};
    p->free_backends[p->free_count++] = i;
    relation_unlock_all(p, was, e, out);
}

/* ---- a statement arrives ---- */

static bool writes(const struct client_request *q) {
    return q->operation != CLIENT_READ && q->operation != CLIENT_SCAN;
}

/* Half of it fixed, half exponential: statements differ, none is free. */
static int64_t statement_cost(const struct postgres *p, const struct client_request *q,
                              struct random *random) {
    int64_t mean = 0;
    if (q->operation != CLIENT_UPDATE && q->operation != CLIENT_INSERT) mean += p->set.read_cost_ns;
    if (q->operation == CLIENT_SCAN) mean += q->length * p->set.scan_row_cost_ns;
    if (writes(q)) mean += p->set.write_cost_ns;
    const uint64_t bits = draw(random);
    return mean - mean / 2 + mul_div(mean / 2, exponential_q32(bits), INT64_C(1) << 32);
}

/* "sorry, too many clients already", and others by whom a statement is refused. */
static void refuse(const struct sim_event *e, const struct client_request *q,
                   enum client_status status, int64_t node, struct sim_out *out) {
    respond(e->message.peer, q, (struct client_response){.status = status, .node = node}, out);
}

void client_asks(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct client_request q;
    if (e->message.type != CLIENT_REQUEST || !client_request_read(e->message.body, &q)) return;
    if (p->stage == STAGE_STOPPED || p->stage == STAGE_STOPPING) { /* connection refused */
        refuse(e, &q, CLIENT_REDIRECT, SIM_NONE, out);
        return;
    }
    if (!serves_reads(p)) { /* "the database system is starting up" */
        refuse(e, &q, CLIENT_FAILED, SIM_NONE, out);
        return;
    }
    if (!is_primary(p) && writes(&q)) { /* "cannot execute UPDATE in a read-only transaction" */
        sim_note(out, NOTE_READ_ONLY, upstream_or_none(p));
        refuse(e, &q, CLIENT_REDIRECT, upstream_or_none(p), out);
        return;
    }
    const uint32_t i = backend_take(p);
    if (i == NOBODY) {
        sim_note(out, NOTE_TOO_MANY_CLIENTS, p->set.max_connections);
        refuse(e, &q, CLIENT_FAILED, SIM_NONE, out);
        return;
    }
    struct backend *b = &p->backends[i];
    b->client = e->message.peer;
    b->request = q;
    b->level = p->set.synchronous_commit;
    if (!is_primary(p) && q.after > p->replay.lsn) {
        sim_note(out, NOTE_WAITS_REPLAY, q.after, p->replay.lsn);
        b->stage = BACKEND_WAITS_REPLAY;
        p->replay_waiters++;
        sim_arm(out, with_kind(TIMER_BACKEND, i), e->now.mono_ns + p->set.replay_wait_ns);
        return;
    }
    if (relation_lock(p, i, 0, false, out)) statement_begin(p, i, e, out);
}

/* ---- reads that name a position ("wait for LSN": PostgreSQL 15's applications poll
 * pg_last_wal_replay_lsn() for it; a server does it here, and sends on who has waited too long)
 * ----
 */

void statements_replayed(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    for (uint32_t i = 0; p->replay_waiters > 0 && i < (uint32_t)p->set.max_connections; i++) {
        const struct backend *b = &p->backends[i];
        if (b->stage != BACKEND_WAITS_REPLAY) continue;
        if (!is_primary(p) && b->request.after > p->replay.lsn) continue;
        waits_no_more(p, i, out);
        if (relation_lock(p, i, 0, false, out)) statement_begin(p, i, e, out);
    }
}

void statement_waited(struct postgres *p, uint32_t i, const struct sim_event *e,
                      struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    const int64_t node = upstream_or_none(p);
    sim_note(out, NOTE_WAITED_LONG, b->request.after, node);
    backend_respond(p, i, (struct client_response){.status = CLIENT_REDIRECT, .node = node}, out);
    backend_leave(p, i, e, out);
}

void statement_begin(struct postgres *p, uint32_t i, const struct sim_event *e,
                     struct sim_out *out) {
    struct backend *b = &p->backends[i];
    if (!p->catalog.relations[0].exists) { /* 42P01: relation "usertable" does not exist */
        backend_respond(p, i, (struct client_response){.status = CLIENT_FAILED, .node = SIM_NONE},
                        out);
        backend_leave(p, i, e, out);
        return;
    }
    b->stage = BACKEND_WORKS;
    b->xmin = snapshot_xmin(p);
    sim_work(out, LANE_BACKEND + i, statement_cost(p, &b->request, e->random), i);
}

/* What it waited for is its own: a table's lock. */
void backend_granted(struct postgres *p, uint32_t i, const struct sim_event *e,
                     struct sim_out *out) {
    switch (p->backends[i].kind) {
    case BACKEND_STATEMENT: statement_begin(p, i, e, out); return;
    case BACKEND_LOAD: bulk_start(p, i, out); return;
    case BACKEND_QUERY: query_locked(p, i, e, out); return;
    case BACKEND_DDL: ddl_locked(p, i, e, out); return;
    }
}

/* ---- reading ---- */

static void answer_read(struct postgres *p, uint32_t i, const struct sim_event *e,
                        struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    struct client_response a = {.status = CLIENT_OK, .value = SIM_NONE, .node = SIM_NONE};
    if (b->request.operation == CLIENT_SCAN) {
        a.value = 0;
        for (int64_t k = 0; k < b->request.length; k++) {
            const struct row *row = table_find(p, b->request.key + k);
            if (row && row->version > 0) a.value++;
        }
    } else {
        const struct row *row = table_find(p, b->request.key);
        if (row && row->version > 0) {
            a.value = row->value;
            a.version = row->version;
        }
    }
    respond(b->client, &b->request, a, out);
    backend_leave(p, i, e, out);
}

/* ---- writing ---- */

static int64_t heap_size(const struct backend *b) {
    const int64_t tuple = b->request.value_bytes;
    if (b->request.operation != CLIENT_INSERT) return SIZE_HEAP_UPDATE + tuple;
    return wal_align(SIZE_HEAP_INSERT + tuple) + SIZE_BTREE_INSERT; /* two records in one frame */
}

static void write_row(struct postgres *p, uint32_t i, const struct sim_event *e,
                      struct sim_out *out) {
    struct backend *b = &p->backends[i];
    struct row *row = &p->table.rows[b->row];
    const int64_t page = row->key / p->set.rows_per_page;
    b->xid = p->next_xid++;
    running_add(p, b->xid);
    b->seen = row->version > 0 ? row->value : SIM_NONE;
    row->logged = b->request.value;
    const int64_t image = table_touch(p, page);
    struct wal_record heap = {.type = WAL_HEAP,
                              .size = heap_size(b) + image,
                              .xid = b->xid,
                              .a = row->key,
                              .b = b->request.value,
                              .c = image};
    wal_insert(p, &heap);
    if (row->version > 0)
        page_replaced(p, page, b->xid, 1, false, heap.end);
    else
        page_inserted(p, page, 1, heap.end);
    backend_commit(p, i, COMMIT_PLAIN, 0, e, out);
}

static void lock_row(struct postgres *p, uint32_t i, const struct sim_event *e,
                     struct sim_out *out) {
    struct backend *b = &p->backends[i];
    struct row *row = table_row(p, b->request.key);
    b->row = (uint32_t)(row - p->table.rows);
    if (row->locked_by == 0) {
        row->locked_by = i + 1;
        write_row(p, i, e, out);
        return;
    }
    sim_note(out, NOTE_WAITS_LOCK, row->key, p->backends[row->locked_by - 1].xid);
    b->stage = BACKEND_WAITS_LOCK;
    struct backend_queue q = {row->waiters_head, row->waiters_tail, 0};
    queue_push(p, &q, i);
    row->waiters_head = q.head;
    row->waiters_tail = q.tail;
}

void backend_worked(struct postgres *p, uint32_t i, const struct sim_event *e,
                    struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    if (b->stage == BACKEND_BULK) {
        bulk_worked(p, i, e, out);
    } else if (b->stage == BACKEND_WORKS) {
        if (b->kind == BACKEND_QUERY)
            query_worked(p, i, e, out);
        else if (b->kind == BACKEND_DDL)
            ddl_worked(p, i, e, out);
        else if (writes(&b->request))
            lock_row(p, i, e, out);
        else
            answer_read(p, i, e, out);
    }
}

/* ---- committing ---- */

static int64_t transactions_active(const struct postgres *p) {
    return p->set.max_connections - (int64_t)p->free_count;
}

/* xlog.c, XLogFlush: the leader sleeps commit_delay while commit_siblings others are active. */
static void flush_for_commits(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->delaying) return;
    const bool company = transactions_active(p) > p->set.commit_siblings;
    if (p->set.commit_delay_ns > 0 && company && !p->wal.flushing) {
        p->delaying = true;
        sim_note(out, NOTE_COMMIT_DELAY, p->set.commit_delay_ns, transactions_active(p));
        sim_arm(out, with_kind(TIMER_COMMIT_DELAY, 0), e->now.mono_ns + p->set.commit_delay_ns);
        return;
    }
    wal_flush(p, e, out);
}

void commit_delay_over(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->delaying = false;
    wal_flush(p, e, out);
}

void backend_commit(struct postgres *p, uint32_t i, enum commit_action action, uint32_t relation,
                    const struct sim_event *e, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    const bool applies = b->level == LEVEL_REMOTE_APPLY;
    struct wal_record commit = {.type = WAL_COMMIT,
                                .flags = applies ? WAL_WANTS_APPLY_FEEDBACK : 0,
                                .size = applies ? SIZE_COMMIT_XINFO : SIZE_COMMIT,
                                .xid = b->xid,
                                .a = e->now.wall_ns,
                                .b = action,
                                .c = relation};
    b->commit_lsn = wal_insert(p, &commit);
    sim_fact(out, FACT_WAL_INSERTED, fact_group(p), b->commit_lsn, (int64_t)p->wal.hash);
    checkpoint_log_grew(p, e, out);
    if (b->level == LEVEL_OFF || has_bug(p, BUG_COMMIT_BEFORE_FLUSH)) {
        wal_writer_wake(p, e, out);
        if (has_bug(p, BUG_SEND_UNFLUSHED)) senders_wake(p, e, out);
        backend_synced(p, i, e, out);
        return;
    }
    if (p->wal.flushing)
        sim_note(out, NOTE_WAITS_FLUSH, b->xid, b->commit_lsn, p->wal.flush_target);
    b->stage = BACKEND_WAITS_FLUSH;
    queue_push(p, &p->flush_queue, i);
    flush_for_commits(p, e, out);
    if (has_bug(p, BUG_SEND_UNFLUSHED)) senders_wake(p, e, out);
}

void commits_flushed(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    while (p->flush_queue.head &&
           p->backends[p->flush_queue.head - 1].commit_lsn <= p->wal.flushed) {
        const uint32_t i = queue_pop(p, &p->flush_queue);
        if (!sync_wait(p, i, out)) backend_synced(p, i, e, out);
    }
    if (p->flush_queue.head) flush_for_commits(p, e, out);
}

static void unlock_row(struct postgres *p, uint32_t i, const struct sim_event *e,
                       struct sim_out *out) {
    const struct backend *b = &p->backends[i];
    struct row *row = &p->table.rows[b->row];
    row->value = row->logged;
    row->version = b->commit_lsn;
    row->locked_by = 0;
    if (!row->waiters_head) return;
    struct backend_queue q = {row->waiters_head, row->waiters_tail, 0};
    const uint32_t next = queue_pop(p, &q);
    row->waiters_head = q.head;
    row->waiters_tail = q.tail;
    row->locked_by = next + 1;
    write_row(p, next, e, out);
}

/* What a client was promised: a level above local promises nothing without standbys to wait for. */
static int64_t promised(const struct postgres *p, const struct backend *b) {
    return b->level > LEVEL_LOCAL && p->set.sync_names.count == 0 ? LEVEL_LOCAL : (int64_t)b->level;
}

static void answer_command(const struct backend *b, struct sim_out *out) {
    struct text said = {0};
    text_add_lsn(&said, b->commit_lsn);
    if (b->kind == BACKEND_LOAD) sim_note(out, NOTE_BULK_DONE, b->xid, b->commit_lsn);
    reply_text(out, b->command, true, text_string(&said));
    text_free(&said);
}

/* It is committed in every sense that it asked for: others see it, and its locks are free. */
void backend_synced(struct postgres *p, uint32_t i, const struct sim_event *e,
                    struct sim_out *out) {
    const struct backend b = p->backends[i];
    const int64_t level = promised(p, &b);
    sim_fact(out, FACT_COMMIT_ACKED, fact_group(p), b.commit_lsn, level,
             level > LEVEL_LOCAL ? p->set.sync_names.wanted : 0);
    p->commits++;
    p->acked_ring[p->acked_count++ % ACKED_RING] = b.commit_lsn;
    running_end(p, b.xid);
    if (b.kind != BACKEND_STATEMENT) {
        answer_command(&b, out);
        backend_leave(p, i, e, out);
        return;
    }
    respond(b.client, &b.request,
            (struct client_response){
                .status = CLIENT_OK, .value = b.seen, .version = b.commit_lsn, .node = SIM_NONE},
            out);
    unlock_row(p, i, e, out);
    backend_leave(p, i, e, out);
}

/* Acknowledged commits that no standby has flushed: what would be gone if this host were. */
int64_t commits_at_risk(const struct postgres *p) {
    int64_t safe = 0;
    for (int64_t i = 0; i < p->set.max_wal_senders; i++)
        if (p->senders[i].state != SENDER_NONE && p->senders[i].positions[LAG_FLUSH] > safe)
            safe = p->senders[i].positions[LAG_FLUSH];
    size_t low = p->acked_count > ACKED_RING ? p->acked_count - ACKED_RING : 0;
    int64_t at_risk = 0; /* acknowledged almost in order of LSN: stop at the first that is safe */
    for (size_t i = p->acked_count; i > low && p->acked_ring[(i - 1) % ACKED_RING] > safe; i--)
        at_risk++;
    return at_risk;
}
