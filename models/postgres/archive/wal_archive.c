/*
 * A WAL archive that servers share: an object store, or a directory on a NAS (manual 26.3.1).
 *
 * It keeps whole files by name, and never changes one: a file that is there already is refused when
 * its contents differ, and accepted when they are the same, so that an archive_command which was
 * not told how its first attempt ended may try again. What it has confirmed is durable: the file is
 * written and synced under another name, renamed into place, and its directory synced, before the
 * answer. So no reader ever finds half a file.
 *
 * Its cost: `latency` for each request, its disk, and the network to it.
 */
#include "postgres/archive/wal_archive.h"

enum { TIMER_REQUEST = 1, TAG_REQUEST = 1 };
#define NOBODY UINT32_MAX
/* A file's number: timeline, segment + 1 (0: the history); one not in place yet has this bit. */
#define FRESH (UINT64_C(1) << 63)

static uint64_t file_of(struct archive_name name) {
    return (uint64_t)name.timeline << 32 | (uint64_t)(name.segment + 1);
}
static struct archive_name name_of(uint64_t file) {
    return (struct archive_name){(int64_t)(file >> 32), (int64_t)(file & UINT32_MAX) - 1};
}

void *wal_archive_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct wal_archive *a = memory_take(config->memory, sizeof *a);
    a->self = config->self;
    a->memory = config->memory;
    a->latency_ns = config->knobs[ARCHIVE_KNOB_LATENCY].number;
    return a;
}

/* ---- what is there ---- */

