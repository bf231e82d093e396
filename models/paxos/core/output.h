/*
 * What a core asks of the node around it: messages to send, records to keep, notes and facts to
 * state, in order. Filled by one event, emptied by the node, used again: one of it serves all
 * groups.
 *
 * Owner: who declared it; its lists are in the node's memory and keep their size.
 */
#ifndef PAXOS_CORE_OUTPUT_H
#define PAXOS_CORE_OUTPUT_H

#include "base/codec.h"
#include "wall/model.h"

enum { PAXOS_SAID_VALUES = 6 };
struct paxos_said {
    bool fact;
    size_t count;
    int64_t values[PAXOS_SAID_VALUES];
};
struct paxos_piece { /* of the output's bytes */
    sim_node to;     /* a message's */
    uint32_t type;
    size_t at, size;
    int64_t extra; /* what it weighs beyond its bytes */
};
struct paxos_pieces {
    struct paxos_piece *list;
    size_t count, capacity;
};
struct paxos_output {
    struct memory *memory;
    uint8_t *bytes;
    size_t size, capacity;
    struct paxos_pieces messages, records;
    struct paxos_said *said;
    size_t said_count, said_capacity;
    int64_t snapshot_to; /* a learner that is behind the log's beginning; SIM_NONE: none */
};

void paxos_output_begin(struct paxos_output *, struct memory *);
void paxos_output_clear(struct paxos_output *);
/* Room for a message or record of at most `most` bytes; output_end adds what was written. */
struct writer paxos_output_writer(struct paxos_output *, size_t most);
void paxos_output_end(struct paxos_output *, struct paxos_pieces *, const struct writer *,
                      sim_node to, uint32_t type, int64_t extra);
/* values: a note's or fact's number, and its values. */
void paxos_output_say(struct paxos_output *, bool fact, const int64_t *values, size_t count);
static inline struct sim_bytes paxos_output_bytes(const struct paxos_output *out,
                                                  const struct paxos_piece *p) {
    return (struct sim_bytes){out->bytes + p->at, p->size};
}

#endif
