/*
 * Records and the digest. A record's fixed fields are laid out as 64 canonical bytes and folded with
 * XXH3 into the digest, seeded by what it was before; values, and names that are no numbers, follow.
 * A message's bytes enter by their own hash. seq needs no place in it: it counts the folds.
 */
#include "world/fold.h"

uint64_t bytes_hash(const void *bytes, size_t size) { return XXH3_64bits(bytes, size); }

static uint64_t fold_values(uint64_t digest, const int64_t *values, size_t count) {
    uint8_t canonical[16 * 8];
    assert(count <= 16);
    for (size_t i = 0; i < count; i++) store_u64(canonical + i * 8, (uint64_t)values[i]);
    return XXH3_64bits_withSeed(canonical, count * 8, digest);
}

static void show(const struct world *w, const struct record *r) {
    for (const struct trace_sink *sink = w->sinks; sink; sink = sink->next)
        sink->record(sink->context, r);
}

int64_t record_add(struct world *w, struct record *r, uint64_t hash) {
    r->seq = ++w->seq;
    r->t = w->now;
    fold_fixed(w, (uint64_t)r->cause, kind_count_type(r->kind, r->count, r->type),
               node_and_peer(r->node, r->peer), (uint64_t)r->a, (uint64_t)r->b,
               c_and_channel(r->c, r->channel), hash);
    if (r->count) w->digest = fold_values(w->digest, r->values, r->count);
    if (r->text) w->digest = XXH3_64bits_withSeed(r->text, strlen(r->text), w->digest);
    if (r->error) w->digest = XXH3_64bits_withSeed(r->error, strlen(r->error), w->digest);
    if (w->sinks) show(w, r);
    return r->seq;
}

void record_show_message(const struct world *w, enum record_kind kind, const struct slot *s,
                         const char *text) {
    const bool sent = kind == RECORD_SEND;
    const struct record r = {.seq = w->seq, .cause = sent ? w->cause : s->cause, .t = w->now,
                             .kind = kind, .type = s->type, .channel = s->channel,
                             .node = sent ? s->peer : s->node, .peer = sent ? s->node : s->peer,
                             .a = s->number, .b = s->modelled, .bytes = slot_bytes(s), .text = text};
    show(w, &r);
}

void record_fold_text(struct world *w, const char *text) {
    w->digest = XXH3_64bits_withSeed(text, strlen(text), w->digest);
}

int64_t record_message(struct world *w, enum record_kind kind, const struct slot *s, const char *text) {
    return record_message_inline(w, kind, s, text);
}

int64_t record_small(struct world *w, enum record_kind kind, sim_node node, int64_t cause, int64_t a,
                     int64_t b) {
    fold_fixed(w, (uint64_t)cause, kind_count_type(kind, 0, 0), node_and_peer(node, SIM_NOBODY),
               (uint64_t)a, (uint64_t)b, 0, 0);
    w->seq++;
    if (__builtin_expect(w->sinks != NULL, 0)) {
        const struct record r = {.seq = w->seq, .cause = cause, .t = w->now, .kind = kind, .node = node,
                                 .peer = SIM_NOBODY, .a = a, .b = b};
        show(w, &r);
    }
    return w->seq;
}

int64_t record_values(struct world *w, enum record_kind kind, sim_node node, uint32_t type,
                      const int64_t *values, size_t count) {
    fold_fixed(w, (uint64_t)w->cause, kind_count_type(kind, count, type),
               node_and_peer(node, SIM_NOBODY), 0, 0, 0, 0);
    if (count) w->digest = fold_values(w->digest, values, count);
    w->seq++;
    if (__builtin_expect(w->sinks != NULL, 0)) {
        const struct record r = {.seq = w->seq, .cause = w->cause, .t = w->now, .kind = kind,
                                 .type = type, .node = node, .peer = SIM_NOBODY, .values = values,
                                 .count = count};
        show(w, &r);
    }
    return w->seq;
}

const char *record_kind_name(enum record_kind kind) {
    static const char *const names[RECORD_KINDS] = {
        [RECORD_START] = "start",   [RECORD_SEND] = "send",       [RECORD_DELIVER] = "deliver",
        [RECORD_DROP] = "drop",     [RECORD_PEER] = "peer",       [RECORD_TIMER] = "timer",
        [RECORD_DISK] = "disk",     [RECORD_WORK] = "work",       [RECORD_CRASH] = "crash",
        [RECORD_RESTART] = "restart", [RECORD_PAUSE] = "pause",   [RECORD_RESUME] = "resume",
        [RECORD_FAULT] = "fault",   [RECORD_HEAL] = "heal",       [RECORD_DISCIPLINE] = "discipline",
        [RECORD_COMMAND] = "command", [RECORD_NOTE] = "note",     [RECORD_FACT] = "fact",
        [RECORD_INVOKE] = "invoke", [RECORD_RETURN] = "return",   [RECORD_LAW] = "law",
    };
    return kind < RECORD_KINDS && names[kind] ? names[kind] : "?";
}
