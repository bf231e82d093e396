#include "paxos/core/output.h"

#include <assert.h>

#include "base/memory.h"
#include "parts/grow.h"

void paxos_output_begin(struct paxos_output *out, struct memory *memory) {
    *out = (struct paxos_output){.memory = memory, .snapshot_to = SIM_NONE};
}

void paxos_output_clear(struct paxos_output *out) {
    out->size = out->messages.count = out->records.count = out->said_count = 0;
    out->snapshot_to = SIM_NONE;
}

struct writer paxos_output_writer(struct paxos_output *out, size_t most) {
    if (out->size + most > out->capacity) {
        size_t capacity = out->capacity ? out->capacity : 1024;
        while (capacity < out->size + most) capacity *= 2;
        out->bytes = memory_resize(out->memory, out->bytes, out->capacity, capacity);
        out->capacity = capacity;
    }
    return writer_over(out->bytes + out->size, most);
}

void paxos_output_end(struct paxos_output *out, struct paxos_pieces *pieces, const struct writer *w,
                      sim_node to, uint32_t type, int64_t extra) {
    assert(!w->bad && w->data == out->bytes + out->size);
    pieces->list = array_room(out->memory, pieces->list, &pieces->capacity, pieces->count,
                              sizeof *pieces->list);
    pieces->list[pieces->count++] = (struct paxos_piece){to, type, out->size, w->size, extra};
    out->size += w->size;
}

void paxos_output_say(struct paxos_output *out, bool fact, const int64_t *values, size_t count) {
    assert(count <= PAXOS_SAID_VALUES);
    out->said =
        array_room(out->memory, out->said, &out->said_capacity, out->said_count, sizeof *out->said);
    struct paxos_said *said = &out->said[out->said_count++];
    *said = (struct paxos_said){.fact = fact, .count = count};
    for (size_t i = 0; i < count; i++) said->values[i] = values[i];
}
