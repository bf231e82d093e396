#include "paxos/core/log.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "paxos/core/value.h"

static struct paxos_entry *at(const struct paxos_log *log, int64_t instance) {
    return &log->entries[(size_t)instance & (log->capacity - 1)];
}

struct paxos_entry *paxos_log_find(const struct paxos_log *log, int64_t instance) {
    if (instance <= log->base || instance > log->last) return NULL;
    struct paxos_entry *e = at(log, instance);
    return e->ballot ? e : NULL;
}

static void reserve(struct paxos_log *log, int64_t last) {
    const size_t needed = (size_t)(last - log->base);
    size_t capacity = log->capacity ? log->capacity : 64;
    if (needed <= log->capacity) return;
    while (capacity < needed) capacity *= 2;
    struct paxos_log grown = *log;
    grown.entries = memory_take(log->memory, capacity * sizeof *grown.entries);
    grown.capacity = capacity;
    for (int64_t i = log->base + 1; i <= log->last; i++) *at(&grown, i) = *at(log, i);
    memory_give(log->memory, log->entries, log->capacity * sizeof *log->entries);
    *log = grown;
}

static void empty(struct paxos_log *log, struct paxos_entry *e) {
    memory_give(log->memory, e->value, e->size);
    *e = (struct paxos_entry){0};
}

struct paxos_entry *paxos_log_put(struct paxos_log *log, int64_t instance, int64_t ballot,
                                  struct sim_bytes value, int64_t extra) {
    assert(instance > log->base && ballot > 0);
    reserve(log, instance);
    for (; log->last < instance; log->gaps++) *at(log, ++log->last) = (struct paxos_entry){0};
    struct paxos_entry *e = at(log, instance);
    log->gaps -= e->ballot == 0;
    uint8_t *copy = memory_take(log->memory, value.size); /* value may be the one that goes */
    if (value.size) memcpy(copy, value.data, value.size);
    empty(log, e);
    *e = (struct paxos_entry){.ballot = ballot,
                              .value = copy,
                              .size = value.size,
                              .extra = extra,
                              .hash = paxos_value_hash(value)};
    return e;
}

void paxos_log_cut(struct paxos_log *log, int64_t through) {
    for (int64_t i = log->base + 1; i <= through && i <= log->last; i++) {
        log->gaps -= at(log, i)->ballot == 0;
        empty(log, at(log, i));
    }
    if (through > log->base) log->base = through;
    if (through > log->last) log->last = through;
}
