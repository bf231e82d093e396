/*
 * What is on disk: the journal, and the snapshot that stands for what came before it (snapshot.c).
 *
 * The journal has three kinds of records. STATE: term and vote. ENTRY: one entry, which replaces
 * those from its index on. BASE: the log begins anew here. A node starts by reading them in order,
 * so the last word on anything counts. A new segment begins with the state, the base and all
 * entries after it, and so stands for all segments before, which are dropped once it is durable.
 *
 * A crash may tear it before, and what is put there from then on rests on the segments before. They
 * must not be dropped together: a crash may undo some removals, and bring back the torn one alone.
 * So where more than one segment is found, the last is first made to stand for all.
 */
#include "parts/grow.h"
#include "raft/node.h"

enum record_kind { RECORD_STATE = 1, RECORD_ENTRY, RECORD_BASE };

/* ---- writing ---- */

static int64_t put_state(struct node *n) {
    uint8_t bytes[1 + 8 + 4];
    struct writer w = writer_over(bytes, sizeof bytes);
    put_u8(&w, RECORD_STATE);
    put_i64(&w, n->raft.term);
    put_u32(&w, n->raft.vote);
    return journal_put(&n->journal, bytes, w.size, 0);
}

static int64_t put_base(struct node *n) {
    uint8_t bytes[1 + 8 + 8 + 8];
    struct writer w = writer_over(bytes, sizeof bytes);
    put_u8(&w, RECORD_BASE);
    put_i64(&w, n->raft.base);
    put_i64(&w, n->raft.base_term);
    put_u64(&w, n->raft.base_hash);
    return journal_put(&n->journal, bytes, w.size, 0);
}

static int64_t put_entry(struct node *n, int64_t index) {
    const struct raft_entry *e = raft_entry_at(&n->raft, index);
    struct writer *w = &n->body;
    w->size = 0;
    put_u8(w, RECORD_ENTRY);
    put_i64(w, index);
    put_i64(w, e->term);
    put_u8(w, (uint8_t)e->kind);
    put_u32(w, e->weight);
    put_string(w, e->data, e->size);
    return journal_put(&n->journal, w->data, w->size, e->weight);
}

static void remember_write(struct node *n, int64_t write, int64_t position) {
    n->written = ring_room(n->memory, n->written, &n->written_capacity, &n->written_first,
                           n->written_count, sizeof *n->written);
    n->written[(n->written_first + n->written_count++) % n->written_capacity] =
        (struct written){write, position};
}

void storage_write(struct node *n, struct raft_output *o) {
    int64_t position = 0;
    if (o->state) position = put_state(n);
    if (o->first > 0)
        for (int64_t i = o->first; i <= o->last; i++) position = put_entry(n, i);
    remember_write(n, o->write, position);
}

/* What stands for all segments before that one. */
static void put_all(struct node *n, int64_t segment) {
    n->drop_before = segment;
    put_state(n);
    n->drop_at = put_base(n);
    for (int64_t i = n->raft.base + 1; i <= n->raft.last; i++) n->drop_at = put_entry(n, i);
}

void storage_rebase(struct node *n, struct sim_out *out) {
    put_all(n, journal_cut(&n->journal, out));
}

/* ---- starting ---- */

static void read_record(void *context, int64_t segment, struct sim_bytes payload) {
    struct node *n = context;
    struct reader r = reader_over(payload.data, payload.size);
    const enum record_kind kind = (enum record_kind)get_u8(&r);
    (void)segment;
    if (kind == RECORD_STATE) {
        const int64_t term = get_i64(&r);
        raft_restore_state(&n->raft, term, get_u32(&r));
    } else if (kind == RECORD_BASE) {
        const int64_t index = get_i64(&r), term = get_i64(&r);
        raft_restore_base(&n->raft, index, term, get_u64(&r));
    } else {
        struct raft_entry e = {0};
        const int64_t index = get_i64(&r);
        e.term = get_i64(&r);
        e.kind = (enum raft_kind)get_u8(&r);
        e.weight = get_u32(&r);
        size_t size;
        e.data = (uint8_t *)(uintptr_t)get_string(&r, &size); /* copied, and not written to */
        e.size = (uint32_t)size;
        if (!raft_restore_entry(&n->raft, index, &e))
            n->journal.failure = "log: an entry is missing";
    }
}

static void begin_from(struct node *n, const struct sim_event *e, struct sim_out *out) {
    if (n->raft.base > n->found.index) {
        sim_halt(out, "log: it begins after the snapshot on disk");
        return;
    }
    const struct journal *j = &n->journal;
    bool reset = false;
    if (n->found.index > 0) {
        reset = raft_restore_snapshot(&n->raft, &n->found);
        snapshot_use(n, out);
    }
    if (reset || j->first < j->last) put_all(n, j->last);
    node_recovered(n, e, out);
}

void storage_snapshot_read(struct node *n, const struct sim_event *e, struct sim_out *out) {
    if (--n->awaited == 0) begin_from(n, e, out);
}

void storage_start(struct node *n, const struct sim_event *e, struct sim_out *out) {
    raft_restore_members(&n->raft, &n->first_members);
    journal_begin(&n->journal, n->memory, FILE_JOURNAL, TAG_JOURNAL);
    n->awaited = snapshot_start(n, e, out);
    n->awaited += !journal_start(&n->journal, e, out);
    if (n->awaited == 0) begin_from(n, e, out);
}

void storage_answered(struct node *n, const struct sim_event *e, struct sim_out *out) {
    struct journal *j = &n->journal;
    const struct raft_moment now = moment_of(e);
    const enum journal_news news = journal_answered(j, &e->disk, read_record, n, out);
    if (j->failure) {
        sim_halt(out, j->failure);
        return;
    }
    if (news == JOURNAL_READ && --n->awaited == 0) begin_from(n, e, out);
    if (news != JOURNAL_SYNCED) return;
    if (n->drop_at > 0 && j->synced >= n->drop_at) {
        journal_drop(j, n->drop_before, out);
        n->drop_at = 0;
    }
    int64_t durable = 0;
    while (n->written_count > 0 && n->written[n->written_first].position <= j->synced) {
        durable = n->written[n->written_first].write;
        n->written_first = (n->written_first + 1) % n->written_capacity;
        n->written_count--;
    }
    if (durable > 0) raft_durable(&n->raft, &now, durable);
}
