/* For people: one line a server, one a message. And for machines: the whole state, canonical. */
#include "postgres/internal.h"

const char *error_text(enum pg_error error) {
    static const char *const texts[] = {
        [ERROR_NONE] = "",
        [ERROR_STARTING_UP] = "the database system is starting up",
        [ERROR_TOO_MANY_SENDERS] =
            "number of requested standby connections exceeds max_wal_senders",
        [ERROR_SYSTEM_DIFFERS] =
            "database system identifier differs between the primary and standby",
        [ERROR_SEGMENT_REMOVED] = "requested WAL segment has already been removed",
        [ERROR_AHEAD_OF_FLUSH] = "requested starting point is ahead of the WAL flush position",
        [ERROR_NOT_IN_HISTORY] = "requested timeline is not in this server's history",
        [ERROR_NO_SLOT] = "replication slot does not exist",
        [ERROR_SLOT_ACTIVE] = "replication slot is active",
        [ERROR_SLOT_LOST] = "can no longer get changes from replication slot",
    };
    return error >= ERROR_NONE && error <= ERROR_SLOT_LOST ? texts[error] : "?";
}

void postgres_describe(const void *state, struct text *text) {
    const struct postgres *p = state;
    static const char *const stages[] = {
        [STAGE_STOPPED] = "stopped",     [STAGE_STOPPING] = "stopping",
        [STAGE_READING] = "starting",    [STAGE_REDO] = "in crash recovery",
        [STAGE_STANDBY] = "standby",     [STAGE_PRIMARY] = "primary",
        [STAGE_PROMOTING] = "promoting", [STAGE_REWINDING] = "rewinding"};
    text_add(text, "%s, timeline %lld, ", stages[p->stage], (long long)p->control.timeline);
    if (is_primary(p)) {
        text_add(text, "inserted ");
        text_add_lsn(text, p->wal.inserted);
        text_add(text, ", flushed ");
        text_add_lsn(text, p->wal.flushed);
        for (int64_t i = 0; i < p->set.max_wal_senders; i++)
            if (p->senders[i].state >= SENDER_CATCHUP) {
                text_add(text, "; %s %s sent ", p->senders[i].name,
                         sender_state_name(p->senders[i].state));
                text_add_lsn(text, p->senders[i].sent);
            }
        return;
    }
    text_add(text, "written ");
    text_add_lsn(text, p->wal.written);
    text_add(text, ", flushed ");
    text_add_lsn(text, p->wal.flushed);
    text_add(text, ", replayed ");
    text_add_lsn(text, p->replay.lsn);
}

static void describe_archive(const struct sim_message *m, struct text *text) {
    static const char *const outcomes[] = {"", "ok", "missing", "exists", "failed", "silent"};
    enum archive_outcome outcome;
    struct archive_name name;
    struct sim_bytes contents;
    char file[ARCHIVE_NAME_TEXT];
    if (m->type != MESSAGE_ARCHIVE_ANSWER) {
        if (archive_request_read(m->body, &name, &contents))
            text_add(text, "%s", archive_name_text(name, file));
    } else if (archive_answer_read(m->body, &outcome, &name, &contents)) {
        text_add(text, "%s: %s", archive_name_text(name, file), outcomes[outcome]);
    }
}

static void describe_client(const struct sim_message *m, struct text *text) {
    struct client_request q;
    struct client_response a;
    static const char *const status[] = {"", "ok", "failed", "unknown", "redirect"};
    if (m->type == CLIENT_REQUEST && client_request_read(m->body, &q))
        text_add(text, "%s key %lld", client_operation_name(q.operation), (long long)q.key);
    else if (m->type == CLIENT_RESPONSE && client_response_read(m->body, &a))
        text_add(text, "%s", status[a.status]);
}

static void describe_order(const struct sim_message *m, struct text *text) {
    struct control_order order;
    if (control_order_read(m->body, &order)) text_add(text, "%s", control_what_name(order.what));
}
static void describe_answer(const struct sim_message *m, struct text *text) {
    struct control_answer a;
    if (!control_answer_read(m->body, &a)) return;
    text_add(text, "%s: %s, timeline %lld, log up to ", a.ok ? "done" : "refused",
             control_state_name(a.state), (long long)a.timeline);
    text_add_lsn(text, a.received_lsn);
}

