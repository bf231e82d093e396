/*
 * Snapshots: taken, kept, sent in pieces, put together.
 *
 * The state is written out, with the instance to which it belongs; then the log before it may be
 * cut, and a replica that lags behind the log's beginning is sent the snapshot (Paxos Made Live,
 * section 5.5). It is written under another name, synced, renamed, and its folder synced: at each
 * moment there is one that is whole. A piece is asked for when the one before has come, so a slow
 * learner is not flooded; it is read from the disk.
 */
#include "base/memory.h"
#include "parts/record.h"
#include "paxos/multi/node.h"

#define SNAPSHOT_BYTES_MAX (INT64_C(1) << 30)

/* ---- the file: a frame around the instance, the memberships, and the store ---- */

bool paxos_snapshot_open(struct sim_bytes file, struct snapshot *to) {
    struct sim_bytes payload;
    size_t next, size;
    if (record_read(file, 0, &payload, &next) != RECORD_WHOLE) return false;
    struct reader r = reader_over(payload.data, payload.size);
    to->through = get_i64(&r);
    to->weight = get_i64(&r);
    const uint8_t *bytes = get_string(&r, &size);
    to->configs = reader_over(bytes, size);
    to->rows.data = get_string(&r, &to->rows.size);
    return !r.bad && to->through > 0 && to->weight >= 0;
}

static void compose(const struct paxos_node *s, struct writer *file) {
    uint8_t configs[PAXOS_CONFIGS_BYTES];
    struct writer c = writer_over(configs, sizeof configs), payload = writer_growing();
    struct writer rows = writer_growing();
    paxos_write_configs(&s->group, &c);
    kv_save(&s->kv, true, &rows);
    put_i64(&payload, s->group.applied);
    put_i64(&payload, kv_weight(&s->kv));
    put_string(&payload, c.data, c.size);
    put_string(&payload, rows.data, rows.size);
    record_write(file, payload.data, payload.size);
    writer_free(&rows);
    writer_free(&payload);
}

/* ---- to the disk ---- */

static void store(struct paxos_node *s, uint8_t *bytes, size_t size, int64_t through, bool received,
                  int64_t weight, struct sim_out *out) {
    s->store = (struct store){.state = STORE_WRITING,
                              .bytes = bytes,
                              .size = size,
                              .through = through,
                              .weight = weight,
                              .received = received,
                              .awaited = 1};
    sim_disk(out, (struct sim_disk){.op = SIM_WRITE,
                                    .quiet = true, /* a failed one fails the sync */
                                    .file = FILE_SNAPSHOT_NEW,
                                    .bytes = {bytes, size},
                                    .modelled_bytes = (int64_t)size + weight});
    sim_disk(out, (struct sim_disk){
                      .op = SIM_SYNC, .file = FILE_SNAPSHOT_NEW, .tag = TAG_SNAPSHOT_STORE});
}

bool paxos_snapshot_take(struct paxos_node *s, struct sim_out *out) {
    if (s->store.state != STORE_IDLE || s->group.applied <= s->snapshot_through) return false;
    struct writer file = writer_growing();
    compose(s, &file);
    uint8_t *bytes = memory_take(s->memory, file.size);
    memcpy(bytes, file.data, file.size);
    store(s, bytes, file.size, s->group.applied, false, kv_weight(&s->kv), out);
    writer_free(&file);
    return true;
}

void paxos_snapshot_consider(struct paxos_node *s, struct sim_out *out) {
    const bool due = s->snapshot_entries > 0 &&
                     s->group.applied - s->snapshot_through >= s->snapshot_entries;
    if (due) paxos_snapshot_take(s, out);
}

static void install(struct paxos_node *s, const struct sim_event *e) {
    struct snapshot snapshot;
    const bool ok =
        paxos_snapshot_open((struct sim_bytes){s->store.bytes, s->store.size}, &snapshot);
    assert(ok);
    if (snapshot.through <= s->group.applied) return; /* it has caught up by itself meanwhile */
    const bool loaded = kv_load(&s->kv, snapshot.rows);
    assert(loaded);
    paxos_install(&s->group, snapshot.through, &snapshot.configs, e->now.mono_ns, &s->output);
}

/* A quarter of the entries between two snapshots is kept, for those who are only a little behind.
 */
static void finished(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    struct store *t = &s->store;
    if (t->received) install(s, e);
    s->snapshot_through = t->through;
    s->snapshot_size = (int64_t)t->size;
    s->snapshot_weight = t->weight;
    sim_note(out, t->received ? NOTE_SNAPSHOT_RECEIVED : NOTE_SNAPSHOT_TAKEN, t->through,
             (int64_t)t->size + t->weight);
    if (t->has_request) paxos_reply_text(out, t->request, true, "taken");
    memory_give(s->memory, t->bytes, t->size);
    const int64_t through = t->through - s->snapshot_entries / 4;
    *t = (struct store){.state = STORE_IDLE};
    paxos_compact(&s->group, through);
    paxos_storage_drop(s, out);
}

void paxos_snapshot_stored(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    struct store *t = &s->store;
    if (e->disk.error) {
        sim_halt(out, e->disk.error == SIM_ENOSPC ? "snapshot: the disk is full"
                                                  : "snapshot: a write has failed");
        return;
    }
    if (--t->awaited > 0) return;
    if (t->state == STORE_RENAMING) {
        finished(s, e, out);
        return;
    }
    t->state = STORE_RENAMING;
    t->awaited = 2;
    sim_disk(out, (struct sim_disk){.op = SIM_RENAME,
                                    .file = FILE_SNAPSHOT_NEW,
                                    .to_file = FILE_SNAPSHOT,
                                    .tag = TAG_SNAPSHOT_STORE});
    sim_disk(out,
             (struct sim_disk){.op = SIM_SYNC, .file = SIM_DIRECTORY, .tag = TAG_SNAPSHOT_STORE});
}

