/*
 * Records and the digest. A record's fixed fields are laid out as 64 canonical bytes and folded with
 * XXH3 into the digest, seeded by what it was before; values, and names that are no numbers, follow.
 * A message's bytes enter by their own hash. seq needs no place in it: it counts the folds.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "world/world.h"

uint64_t bytes_hash(const void *bytes, size_t size) { return XXH3_64bits(bytes, size); }

static uint64_t fold_values(uint64_t digest, const int64_t *values, size_t count) {
    uint8_t canonical[16 * 8];
    assert(count <= 16);
    for (size_t i = 0; i < count; i++) store_u64(canonical + i * 8, (uint64_t)values[i]);
    return XXH3_64bits_withSeed(canonical, count * 8, digest);
}

int64_t record_add(struct world *w, struct record *r, uint64_t hash) {
    uint8_t canonical[64];
    r->seq = ++w->seq;
    r->t = w->now;
    store_u64(canonical, (uint64_t)r->cause);
    store_u64(canonical + 8, (uint64_t)r->t);
    store_u64(canonical + 16, (uint64_t)r->kind | (uint64_t)r->count << 16 | (uint64_t)r->type << 32);
    store_u64(canonical + 24, r->node | (uint64_t)r->peer << 32);
    store_u64(canonical + 32, (uint64_t)r->a);
    store_u64(canonical + 40, (uint64_t)r->b);
    store_u64(canonical + 48, (uint64_t)r->c ^ (uint64_t)r->channel << 48);
    store_u64(canonical + 56, hash);
    uint64_t digest = XXH3_64bits_withSeed(canonical, sizeof canonical, w->digest);
    if (r->count) digest = fold_values(digest, r->values, r->count);
    if (r->text) digest = XXH3_64bits_withSeed(r->text, strlen(r->text), digest);
    if (r->error) digest = XXH3_64bits_withSeed(r->error, strlen(r->error), digest);
    w->digest = digest;
    if (__builtin_expect(w->sinks != NULL, 0))
        for (const struct trace_sink *sink = w->sinks; sink; sink = sink->next)
            sink->record(sink->context, r);
    return r->seq;
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
