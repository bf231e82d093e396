/* All of a node's state in canonical bytes, for hashes and differences. */
#include "parts/record.h"
#include "raft/node.h"

static void encode_journal(const struct journal *j, struct writer *w) {
    put_u8(w, (uint8_t)j->state);
    put_i64(w, j->first);
    put_i64(w, j->last);
    put_i64(w, j->last_bytes);
    put_i64(w, j->put);
    put_i64(w, j->written);
    put_i64(w, j->synced);
    put_i64(w, j->covers);
    put_i64(w, j->awaited);
    put_bool(w, j->fresh);
    put_bool(w, j->cutting);
}

static void encode_disk(const struct node *n, struct writer *w) {
    encode_journal(&n->journal, w);
    put_u64(w, n->written_count);
    for (size_t i = 0; i < n->written_count; i++) {
        const struct written *at = &n->written[(n->written_first + i) % n->written_capacity];
        put_i64(w, at->write);
        put_i64(w, at->position);
    }
    put_i64(w, n->awaited);
    put_i64(w, n->drop_before);
    put_i64(w, n->drop_at);
    put_u8(w, (uint8_t)n->snapshot_file.state);
    put_bool(w, n->snapshot_received);
    put_i64(w, n->snapshot_index);
    put_i64(w, n->snapshot_weight);
    put_u64(w, record_hash(0, n->snapshot_bytes.data, n->snapshot_bytes.size));
    put_bool(w, n->snapshot_wanted);
    put_i64(w, n->snapshot_wanted_from);
    put_u64(w, n->snapshot_request);
}

static void encode_links(const struct node *n, struct writer *w) {
    put_u64(w, n->link_count);
    for (size_t i = 0; i < n->link_count; i++) {
        put_u32(w, n->links[i].node);
        put_bool(w, n->links[i].up);
        put_bool(w, n->links[i].connecting);
    }
}

static void encode_waiting(const struct node *n, struct writer *w) {
    put_u64(w, n->command_count);
    for (size_t i = 0; i < n->command_count; i++) {
        const struct waiting_command *c =
            &n->commands[(n->command_first + i) % n->command_capacity];
        put_i64(w, c->index);
        put_i64(w, c->request);
        put_u32(w, c->client);
    }
    put_u64(w, n->read_count);
    for (size_t i = 0; i < n->read_count; i++) {
        const struct waiting_read *read = &n->pending[i];
        put_u8(w, (uint8_t)read->state);
        if (read->state == READ_UNUSED) continue;
        put_i64(w, read->number);
        put_i64(w, read->index);
        put_u32(w, read->client);
        put_i64(w, read->request.request);
        put_i64(w, read->request.key);
    }
    put_i64(w, n->read_number);
}

static void encode_load(const struct node *n, struct writer *w) {
    put_bool(w, n->load.on);
    put_u64(w, n->load.request);
    put_i64(w, n->load.left);
    put_i64(w, n->load.open);
    put_i64(w, n->load.in_flight);
    put_i64(w, n->load.bytes);
    put_i64(w, n->load.done);
    put_i64(w, n->load_number);
}

void raft_node_encode(const void *state, struct writer *w) {
    const struct node *n = state;
    raft_encode(&n->raft, w);
    put_bool(w, n->running);
    put_i64(w, n->armed_ns);
    put_i64(w, n->applied);
    encode_disk(n, w);
    encode_links(n, w);
    encode_waiting(n, w);
    encode_load(n, w);
    put_i64(w, n->messages_sent);
    put_i64(w, n->bytes_sent);
    put_i64(w, n->commands_done);
    kv_save(&n->kv, true, w);
}
