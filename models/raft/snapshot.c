/*
 * Snapshots of the store: on disk, and from a leader.
 *
 * Once one is durable (parts/snapshot_file.h), and not before, the log before it is let go.
 *
 * Every member takes its own, at the same indexes, so the states that are saved can be compared:
 * fact `state`.
 */
#include "parts/record.h"
#include "raft/node.h"

/* ---- writing ---- */

static void write_file(struct node *n, const struct raft_snapshot *s, struct sim_out *out) {
    struct writer payload = writer_growing(), frame = writer_growing();
    put_i64(&payload, s->index);
    put_i64(&payload, s->term);
    put_u64(&payload, s->hash);
    put_i64(&payload, s->weight);
    raft_configuration_write(&s->configuration, &payload);
    put_string(&payload, s->bytes, s->size);
    record_write(&frame, payload.data, payload.size);
    snapshot_file_write(&n->snapshot_file, (struct sim_bytes){frame.data, frame.size}, s->weight,
                        out);
    writer_free(&payload);
    writer_free(&frame);
}

static void save(struct node *n, struct sim_out *out) {
    struct writer w = writer_growing();
    kv_save(&n->kv, !node_has_bug(n, BUG_FORGET_SESSIONS), &w);
    uint8_t *bytes = memory_take(n->memory, w.size);
    memcpy(bytes, w.data, w.size);
    n->snapshot_bytes = (struct sim_bytes){bytes, w.size};
    n->snapshot_index = n->applied;
    n->snapshot_weight = kv_weight(&n->kv);
    n->snapshot_received = false;
    w.size = 0;
    kv_save(&n->kv, true, &w);
    raft_configuration_write(raft_configuration_at(&n->raft, n->applied), &w);
    sim_fact(out, FACT_STATE, n->raft.group, n->applied, (int64_t)record_hash(0, w.data, w.size));
    writer_free(&w);
    write_file(
        n,
        &(struct raft_snapshot){.index = n->applied,
                                .term = raft_term_at(&n->raft, n->applied),
                                .hash = raft_hash_at(&n->raft, n->applied),
                                .configuration = *raft_configuration_at(&n->raft, n->applied),
                                .bytes = bytes,
                                .size = n->snapshot_bytes.size,
                                .weight = n->snapshot_weight},
        out);
}

/* What is on disk may be newer than what the core has, while that is being sent to somebody. */
static int64_t saved_up_to(const struct node *n) {
    return n->raft.snapshot.index > n->snapshot_index ? n->raft.snapshot.index : n->snapshot_index;
}

void snapshot_look(struct node *n, struct sim_out *out) {
    if (n->snapshot_file.state != SNAPSHOT_FILE_IDLE || n->applied <= n->raft.snapshot.index)
        return;
    if (n->applied > n->raft.commit) return; /* a bug: that may yet be overwritten */
    const int64_t every = n->snapshot_entries;
    const bool due = every > 0 && n->applied / every > saved_up_to(n) / every;
    if (due || n->snapshot_wanted) save(n, out);
}

void snapshot_install(struct node *n, const struct sim_event *e, struct sim_out *out) {
    if (n->snapshot_file.state != SNAPSHOT_FILE_IDLE)
        return; /* its own is on its way: then this one's turn */
    if (n->raft.incoming.index <= n->raft.snapshot.index) { /* and its own was newer */
        const struct raft_moment now = moment_of(e);
        raft_installed(&n->raft, &now);
        return;
    }
    n->snapshot_received = true;
    write_file(n, &n->raft.incoming, out);
}

static void answer_operator(struct node *n, struct sim_out *out) {
    if (!n->snapshot_wanted || saved_up_to(n) < n->snapshot_wanted_from) return;
    n->snapshot_wanted = false;
    sim_reply(out, n->snapshot_request, true, (struct sim_bytes){NULL, 0});
}

static void saved(struct node *n, struct sim_out *out) {
    sim_note(out, NOTE_SAVED, n->snapshot_index, n->snapshot_weight);
    const int64_t base = n->raft.base;
    if (n->snapshot_index > n->raft.snapshot.index && n->snapshot_index >= base &&
        n->snapshot_index <= n->raft.commit)
        raft_compact(&n->raft, n->snapshot_index, n->snapshot_bytes, n->snapshot_weight,
                     n->snapshot_trailing);
    if (n->raft.base > base) storage_rebase(n, out); /* else the log stays as it is on disk */
    memory_give(n->memory, (void *)(uintptr_t)n->snapshot_bytes.data, n->snapshot_bytes.size);
    n->snapshot_bytes = (struct sim_bytes){NULL, 0};
}

static void installed(struct node *n, const struct sim_event *e, struct sim_out *out) {
    const struct raft_moment now = moment_of(e);
    if (!raft_installed(&n->raft, &now)) return;
    storage_rebase(n, out);
    snapshot_use(n, out);
    serve_give_up(n, out);
    serve_reads(n, out);
}

void snapshot_use(struct node *n, struct sim_out *out) {
    const struct raft_snapshot *s = &n->raft.snapshot;
    if (!kv_load(&n->kv, (struct sim_bytes){s->bytes, s->size}))
        sim_halt(out, "snapshot: the store in it is malformed");
    n->applied = s->index;
}

/* ---- reading ---- */

bool snapshot_start(struct node *n, const struct sim_event *e, struct sim_out *out) {
    snapshot_file_begin(&n->snapshot_file, FILE_SNAPSHOT, TAG_SNAPSHOT);
    return snapshot_file_start(&n->snapshot_file, e, out);
}

/* False: it is not what was written. */
static bool read_file(struct node *n, struct sim_bytes file) {
    struct raft_snapshot *s = &n->found;
    struct sim_bytes payload;
    size_t next;
    if (record_read(file, 0, &payload, &next) != RECORD_WHOLE) return false;
    struct reader r = reader_over(payload.data, payload.size);
    s->index = get_i64(&r);
    s->term = get_i64(&r);
    s->hash = get_u64(&r);
    s->weight = get_i64(&r);
    if (!raft_configuration_read(&r, &s->configuration)) return false;
    const uint8_t *bytes = get_string(&r, &s->size);
    if (r.bad) return false;
    s->bytes = memory_take(n->memory, s->size);
    memcpy(s->bytes, bytes, s->size);
    return true;
}

/* ---- the disk's answers ---- */

static void stored(struct node *n, const struct sim_event *e, struct sim_out *out) {
    if (n->snapshot_received)
        installed(n, e, out);
    else
        saved(n, out);
    if (n->raft.installing) snapshot_install(n, e, out);
    answer_operator(n, out);
    snapshot_look(n, out);
}

void snapshot_answered(struct node *n, const struct sim_event *e, struct sim_out *out) {
    switch (snapshot_file_answered(&n->snapshot_file, &e->disk, out)) {
    case SNAPSHOT_FILE_NOTHING: return;
    case SNAPSHOT_FILE_READ:
        if (read_file(n, e->disk.bytes))
            storage_snapshot_read(n, e, out);
        else
            sim_halt(out, "snapshot: it is corrupt");
        return;
    case SNAPSHOT_FILE_STORED: stored(n, e, out); return;
    case SNAPSHOT_FILE_FAILED: sim_halt(out, n->snapshot_file.failure); return;
    }
}