void postgres_describe_message(const struct sim_message *m, struct text *text) {
    struct reader r = reader_over(m->body.data, m->body.size);
    static const char *const positions[] = {"write ", " flush ", " apply "};
    switch (m->type) {
    case MESSAGE_START_REPLICATION:
        (void)get_i64(&r);
        text_add(text, "timeline %lld from ", (long long)get_i64(&r));
        text_add_lsn(text, get_i64(&r));
        return;
    case MESSAGE_COPY_BOTH: text_add(text, "streaming begins"); return;
    case MESSAGE_ERROR: text_add(text, "%s", error_text((enum pg_error)get_i64(&r))); return;
    case MESSAGE_WAL_DATA:
        text_add_lsn(text, get_i64(&r));
        text_add(text, " to ");
        text_add_lsn(text, get_i64(&r));
        return;
    case MESSAGE_KEEPALIVE:
        text_add(text, "end of WAL ");
        text_add_lsn(text, get_i64(&r));
        return;
    case MESSAGE_STANDBY_STATUS:
        for (int i = 0; i < LAG_HEADS; i++) {
            text_add(text, "%s", positions[i]);
            text_add_lsn(text, get_i64(&r));
        }
        return;
    case MESSAGE_HS_FEEDBACK: text_add(text, "xmin %lld", (long long)get_i64(&r)); return;
    case CONTROL_ORDER: describe_order(m, text); return;
    case CONTROL_ANSWER: describe_answer(m, text); return;
    case MESSAGE_REWIND_TELL:
    case MESSAGE_PAGES_ASK:
    case MESSAGE_PAGES_TELL: text_add(text, "%zu bytes", m->body.size); return;
    case MESSAGE_TCP_ACK: text_add(text, "%lld bytes", (long long)get_i64(&r)); return;
    case MESSAGE_ARCHIVE_PUT:
    case MESSAGE_ARCHIVE_GET:
    case MESSAGE_ARCHIVE_ANSWER: describe_archive(m, text); return;
    default: describe_client(m, text); return;
    }
}

/* ---- the state, for hashing and comparing ---- */

static void encode_log(const struct wal *wal, struct writer *w) {
    put_i64(w, wal->inserted);
    put_i64(w, wal->written);
    put_i64(w, wal->flushed);
    put_u64(w, wal->hash);
    put_bool(w, wal->flushing);
    put_bool(w, wal->flush_wanted);
    put_i64(w, wal->flush_target);
    put_u32(w, (uint32_t)wal->count);
    for (size_t i = 0; i < wal->count; i++) {
        put_i64(w, wal->segments[i].number);
        put_u64(w, wal->segments[i].size);
        put_u64(w, wal->segments[i].written);
        put_bool(w, wal->segments[i].unsynced);
        put_bool(w, wal->segments[i].bytes != NULL);
    }
}

static void encode_backends(const struct postgres *p, struct writer *w) {
    for (int64_t i = 0; i < p->set.max_connections; i++) {
        const struct backend *b = &p->backends[i];
        put_u8(w, (uint8_t)b->stage);
        if (b->stage == BACKEND_IDLE) continue;
        put_u32(w, b->client);
        put_i64(w, b->request.request);
        put_i64(w, b->request.key);
        put_i64(w, b->request.value);
        put_i64(w, b->xid);
        put_i64(w, b->commit_lsn);
        put_i64(w, b->xmin);
        put_u32(w, b->waits_for);
        put_u32(w, b->exclusive);
        put_i64(w, b->kind == BACKEND_LOAD ? b->bulk.left : 0);
        put_u32(w, b->row);
        put_u32(w, b->next);
    }
}

static void encode_replication(const struct postgres *p, struct writer *w) {
    for (int64_t i = 0; i < p->set.max_wal_senders; i++) {
        const struct sender *s = &p->senders[i];
        put_u8(w, (uint8_t)s->state);
        if (s->state == SENDER_NONE) continue;
        put_u32(w, s->standby);
        put_i64(w, s->sent);
        put_i64(w, s->put);
        put_i64(w, s->acked);
        put_bool(w, s->reading);
        put_u32(w, s->slot);
        for (int head = 0; head < LAG_HEADS; head++) {
            put_i64(w, s->positions[head]);
            put_i64(w, s->lag_ns[head]);
            put_u64(w, s->lag.read_heads[head]);
        }
        put_u64(w, s->lag.write_head);
        put_i64(w, s->last_reply_mono_ns);
        put_bool(w, s->ping_sent);
    }
    for (uint32_t i = 0; i < SLOTS_MAX; i++) {
        if (!p->slots[i].used) continue;
        put_string(w, p->slots[i].name, strlen(p->slots[i].name));
        put_i64(w, p->slots[i].restart_lsn);
        put_bool(w, p->slots[i].lost);
    }
    const struct receiver *v = &p->receiver;
    put_u8(w, (uint8_t)v->state);
    put_bool(w, v->writing);
    put_u64(w, v->unread_count);
    put_i64(w, v->unread_bytes);
    put_i64(w, v->arrived_bytes);
    put_i64(w, v->acked_bytes);
    put_i64(w, v->last_status_ns);
    put_i64(w, v->last_heard_ns);
    put_u64(w, v->arrival_count);
}

