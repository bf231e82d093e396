/*
 * Starting and stopping: what pg_ctl does, by command or for an agent (parts/server_control.h).
 *
 * A server with the knob `managed` comes up stopped, as under Patroni, which starts it in the role
 * that it should have; another starts by itself. Which role, and whom it follows, is in a file
 * (standby.signal, and primary_conninfo of postgresql.auto.conf), so that a restart knows.
 *
 * A stop is immediate: connections are cut, what the disk was told is waited for, and the memory is
 * empty, as if the process had ended. The operating system keeps what was written. The start after
 * it is crash recovery.
 */
#include "postgres/internal.h"

/* ---- the file ---- */

void config_save(struct postgres *p, struct sim_out *out) {
    uint8_t payload[16];
    struct writer w = writer_over(payload, sizeof payload);
    put_bool(&w, p->standby && p->stage != STAGE_PROMOTING);
    put_u32(&w, p->set.upstream);
    p->manage.has_file = true;
    replace_record(p, FILE_CONFIG_NEW, FILE_CONFIG, &w, TAG_CONFIG_DONE, out);
}

bool config_load(struct postgres *p, struct sim_bytes bytes) {
    struct reader r;
    if (!only_record(bytes, &r)) return false;
    p->manage.has_file = true;
    if (p->manage.role_given) return true; /* just told */
    const bool standby = get_bool(&r);
    const sim_node upstream = get_u32(&r);
    if (r.bad) return false;
    p->standby = standby && !p->control.in_production;
    p->set.upstream = upstream;
    return true;
}

void disk_order(struct postgres *p, struct sim_disk order, struct sim_out *out) {
    if (!order.quiet) p->disk_orders++;
    sim_disk(out, order);
}

/* ---- who asked, and the answer ---- */

static enum control_state state_of(const struct postgres *p) {
    switch (p->stage) {
    case STAGE_STOPPED: return CONTROL_STOPPED;
    case STAGE_STANDBY: return CONTROL_STANDBY;
    case STAGE_PRIMARY: return CONTROL_PRIMARY;
    case STAGE_STOPPING:
    case STAGE_REWINDING:
    case STAGE_READING:
    case STAGE_REDO:
    case STAGE_PROMOTING: break;
    }
    return CONTROL_STARTING;
}

static void answer(const struct postgres *p, sim_node to, int64_t order, bool ok,
                   struct sim_out *out) {
    const bool known = p->stage != STAGE_STOPPED;
    const struct control_answer a = {
        .order = order,
        .ok = ok,
        .state = state_of(p),
        .timeline = known ? p->control.timeline : 0,
        .received_lsn = p->wal.inserted,
        .upstream = p->standby ? upstream_or_none(p) : SIM_NONE,
        .streaming = p->receiver.state == RECEIVER_STREAMING,
        .diverged = p->receiver.diverged,
    };
    uint8_t body[CONTROL_ANSWER_BYTES];
    sim_send(out, (struct sim_message){.peer = to,
                                       .channel = CHANNEL_CONTROL,
                                       .type = CONTROL_ANSWER,
                                       .body = control_answer_write(&a, body)});
}

void manage_done(struct postgres *p, bool ok, const char *text, struct sim_out *out) {
    struct manage *m = &p->manage;
    if (!m->asked) return;
    m->asked = false;
    if (m->by_message)
        answer(p, m->agent, m->order, ok, out);
    else
        reply_text(out, m->command, ok, text);
}

/* ---- stopping ---- */

static void end_backend(struct postgres *p, uint32_t i, struct sim_out *out) {
    struct backend *b = &p->backends[i];
    if (b->stage == BACKEND_IDLE) return;
    if (b->stage == BACKEND_WORKS || b->stage == BACKEND_BULK) sim_cancel(out, LANE_BACKEND + i, i);
    sim_disarm(out, with_kind(TIMER_BACKEND, i));
    snapshot_release(p, i, out);
    if (b->kind == BACKEND_STATEMENT) /* its commit record may be found after the restart */
        backend_respond(
            p, i,
            (struct client_response){.status = b->commit_lsn > 0 ? CLIENT_UNKNOWN : CLIENT_FAILED,
                                     .node = SIM_NONE},
            out);
    else
        reply_text(out, b->command, false,
                   "FATAL: 57P01: terminating connection due to administrator command");
}

static void disarm_all(struct sim_out *out) {
    for (unsigned kind = TIMER_WAL_WRITER; kind < TIMER_KINDS; kind++)
        if (kind != TIMER_WALSENDER && kind != TIMER_BACKEND) sim_disarm(out, with_kind(kind, 0));
}

