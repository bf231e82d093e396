#include "base/map.h"

#include <string.h>

static void map_place(struct map *m, uint64_t key, uint32_t value) {
    size_t i = map_home(m, key);
    while (m->slots[i].used) {
        if (m->slots[i].key == key) {
            m->slots[i].value = value;
            return;
        }
        i = (i + 1) & m->mask;
    }
    m->slots[i] = (struct map_slot){key, value, 1};
    m->count++;
}

static void map_enlarge(struct map *m) {
    const struct map old = *m;
    const size_t size = old.slots ? (old.mask + 1) * 2 : 8;
    m->slots = must_calloc(size, sizeof *m->slots);
    m->mask = size - 1;
    m->shift = old.slots ? old.shift - 1 : 64 - 3;
    m->count = 0;
    for (size_t i = 0; old.slots && i <= old.mask; i++)
        if (old.slots[i].used) map_place(m, old.slots[i].key, old.slots[i].value);
    free(old.slots);
}

void map_set(struct map *m, uint64_t key, uint32_t value) {
    if (!m->slots || (m->count + 1) * 2 > m->mask + 1)
        map_enlarge(m); /* half empty: a first look mostly finds */
    map_place(m, key, value);
}

void map_remove(struct map *m, uint64_t key) {
    if (!m->slots) return;
    size_t hole = map_home(m, key);
    while (m->slots[hole].used && m->slots[hole].key != key) hole = (hole + 1) & m->mask;
    if (!m->slots[hole].used) return;
    m->count--;
    /* Whoever stands behind the hole, and would have liked to stand in it or before, moves in. */
    for (size_t i = (hole + 1) & m->mask; m->slots[i].used; i = (i + 1) & m->mask) {
        const size_t home = map_home(m, m->slots[i].key);
        if (((i - home) & m->mask) < ((i - hole) & m->mask)) continue;
        m->slots[hole] = m->slots[i];
        hole = i;
    }
    m->slots[hole].used = 0;
}

void map_clear(struct map *m) {
    if (m->slots) memset(m->slots, 0, (m->mask + 1) * sizeof *m->slots);
    m->count = 0;
}

void map_free(struct map *m) {
    free(m->slots);
    *m = (struct map){0};
}
