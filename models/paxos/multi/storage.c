/*
 * The journal: records, their positions, and segments that go away.
 *
 * The core counts its records; the journal counts bytes. A mark says up to which record all ends at
 * which byte. A segment that is long enough is followed by a new one, which begins with the promise
 * and the commit of its moment; so one whose instances all stand in the snapshot may be dropped,
 * once the head of the next is durable.
 */
#include "base/memory.h"
#include "parts/grow.h"
#include "paxos/multi/node.h"

static int64_t segment_now(const struct journal *j) { return j->cutting ? j->last + 1 : j->last; }

/* head: where its first record ends; 0 when it is read, as what is read is durable. */
void paxos_storage_saw(struct paxos_node *s, int64_t number, int64_t head) {
    struct segment *last = s->segment_count ? &s->segments[s->segment_count - 1] : NULL;
    if (!last || last->number != number) {
        s->segments = array_room(s->memory, s->segments, &s->segment_capacity, s->segment_count,
                                 sizeof *s->segments);
        last = &s->segments[s->segment_count++];
        *last = (struct segment){.number = number, .head = head};
    }
    if (s->group.log.last > last->highest) last->highest = s->group.log.last;
}

static void put(struct paxos_node *s, struct sim_bytes record, int64_t extra) {
    const int64_t end = journal_put(&s->journal, record.data, record.size, extra);
    paxos_storage_saw(s, segment_now(&s->journal), end);
}

static void next_segment(struct paxos_node *s, struct sim_out *out) {
    uint8_t bytes[PAXOS_HEAD_BYTES];
    struct writer w = writer_over(bytes, sizeof bytes);
    journal_cut(&s->journal, out);
    paxos_write_head(&s->group, &w);
    put(s, (struct sim_bytes){w.data, w.size}, 0);
}

void paxos_storage_keep(struct paxos_node *s, struct sim_out *out) {
    const struct paxos_output *o = &s->output;
    if (o->records.count == 0) return;
    if (s->journal.last_bytes > s->segment_bytes && !s->journal.cutting) next_segment(s, out);
    for (size_t i = 0; i < o->records.count; i++)
        put(s, paxos_output_bytes(o, &o->records.list[i]), o->records.list[i].extra);
    s->marks = ring_room(s->memory, s->marks, &s->mark_capacity, &s->mark_first, s->mark_count,
                         sizeof *s->marks);
    s->marks[(s->mark_first + s->mark_count++) % s->mark_capacity] =
        (struct mark){s->group.records, s->journal.put};
}

void paxos_storage_synced(struct paxos_node *s, const struct sim_event *e) {
    int64_t records = s->group.durable;
    while (s->mark_count > 0 && s->marks[s->mark_first].position <= s->journal.synced) {
        records = s->marks[s->mark_first].records;
        s->mark_first = (s->mark_first + 1) % s->mark_capacity;
        s->mark_count--;
    }
    paxos_durable(&s->group, records, e->now.mono_ns, e->random, &s->output);
}

void paxos_storage_drop(struct paxos_node *s, struct sim_out *out) {
    size_t gone = 0;
    while (gone + 1 < s->segment_count && s->segments[gone].highest <= s->group.log.base &&
           s->segments[gone + 1].head <= s->journal.synced)
        gone++;
    if (gone == 0) return;
    journal_drop(&s->journal, s->segments[gone].number, out);
    for (size_t i = gone; i < s->segment_count; i++) s->segments[i - gone] = s->segments[i];
    s->segment_count -= gone;
}
