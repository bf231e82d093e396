/*
 * Snapshots: taken, kept, sent in pieces, put together.
 *
 * The state is written out, with the instance to which it belongs; then the log before it may be
 * cut, and a replica that lags behind the log's beginning is sent the snapshot (Paxos Made Live,
 * section 5.5).
 *
 * It is offered, and then the learner asks for a piece when the one before has come, so a slow one
 * is not flooded; each is read from the disk. While it is being sent no newer one takes its place,
 * and the log after it stays: or a group that writes faster than a learner can be sent snapshots
 * would begin anew for ever.
 */
#include "base/memory.h"
#include "base/wide.h"
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
    s->store = (struct store){
        .bytes = bytes, .size = size, .through = through, .weight = weight, .received = received};
    snapshot_file_write(&s->snapshot_file, (struct sim_bytes){bytes, size}, weight, out);
}

/* Until the learner tells that it knows as much, or has given up. */
static bool is_being_sent(const struct paxos_node *s, int64_t now) {
    for (int i = 0; i < s->group.peer_count; i++)
        if (paxos_is_learning(&s->group, i, now) && s->group.peers[i].commit < s->snapshot_through)
            return true;
    return false;
}

bool paxos_snapshot_take(struct paxos_node *s, int64_t now, struct sim_out *out) {
    if (s->snapshot_file.state != SNAPSHOT_FILE_IDLE || s->group.applied <= s->snapshot_through ||
        is_being_sent(s, now))
        return false;
    struct writer file = writer_growing();
    compose(s, &file);
    uint8_t *bytes = memory_take(s->memory, file.size);
    memcpy(bytes, file.data, file.size);
    store(s, bytes, file.size, s->group.applied, false, kv_weight(&s->kv), out);
    writer_free(&file);
    return true;
}

void paxos_snapshot_consider(struct paxos_node *s, int64_t now, struct sim_out *out) {
    const bool due = s->snapshot_entries > 0 &&
                     s->group.applied - s->snapshot_through >= s->snapshot_entries;
    if (due) paxos_snapshot_take(s, now, out);
}

static void install(struct paxos_node *s, const struct sim_event *e) {
    struct snapshot snapshot;
    const bool ok =
        paxos_snapshot_open((struct sim_bytes){s->store.bytes, s->store.size}, &snapshot);
    assert(ok);
    if (snapshot.through > s->group.applied) { /* or it has caught up by itself meanwhile */
        const bool loaded = kv_load(&s->kv, snapshot.rows);
        assert(loaded);
    }
    paxos_install(&s->group, snapshot.through, &snapshot.configs, e->now.mono_ns, &s->output);
}

static void incoming_look(struct paxos_node *, struct sim_out *);

/* A quarter of the entries between two snapshots is kept, for those who are only a little behind.
 */
void paxos_snapshot_stored(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
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
    *t = (struct store){0};
    paxos_compact(&s->group, through, e->now.mono_ns);
    paxos_storage_drop(s, out);
    incoming_look(s, out);
}

/* ---- to a learner that is behind ---- */

/* Some of the file; an offer has none of it, and says what there is. */
static void send_piece(struct paxos_node *s, sim_node to, int64_t offset, struct sim_bytes bytes,
                       struct sim_out *out) {
    const size_t most = 8 * 3 + 4 + bytes.size;
    uint8_t *body = memory_take(s->memory, most);
    struct writer w = writer_over(body, most);
    put_i64(&w, s->snapshot_through);
    put_i64(&w, offset);
    put_i64(&w, s->snapshot_size);
    put_string(&w, bytes.data, bytes.size);
    paxos_node_send(s, to, MESSAGE_CHUNK, (struct sim_bytes){w.data, w.size},
                    mul_div(s->snapshot_weight, (int64_t)bytes.size, s->snapshot_size), out);
    memory_give(s->memory, body, most);
}

void paxos_snapshot_offer(struct paxos_node *s, sim_node to, struct sim_out *out) {
    if (s->snapshot_through == 0) return;
    sim_note(out, NOTE_SNAPSHOT_SENT, s->snapshot_through, to,
             s->snapshot_size + s->snapshot_weight);
    send_piece(s, to, 0, (struct sim_bytes){0}, out);
}

/* So many of its bytes that they weigh a chunk. */
static int64_t piece_size(const struct paxos_node *s) {
    const int64_t size =
        mul_div(s->snapshot_chunk, s->snapshot_size, s->snapshot_size + s->snapshot_weight);
    return size > 0 ? size : 1;
}

