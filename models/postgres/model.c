/*
 * PostgreSQL 15 with physical streaming replication: which event goes where. README.md beside this
 * file says what is modelled, from which sources; internal.h says which file does what.
 */
#include "postgres/internal.h"

static bool read_text(char to[NAME_BYTES], const struct sim_value *value, const char *otherwise,
                      const char *knob, struct text *refusal) {
    const bool given = value->text.size > 0;
    const void *from = given ? (const void *)value->text.data : otherwise;
    const size_t size = given ? value->text.size : strlen(otherwise);
    if (size >= NAME_BYTES) {
        text_add(refusal, "%s: at most %d characters", knob, NAME_BYTES - 1);
        return false;
    }
    if (size > 0) memcpy(to, from, size);
    return true;
}

static bool read_settings(struct postgres *p, const struct sim_value *knobs, struct text *refusal) {
    struct settings *s = &p->set;
    const int64_t upstream = knobs[KNOB_UPSTREAM].number;
    s->managed = knobs[KNOB_MANAGED].number != 0;
    s->starts_as_standby = knobs[KNOB_ROLE].number == 2 ||
                           (knobs[KNOB_ROLE].number == 0 && upstream != SIM_NONE);
    if (s->starts_as_standby && upstream == SIM_NONE) {
        text_add(refusal, "upstream: a standby needs the node that it streams from");
        return false;
    }
    const int64_t archive = knobs[KNOB_ARCHIVE].number;
    s->archive = archive == SIM_NONE ? NOBODY : (sim_node)archive;
    s->upstream = upstream == SIM_NONE ? NOBODY : (sim_node)upstream;
    if (!read_text(s->application_name, &knobs[KNOB_APPLICATION_NAME], "walreceiver",
                   "application_name", refusal) ||
        !read_text(s->slot_name, &knobs[KNOB_PRIMARY_SLOT_NAME], "", "primary_slot_name",
                   refusal) ||
        !sync_names_read(p->memory, knobs[KNOB_SYNCHRONOUS_STANDBY_NAMES].text, &s->sync_names,
                         refusal))
        return false;
    s->synchronous_commit = (enum sync_level)knobs[KNOB_SYNCHRONOUS_COMMIT].number;
    s->hot_standby = knobs[KNOB_HOT_STANDBY].number != 0;
    s->full_page_writes = knobs[KNOB_FULL_PAGE_WRITES].number != 0;
    s->hot_standby_feedback = knobs[KNOB_HOT_STANDBY_FEEDBACK].number != 0;
    s->autovacuum = knobs[KNOB_AUTOVACUUM].number != 0;
    static const struct {
        enum pg_knob knob;
        size_t offset;
    } numbers[] = {
        {KNOB_MAX_CONNECTIONS, offsetof(struct settings, max_connections)},
        {KNOB_MAX_WAL_SENDERS, offsetof(struct settings, max_wal_senders)},
        {KNOB_COMMIT_DELAY, offsetof(struct settings, commit_delay_ns)},
        {KNOB_COMMIT_SIBLINGS, offsetof(struct settings, commit_siblings)},
        {KNOB_WAL_BUFFERS, offsetof(struct settings, wal_buffers)},
        {KNOB_WAL_WRITER_DELAY, offsetof(struct settings, wal_writer_delay_ns)},
        {KNOB_WAL_WRITER_FLUSH_AFTER, offsetof(struct settings, wal_writer_flush_after)},
        {KNOB_CHECKPOINT_TIMEOUT, offsetof(struct settings, checkpoint_timeout_ns)},
        {KNOB_CHECKPOINT_COMPLETION_TARGET, offsetof(struct settings, checkpoint_completion_ppm)},
        {KNOB_MAX_WAL_SIZE, offsetof(struct settings, max_wal_size)},
        {KNOB_WAL_KEEP_SIZE, offsetof(struct settings, wal_keep_size)},
        {KNOB_MAX_SLOT_WAL_KEEP_SIZE, offsetof(struct settings, max_slot_wal_keep_size)},
        {KNOB_WAL_SENDER_TIMEOUT, offsetof(struct settings, sender_timeout_ns)},
        {KNOB_WAL_RECEIVER_TIMEOUT, offsetof(struct settings, receiver_timeout_ns)},
        {KNOB_WAL_RECEIVER_STATUS_INTERVAL, offsetof(struct settings, status_interval_ns)},
        {KNOB_WAL_RETRIEVE_RETRY_INTERVAL, offsetof(struct settings, retry_interval_ns)},
        {KNOB_RECOVERY_MIN_APPLY_DELAY, offsetof(struct settings, apply_delay_ns)},
        {KNOB_TCP_SEND_BUFFER, offsetof(struct settings, tcp_send_buffer)},
        {KNOB_TCP_RECEIVE_BUFFER, offsetof(struct settings, tcp_receive_buffer)},
        {KNOB_PAGE_CACHE, offsetof(struct settings, page_cache)},
        {KNOB_READ_COST, offsetof(struct settings, read_cost_ns)},
        {KNOB_WRITE_COST, offsetof(struct settings, write_cost_ns)},
        {KNOB_SCAN_ROW_COST, offsetof(struct settings, scan_row_cost_ns)},
        {KNOB_BULK_RATE, offsetof(struct settings, bulk_rate)},
        {KNOB_REPLAY_COST, offsetof(struct settings, replay_cost_ns)},
        {KNOB_REPLAY_RATE, offsetof(struct settings, replay_rate)},
        {KNOB_ROWS_PER_PAGE, offsetof(struct settings, rows_per_page)},
        {KNOB_MAX_STANDBY_STREAMING_DELAY, offsetof(struct settings, standby_streaming_delay_ns)},
        {KNOB_MAX_STANDBY_ARCHIVE_DELAY, offsetof(struct settings, standby_archive_delay_ns)},
        {KNOB_REPLAY_WAIT_TIMEOUT, offsetof(struct settings, replay_wait_ns)},
        {KNOB_DEADLOCK_TIMEOUT, offsetof(struct settings, deadlock_timeout_ns)},
        {KNOB_AUTOVACUUM_NAPTIME, offsetof(struct settings, autovacuum_naptime_ns)},
        {KNOB_AUTOVACUUM_VACUUM_THRESHOLD, offsetof(struct settings, autovacuum_threshold)},
        {KNOB_AUTOVACUUM_VACUUM_SCALE_FACTOR, offsetof(struct settings, autovacuum_scale_ppm)},
        {KNOB_VACUUM_PAGE_COST, offsetof(struct settings, vacuum_page_cost_ns)},
        {KNOB_ARCHIVE_TIMEOUT, offsetof(struct settings, archive_switch_ns)},
        {KNOB_ARCHIVE_COMMAND_LATENCY, offsetof(struct settings, archive_latency_ns)},
        {KNOB_RESTORE_COMMAND_LATENCY, offsetof(struct settings, restore_latency_ns)},
        {KNOB_ARCHIVE_COMMAND_TIMEOUT, offsetof(struct settings, shell_timeout_ns)},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        memcpy((char *)s + numbers[i].offset, &knobs[numbers[i].knob].number, sizeof(int64_t));
    return true;
}

/* Nothing is known, nothing is under way: the state before a start. The settings and the files'
 * list stay, and the larger pieces of memory serve again. */
static void begin(struct postgres *p) {
    p->standby = p->set.starts_as_standby;
    p->stage = STAGE_READING;
    p->replay.last_xact_wall_ns = SIM_NONE;
    catalog_begin(p);
    p->free_count = 0;
    for (size_t i = (size_t)p->set.max_connections; i-- > 0;) {
        p->backends[i] = (struct backend){.stage = BACKEND_IDLE};
        p->free_backends[p->free_count++] = (uint32_t)i;
    }
    for (int64_t i = 0; i < p->set.max_wal_senders; i++) {
        const struct lag_tracker lag = p->senders[i].lag;
        p->senders[i] = (struct sender){.slot = NOBODY, .lag = lag};
    }
    for (size_t i = 0; i < SLOTS_MAX; i++) p->slots[i].sender = NOBODY;
}

void *postgres_init(const struct sim_config *config, struct text *refusal) {
    struct postgres *p = memory_take(config->memory, sizeof *p);
    p->self = config->self;
    p->memory = config->memory;
    p->bugs = config->bugs;
    if (!read_settings(p, config->knobs, refusal)) return NULL;
    const size_t backends = (size_t)p->set.max_connections;
    p->backends = memory_take(p->memory, backends * sizeof *p->backends);
    p->free_backends = memory_take(p->memory, backends * sizeof *p->free_backends);
    p->acked_ring = memory_take(p->memory, ACKED_RING * sizeof *p->acked_ring);
    p->senders = memory_take(p->memory, (size_t)p->set.max_wal_senders * sizeof *p->senders);
    begin(p);
    return p;
}

static void give_back(struct postgres *p) {
    struct memory *m = p->memory;
    for (size_t i = 0; i < p->wal.count; i++)
        memory_give(m, p->wal.segments[i].bytes, p->wal.segments[i].capacity);
    memory_give(m, p->wal.segments, p->wal.capacity * sizeof *p->wal.segments);
    for (size_t i = 0; i < p->table.page_count; i++)
        memory_give(m, p->table.pages[i].dead,
                    p->table.pages[i].dead_capacity * sizeof(struct dead));
    memory_give(m, p->table.pages, p->table.page_capacity * sizeof *p->table.pages);
    memory_give(m, p->table.rows, p->table.capacity * sizeof *p->table.rows);
    p->table.by_key.memory = p->table.page_by_number.memory = m;
    key_map_clear(&p->table.by_key);
    key_map_clear(&p->table.page_by_number);
    memory_give(m, p->running.xids, p->running.capacity * sizeof *p->running.xids);
    memory_give(m, p->vacuum.pages, p->vacuum.page_capacity * sizeof *p->vacuum.pages);
    memory_give(m, p->conflict.victims, p->conflict.victim_capacity * sizeof *p->conflict.victims);
    memory_give(m, p->receiver.unread, p->receiver.unread_capacity * sizeof *p->receiver.unread);
    memory_give(m, p->receiver.arrivals,
                p->receiver.arrival_capacity * sizeof *p->receiver.arrivals);
    memory_give(m, p->checkpoint.image, p->checkpoint.image_capacity);
    memory_give(m, p->rewind.pages, p->rewind.page_capacity * sizeof *p->rewind.pages);
}

void server_reset(struct postgres *p) {
    const struct postgres was = *p;
    give_back(p);
    *p = (struct postgres){.self = was.self,
                           .memory = was.memory,
                           .bugs = was.bugs,
                           .set = was.set,
                           .manage = was.manage,
                           .files = was.files,
                           .file_count = was.file_count,
                           .file_capacity = was.file_capacity,
                           .backends = was.backends,
                           .free_backends = was.free_backends,
                           .acked_ring = was.acked_ring,
                           .senders = was.senders,
                           .sender_generation = was.sender_generation,
                           .last_vxid = was.last_vxid,
                           .scratch = was.scratch,
                           .scratch_capacity = was.scratch_capacity};
    begin(p);
}

/* The log is flushed further: whoever waited for that goes on, in this order. */
void flushed(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    sim_fact(out, FACT_WAL_FLUSHED, p->self, p->wal.flushed);
    if (!is_primary(p)) {
        receiver_flushed(p, e, out);
        return;
    }
    senders_wake(p, e, out); /* WalSndWakeupProcessRequests: before the waiters */
    checkpoint_flushed(p, e, out);
    commits_flushed(p, e, out);
    bulk_flushed(p, e, out);
    if (p->wal.flush_wanted) wal_flush(p, e, out);
    archiver_wake(p, e, out);
}

static void on_disk(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (!e->disk.quiet) p->disk_orders--;
    if (p->stage == STAGE_STOPPING) {
        manage_disk(p, e, out);
        return;
    }
    switch ((enum pg_tag)kind_of(e->disk.tag)) {
    case TAG_WAL_FLUSH:
        if (wal_flush_answered(p, e, out)) flushed(p, e, out);
        return;
    case TAG_RECEIVER_WRITE: /* also a primary's quiet write that failed: its sync will fail too */
        if (!is_primary(p)) receiver_written(p, e, out);
        return;
    case TAG_SENDER_READ: sender_read(p, e, out); return;
    case TAG_RECOVERY_READ: recovery_read(p, e, out); return;
    case TAG_RECOVERY_SYNC: recovery_synced(p, e, out); return;
    case TAG_DATA_WRITE:
    case TAG_DATA_DONE: checkpoint_disk(p, e, out); return;
    case TAG_CONTROL_DONE: control_answered(p, e, out); return;
    case TAG_SLOTS_DONE: slots_answered(p, e, out); return;
    case TAG_CONFIG_DONE:
        if (e->disk.error != SIM_OK) sim_halt(out, "PANIC: could not write postgresql.auto.conf");
        return;
    case TAG_REWIND_DONE: rewind_written(p, e, out); return;
    case TAG_SHELL_READ: shell_read(p, e, out); return;
    case TAG_ARCHIVE_STATUS: archiver_saved(p, e, out); return;
    }
}

static void on_timer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const enum pg_timer timer = (enum pg_timer)kind_of(e->timer.id);
    switch (timer) {
    case TIMER_WAL_WRITER: wal_writer_timer(p, e, out); return;
    case TIMER_COMMIT_DELAY: commit_delay_over(p, e, out); return;
    case TIMER_WALSENDER: sender_timer(p, (uint32_t)which_of(e->timer.id), e, out); return;
    case TIMER_RECEIVER_CONNECT:
    case TIMER_RECEIVER_STATUS:
    case TIMER_RECEIVER_TIMEOUT: receiver_timer(p, timer, e, out); return;
    case TIMER_CHECKPOINT:
    case TIMER_CHECKPOINT_WRITE: checkpoint_timer(p, timer, e, out); return;
    case TIMER_APPLY_DELAY:
        p->replay.delayed = false;
        startup_go(p, e, out);
        return;
    case TIMER_CONFLICT:
    case TIMER_CONFLICT_LIMIT: startup_resume(p, e, out); return;
    case TIMER_BACKEND: query_idle_over(p, (uint32_t)which_of(e->timer.id), e, out); return;
    case TIMER_AUTOVACUUM: autovacuum_timer(p, e, out); return;
    case TIMER_REWIND: rewind_fails(p, "could not connect to server", out); return;
    case TIMER_SHELL: shell_timer(p, e, out); return;
    case TIMER_ARCHIVER: archiver_timer(p, e, out); return;
    case TIMER_ARCHIVE_TIMEOUT: segment_switch_timer(p, e, out); return;
    case TIMER_KINDS: return;
    }
}