void server_stop(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    static const char gone[] = "FATAL: 57P01: terminating connection due to administrator command";
    sim_note(out, NOTE_STOPS, p->stage == STAGE_PRIMARY, p->wal.inserted);
    for (uint32_t i = 0; i < (uint32_t)p->set.max_connections; i++) end_backend(p, i, out);
    for (uint32_t i = 0; i < (uint32_t)p->set.max_wal_senders; i++)
        if (p->senders[i].state != SENDER_NONE) sender_end(p, i, ERROR_NONE, out);
    if (p->set.upstream != NOBODY) receiver_stop(p, out);
    archiver_stop(p, out);
    restore_stop(p, out);
    if (p->replay.busy && p->conflict.kind == CONFLICT_NONE) sim_cancel(out, LANE_STARTUP, 0);
    if (p->vacuum.active) sim_cancel(out, LANE_VACUUM, 0);
    if (p->checkpoint.has_command) reply_text(out, p->checkpoint.command, false, gone);
    for (uint32_t i = 0; i < p->catalog.relation_count; i++)
        if (p->catalog.relations[i].vacuum_has_command)
            reply_text(out, p->catalog.relations[i].vacuum_command, false, gone);
    disarm_all(out);
    p->stage = STAGE_STOPPING;
    manage_disk(p, e, out);
}

/* What the next start will find, as START says after a crash. A read past a file's end is short. */
static void list_files(struct postgres *p) {
    enum { SMALL_BYTES = 16384 };
    const struct sim_file small[] = {
        {FILE_CONTROL, SMALL_BYTES}, {FILE_DATA, p->data_bytes},         {FILE_SLOTS, SMALL_BYTES},
        {FILE_CONFIG, SMALL_BYTES},  {FILE_ARCHIVE_STATUS, SMALL_BYTES},
    };
    memory_give(p->memory, p->files, p->file_capacity * sizeof *p->files);
    p->file_capacity = sizeof small / sizeof *small + p->wal.count;
    p->files = memory_take(p->memory, p->file_capacity * sizeof *p->files);
    p->file_count = 0;
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        const bool is_there[] = {true, p->data_bytes > 0, p->slots_saved, p->manage.has_file,
                                 p->archiver.saved};
        if (is_there[i]) p->files[p->file_count++] = small[i];
    }
    for (size_t i = 0; i < p->wal.count; i++)
        p->files[p->file_count++] = (struct sim_file){
            FILE_WAL + (uint64_t)p->wal.segments[i].number, (int64_t)p->wal.segments[i].written};
}

/* An answer of the disk, to a server that does nothing else any more. */
void manage_disk(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    (void)e;
    if (p->stage != STAGE_STOPPING || p->disk_orders > 0) return;
    list_files(p);
    server_reset(p);
    p->stage = STAGE_STOPPED;
    sim_note(out, NOTE_STOPPED);
    sim_fact(out, FACT_STOPPED, p->self);
    manage_done(p, true, "", out);
}

bool stop_is_due(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (!p->manage.asked || p->manage.what != CONTROL_STOP) return false;
    server_stop(p, e, out);
    return true;
}

/* ---- starting, and the rest ---- */

static void start(struct postgres *p, bool standby, int64_t upstream, const struct sim_event *e,
                  struct sim_out *out) {
    p->manage.role_given = true;
    p->standby = standby;
    if (standby) p->set.upstream = upstream == SIM_NONE ? NOBODY : (sim_node)upstream;
    if (!p->rewind.wanted)
        sim_note(out, NOTE_STARTS, standby,
                 standby && upstream != SIM_NONE ? upstream : (int64_t)p->self);
    recovery_start(p, e, out);
}

/* pg_ctl start: what it is, its files say. */
static void start_as_it_was(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->manage.role_given = false;
    recovery_start(p, e, out);
}

static void follow(struct postgres *p, int64_t upstream, const struct sim_event *e,
                   struct sim_out *out) {
    if (p->set.upstream != NOBODY) receiver_stop(p, out);
    p->set.upstream = (sim_node)upstream;
    sim_note(out, NOTE_FOLLOWS, upstream);
    config_save(p, out);
    receiver_start(p, e, out);
    manage_done(p, true, "", out);
}

