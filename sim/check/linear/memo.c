/* See memo.h. Two tables by open addressing over one array of records: by the whole record, so that
 * what is known is found at once; and, where something is optional, by its base, whose newest
 * records are compared one by one. */
#include "check/linear/memo.h"

#include <string.h>

#include "base/random.h"

/* So many records of one base are compared; past them dominance is not seen, which costs time
 * alone. */
enum { COMPARED_MAX = 64, FIRST_SLOTS = 256 };

void memo_begin(struct memo *m, struct limits *l, uint32_t certain_words, uint32_t optional_words) {
    *m = (struct memo){
        .limits = l, .certain_words = certain_words, .optional_words = optional_words};
    m->stride = 1 + certain_words + optional_words + (optional_words > 0);
}

void memo_free(struct memo *m) {
    limits_give(m->limits, m->records, m->capacity, sizeof *m->records);
    limits_give(m->limits, m->slots, m->slot_count, sizeof *m->slots);
    limits_give(m->limits, m->bases, m->base_count, sizeof *m->bases);
    *m = (struct memo){0};
}

static const uint64_t *record(const struct memo *m, size_t number) {
    return m->records + number * m->stride;
}

static uint64_t hash_of(const uint64_t *words, uint32_t count) {
    uint64_t hash = 0;
    for (uint32_t i = 0; i < count; i++) hash = random_at(hash, words[i]);
    return hash;
}

/* The slot of a record whose first `words` are these, or the free one where it goes. */
static size_t find(const struct memo *m, const uint32_t *slots, size_t slot_count,
                   const uint64_t *key, uint32_t words) {
    size_t at = (size_t)hash_of(key, words) & (slot_count - 1);
    while (slots[at] && memcmp(record(m, slots[at] - 1), key, words * sizeof *key) != 0)
        at = (at + 1) & (slot_count - 1);
    return at;
}

static bool enlarge(struct memo *m, uint32_t **slots, size_t *slot_count, uint32_t words) {
    uint32_t *old = *slots;
    const size_t old_count = *slot_count, next = old ? old_count * 2 : FIRST_SLOTS;
    uint32_t *grown = limits_take(m->limits, next, sizeof *grown);
    if (!grown) return false;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i]) grown[find(m, grown, next, record(m, old[i] - 1), words)] = old[i];
        if (limits_tick(m->limits)) continue; /* of millions this takes a while */
        limits_give(m->limits, grown, next, sizeof *grown);
        return false;
    }
    limits_give(m->limits, old, old_count, sizeof *old);
    *slots = grown;
    *slot_count = next;
    return true;
}

static bool make_room(struct memo *m) {
    const uint32_t base = 1 + m->certain_words, all = base + m->optional_words;
    return ((m->count + 1) * 3 < m->slot_count * 2 || enlarge(m, &m->slots, &m->slot_count, all)) &&
           (!m->optional_words || (m->count + 1) * 3 < m->base_count * 2 ||
            enlarge(m, &m->bases, &m->base_count, base)) &&
           limits_grow(m->limits, &m->records, &m->capacity, (m->count + 1) * m->stride,
                       sizeof *m->records);
}

/* Has a record of this base no optional operation that the key has not? */
static bool is_dominated(const struct memo *m, uint32_t newest, const uint64_t *optional) {
    for (int compared = 0; newest && compared < COMPARED_MAX; compared++) {
        const uint64_t *words = record(m, newest - 1) + 1 + m->certain_words;
        uint64_t more = 0;
        for (uint32_t i = 0; i < m->optional_words; i++) more |= words[i] & ~optional[i];
        if (!more) return true;
        newest = (uint32_t)words[m->optional_words];
    }
    return false;
}

enum memo_answer memo_add(struct memo *m, uint32_t passed, uint32_t state, const uint64_t *words) {
    if (!make_room(m)) return MEMO_LIMIT;
    uint64_t *key = m->records + m->count * m->stride; /* there to stay, if it is new */
    const uint32_t base_words = 1 + m->certain_words, all = base_words + m->optional_words;
    key[0] = (uint64_t)passed << 32 | state;
    memcpy(key + 1, words, (all - 1) * sizeof *key);
    const size_t slot = find(m, m->slots, m->slot_count, key, all);
    if (m->slots[slot]) return MEMO_KNOWN;
    if (m->optional_words) {
        const size_t base = find(m, m->bases, m->base_count, key, base_words);
        if (is_dominated(m, m->bases[base], key + base_words)) return MEMO_KNOWN;
        key[all] = m->bases[base];
        m->bases[base] = (uint32_t)m->count + 1;
    }
    m->slots[slot] = (uint32_t)++m->count;
    return MEMO_NEW;
}