static void on_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    switch ((enum pg_command)e->command.which) {
    case COMMAND_TRANSACTION: bulk_begin(p, e, out); return;
    case COMMAND_CHECKPOINT: checkpoint_command(p, e, out); return;
    case COMMAND_CREATE_SLOT: slot_command(p, true, e, out); return;
    case COMMAND_DROP_SLOT: slot_command(p, false, e, out); return;
    case COMMAND_PROMOTE:
    case COMMAND_FOLLOW:
    case COMMAND_STOP:
    case COMMAND_START:
    case COMMAND_REWIND: manage_command(p, e, out); return;
    case COMMAND_QUERY: query_command(p, e, out); return;
    case COMMAND_VACUUM: vacuum_command(p, e, out); return;
    case COMMAND_CREATE_TABLE: create_table_command(p, e, out); return;
    case COMMAND_ALTER_TABLE:
    case COMMAND_LOCK_TABLE:
    case COMMAND_TRUNCATE:
    case COMMAND_DROP_TABLE: ddl_command(p, e, out); return;
    case COMMAND_CREATE_TABLESPACE: tablespace_command(p, true, e, out); return;
    case COMMAND_DROP_TABLESPACE: tablespace_command(p, false, e, out); return;
    case COMMAND_SWITCH_WAL: segment_switch_command(p, e, out); return;
    }
}

