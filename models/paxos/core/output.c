#include "paxos/core/output.h"

#include <assert.h>

#include "base/memory.h"

void paxos_output_begin(struct paxos_output *out, struct memory *memory) {
    *out = (struct paxos_output){.memory = memory, .snapshot_to = SIM_NONE};
}

void paxos_output_clear(struct paxos_output *out) {
    out->size = out->messages.count = out->records.count = out->said_count = 0;
    out->snapshot_to = SIM_NONE;
}

static void *grown(struct memory *memory, void *list, size_t *capacity, size_t count, size_t size) {
    size_t wanted = *capacity ? *capacity : 16;
    if (count <= *capacity) return list;
    while (wanted < count) wanted *= 2;
    list = memory_resize(memory, list, *capacity * size, wanted * size);
    *capacity = wanted;
    return list;
}

struct writer paxos_output_writer(struct paxos_output *out, size_t most) {
    out->bytes = grown(out->memory, out->bytes, &out->capacity, out->size + most, 1);
    return writer_over(out->bytes + out->size, most);
}

void paxos_output_end(struct paxos_output *out, struct paxos_pieces *pieces, const struct writer *w,
                      sim_node to, uint32_t type, int64_t extra) {
    assert(!w->bad && w->data == out->bytes + out->size);
    pieces->list = grown(out->memory, pieces->list, &pieces->capacity, pieces->count + 1,
                         sizeof *pieces->list);
    pieces->list[pieces->count++] = (struct paxos_piece){to, type, out->size, w->size, extra};
    out->size += w->size;
}

void paxos_output_say(struct paxos_output *out, bool fact, const int64_t *values, size_t count) {
    assert(count <= PAXOS_SAID_VALUES);
    out->said =
        grown(out->memory, out->said, &out->said_capacity, out->said_count + 1, sizeof *out->said);
    struct paxos_said *said = &out->said[out->said_count++];
    *said = (struct paxos_said){.fact = fact, .count = count};
    for (size_t i = 0; i < count; i++) said->values[i] = values[i];
}
