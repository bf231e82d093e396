/*
 * Numbers for byte strings: 0, 1, 2, ... in the order in which they were first seen. A history's
 * keys, values, clients and processes are such numbers, so that whatever JSON a value is, to a
 * checker it is an index of an array. Expected O(length) a look-up; some 20 bytes a name beside its
 * own.
 *
 * Owner: who declared it; names_free when done. A zeroed struct is empty.
 */
#ifndef CHECK_NAMES_H
#define CHECK_NAMES_H

#include "check/limits.h"

#define NAMES_NONE UINT32_MAX

struct name_slot { uint32_t hash, number; }; /* number: one more than it is; 0: the slot is free */
struct names {
    char *bytes; /* each terminated */
    size_t byte_count, byte_capacity;
    size_t *begin;
    size_t count, capacity;
    struct name_slot *slots;
    size_t slot_count; /* 0 or a power of two */
};

/* The number of these bytes, which hold no zero; a new one where need be. False: the limit
   forbids it. */
bool names_number(struct names *, struct limits *, const char *bytes, size_t size,
                  uint32_t *number);
/* NAMES_NONE: never seen */
uint32_t names_find(const struct names *, const char *bytes, size_t size);
static inline const char *names_string(const struct names *n, uint32_t number) {
    return n->bytes + n->begin[number];
}
static inline size_t names_size(const struct names *n, uint32_t number) {
    return (number + 1 < n->count ? n->begin[number + 1] : n->byte_count) - n->begin[number] - 1;
}
void names_free(struct names *, struct limits *);

#endif
