/*
 * Checkpoints on a primary, restartpoints on a standby (xlog.c, CreateCheckPoint,
 * CreateRestartPoint; manual 30.5).
 *
 * A checkpoint notes where the log is now (the redo point), writes the heap as of then, spread over
 * checkpoint_completion_target of the time to the next one, logs that it is done, and only then
 * tells the control file, from where recovery will begin. WAL before data: the heap's file is put
 * in place only when the log is flushed up to the redo point. Then segments that nobody needs may
 * go.
 *
 * It begins every checkpoint_timeout, and earlier when the log has grown by max_wal_size /
 * (1 + checkpoint_completion_target) since the last redo point (CalculateCheckpointSegments). A
 * restartpoint is the same from a checkpoint record that was replayed, and logs nothing.
 *
 * Smaller than PostgreSQL: the heap is one file, written whole and renamed into place, where
 * PostgreSQL writes dirty pages into theirs; the disk is charged for the dirty pages.
 */
#include "postgres/internal.h"

#include "base/wide.h"

enum { PAGES_AT_ONCE = 64 };

/* ---- small files: written anew and renamed into place, durable when the tag comes back ---- */

/* Each step has the tag, so that one that fails is heard of; a leftover of a longer one is cut. */
void replace_file(struct postgres *p, enum pg_file fresh, enum pg_file file, struct sim_bytes bytes,
                  enum pg_tag kind, struct sim_out *out) {
    const uint64_t tag = with_kind(kind, 0);
    disk_order(p,
               (struct sim_disk){.op = SIM_WRITE,
                                 .quiet = true,
                                 .file = fresh,
                                 .bytes = bytes,
                                 .modelled_bytes = PAGE_BYTES,
                                 .tag = tag},
               out);
    disk_order(p,
               (struct sim_disk){.op = SIM_TRUNCATE,
                                 .quiet = true,
                                 .file = fresh,
                                 .size = (int64_t)bytes.size,
                                 .tag = tag},
               out);
    disk_order(p, (struct sim_disk){.op = SIM_SYNC, .quiet = true, .file = fresh, .tag = tag}, out);
    disk_order(p,
               (struct sim_disk){
                   .op = SIM_RENAME, .quiet = true, .file = fresh, .to_file = file, .tag = tag},
               out);
    disk_order(p, (struct sim_disk){.op = SIM_SYNC, .file = SIM_DIRECTORY, .tag = tag}, out);
}

void replace_record(struct postgres *p, enum pg_file fresh, enum pg_file file,
                    const struct writer *payload, enum pg_tag kind, struct sim_out *out) {
    uint8_t frame[SMALL_FILE_BYTES + RECORD_HEADER_BYTES];
    struct writer w = writer_over(frame, sizeof frame);
    record_write(&w, payload->data, payload->size);
    replace_file(p, fresh, file, (struct sim_bytes){frame, w.size}, kind, out);
}

bool only_record(struct sim_bytes file, struct reader *r) {
    struct sim_bytes payload;
    size_t next;
    if (record_read(file, 0, &payload, &next) != RECORD_WHOLE) return false;
    *r = reader_over(payload.data, payload.size);
    return true;
}

void control_save(struct postgres *p, struct sim_out *out) {
    if (p->control_writing) {
        p->control_again = true;
        return;
    }
    const struct control *c = &p->control;
    uint8_t payload[SMALL_FILE_BYTES];
    struct writer w = writer_over(payload, sizeof payload);
    put_i64(&w, c->system);
    put_i64(&w, c->timeline);
    put_history(&w, &c->history);
    put_i64(&w, c->redo);
    put_i64(&w, c->checkpoint_lsn);
    put_i64(&w, c->next_xid);
    put_i64(&w, c->consistent_lsn);
    put_u64(&w, c->redo_hash);
    put_bool(&w, c->in_production);
    p->control_writing = true;
    p->control_again = false;
    replace_record(p, FILE_CONTROL_NEW, FILE_CONTROL, &w, TAG_CONTROL_DONE, out);
}

