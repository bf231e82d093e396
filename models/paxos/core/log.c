#include "paxos/core/log.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "paxos/core/value.h"

static struct paxos_entry *at(const struct paxos_log *log, int64_t instance) {
    return &log->entries[(size_t)instance & (log->capacity - 1)];
}

struct paxos_entry *paxos_log_find(const struct paxos_log *log, int64_t instance) {
    if (log->first == 0 || instance < log->first || instance > log->last) return NULL;
    struct paxos_entry *e = at(log, instance);
    return e->ballot ? e : NULL;
}

static void reserve(struct paxos_log *log, int64_t entries) {
    size_t capacity = log->capacity ? log->capacity : 64;
    if ((size_t)entries <= log->capacity) return;
    while (capacity < (size_t)entries) capacity *= 2;
    struct paxos_log grown = *log;
    grown.entries = memory_take(log->memory, capacity * sizeof *grown.entries);
    grown.capacity = capacity;
    for (int64_t i = log->first; i && i <= log->last; i++) *at(&grown, i) = *at(log, i);
    memory_give(log->memory, log->entries, log->capacity * sizeof *log->entries);
    *log = grown;
}

/* Entries from `instance` to those that are there, below or above, which are gaps. */
static void reach(struct paxos_log *log, int64_t instance) {
    const int64_t first = log->first && log->first < instance ? log->first : instance;
    const int64_t last = log->last > instance ? log->last : instance;
    reserve(log, last - first + 1);
    for (int64_t i = first; i < log->first; i++) *at(log, i) = (struct paxos_entry){0};
    for (int64_t i = log->first ? log->last + 1 : first; i <= last; i++)
        *at(log, i) = (struct paxos_entry){0};
    log->gaps += last - log->last;
    log->first = first;
    log->last = last;
}

static void empty(struct paxos_log *log, struct paxos_entry *e) {
    memory_give(log->memory, e->value, e->size);
    *e = (struct paxos_entry){0};
}

struct paxos_entry *paxos_log_put(struct paxos_log *log, int64_t instance, int64_t ballot,
                                  struct sim_bytes value, int64_t extra) {
    assert(instance > log->base && ballot > 0);
    reach(log, instance);
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
    if (through <= log->base) return;
    const int64_t end = through < log->last ? through : log->last;
    log->gaps -= end - log->base;
    for (int64_t i = log->first; i && i <= end; i++) {
        log->gaps += at(log, i)->ballot != 0;
        empty(log, at(log, i));
    }
    if (through >= log->last)
        log->first = 0;
    else if (log->first <= through)
        log->first = through + 1;
    log->base = through;
    if (through > log->last) log->last = through;
}

void paxos_log_begin(struct paxos_log *log, int64_t base) {
    paxos_log_cut(log, log->last);
    log->base = log->last = base;
}
