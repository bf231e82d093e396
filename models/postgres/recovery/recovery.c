/*
 * After a start: read what survived (xlog.c, StartupXLOG; xlogrecovery.c).
 *
 * The control file says where redo begins. The heap is read, then every WAL segment from there on,
 * record by record, until one does not check or does not follow its predecessor: the end of the
 * log. What lies after it is cut off. All of it is synced (SyncDataDirectory: what a crash left in
 * the kernel's cache is not yet safe), and the startup process replays it.
 *
 * A server without a control file is new: a primary makes a cluster (initdb) whose log begins at
 * 0/3000000, as after a base backup; a standby is that backup.
 */
#include "postgres/internal.h"

#define FIRST_LSN ((int64_t)3 * SEGMENT_BYTES)

/* ---- a new server ---- */

static void begin_fresh(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    for (size_t i = 0; i < p->file_count; i++) /* a crash before the control file was safe */
        disk_order(p, (struct sim_disk){.op = SIM_REMOVE, .file = p->files[i].file, .quiet = true},
                   out);
    p->control = (struct control){.redo = wal_start_after(FIRST_LSN),
                                  .next_xid = 700,
                                  .redo_hash = 1,
                                  .consistent_lsn = FIRST_LSN};
    p->wal.inserted = p->wal.written = p->wal.flushed = FIRST_LSN;
    p->wal.hash = p->replay.hash = p->control.redo_hash;
    p->replay.lsn = FIRST_LSN;
    p->replay.segment = wal_segment_of(FIRST_LSN);
    p->next_xid = p->control.next_xid;
    p->log_ended = true;
    if (!p->standby) { /* xlog.c, BootStrapXLOG: PostgreSQL takes it from the time of day */
        const uint64_t bits = draw(e->random);
        p->control.system = (int64_t)(bits >> 40) + 1;
        p->control.timeline = p->wal.timeline = 1;
        p->control.in_production = true;
    }
    sim_note(out, NOTE_STARTED_FRESH, p->standby);
    sim_fact(out, FACT_INITIALIZED, fact_group(p), p->standby, FIRST_LSN);
    control_save(p, out); /* nothing is promised until this is safe: recovery_finish */
}

static void insert_first_records(struct postgres *p) {
    struct wal_record running = {.type = WAL_RUNNING_XACTS, .size = SIZE_RUNNING_XACTS};
    wal_insert(p, &running);
    struct wal_record checkpoint = {.type = WAL_CHECKPOINT,
                                    .size = SIZE_CHECKPOINT,
                                    .xid = p->next_xid,
                                    .a = p->control.redo,
                                    .b = (int64_t)p->control.redo_hash,
                                    .c = p->control.timeline};
    wal_insert(p, &checkpoint);
}

/* ---- reading, one file after another, in order of their numbers ---- */

static void sync_all(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    for (size_t i = 0; i < p->wal.count; i++) {
        struct segment *s = &p->wal.segments[i];
        s->unsynced = s->new_name = s->number >= wal_segment_of(p->control.redo);
    }
    p->sync_answers = wal_sync(p, TAG_RECOVERY_SYNC, out);
    if (p->sync_answers == 0) recovery_synced(p, e, out);
}

/* Segments of a log have no gap here. A power failure may undo the removal of one, and not that of
 * its successor: what lies before the gap was of no use to anybody. */
static void close_gap(struct postgres *p, int64_t number, struct sim_out *out) {
    struct wal *wal = &p->wal;
    if (wal->count == 0 || wal->segments[wal->count - 1].number == number - 1) return;
    for (size_t i = 0; i < wal->count; i++)
        disk_order(p,
                   (struct sim_disk){.op = SIM_REMOVE,
                                     .file = FILE_WAL + (uint64_t)wal->segments[i].number,
                                     .quiet = true},
                   out);
    wal->count = 0;
}

