/*
 * A step's effects, as a list: what a model's calls append, and the engine applies in order.
 *
 * A message is copied into the slot in which it will travel. Other bytes are copied into the list's
 * own and named by offset, as both arrays may grow while the step runs. An operation's f and error
 * are literals, kept as pointers.
 */
#ifndef WORLD_OUT_H
#define WORLD_OUT_H

#include "base/poison.h"
#include "wall/model.h"

enum effect_kind {
    EFFECT_SEND, EFFECT_CONNECT, EFFECT_CLOSE, EFFECT_ARM, EFFECT_ARM_WALL, EFFECT_DISARM,
    EFFECT_DISK, EFFECT_WORK, EFFECT_CANCEL, EFFECT_DISCIPLINE, EFFECT_INVOKE, EFFECT_RETURN,
    EFFECT_REPLY, EFFECT_HALT, EFFECT_ERROR, EFFECT_NOTE, EFFECT_FACT,
};

struct effect {
    enum effect_kind kind;
    union {
        struct { uint32_t slot; } send; /* its own until it is applied or discarded */
        struct { sim_node peer; uint32_t channel; } peer;
        struct { uint64_t timer; int64_t reading; } arm;
        struct { struct sim_disk disk; size_t at; } disk;
        struct { uint32_t lane; int64_t cpu_ns; uint64_t tag; } work;
        struct sim_discipline discipline;
        struct { int64_t operation, client, version; const char *f, *error;
                 size_t at, key_size, value_size; enum sim_outcome outcome; } operation;
        struct { uint64_t request; bool ok; size_t at, size; } reply;
        struct { size_t at, count; } note;
        struct sim_fact fact; /* which: of the model's facts, until it is folded */
    };
};

struct sim_out {
    struct world *world;
    sim_node node;            /* whose step it is, */
    uint64_t stream_channels; /* and which of its channels are streams */
    struct effect *effects;
    size_t count, capacity;
    uint8_t *bytes;
    size_t size, bytes_capacity;
    int64_t busy_ns;
    struct sim_out *next;
};

struct sim_out *sim_out_open(struct world *);
void sim_out_close(struct sim_out *);
void sim_out_discard(struct sim_out *, size_t from); /* the effects from there on come to nothing */
/* A step is over and its effects are applied: who kept a pointer into them would read what is no
   more. */
static inline void sim_out_spent(const struct sim_out *out) {
    poison(out->effects, out->capacity * sizeof *out->effects);
    poison(out->bytes, out->bytes_capacity);
}
static inline void sim_out_clear(struct sim_out *out) {
    unpoison(out->effects, out->capacity * sizeof *out->effects);
    unpoison(out->bytes, out->bytes_capacity);
    out->count = 0;
    out->size = 0;
    out->busy_ns = 0;
}

#endif