bool control_load(struct postgres *p, struct sim_bytes bytes) {
    struct reader r;
    if (!only_record(bytes, &r)) return false;
    struct control *c = &p->control;
    c->system = get_i64(&r);
    c->timeline = get_i64(&r);
    if (!get_history(&r, &c->history)) return false;
    c->redo = get_i64(&r);
    c->checkpoint_lsn = get_i64(&r);
    c->next_xid = get_i64(&r);
    c->consistent_lsn = get_i64(&r);
    c->redo_hash = get_u64(&r);
    c->in_production = get_bool(&r);
    return !r.bad;
}

/* ---- when ---- */

static int64_t log_limit(const struct postgres *p) {
    return mul_div(p->set.max_wal_size, 1000000, 1000000 + p->set.checkpoint_completion_ppm);
}

void checkpoint_schedule(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->checkpoint.last_started_ns = e->now.mono_ns;
    sim_arm(out, with_kind(TIMER_CHECKPOINT, 0), e->now.mono_ns + p->set.checkpoint_timeout_ns);
}

void checkpoint_log_grew(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (p->checkpoint.phase != CHECKPOINT_IDLE) return;
    if (p->wal.inserted - p->control.redo >= log_limit(p)) checkpoint_request(p, false, e, out);
}

/* ---- writing the heap ---- */

static void write_pages(struct postgres *p, struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    int64_t pages = c->pages - c->pages_written;
    if (pages > PAGES_AT_ONCE) pages = PAGES_AT_ONCE;
    c->pages_written += pages;
    size_t upto = c->image_size;
    if (c->pages_written < c->pages)
        upto = (size_t)mul_div((int64_t)c->image_size, c->pages_written, c->pages);
    disk_order(p,
               (struct sim_disk){.op = SIM_WRITE,
                                 .file = FILE_DATA_NEW,
                                 .offset = (int64_t)c->image_at,
                                 .bytes = {c->image + c->image_at, upto - c->image_at},
                                 .modelled_bytes = pages > 0 ? pages * PAGE_BYTES : 1,
                                 .tag = with_kind(TAG_DATA_WRITE, 0)},
               out);
    c->image_at = upto;
}

static void begin(struct postgres *p, bool immediate, const struct sim_event *e,
                  struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    c->phase = CHECKPOINT_WRITING;
    c->immediate = immediate;
    c->image_size = table_image(p, &c->image, &c->image_capacity);
    c->image_at = 0;
    c->pages = p->table.dirty_pages + p->table.bulk_dirty_pages;
    c->pages_written = 0;
    c->started_ns = e->now.mono_ns;
    table_checkpointed(p);
    sim_note(out, NOTE_CHECKPOINT_STARTS, c->restartpoint, c->next.redo, c->pages, immediate);
    slots_save(p, out); /* CheckPointReplicationSlots */
    write_pages(p, out);
    checkpoint_schedule(p, e, out);
}

static void begin_restartpoint(struct postgres *p, bool immediate, const struct sim_event *e,
                               struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    if (!c->has_candidate || c->next.redo <= p->control.redo) { /* "already performed at" */
        checkpoint_schedule(p, e, out);
        return;
    }
    c->has_candidate = false;
    c->restartpoint = true;
    begin(p, immediate, e, out);
}

void checkpoint_request(struct postgres *p, bool immediate, const struct sim_event *e,
                        struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    if (c->phase != CHECKPOINT_IDLE) {
        c->immediate = c->immediate || immediate; /* the one under way makes haste */
        c->wanted_immediate = c->wanted_immediate || immediate;
        return;
    }
    if (!is_primary(p)) {
        begin_restartpoint(p, immediate, e, out);
        return;
    }
    c->restartpoint = false;
    c->next = p->control;
    c->next.redo = wal_start_after(p->wal.inserted);
    c->next.redo_hash = p->wal.hash;
    c->next.next_xid = p->next_xid;
    c->next.consistent_lsn = p->wal.inserted;
    standby_snapshot_log(p); /* a standby that begins at this redo point begins with it */
    begin(p, immediate, e, out);
}