/* ---- to a learner that is behind ---- */

static void read_piece(struct paxos_node *s, sim_node to, int64_t through, int64_t offset,
                       struct sim_out *out) {
    const int place = paxos_group_place(&s->group, to);
    if (place < 0 || s->snapshot_through == 0) return;
    if (through != s->snapshot_through) offset = 0; /* a newer one has taken its place */
    s->chunk_through[place] = s->snapshot_through;
    s->chunk_offset[place] = offset;
    sim_disk(out, (struct sim_disk){.op = SIM_READ,
                                    .file = FILE_SNAPSHOT,
                                    .offset = offset,
                                    .size = s->snapshot_chunk,
                                    .tag = TAG_CHUNK + (uint64_t)place});
}

void paxos_snapshot_offer(struct paxos_node *s, sim_node to, struct sim_out *out) {
    sim_note(out, NOTE_SNAPSHOT_SENT, s->snapshot_through, to,
             s->snapshot_size + s->snapshot_weight);
    read_piece(s, to, s->snapshot_through, 0, out);
}

/* part / all of the weight, without passing int64. */
static int64_t share(int64_t weight, int64_t part, int64_t all) {
    return weight / all * part + weight % all * part / all;
}

void paxos_snapshot_chunk_read(struct paxos_node *s, const struct sim_disk *read,
                               struct sim_out *out) {
    const size_t place = (size_t)(read->tag - TAG_CHUNK);
    assert(place < PAXOS_PEERS_MAX);
    if (read->error || s->chunk_through[place] != s->snapshot_through)
        return; /* it will ask again */
    const size_t most = 8 * 3 + 4 + read->bytes.size;
    uint8_t *body = memory_take(s->memory, most);
    struct writer w = writer_over(body, most);
    put_i64(&w, s->chunk_through[place]);
    put_i64(&w, s->chunk_offset[place]);
    put_i64(&w, s->snapshot_size);
    put_string(&w, read->bytes.data, read->bytes.size);
    const int64_t extra = share(s->snapshot_weight, (int64_t)read->bytes.size, s->snapshot_size);
    paxos_node_send(s, s->group.peers[place].node, MESSAGE_CHUNK,
                    (struct sim_bytes){w.data, w.size}, extra, out);
    memory_give(s->memory, body, most);
}

void paxos_snapshot_next_asked(struct paxos_node *s, const struct sim_message *m,
                               struct sim_out *out) {
    struct reader r = reader_over(m->body.data, m->body.size);
    const int64_t through = get_i64(&r), offset = get_i64(&r);
    if (!r.bad && offset >= 0 && offset < SNAPSHOT_BYTES_MAX)
        read_piece(s, m->peer, through, offset, out);
}

/* ---- from one who is ahead ---- */

static void ask_next(struct paxos_node *s, struct sim_out *out) {
    uint8_t body[16];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, s->incoming.through);
    put_i64(&w, (int64_t)s->incoming.size);
    paxos_node_send(s, s->incoming.from, MESSAGE_NEXT_CHUNK, (struct sim_bytes){body, w.size}, 0,
                    out);
}

static void incoming_begin(struct paxos_node *s, sim_node from, int64_t through, int64_t total) {
    struct incoming *i = &s->incoming;
    memory_give(s->memory, i->bytes, i->capacity);
    *i = (struct incoming){.from = from,
                           .through = through,
                           .bytes = memory_take(s->memory, (size_t)total),
                           .capacity = (size_t)total};
}

/* All of it is here: to the disk, and then it counts. */
static void incoming_whole(struct paxos_node *s, struct sim_out *out) {
    struct incoming *i = &s->incoming;
    struct snapshot snapshot;
    if (paxos_snapshot_open((struct sim_bytes){i->bytes, i->capacity}, &snapshot) &&
        s->store.state == STORE_IDLE && snapshot.through > s->group.applied)
        store(s, i->bytes, i->capacity, snapshot.through, true, snapshot.weight, out);
    else
        memory_give(s->memory, i->bytes, i->capacity);
    *i = (struct incoming){0};
}

void paxos_snapshot_chunk_received(struct paxos_node *s, const struct sim_event *e,
                                   struct sim_out *out) {
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    const int64_t through = get_i64(&r), offset = get_i64(&r), total = get_i64(&r);
    struct incoming *i = &s->incoming;
    size_t size;
    const uint8_t *bytes = get_string(&r, &size);
    if (r.bad || total <= 0 || total > SNAPSHOT_BYTES_MAX || s->store.received) return;
    if (through <= s->group.commit) return; /* it has caught up by itself */
    if (offset == 0) incoming_begin(s, e->message.peer, through, total);
    if (i->capacity != (size_t)total || i->through != through || i->from != e->message.peer ||
        (size_t)offset != i->size || size > i->capacity - i->size)
        return;
    if (size) memcpy(i->bytes + i->size, bytes, size);
    i->size += size;
    paxos_fetch_goes_on(&s->group, e->now.mono_ns);
    if (i->size == i->capacity)
        incoming_whole(s, out);
    else if (size > 0)
        ask_next(s, out);
}
