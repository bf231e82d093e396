#include "world/out.h"

#include <stdlib.h>
#include <string.h>

#include "world/world.h"

struct sim_out *sim_out_open(struct world *w) {
    struct sim_out *out = must_calloc(1, sizeof *out);
    out->world = w;
    out->effects = must_grow(out->effects, &out->capacity, 16, sizeof *out->effects);
    out->bytes = must_grow(out->bytes, &out->bytes_capacity, 1024, 1);
    return out;
}

void sim_out_close(struct sim_out *out) {
    if (!out) return;
    free(out->effects);
    free(out->bytes);
    free(out);
}

void sim_out_discard(struct sim_out *out, size_t from) {
    for (size_t i = from; i < out->count; i++)
        if (out->effects[i].kind == EFFECT_SEND) slot_give(out->world, out->effects[i].send.slot);
    sim_out_clear(out);
}

static inline struct effect *effect_add(struct sim_out *out, enum effect_kind kind) {
    if (__builtin_expect(out->count == out->capacity, 0))
        out->effects =
            must_grow(out->effects, &out->capacity, out->count + 1, sizeof *out->effects);
    struct effect *effect = &out->effects[out->count++];
    effect->kind = kind;
    return effect;
}

/* Copies bytes to an 8-aligned place; their offset. */
static inline size_t bytes_add(struct sim_out *out, const void *bytes, size_t size) {
    const size_t at = (out->size + 7) & ~(size_t)7;
    if (__builtin_expect(at + size > out->bytes_capacity, 0))
        out->bytes = must_grow(out->bytes, &out->bytes_capacity, at + size, 1);
    if (size) memcpy(out->bytes + at, bytes, size);
    out->size = at + size;
    return at;
}

/* The one copy of a message: into the slot in which it will travel. */
void sim_send(struct sim_out *out, struct sim_message m) {
    struct world *w = out->world;
    if (__builtin_expect(w->stopped, 0)) return; /* a limit was reached in this very step */
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->flags = 0;
    s->node = m.peer;
    s->channel = m.channel;
    s->type = m.type;
    s->size = (uint32_t)m.body.size;
    s->modelled = m.modelled_bytes > 0 ? m.modelled_bytes : (int64_t)m.body.size;
    if (m.body.size == SLOT_INLINE)
        memcpy(s->bytes, m.body.data, SLOT_INLINE); /* no call */
    else if (m.body.size)
        memcpy(slot_reserve(w, s, m.body.size), m.body.data, m.body.size);
    effect_add(out, EFFECT_SEND)->send.slot = i;
    if (out->stream_channels >> (m.channel & 63) & 1)
        stream_look(w, out->node, s); /* it is here when it leaves */
}

void sim_connect(struct sim_out *out, sim_node node, uint32_t channel) {
    struct effect *effect = effect_add(out, EFFECT_CONNECT);
    effect->peer.peer = node;
    effect->peer.channel = channel;
}

void sim_close(struct sim_out *out, sim_node node, uint32_t channel) {
    struct effect *effect = effect_add(out, EFFECT_CLOSE);
    effect->peer.peer = node;
    effect->peer.channel = channel;
}

void sim_arm(struct sim_out *out, uint64_t timer, int64_t mono_ns) {
    struct effect *effect = effect_add(out, EFFECT_ARM);
    effect->arm.timer = timer;
    effect->arm.reading = mono_ns;
}

void sim_arm_wall(struct sim_out *out, uint64_t timer, int64_t wall_ns) {
    struct effect *effect = effect_add(out, EFFECT_ARM_WALL);
    effect->arm.timer = timer;
    effect->arm.reading = wall_ns;
}

void sim_disarm(struct sim_out *out, uint64_t timer) {
    effect_add(out, EFFECT_DISARM)->arm.timer = timer;
}

void sim_disk(struct sim_out *out, struct sim_disk disk) {
    struct effect *effect = effect_add(out, EFFECT_DISK);
    effect->disk.disk = disk;
    effect->disk.at = bytes_add(out, disk.bytes.data, disk.bytes.size);
}