static size_t place_of(const struct wal_archive *a, struct archive_name name) {
    size_t low = 0, high = a->file_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (file_of(a->files[middle].name) < file_of(name))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct archived *find(const struct wal_archive *a, struct archive_name name) {
    const size_t at = place_of(a, name);
    return at < a->file_count && file_of(a->files[at].name) == file_of(name) ? &a->files[at] : NULL;
}

static void add(struct wal_archive *a, struct archived file) {
    if (a->file_count == a->file_capacity) {
        const size_t capacity = a->file_capacity ? a->file_capacity * 2 : 64;
        a->files = memory_resize(a->memory, a->files, a->file_capacity * sizeof *a->files,
                                 capacity * sizeof *a->files);
        a->file_capacity = capacity;
    }
    const size_t at = place_of(a, file.name);
    memmove(a->files + at + 1, a->files + at, (a->file_count - at) * sizeof *a->files);
    a->files[at] = file;
    a->file_count++;
}

int64_t archived_segments(const struct wal_archive *a) {
    int64_t count = 0;
    for (size_t i = 0; i < a->file_count; i++) count += a->files[i].name.segment != ARCHIVE_HISTORY;
    return count;
}

static void start(struct wal_archive *a, const struct sim_event *e, struct sim_out *out) {
    for (size_t i = 0; i < e->start.count; i++) {
        const struct sim_file *f = &e->start.files[i];
        if (f->file & FRESH)
            sim_disk(out, (struct sim_disk){.op = SIM_REMOVE, .file = f->file, .quiet = true});
        else
            add(a, (struct archived){name_of(f->file), f->size});
    }
    sim_note(out, ARCHIVE_NOTE_STARTED, (int64_t)a->file_count);
    sim_fact(out, ARCHIVE_FACT_STARTED, a->self, (int64_t)a->file_count);
}

/* ---- requests ---- */

static struct archive_request *request_of(struct wal_archive *a, uint64_t number) {
    for (size_t i = 0; i < a->request_count; i++)
        if (a->requests[i].number == number) return &a->requests[i];
    return NULL;
}

static void forget(struct wal_archive *a, struct archive_request *q) {
    memory_give(a->memory, q->bytes, q->size);
    const size_t at = (size_t)(q - a->requests);
    memmove(q, q + 1, (a->request_count - at - 1) * sizeof *q);
    a->request_count--;
}

static void finish(struct wal_archive *a, struct archive_request *q, enum archive_outcome outcome,
                   struct sim_bytes contents, struct sim_out *out) {
    if (q->peer != NOBODY) {
        const size_t size = ARCHIVE_ANSWER_BYTES + contents.size;
        uint8_t *body = memory_take(a->memory, size);
        struct writer w = writer_over(body, size);
        archive_answer_write(&w, outcome, q->name);
        put_bytes(&w, contents.data, contents.size);
        sim_send(out, (struct sim_message){
                          .peer = q->peer,
                          .channel = CHANNEL_ARCHIVE,
                          .type = MESSAGE_ARCHIVE_ANSWER,
                          .body = {body, w.size},
                          .modelled_bytes = contents.size > 0 ? archive_weight(q->name) : 200});
        memory_give(a->memory, body, size);
    }
    forget(a, q);
}

static void ask_disk(const struct archive_request *q, struct sim_disk operation,
                     struct sim_out *out) {
    operation.tag = with_kind(TAG_REQUEST, q->number);
    sim_disk(out, operation);
}

static bool is_being_written(const struct wal_archive *a, const struct archive_request *by) {
    for (size_t i = 0; i < a->request_count; i++) {
        const struct archive_request *q = &a->requests[i];
        if (q != by && (q->stage == REQUEST_WRITES || q->stage == REQUEST_RENAMES) &&
            file_of(q->name) == file_of(by->name))
            return true;
    }
    return false;
}

static void read_file(struct archive_request *q, enum request_stage stage,
                      const struct archived *file, struct sim_out *out) {
    q->stage = stage;
    ask_disk(q,
             (struct sim_disk){.op = SIM_READ,
                               .file = file_of(q->name),
                               .size = file->real_bytes,
                               .modelled_bytes = archive_weight(q->name)},
             out);
}

static void begin_put(struct wal_archive *a, struct archive_request *q, struct sim_out *out) {
    const struct archived *there = find(a, q->name);
    if (there) {
        read_file(q, REQUEST_COMPARES, there, out);
        return;
    }
    if (is_being_written(a, q)) {
        finish(a, q, ARCHIVE_FAILED, (struct sim_bytes){0}, out);
        return;
    }
    q->stage = REQUEST_WRITES;
    const uint64_t fresh = FRESH | q->number;
    ask_disk(q,
             (struct sim_disk){.op = SIM_WRITE,
                               .quiet = true,
                               .file = fresh,
                               .bytes = {q->bytes, q->size},
                               .modelled_bytes = archive_weight(q->name)},
             out);
    ask_disk(q, (struct sim_disk){.op = SIM_SYNC, .file = fresh}, out);
}

static void begin(struct wal_archive *a, struct archive_request *q, struct sim_out *out) {
    if (q->puts) {
        begin_put(a, q, out);
        return;
    }
    const struct archived *there = find(a, q->name);
    if (there) {
        read_file(q, REQUEST_READS, there, out);
        return;
    }
    sim_note(out, ARCHIVE_NOTE_MISSING, q->peer, q->name.timeline, q->name.segment);
    finish(a, q, ARCHIVE_MISSING, (struct sim_bytes){0}, out);
}

static void sync_directory(struct archive_request *q, enum request_stage stage,
                           struct sim_out *out) {
    q->stage = stage;
    ask_disk(q, (struct sim_disk){.op = SIM_SYNC, .file = SIM_DIRECTORY}, out);
}

static void compared(struct wal_archive *a, struct archive_request *q, struct sim_bytes there,
                     struct sim_out *out) {
    if (there.size == q->size && (q->size == 0 || memcmp(there.data, q->bytes, q->size) == 0)) {
        sim_note(out, ARCHIVE_NOTE_HAD_IT, q->peer, q->name.timeline, q->name.segment);
        sync_directory(q, REQUEST_SYNCS, out);
        return;
    }
    a->refused++;
    sim_note(out, ARCHIVE_NOTE_REFUSED, q->peer, q->name.timeline, q->name.segment);
    finish(a, q, ARCHIVE_EXISTS, (struct sim_bytes){0}, out);
}

static void stored(struct wal_archive *a, struct archive_request *q, struct sim_out *out) {
    add(a, (struct archived){q->name, (int64_t)q->size});
    a->puts++;
    sim_note(out, ARCHIVE_NOTE_STORED, q->peer, q->name.timeline, q->name.segment);
    sim_fact(out, ARCHIVE_FACT_STORED, a->self, (int64_t)a->file_count);
    finish(a, q, ARCHIVE_OK, (struct sim_bytes){0}, out);
}

static void failed(struct wal_archive *a, struct archive_request *q, struct sim_out *out) {
    sim_note(out, ARCHIVE_NOTE_DISK, q->peer, q->name.timeline, q->name.segment);
    if (q->stage == REQUEST_WRITES)
        sim_disk(out,
                 (struct sim_disk){.op = SIM_REMOVE, .file = FRESH | q->number, .quiet = true});
    if (q->stage == REQUEST_RENAMES) { /* its name is there, or is not: nobody may build on it */
        sim_halt(out, "PANIC: could not fsync the archive's directory");
        return;
    }
    finish(a, q, ARCHIVE_FAILED, (struct sim_bytes){0}, out);
}

static void on_disk(struct wal_archive *a, const struct sim_event *e, struct sim_out *out) {
    struct archive_request *q = request_of(a, which_of(e->disk.tag));
    if (!q) return; /* a second answer of one that has failed */
    if (e->disk.error != SIM_OK) {
        failed(a, q, out);
        return;
    }
    switch (q->stage) {
    case REQUEST_WAITS: return;
    case REQUEST_WRITES:
        ask_disk(q,
                 (struct sim_disk){.op = SIM_RENAME,
                                   .quiet = true,
                                   .file = FRESH | q->number,
                                   .to_file = file_of(q->name)},
                 out);
        sync_directory(q, REQUEST_RENAMES, out);
        return;
    case REQUEST_RENAMES: stored(a, q, out); return;
    case REQUEST_COMPARES: compared(a, q, e->disk.bytes, out); return;
    case REQUEST_SYNCS: finish(a, q, ARCHIVE_OK, (struct sim_bytes){0}, out); return;
    case REQUEST_READS:
        a->gets++;
        sim_note(out, ARCHIVE_NOTE_GAVE, q->peer, q->name.timeline, q->name.segment);
        finish(a, q, ARCHIVE_OK, e->disk.bytes, out);
        return;
    }
}

static void on_message(struct wal_archive *a, const struct sim_event *e, struct sim_out *out) {
    const bool puts = e->message.type == MESSAGE_ARCHIVE_PUT;
    struct archive_name name;
    struct sim_bytes contents;
    if (!puts && e->message.type != MESSAGE_ARCHIVE_GET) return;
    if (!archive_request_read(e->message.body, &name, &contents)) return;
    if (a->request_count == a->request_capacity) {
        const size_t capacity = a->request_capacity ? a->request_capacity * 2 : 16;
        a->requests = memory_resize(a->memory, a->requests,
                                    a->request_capacity * sizeof *a->requests,
                                    capacity * sizeof *a->requests);
        a->request_capacity = capacity;
    }
    struct archive_request *q = &a->requests[a->request_count++];
    *q = (struct archive_request){.number = ++a->last_number,
                                  .peer = e->message.peer,
                                  .puts = puts,
                                  .name = name,
                                  .size = puts ? contents.size : 0};
    q->bytes = memory_take(a->memory, q->size);
    if (q->size > 0) memcpy(q->bytes, contents.data, q->size);
    sim_arm(out, with_kind(TIMER_REQUEST, q->number), e->now.mono_ns + a->latency_ns);
}

static void peer_down(struct wal_archive *a, sim_node peer) {
    for (size_t i = 0; i < a->request_count; i++)
        if (a->requests[i].peer == peer) a->requests[i].peer = NOBODY;
}

void wal_archive_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct wal_archive *a = state;
    struct archive_request *q;
    switch (e->kind) {
    case SIM_START: start(a, e, out); return;
    case SIM_MESSAGE: on_message(a, e, out); return;
    case SIM_PEER: peer_down(a, e->peer.node); return; /* up: whose it was before has gone */
    case SIM_TIMER:
        q = request_of(a, which_of(e->timer.id));
        if (q) begin(a, q, out);
        return;
    case SIM_DISK: on_disk(a, e, out); return;
    case SIM_WORK:
    case SIM_COMMAND: return;
    }
}
