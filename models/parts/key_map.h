/*
 * A map from int64_t to int64_t, in a node's memory: open addressing, linear probing, at most two
 * thirds full. Nothing walks it: a model that needs an order keeps its things in an array and maps
 * keys to indexes, so hash order never reaches an effect. Keys are never removed one by one.
 */
#ifndef PARTS_KEY_MAP_H
#define PARTS_KEY_MAP_H

#include "base/memory.h"
#include "wall/model.h"

struct key_map {
    struct memory *memory;
    struct key_map_entry *entries;
    size_t count, capacity; /* capacity: 0 or a power of two */
};
struct key_map_entry {
    int64_t key, value;
    bool used;
};

/* NULL when the key is not there. Valid until the next key_map_at. */
int64_t *key_map_find(const struct key_map *, int64_t key);
/* The key's value, made 0 if it was not there. */
int64_t *key_map_at(struct key_map *, int64_t key);
void key_map_clear(struct key_map *);

#endif
