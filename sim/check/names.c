/* See names.h: open addressing with linear probing; a slot has the hash, so that growing reads no
 * name. */
#include "check/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

static uint32_t hash_of(const char *bytes, size_t size) {
    uint64_t hash = size, word;
    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = random_at(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, size);
    return (uint32_t)(random_at(hash, word) >> 32);
}

static void place(struct names *n, struct name_slot slot) {
    size_t at = slot.hash & (n->slot_count - 1);
    while (n->slots[at].number) at = (at + 1) & (n->slot_count - 1);
    n->slots[at] = slot;
}

static bool enlarge(struct names *n, struct limits *l) {
    struct name_slot *old = n->slots;
    const size_t old_count = n->slot_count, next = old ? old_count * 2 : 64;
    struct name_slot *slots = limits_take(l, next, sizeof *slots);
    if (!slots) return false;
    n->slots = slots;
    n->slot_count = next;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].number) place(n, old[i]);
    limits_give(l, old, old_count, sizeof *old);
    return true;
}

static bool is_at(const struct names *n, uint32_t number, const char *bytes, size_t size) {
    return names_size(n, number) == size && memcmp(names_string(n, number), bytes, size) == 0;
}

static bool append(struct names *n, struct limits *l, const char *bytes, size_t size) {
    if (n->count >= NAMES_NONE - 1 ||
        !limits_grow(l, &n->begin, &n->capacity, n->count + 1, sizeof *n->begin) ||
        !limits_grow(l, &n->bytes, &n->byte_capacity, n->byte_count + size + 1, 1))
        return false;
    memcpy(n->bytes + n->byte_count, bytes, size);
    n->bytes[n->byte_count + size] = '\0';
    n->begin[n->count++] = n->byte_count;
    n->byte_count += size + 1;
    return true;
}

static uint32_t find(const struct names *n, uint32_t hash, const char *bytes, size_t size) {
    if (!n->slot_count) return NAMES_NONE;
    for (size_t at = hash & (n->slot_count - 1); n->slots[at].number;
         at = (at + 1) & (n->slot_count - 1)) {
        const uint32_t number = n->slots[at].number - 1;
        if (n->slots[at].hash == hash && is_at(n, number, bytes, size)) return number;
    }
    return NAMES_NONE;
}

uint32_t names_find(const struct names *n, const char *bytes, size_t size) {
    return find(n, hash_of(bytes, size), bytes, size);
}

bool names_number(struct names *n, struct limits *l, const char *bytes, size_t size,
                  uint32_t *number) {
    const uint32_t hash = hash_of(bytes, size);
    *number = find(n, hash, bytes, size);
    if (*number != NAMES_NONE) return true;
    if ((n->count + 1) * 3 > n->slot_count * 2 && !enlarge(n, l)) return false;
    if (!append(n, l, bytes, size)) return false;
    *number = (uint32_t)(n->count - 1);
    place(n, (struct name_slot){hash, *number + 1});
    return true;
}

void names_free(struct names *n, struct limits *l) {
    limits_give(l, n->slots, n->slot_count, sizeof *n->slots);
    if (n->begin) limits_give(l, n->begin, n->capacity, sizeof *n->begin);
    if (n->bytes) limits_give(l, n->bytes, n->byte_capacity, 1);
    *n = (struct names){0};
}