static void read_next(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    for (; p->file_at < p->file_count; p->file_at++) {
        const struct sim_file *f = &p->files[p->file_at];
        const int64_t number = (int64_t)f->file - FILE_WAL;
        const bool is_wal = f->file >= FILE_WAL;
        if (f->file == FILE_CONTROL_NEW || f->file == FILE_DATA_NEW || f->file == FILE_SLOTS_NEW ||
            f->file == FILE_CONFIG_NEW || f->file == FILE_ARCHIVE_STATUS_NEW)
            continue; /* never renamed into place */
        if (is_wal && p->log_ended) {
            disk_order(p, (struct sim_disk){.op = SIM_REMOVE, .file = f->file, .quiet = true}, out);
            continue;
        }
        if (is_wal && number < wal_segment_of(p->control.redo) && !p->rewind.wanted) {
            /* kept for standbys only */
            close_gap(p, number, out);
            struct segment *s = wal_segment_add(p, number);
            s->size = s->written = (size_t)f->size;
            continue;
        }
        disk_order(p,
                   (struct sim_disk){.op = SIM_READ,
                                     .file = f->file,
                                     .size = f->size,
                                     .modelled_bytes = is_wal && p->file_at + 1 < p->file_count
                                                           ? SEGMENT_BYTES
                                                           : 0,
                                     .tag = with_kind(TAG_RECOVERY_READ, f->file)},
                   out);
        return;
    }
    if (p->wal.inserted == 0 || p->wal.inserted < p->control.checkpoint_lsn) {
        sim_halt(out, "PANIC: could not locate a valid checkpoint record");
        return;
    }
    sync_all(p, e, out);
}

void recovery_begin(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->file_count = p->file_capacity = e->start.count;
    p->files = memory_take(p->memory, p->file_count * sizeof *p->files);
    for (size_t i = 0; i < p->file_count; i++) p->files[i] = e->start.files[i];
    if (!p->set.managed) {
        recovery_start(p, e, out);
        return;
    }
    p->stage = STAGE_STOPPED;
    sim_note(out, NOTE_STOPPED_AT_POWER_ON);
}

void recovery_start(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    p->stage = STAGE_READING;
    p->file_at = 0;
    bool has_control = false;
    for (size_t i = 0; i < p->file_count; i++)
        has_control = has_control || (p->files[i].file == FILE_CONTROL && p->files[i].size > 0);
    if (has_control)
        read_next(p, e, out);
    else
        begin_fresh(p, e, out);
}

/* Takes over a segment's records. The log ends where one is torn, or is not the next. */
static void take_segment(struct postgres *p, int64_t number, struct sim_bytes bytes,
                         struct sim_out *out) {
    struct wal *wal = &p->wal;
    if (number == wal_segment_of(p->control.redo)) close_gap(p, number, out);
    if (wal->count > 0 && wal->segments[wal->count - 1].number != number - 1) {
        p->log_ended = true; /* a hole: what lies after it is no part of the log */
        disk_order(
            p,
            (struct sim_disk){.op = SIM_REMOVE, .file = FILE_WAL + (uint64_t)number, .quiet = true},
            out);
        return;
    }
    struct segment *s = wal_segment_add(p, number);
    s->capacity = bytes.size > 4096 ? bytes.size : 4096;
    s->bytes = memory_take(p->memory, s->capacity);
    size_t at = 0, next = 0;
    struct wal_record r;
    while (wal_record_read(bytes, at, &r, &next) == RECORD_WHOLE) {
        const bool follows = wal->inserted == 0 || r.start == wal_start_after(wal->inserted);
        if (!follows || wal_segment_of(r.start) != number) break;
        if (r.start < p->control.redo) { /* before redo: neither replayed nor hashed */
            wal->inserted = r.end;
        } else {
            if (r.start == p->control.redo) {
                wal->hash = p->control.redo_hash;
                p->replay.segment = number;
                p->replay.offset = at;
            }
            wal->inserted = r.end;
            wal->hash = wal_hash(wal->hash, &r);
            if (r.type == WAL_COMMIT) wal->last_commit = r.end;
            if (r.type == WAL_END_OF_RECOVERY) wal->timeline = r.a;
            if (r.xid >= p->next_xid) p->next_xid = r.xid + 1;
        }
        at = next;
    }
    if (at == 0 && number > wal_segment_of(p->control.redo)) { /* the log ends before it */
        memory_give(p->memory, s->bytes, s->capacity);
        wal->count--;
        p->log_ended = true;
        disk_order(
            p,
            (struct sim_disk){.op = SIM_REMOVE, .file = FILE_WAL + (uint64_t)number, .quiet = true},
            out);
        return;
    }
    memcpy(s->bytes, bytes.data, at);
    s->size = s->written = at;
    if (at == bytes.size) return;
    p->log_ended = true;
    sim_note(out, NOTE_TORN_TAIL, wal->inserted, (int64_t)(bytes.size - at));
    disk_order(p,
               (struct sim_disk){.op = SIM_TRUNCATE,
                                 .file = FILE_WAL + (uint64_t)number,
                                 .size = (int64_t)at,
                                 .quiet = true},
               out);
}