static void on_message(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    switch (e->message.type) {
    case CLIENT_REQUEST: client_asks(p, e, out); return;
    case MESSAGE_START_REPLICATION:
    case MESSAGE_STANDBY_STATUS:
    case MESSAGE_TCP_ACK: sender_message(p, e, out); return;
    case MESSAGE_HS_FEEDBACK: feedback_message(p, e, out); return;
    case CONTROL_ORDER: manage_order(p, e, out); return;
    case MESSAGE_REWIND_ASK: rewind_asked(p, e, out); return;
    case MESSAGE_PAGES_ASK: pages_asked(p, e, out); return;
    case MESSAGE_REWIND_TELL:
    case MESSAGE_PAGES_TELL: rewind_message(p, e, out); return;
    case MESSAGE_COPY_BOTH:
    case MESSAGE_ERROR:
    case MESSAGE_WAL_DATA:
    case MESSAGE_KEEPALIVE: receiver_message(p, e, out); return;
    case MESSAGE_ARCHIVE_ANSWER: shell_answer(p, e, out); return;
    default: return;
    }
}

static void on_peer(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    /* A client that goes away is noticed when its backend answers: a waiting one waits on. */
    if (e->peer.channel == CHANNEL_ARCHIVE) shell_peer(p, e->peer.up, e, out);
    if (e->peer.channel != CHANNEL_REPLICATION) return;
    if (p->stage == STAGE_REWINDING && e->peer.node == p->rewind.source)
        rewind_peer(p, e->peer.up, e, out);
    else if (e->peer.node == p->set.upstream)
        receiver_peer(p, e->peer.up, e, out);
    else if (e->peer.up)
        sender_peer_up(p, e->peer.node, out);
    else
        sender_peer_down(p, e->peer.node, out);
}

void postgres_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct postgres *p = state;
    if (p->stage == STAGE_STOPPED && (e->kind == SIM_TIMER || e->kind == SIM_WORK)) return;
    switch (e->kind) {
    case SIM_START: recovery_begin(p, e, out); return;
    case SIM_MESSAGE: on_message(p, e, out); return;
    case SIM_PEER: on_peer(p, e, out); return;
    case SIM_TIMER: on_timer(p, e, out); return;
    case SIM_DISK: on_disk(p, e, out); return;
    case SIM_WORK:
        if (e->work.lane == LANE_STARTUP)
            startup_worked(p, e, out);
        else if (e->work.lane == LANE_VACUUM)
            vacuum_worked(p, e, out);
        else
            backend_worked(p, (uint32_t)e->work.tag, e, out);
        return;
    case SIM_COMMAND: on_command(p, e, out); return;
    }
}
