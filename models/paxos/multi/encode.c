/* The state of a node as bytes: what differs in the one differs in the other. */
#include "parts/record.h"
#include "paxos/multi/node.h"

static void encode_storage(const struct paxos_node *s, struct writer *w) {
    journal_encode(&s->journal, w);
    put_u64(w, s->mark_count);
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[(s->mark_first + i) % s->mark_capacity];
        put_i64(w, m->records);
        put_i64(w, m->position);
    }
    put_u64(w, s->segment_count);
    for (size_t i = 0; i < s->segment_count; i++) {
        put_i64(w, s->segments[i].number);
        put_i64(w, s->segments[i].highest);
        put_i64(w, s->segments[i].head);
    }
}

static void encode_requests(const struct paxos_node *s, struct writer *w) {
    put_u64(w, s->queue_count);
    for (size_t i = 0; i < s->queue_count; i++) {
        const struct waiting *q = &s->queue[(s->queue_first + i) % s->queue_capacity];
        put_u32(w, q->client);
        put_i64(w, q->request);
        put_string(w, q->value, q->size);
        put_i64(w, q->extra);
    }
    for (size_t i = 0; i < s->pending_capacity; i++) {
        const struct pending *p = &s->pending[i];
        put_i64(w, p->instance);
        if (!p->instance) continue;
        put_u32(w, p->client);
        put_i64(w, p->request);
        put_i64(w, p->hash);
        put_bool(w, p->fill);
    }
    put_bool(w, s->was_leader);
    put_bool(w, s->fill.on);
    put_u64(w, s->fill.request);
    put_i64(w, s->fill.left);
    put_i64(w, s->fill.bytes);
    put_i64(w, s->fill.in_flight);
    put_i64(w, s->fill.open);
    put_bool(w, s->change.waits);
    put_u64(w, s->change.request);
    put_string(w, s->change.value, s->change.size);
}

/* Of what may be large, a hash. */
static void encode_snapshots(const struct paxos_node *s, struct writer *w) {
    put_u8(w, (uint8_t)s->snapshot_file.state);
    put_i64(w, (int64_t)record_hash(0, s->store.bytes, s->store.size));
    put_i64(w, s->store.through);
    put_i64(w, s->store.weight);
    put_bool(w, s->store.received);
    put_bool(w, s->store.has_request);
    put_u64(w, s->store.request);
    put_u32(w, s->incoming.from);
    put_i64(w, s->incoming.through);
    put_u64(w, s->incoming.capacity);
    put_u64(w, s->incoming.size);
    put_i64(w, (int64_t)record_hash(0, s->incoming.bytes, s->incoming.size));
    put_i64(w, s->snapshot_through);
    put_i64(w, s->snapshot_size);
    put_i64(w, s->snapshot_weight);
    for (int i = 0; i < s->group.peer_count; i++) put_i64(w, s->chunk_through[i]);
}

void paxos_node_encode(const void *state, struct writer *w) {
    const struct paxos_node *s = state;
    put_bool(w, s->ready);
    paxos_encode(&s->group, w);
    kv_save(&s->kv, true, w);
    encode_storage(s, w);
    encode_requests(s, w);
    encode_snapshots(s, w);
    put_i64(w, s->linked);
    put_i64(w, s->armed_ns);
    put_i64(w, s->messages_sent);
    put_i64(w, s->bytes_sent);
    put_i64(w, s->commands);
    put_i64(w, s->kv.repeated);
}