/* NULL, or why it cannot be done now. */
static const char *objection(const struct postgres *p, enum control_what what, int64_t upstream) {
    static const char *const no_upstream =
        "upstream: found no node, or the server itself; expected "
        "the node to follow";
    const bool needs_upstream = what == CONTROL_FOLLOW || what == CONTROL_REWIND;
    if (upstream == (int64_t)p->self || (needs_upstream && upstream == SIM_NONE))
        return no_upstream;
    if (what != CONTROL_STATUS && what != CONTROL_STOP && p->manage.asked)
        return "another order is being carried out";
    switch (what) {
    case CONTROL_STATUS: return NULL;
    case CONTROL_START_PRIMARY:
    case CONTROL_START_STANDBY:
        return p->stage == STAGE_STOPPED ? NULL : "the server is running: stop it first";
    case CONTROL_REWIND:
        return p->stage == STAGE_STOPPED ? NULL : "target server must be shut down cleanly";
    case CONTROL_FOLLOW:
        return p->stage == STAGE_STANDBY ? NULL : "the server is no standby that is running";
    case CONTROL_PROMOTE: return p->stage == STAGE_STANDBY ? NULL : "recovery is not in progress";
    case CONTROL_STOP:
        return p->stage == STAGE_STOPPING    ? "the database system is shutting down"
               : p->stage == STAGE_REWINDING ? "pg_rewind is at work"
                                             : NULL;
    }
    return NULL;
}

static void carry_out(struct postgres *p, enum control_what what, int64_t upstream,
                      const struct sim_event *e, struct sim_out *out) {
    p->manage.what = what;
    switch (what) {
    case CONTROL_STATUS: manage_done(p, true, "", out); return;
    case CONTROL_START_PRIMARY: start(p, false, SIM_NONE, e, out); return;
    case CONTROL_START_STANDBY: start(p, true, upstream, e, out); return;
    case CONTROL_FOLLOW: follow(p, upstream, e, out); return;
    case CONTROL_PROMOTE: promote_begin(p, e, out); return;
    case CONTROL_STOP:
        if (p->stage == STAGE_STOPPED)
            manage_done(p, true, "", out);
        else if (p->stage != STAGE_READING) /* else when it knows what files it has */
            server_stop(p, e, out);
        return;
    case CONTROL_REWIND:
        p->rewind = (struct rewind){.wanted = true, .source = (sim_node)upstream};
        if (p->file_count > 0 && p->files[0].file == FILE_CONTROL)
            start(p, false, SIM_NONE, e, out);
        else
            manage_done(p, true, "there is nothing to rewind", out);
        return;
    }
}

/* A stop does not wait for what is being done. */
static void give_way(struct postgres *p, struct sim_out *out) {
    manage_done(p, false, "the server is being stopped", out);
}

void manage_order(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct control_order order;
    if (!control_order_read(e->message.body, &order)) return;
    const bool status = order.what == CONTROL_STATUS;
    if (status || objection(p, order.what, order.upstream)) {
        answer(p, e->message.peer, order.order, status, out);
        return;
    }
    give_way(p, out);
    p->manage = (struct manage){.asked = true,
                                .by_message = true,
                                .role_given = p->manage.role_given,
                                .has_file = p->manage.has_file,
                                .agent = e->message.peer,
                                .order = order.order};
    carry_out(p, order.what, order.upstream, e, out);
}

void manage_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const struct sim_value *args = e->command.args;
    int64_t upstream = SIM_NONE;
    enum control_what what = CONTROL_STOP;
    switch ((enum pg_command)e->command.which) {
    case COMMAND_PROMOTE: what = CONTROL_PROMOTE; break;
    case COMMAND_FOLLOW: what = CONTROL_FOLLOW; break;
    case COMMAND_REWIND: what = CONTROL_REWIND; break;
    case COMMAND_START: what = CONTROL_START_PRIMARY; break;
    default: break;
    }
    if (what == CONTROL_FOLLOW || what == CONTROL_REWIND || what == CONTROL_START_PRIMARY)
        upstream = args[0].number;
    if (what == CONTROL_START_PRIMARY && upstream != SIM_NONE) what = CONTROL_START_STANDBY;
    const char *why = objection(p, what, upstream);
    if (why) {
        reply_text(out, e->command.request, false, why);
        return;
    }
    give_way(p, out);
    p->manage = (struct manage){.asked = true,
                                .role_given = p->manage.role_given,
                                .has_file = p->manage.has_file,
                                .command = e->command.request};
    if (what == CONTROL_START_PRIMARY) {
        p->manage.what = what;
        start_as_it_was(p, e, out);
    } else {
        carry_out(p, what, upstream, e, out);
    }
}