static void encode_hot_standby(const struct postgres *p, struct writer *w) {
    for (size_t i = 0; i < p->catalog.relation_count; i++) {
        const struct relation *r = &p->catalog.relations[i];
        put_bool(w, r->exists);
        put_i64(w, r->live_rows);
        put_i64(w, r->dead_rows);
        put_i64(w, r->free_rows);
        put_i64(w, r->weak_holders);
        put_u32(w, r->exclusive);
        put_bool(w, r->startup_waits);
    }
    for (size_t i = 0; i < p->running.count; i++) put_i64(w, p->running.xids[i]);
    put_bool(w, p->vacuum.active);
    put_u64(w, p->vacuum.page_at);
    const struct conflict *c = &p->conflict;
    put_u8(w, (uint8_t)c->kind);
    put_i64(w, c->receipt_wall_ns);
    put_i64(w, c->known_flushed);
    for (int kind = 0; kind < CONFLICT_KINDS; kind++) put_i64(w, c->cancelled[kind]);
}

static void encode_archiving(const struct postgres *p, struct writer *w) {
    const struct shell_command *c = &p->shell;
    put_u8(w, (uint8_t)c->state);
    put_bool(w, c->puts);
    put_i64(w, c->name.timeline);
    put_i64(w, c->name.segment);
    const struct archiver *a = &p->archiver;
    put_bool(w, a->on);
    put_u8(w, (uint8_t)a->state);
    put_i64(w, a->next);
    put_bool(w, a->history_due);
    put_i64(w, a->noticed);
    put_i64(w, a->failures);
    put_i64(w, a->last_switch_lsn);
    const struct restore *s = &p->restore;
    put_u8(w, (uint8_t)s->state);
    put_bool(w, s->asks_history);
    for (size_t i = 0; i < s->history_count; i++) {
        put_i64(w, s->history[i].timeline);
        put_i64(w, s->history[i].begin);
    }
    put_u64(w, s->candidate);
    put_i64(w, s->newest);
    put_i64(w, s->last_failure_ns);
    put_i64(w, s->from);
    put_i64(w, s->to);
}

void postgres_encode(const void *state, struct writer *w) {
    const struct postgres *p = state;
    put_u8(w, (uint8_t)p->stage);
    put_bool(w, p->consistent);
    put_i64(w, p->control.system);
    put_i64(w, p->control.timeline);
    put_i64(w, p->control.redo);
    put_i64(w, p->next_xid);
    encode_log(&p->wal, w);
    put_u64(w, p->table.count);
    for (size_t i = 0; i < p->table.count; i++) {
        const struct row *row = &p->table.rows[i];
        put_i64(w, row->key);
        put_i64(w, row->value);
        put_i64(w, row->logged);
        put_i64(w, row->version);
        put_u32(w, row->locked_by);
    }
    put_i64(w, p->table.dirty_pages);
    encode_backends(p, w);
    for (int mode = 0; mode < LAG_HEADS; mode++) put_i64(w, p->sync_released[mode]);
    put_bool(w, p->writer_armed);
    put_bool(w, p->delaying);
    encode_replication(p, w);
    put_i64(w, p->replay.lsn);
    put_bool(w, p->replay.busy);
    put_bool(w, p->replay.delayed);
    put_i64(w, p->replay.batch_end);
    put_i64(w, p->replay.last_xact_wall_ns);
    put_u8(w, (uint8_t)p->checkpoint.phase);
    put_i64(w, p->checkpoint.next.redo);
    put_i64(w, p->checkpoint.pages_written);
    put_bool(w, p->control_writing);
    put_bool(w, p->slots_writing);
    encode_hot_standby(p, w);
    if (p->set.archive != NOBODY) encode_archiving(p, w);
}