void paxos_snapshot_next_asked(struct paxos_node *s, const struct sim_event *e,
                               struct sim_out *out) {
    const struct sim_message *m = &e->message;
    struct reader r = reader_over(m->body.data, m->body.size);
    const int64_t through = get_i64(&r), offset = get_i64(&r);
    const int place = paxos_group_place(&s->group, m->peer);
    if (r.bad || place < 0 || s->snapshot_file.state == SNAPSHOT_FILE_NAMED)
        return; /* it will ask again */
    if (through != s->snapshot_through || offset < 0 || offset >= s->snapshot_size) {
        paxos_snapshot_offer(s, m->peer, out); /* another has taken its place */
        return;
    }
    s->group.peers[place].asked_ns = e->now.mono_ns;
    s->chunk_through[place] = through;
    sim_disk(out, (struct sim_disk){.op = SIM_READ,
                                    .file = FILE_SNAPSHOT,
                                    .offset = offset,
                                    .size = piece_size(s),
                                    .tag = TAG_CHUNK + (uint64_t)place});
}

void paxos_snapshot_chunk_read(struct paxos_node *s, const struct sim_disk *read,
                               struct sim_out *out) {
    const size_t place = (size_t)(read->tag - TAG_CHUNK);
    assert(place < PAXOS_PEERS_MAX);
    if (read->error || s->chunk_through[place] != s->snapshot_through) return; /* the same */
    send_piece(s, s->group.peers[place].node, read->offset, read->bytes, out);
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

static void incoming_forget(struct paxos_node *s) {
    memory_give(s->memory, s->incoming.bytes, s->incoming.capacity);
    s->incoming = (struct incoming){0};
}

static bool incoming_is(const struct incoming *i, sim_node from, int64_t through, int64_t total) {
    return i->capacity == (size_t)total && i->through == through && i->from == from;
}

/* All of it is here: to the disk, when that has no other to write, and then it counts. */
static void incoming_look(struct paxos_node *s, struct sim_out *out) {
    struct incoming *i = &s->incoming;
    struct snapshot snapshot;
    if (i->capacity == 0 || i->size < i->capacity || s->snapshot_file.state != SNAPSHOT_FILE_IDLE)
        return;
    if (paxos_snapshot_open((struct sim_bytes){i->bytes, i->capacity}, &snapshot) &&
        snapshot.through > s->group.applied) {
        store(s, i->bytes, i->capacity, snapshot.through, true, snapshot.weight, out);
        *i = (struct incoming){0};
        return;
    }
    incoming_forget(s);
    paxos_snapshot_ends(&s->group);
}

/* What comes late, or twice, does not fit, and is dropped. */
static bool incoming_takes(struct incoming *i, int64_t offset, struct sim_bytes bytes) {
    if ((size_t)offset != i->size || bytes.size > i->capacity - i->size) return false;
    memcpy(i->bytes + i->size, bytes.data, bytes.size);
    i->size += bytes.size;
    return true;
}

/* An offer of the snapshot of which there is some here already goes on where that ends; but not if
 * a piece, and what was asked for then, has overtaken it: or each would come twice. */
void paxos_snapshot_chunk_received(struct paxos_node *s, const struct sim_event *e,
                                   struct sim_out *out) {
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    const int64_t through = get_i64(&r), offset = get_i64(&r), total = get_i64(&r);
    const sim_node from = e->message.peer;
    struct incoming *i = &s->incoming;
    struct sim_bytes bytes;
    bytes.data = get_string(&r, &bytes.size);
    if (r.bad || total <= 0 || total > SNAPSHOT_BYTES_MAX) return;
    if (s->group.fetch_ns == 0 || s->group.fetch_from != (int64_t)from) return; /* nobody asked */
    if (through <= s->group.commit) { /* it has caught up by itself */
        incoming_forget(s);
        paxos_snapshot_ends(&s->group);
        return;
    }
    const bool same = incoming_is(i, from, through, total), offer = bytes.size == 0;
    if (same && offer && s->group.piece_came) return;
    if (!same && offer) {
        incoming_forget(s);
        *i = (struct incoming){.from = from,
                               .through = through,
                               .bytes = memory_take(s->memory, (size_t)total),
                               .capacity = (size_t)total};
    }
    if (!offer && !(same && incoming_takes(i, offset, bytes))) return;
    if (i->size < i->capacity) {
        paxos_snapshot_goes_on(&s->group, e->now.mono_ns);
        ask_next(s, out);
        return;
    }
    paxos_snapshot_is_whole(&s->group);
    incoming_look(s, out);
}