/* ---- step by step ---- */

static void write_next(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    if (c->phase != CHECKPOINT_WRITING) return;
    if (c->pages_written < c->pages) {
        const int64_t target_ns =
            mul_div(p->set.checkpoint_timeout_ns, p->set.checkpoint_completion_ppm, 1000000);
        const int64_t due_ns = c->started_ns + mul_div(target_ns, c->pages_written, c->pages);
        if (c->immediate || e->now.mono_ns >= due_ns)
            write_pages(p, out);
        else
            sim_arm(out, with_kind(TIMER_CHECKPOINT_WRITE, 0), due_ns);
        return;
    }
    if (is_primary(p) && p->wal.flushed < c->next.redo && p->wal.flushed < p->wal.inserted) {
        wal_flush(p, e, out); /* WAL before data; checkpoint_flushed comes back here */
        return;
    }
    c->phase = CHECKPOINT_SYNCING;
    disk_order(p,
               (struct sim_disk){.op = SIM_TRUNCATE, /* a leftover may be longer */
                                 .quiet = true,
                                 .file = FILE_DATA_NEW,
                                 .size = (int64_t)c->image_size,
                                 .tag = with_kind(TAG_DATA_DONE, 0)},
               out);
    disk_order(p,
               (struct sim_disk){
                   .op = SIM_SYNC, .file = FILE_DATA_NEW, .tag = with_kind(TAG_DATA_DONE, 0)},
               out);
}

static void save_control(struct postgres *p, struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    c->phase = CHECKPOINT_CONTROL;
    p->control.redo = c->next.redo;
    p->control.redo_hash = c->next.redo_hash;
    p->control.next_xid = c->next.next_xid;
    p->control.checkpoint_lsn = c->record_lsn;
    if (c->next.consistent_lsn > p->control.consistent_lsn)
        p->control.consistent_lsn = c->next.consistent_lsn;
    control_save(p, out);
}

static void data_done(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    if (c->answers++ == 0) { /* the heap is safe under its new name: put it in place */
        if (p->data_bytes < (int64_t)c->image_size) p->data_bytes = (int64_t)c->image_size;
        disk_order(p,
                   (struct sim_disk){.op = SIM_RENAME,
                                     .file = FILE_DATA_NEW,
                                     .to_file = FILE_DATA,
                                     .quiet = true,
                                     .tag = with_kind(TAG_DATA_DONE, 0)},
                   out);
        disk_order(p,
                   (struct sim_disk){
                       .op = SIM_SYNC, .file = SIM_DIRECTORY, .tag = with_kind(TAG_DATA_DONE, 0)},
                   out);
        return;
    }
    c->answers = 0;
    if (c->restartpoint) {
        save_control(p, out);
        return;
    }
    struct wal_record r = {.type = WAL_CHECKPOINT,
                           .size = SIZE_CHECKPOINT,
                           .xid = c->next.next_xid,
                           .a = c->next.redo,
                           .b = (int64_t)c->next.redo_hash,
                           .c = p->control.timeline};
    c->record_lsn = wal_insert(p, &r);
    c->phase = CHECKPOINT_LOGGING;
    wal_flush(p, e, out);
}

void checkpoint_disk(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not write or fsync a data file at a checkpoint");
        return;
    }
    if (kind_of(e->disk.tag) == TAG_DATA_WRITE)
        write_next(p, e, out);
    else
        data_done(p, e, out);
}