void sim_busy(struct sim_out *out, int64_t cpu_ns) {
    if (cpu_ns > 0) out->busy_ns += cpu_ns;
}

void sim_work(struct sim_out *out, uint32_t lane, int64_t cpu_ns, uint64_t tag) {
    struct effect *effect = effect_add(out, EFFECT_WORK);
    effect->work.lane = lane;
    effect->work.cpu_ns = cpu_ns;
    effect->work.tag = tag;
}

void sim_cancel(struct sim_out *out, uint32_t lane, uint64_t tag) {
    struct effect *effect = effect_add(out, EFFECT_CANCEL);
    effect->work.lane = lane;
    effect->work.tag = tag;
}

void sim_discipline(struct sim_out *out, struct sim_discipline discipline) {
    effect_add(out, EFFECT_DISCIPLINE)->discipline = discipline;
}

void sim_invoke(struct sim_out *out, int64_t operation, const char *f, struct sim_bytes key,
                struct sim_bytes value) {
    sim_invoke_for(out, SIM_NONE, operation, f, key, value);
}

void sim_invoke_for(struct sim_out *out, int64_t client, int64_t operation, const char *f,
                    struct sim_bytes key, struct sim_bytes value) {
    struct effect *effect = effect_add(out, EFFECT_INVOKE);
    effect->operation.operation = operation;
    effect->operation.client = client;
    effect->operation.f = f;
    effect->operation.error = NULL;
    effect->operation.key_size = key.size;
    effect->operation.value_size = value.size;
    const size_t at = bytes_add(out, key.data, key.size);
    effect->operation.at = at;
    bytes_add(out, value.data, value.size);
}

void sim_return(struct sim_out *out, int64_t operation, enum sim_outcome outcome,
                struct sim_bytes value, const char *error) {
    sim_return_version(out, operation, outcome, value, 0, error);
}

void sim_return_version(struct sim_out *out, int64_t operation, enum sim_outcome outcome,
                        struct sim_bytes value, int64_t version, const char *error) {
    struct effect *effect = effect_add(out, EFFECT_RETURN);
    effect->operation.operation = operation;
    effect->operation.version = version;
    effect->operation.outcome = outcome;
    effect->operation.f = NULL;
    effect->operation.error = error;
    effect->operation.value_size = value.size;
    effect->operation.at = bytes_add(out, value.data, value.size);
}

void sim_reply(struct sim_out *out, uint64_t request, bool ok, struct sim_bytes bytes) {
    struct effect *effect = effect_add(out, EFFECT_REPLY);
    effect->reply.request = request;
    effect->reply.ok = ok;
    effect->reply.size = bytes.size;
    effect->reply.at = bytes_add(out, bytes.data, bytes.size);
}

void sim_halt(struct sim_out *out, const char *reason) {
    struct effect *effect = effect_add(out, EFFECT_HALT);
    const size_t at = bytes_add(out, reason, strlen(reason) + 1); /* as for sim_error */
    effect->note.at = at;
}

void sim_error(struct sim_out *out, const char *reason) {
    struct effect *effect = effect_add(out, EFFECT_ERROR);
    /* A reason may be a message that was built for the occasion: it is kept until it is shown. */
    const size_t at = bytes_add(out, reason, strlen(reason) + 1);
    effect->note.at = at;
}

void sim_note_values(struct sim_out *out, const int64_t *values, size_t count) {
    if (count > SIM_NOTE_VALUES + 1) count = SIM_NOTE_VALUES + 1;
    struct effect *effect = effect_add(out, EFFECT_NOTE);
    effect->note.count = count;
    effect->note.at = bytes_add(out, values, count * sizeof *values);
}

void sim_fact_values(struct sim_out *out, int64_t which, int64_t group, int64_t a, int64_t b,
                     int64_t c) {
    struct sim_fact *fact = &effect_add(out, EFFECT_FACT)->fact;
    fact->which = (size_t)which;
    fact->group = group;
    fact->a = a;
    fact->b = b;
    fact->c = c;
}
