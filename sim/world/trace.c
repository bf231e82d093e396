/*
 * Records and the digest. The words of a record, behind its head (kind, nodes, cause, time): of a
 * message sent its number, modelled bytes, size and channel, and its bytes; of its fate none; of a
 * timer or a lane's work two; of notes and facts their values; of all others five, then values,
 * text and error where the kind's word says so. Bytes of other records enter by their own hash.
 */
#include "world/digest.h"

uint64_t bytes_hash(const void *bytes, size_t size) { return XXH3_64bits(bytes, size); }

/* ---- the digest ---- */

#ifdef XXHASH_DISPATCHES /* by what the processor can do; the value is the same */
XXH_errorcode XXH3_64bits_update_dispatch(XXH3_state_t *, const void *, size_t);
static void hash(XXH3_state_t *state, const void *bytes, size_t size) {
    XXH3_64bits_update_dispatch(state, bytes, size);
}
#else
static void hash(XXH3_state_t *state, const void *bytes, size_t size) {
    XXH3_64bits_update(state, bytes, size);
}
#endif

struct digest *digest_open(void) {
    struct digest *d = region_reserve(sizeof *d); /* aligned to a page, more than the state wants */
    XXH3_64bits_reset(&d->state);
    return d;
}

void digest_close(struct digest *d) { region_release(d, sizeof *d); }

uint64_t digest_value(const struct digest *d) {
    XXH3_state_t state = d->state; /* looking changes nothing */
    hash(&state, d->bytes, d->size);
    return XXH3_64bits_digest(&state);
}

void digest_hash_block(struct digest *d) {
    hash(&d->state, d->bytes, d->size);
    d->size = 0;
}

void digest_bytes(struct digest *d, const void *bytes, size_t size) {
    store_u64(digest_room(d, 8), size);
    if (size <= DIGEST_BLOCK) {
        if (size) memcpy(digest_room(d, size), bytes, size);
        return;
    }
    digest_hash_block(d);
    hash(&d->state, bytes, size);
}

static void digest_values(struct digest *d, const int64_t *values, size_t count) {
    uint8_t *at = digest_room(d, count * 8);
    for (size_t i = 0; i < count; i++) store_u64(at + i * 8, (uint64_t)values[i]);
}

/* ---- records ---- */

static void show(const struct world *w, const struct record *r) {
    for (const struct trace_sink *sink = w->sinks; sink; sink = sink->next)
        sink->record(sink->context, r);
}

int64_t record_add(struct world *w, struct record *r, uint64_t hash) {
    r->seq = ++w->seq;
    r->t = w->now;
    uint8_t *at = digest_room(w->digest, DIGEST_HEAD + 40);
    digest_head(w, at, word_of_kind(r->kind, r->text != NULL, r->error != NULL, r->count, r->type),
                r->node, r->peer, r->cause);
    store_u64(at + DIGEST_HEAD, (uint64_t)r->a);
    store_u64(at + DIGEST_HEAD + 8, (uint64_t)r->b);
    store_u64(at + DIGEST_HEAD + 16, (uint64_t)r->c);
    store_u64(at + DIGEST_HEAD + 24, r->channel);
    store_u64(at + DIGEST_HEAD + 32, hash);
    digest_values(w->digest, r->values, r->count);
    if (r->text) digest_bytes(w->digest, r->text, strlen(r->text));
    if (r->error) digest_bytes(w->digest, r->error, strlen(r->error));
    if (w->sinks) show(w, r);
    return r->seq;
}

void record_show_message(const struct world *w, enum record_kind kind, const struct slot *s,
                         const char *text) {
    const bool sent = kind == RECORD_SEND;
    const struct record r = {.seq = w->seq,
                             .cause = sent ? w->cause : s->cause,
                             .t = w->now,
                             .kind = kind,
                             .type = s->type,
                             .channel = s->channel,
                             .node = sent ? s->peer : s->node,
                             .peer = sent ? s->node : s->peer,
                             .a = s->number,
                             .b = s->modelled,
                             .bytes = slot_bytes(s),
                             .text = text};
    show(w, &r);
}

void record_fold_text(struct world *w, const struct slot *s, const char *text) {
    digest_bytes(w->digest, text, strlen(text));
    if (s->flags & SLOT_CORRUPT) digest_bytes(w->digest, slot_bytes(s).data, s->size);
}

int64_t record_drop(struct world *w, const struct slot *s, const char *why) {
    return record_fate(w, RECORD_DROP, s, why);
}

int64_t record_small(struct world *w, enum record_kind kind, sim_node node, int64_t cause,
                     int64_t a, int64_t b) {
    uint8_t *at = digest_room(w->digest, DIGEST_HEAD + 16);
    digest_head(w, at, word_of_kind(kind, false, false, 0, 0), node, SIM_NOBODY, cause);
    store_u64(at + DIGEST_HEAD, (uint64_t)a);
    store_u64(at + DIGEST_HEAD + 8, (uint64_t)b);
    w->seq++;
    if (__builtin_expect(w->sinks != NULL, 0)) {
        const struct record r = {.seq = w->seq,
                                 .cause = cause,
                                 .t = w->now,
                                 .kind = kind,
                                 .node = node,
                                 .peer = SIM_NOBODY,
                                 .a = a,
                                 .b = b};
        show(w, &r);
    }
    return w->seq;
}

int64_t record_values(struct world *w, enum record_kind kind, sim_node node, uint32_t type,
                      const int64_t *values, size_t count) {
    digest_head(w, digest_room(w->digest, DIGEST_HEAD),
                word_of_kind(kind, false, false, count, type), node, SIM_NOBODY, w->cause);
    digest_values(w->digest, values, count);
    w->seq++;
    if (__builtin_expect(w->sinks != NULL, 0)) {
        const struct record r = {.seq = w->seq,
                                 .cause = w->cause,
                                 .t = w->now,
                                 .kind = kind,
                                 .type = type,
                                 .node = node,
                                 .peer = SIM_NOBODY,
                                 .values = values,
                                 .count = count};
        show(w, &r);
    }
    return w->seq;
}

void record_show_fact(const struct world *w, const struct sim_fact *fact) {
    const int64_t values[] = {fact->group, fact->a, fact->b, fact->c};
    const struct record r = {.seq = w->seq,
                             .cause = w->cause,
                             .t = w->now,
                             .kind = RECORD_FACT,
                             .type = (uint32_t)fact->which,
                             .node = fact->node,
                             .peer = SIM_NOBODY,
                             .values = values,
                             .count = 4};
    show(w, &r);
}

const char *record_kind_name(enum record_kind kind) {
    static const char *const names[RECORD_KINDS] = {
        [RECORD_START] = "start",
        [RECORD_SEND] = "send",
        [RECORD_DELIVER] = "deliver",
        [RECORD_DROP] = "drop",
        [RECORD_PEER] = "peer",
        [RECORD_TIMER] = "timer",
        [RECORD_DISK] = "disk",
        [RECORD_WORK] = "work",
        [RECORD_CRASH] = "crash",
        [RECORD_RESTART] = "restart",
        [RECORD_PAUSE] = "pause",
        [RECORD_RESUME] = "resume",
        [RECORD_FAULT] = "fault",
        [RECORD_HEAL] = "heal",
        [RECORD_DISCIPLINE] = "discipline",
        [RECORD_COMMAND] = "command",
        [RECORD_NOTE] = "note",
        [RECORD_FACT] = "fact",
        [RECORD_INVOKE] = "invoke",
        [RECORD_RETURN] = "return",
        [RECORD_LAW] = "law",
    };
    return kind < RECORD_KINDS && names[kind] ? names[kind] : "?";
}