void checkpoint_flushed(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    if (c->phase == CHECKPOINT_WRITING && c->pages_written == c->pages &&
        c->image_at == c->image_size)
        write_next(p, e, out);
    else if (c->phase == CHECKPOINT_LOGGING && p->wal.flushed >= c->record_lsn)
        save_control(p, out);
    else if (c->phase == CHECKPOINT_LOGGING)
        wal_flush(p, e, out);
}

static void done(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    c->phase = CHECKPOINT_IDLE;
    sim_note(out, NOTE_CHECKPOINT_DONE, c->restartpoint, p->control.redo,
             e->now.mono_ns - c->started_ns);
    segments_remove(p, p->control.redo, out);
    if (c->has_command) sim_reply(out, c->command, true, (struct sim_bytes){0});
    c->has_command = false;
    if (c->wanted_immediate && is_primary(p)) {
        c->wanted_immediate = false;
        checkpoint_request(p, true, e, out);
    }
}

void control_answered(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not fsync control file");
        return;
    }
    p->control_writing = false;
    if (p->control_again) {
        control_save(p, out);
        return;
    }
    if (p->checkpoint.phase == CHECKPOINT_CONTROL) done(p, e, out);
    if (p->stage == STAGE_READING) { /* a new server is safe now */
        p->stage = STAGE_REDO;
        if (!stop_is_due(p, e, out)) startup_go(p, e, out);
    } else if (p->stage == STAGE_PROMOTING) {
        startup_go(p, e, out);
    } else if (p->stage == STAGE_REWINDING) {
        manage_done(p, true, "rewound", out);
        rewind_over(p, out);
    }
}

/* A standby may make a restartpoint of any checkpoint that it has replayed: of the newest. */
void checkpoint_replayed(struct postgres *p, const struct wal_record *r, const struct sim_event *e,
                         struct sim_out *out) {
    struct checkpoint *c = &p->checkpoint;
    if (p->stage != STAGE_STANDBY || c->phase != CHECKPOINT_IDLE || r->a <= p->control.redo) return;
    c->has_candidate = true;
    c->next = p->control;
    c->next.redo = r->a;
    c->next.redo_hash = (uint64_t)r->b;
    c->next.next_xid = r->xid;
    c->next.consistent_lsn = r->end;
    c->record_lsn = r->end;
    sim_note(out, NOTE_RESTARTPOINT, r->end);
    if (p->replay.lsn - p->control.redo >= log_limit(p)) checkpoint_request(p, false, e, out);
}

void checkpoint_timer(struct postgres *p, enum pg_timer timer, const struct sim_event *e,
                      struct sim_out *out) {
    if (timer == TIMER_CHECKPOINT_WRITE) {
        write_next(p, e, out);
        return;
    }
    const struct checkpoint *c = &p->checkpoint;
    if (c->phase != CHECKPOINT_IDLE) return;
    /* Nothing logged since the last one but itself: skipped, "because system is idle". */
    const int64_t since = c->record_lsn > 0 ? c->record_lsn : p->control.redo;
    if (is_primary(p) && p->wal.inserted <= since)
        checkpoint_schedule(p, e, out);
    else if (is_primary(p) || p->stage == STAGE_STANDBY)
        checkpoint_request(p, false, e, out);
}

void checkpoint_command(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    static const char no[] = "the database system is starting up";
    static const char another[] = "another one is waited for already";
    static const char nothing[] = "skipped: no checkpoint record replayed since the last";
    struct checkpoint *c = &p->checkpoint;
    const char *why = NULL;
    bool ok = true;
    if (!is_primary(p) && p->stage != STAGE_STANDBY) {
        why = no;
        ok = false;
    } else if (!is_primary(p) && c->phase == CHECKPOINT_IDLE && !c->has_candidate) {
        why = nothing;
    } else if (c->has_command) {
        why = another;
    }
    if (why) {
        sim_reply(out, e->command.request, ok,
                  (struct sim_bytes){(const uint8_t *)why, strlen(why)});
        return;
    }
    c->has_command = true;
    c->command = e->command.request;
    checkpoint_request(p, true, e, out);
}
