#include "parts/key_map.h"

#include "base/random.h"

static struct key_map_entry *slot(struct key_map_entry *entries, size_t capacity, int64_t key) {
    size_t i = (size_t)random_at(UINT64_C(0x6d6170), (uint64_t)key) & (capacity - 1);
    while (entries[i].used && entries[i].key != key) i = (i + 1) & (capacity - 1);
    return &entries[i];
}

int64_t *key_map_find(const struct key_map *m, int64_t key) {
    if (m->capacity == 0) return NULL;
    struct key_map_entry *entry = slot(m->entries, m->capacity, key);
    return entry->used ? &entry->value : NULL;
}

static void grow(struct key_map *m) {
    const size_t capacity = m->capacity ? m->capacity * 2 : 16;
    struct key_map_entry *entries = memory_take(m->memory, capacity * sizeof *entries);
    for (size_t i = 0; i < m->capacity; i++)
        if (m->entries[i].used) *slot(entries, capacity, m->entries[i].key) = m->entries[i];
    memory_give(m->memory, m->entries, m->capacity * sizeof *entries);
    m->entries = entries;
    m->capacity = capacity;
}

int64_t *key_map_at(struct key_map *m, int64_t key) {
    if ((m->count + 1) * 3 > m->capacity * 2) grow(m);
    struct key_map_entry *entry = slot(m->entries, m->capacity, key);
    if (!entry->used) {
        *entry = (struct key_map_entry){.key = key, .used = true};
        m->count++;
    }
    return &entry->value;
}

void key_map_clear(struct key_map *m) {
    memory_give(m->memory, m->entries, m->capacity * sizeof *m->entries);
    m->entries = NULL;
    m->count = m->capacity = 0;
}