void recovery_read(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const uint64_t file = which_of(e->disk.tag);
    if (e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not read a file at startup");
        return;
    }
    bool good = true;
    if (file == FILE_CONTROL) {
        good = control_load(p, e->disk.bytes);
        p->next_xid = p->control.next_xid;
        if (p->control.in_production && !p->manage.role_given)
            p->standby = false; /* it was promoted once */
        const int64_t first = wal_start_after(FIRST_LSN);
        if (p->control.redo == first) { /* not a checkpoint yet: the log may be empty */
            p->wal.inserted = FIRST_LSN;
            p->wal.hash = p->control.redo_hash;
            p->replay.segment = wal_segment_of(FIRST_LSN);
        }
        p->replay.lsn = p->control.redo;
        p->replay.hash = p->control.redo_hash;
        p->wal.timeline = timeline_at(&p->control, p->control.redo);
        sim_note(out, NOTE_REDO_STARTS, p->control.redo, p->control.in_production);
    } else if (file == FILE_DATA) {
        good = table_load(p, e->disk.bytes);
    } else if (file == FILE_SLOTS) {
        good = slots_load(p, e->disk.bytes);
    } else if (file == FILE_CONFIG) {
        good = config_load(p, e->disk.bytes);
    } else if (file == FILE_ARCHIVE_STATUS) {
        good = archiver_load(p, e->disk.bytes);
    } else {
        take_segment(p, (int64_t)(file - FILE_WAL), e->disk.bytes, out);
    }
    if (!good) {
        sim_halt(out, file == FILE_CONTROL ? "PANIC: incorrect checksum in control file"
                                           : "PANIC: a data file is damaged");
        return;
    }
    p->file_at++;
    read_next(p, e, out);
}

void recovery_synced(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct wal *wal = &p->wal;
    if (e->kind == SIM_DISK && e->disk.error != SIM_OK) {
        sim_halt(out, "PANIC: could not fsync WAL segment");
        return;
    }
    if (p->sync_answers > 0 && --p->sync_answers > 0) return;
    wal->written = wal->flushed = wal->inserted;
    wal_mark_flush(wal, e->now.wall_ns);
    const bool as_primary = !p->standby && !p->rewind.wanted;
    sim_fact(out, FACT_RECOVERED, fact_group(p), wal->inserted, as_primary, (int64_t)wal->hash);
    p->stage = STAGE_REDO;
    if (!stop_is_due(p, e, out)) startup_go(p, e, out);
}

/* Redo has reached the end of what was read. */
void recovery_finish(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    sim_note(out, NOTE_REDO_DONE, p->replay.lsn);
    if (p->rewind.wanted) {
        rewind_recovered(p, e, out);
        return;
    }
    if (p->standby) {
        p->stage = STAGE_STANDBY;
        if (p->control
                .in_production) { /* it was a primary: standby.signal, and another to follow */
            p->control.in_production = false;
            control_save(p, out);
        }
        if (p->manage.role_given) config_save(p, out);
        manage_done(p, true, "", out);
        checkpoint_schedule(p, e, out);
        if (!restore_begin(p, e, out)) receiver_start(p, e, out);
        return;
    }
    const bool fresh = p->wal.inserted == FIRST_LSN;
    p->stage = STAGE_PRIMARY;
    p->consistent = true;
    p->running.count = 0; /* a crash has ended them */
    if (p->replay.commits > 0) p->commits = 0;
    sim_note(out, NOTE_READY, p->wal.inserted);
    if (fresh) {
        insert_first_records(p);
        wal_flush(p, e, out);
        checkpoint_schedule(p, e, out);
    } else { /* CHECKPOINT_END_OF_RECOVERY | CHECKPOINT_IMMEDIATE */
        if (p->wal.timeline < p->control.timeline) promote_log(p); /* a crash came between */
        checkpoint_request(p, true, e, out);
    }
    p->control.in_production = true;
    if (p->manage.role_given) {
        control_save(p, out);
        config_save(p, out);
    }
    archiver_begin(p, e, out);
    autovacuum_begin(p, e, out);
    manage_done(p, true, "", out);
}
