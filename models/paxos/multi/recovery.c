/*
 * What a start finds on disk: the snapshot, if there is one, and then the records of the journal,
 * of which those that the snapshot stands for say nothing new.
 */
#include "base/memory.h"
#include "paxos/multi/node.h"

static void read_journal(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    struct sim_event start = {.kind = SIM_START, .now = e->now, .random = e->random};
    start.start.files = s->files;
    start.start.count = s->file_count;
    if (journal_start(&s->journal, &start, out)) paxos_recovery_done(s, e);
    memory_give(s->memory, s->files, s->file_count * sizeof *s->files);
    s->files = NULL;
}

void paxos_recovery_begin(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    s->file_count = e->start.count;
    s->files = memory_take(s->memory, s->file_count * sizeof *s->files);
    if (s->file_count) memcpy(s->files, e->start.files, s->file_count * sizeof *s->files);
    paxos_links_open(s, out);
    if (!snapshot_file_start(&s->snapshot_file, e, out)) read_journal(s, e, out);
}

void paxos_recovery_snapshot_read(struct paxos_node *s, const struct sim_event *e,
                                  struct sim_out *out) {
    struct snapshot snapshot;
    if (!paxos_snapshot_open(e->disk.bytes, &snapshot) || !kv_load(&s->kv, snapshot.rows)) {
        sim_halt(out, "snapshot: it is corrupt");
        return;
    }
    s->snapshot_through = snapshot.through;
    s->snapshot_size = (int64_t)e->disk.bytes.size;
    s->snapshot_weight = snapshot.weight;
    paxos_restore(&s->group, snapshot.through, &snapshot.configs);
    sim_note(out, NOTE_SNAPSHOT_FOUND, snapshot.through);
    read_journal(s, e, out);
}

void paxos_recovery_record(void *node, int64_t segment, struct sim_bytes record) {
    struct paxos_node *s = node;
    paxos_replay(&s->group, record);
    paxos_storage_saw(s, segment, 0);
}

void paxos_recovery_done(struct paxos_node *s, const struct sim_event *e) {
    s->ready = true;
    paxos_start(&s->group, e->now.mono_ns, e->random, &s->output);
}
