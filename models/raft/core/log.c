/*
 * The log: entries base + 1 to last in a ring, what is before base being in a snapshot.
 *
 * Each entry has a hash of itself and of all entries before it, so two logs can be compared up to
 * any index at the cost of one comparison. That is how the laws look at logs without walking them.
 *
 * A configuration is in force from the moment its entry is in the log, committed or not (paper 6:
 * "a server always uses the latest configuration in its log"), so those in the log are kept in a
 * list of their own, which follows it when it is cut.
 */
#include "parts/record.h"
#include "raft/core/internal.h"

static void grow(struct raft *r) {
    const size_t capacity = r->capacity ? r->capacity * 2 : 64;
    struct raft_entry *entries = memory_take(r->memory, capacity * sizeof *entries);
    for (int64_t i = r->base + 1; i <= r->last; i++)
        entries[(size_t)i & (capacity - 1)] = r->entries[(size_t)i & (r->capacity - 1)];
    memory_give(r->memory, r->entries, r->capacity * sizeof *entries);
    r->entries = entries;
    r->capacity = capacity;
}

static uint64_t entry_hash(uint64_t before, int64_t term, enum raft_kind kind,
                           struct sim_bytes data) {
    return record_hash(before ^ random_at((uint64_t)kind, (uint64_t)term), data.data, data.size);
}

static void note_configuration(struct raft *r, int64_t index, struct sim_bytes data) {
    struct reader reader = reader_over(data.data, data.size);
    struct raft_dated_configuration dated = {.index = index};
    if (!raft_configuration_read(&reader, &dated.is))
        return; /* only a corrupt message has one such */
    r->configurations = array_room(r->memory, r->configurations, &r->configuration_capacity,
                                   r->configuration_count, sizeof *r->configurations);
    r->configurations[r->configuration_count++] = dated;
}

int64_t log_append(struct raft *r, int64_t term, enum raft_kind kind, struct sim_bytes data,
                   int64_t weight) {
    const uint64_t before = raft_hash_at(r, r->last);
    if ((size_t)(r->last - r->base) == r->capacity) grow(r);
    struct raft_entry *e = &r->entries[(size_t)++r->last & (r->capacity - 1)];
    *e = (struct raft_entry){.term = term,
                             .write = r->writes,
                             .hash = entry_hash(before, term, kind, data),
                             .data = memory_take(r->memory, data.size),
                             .size = (uint32_t)data.size,
                             .weight = (uint32_t)weight,
                             .kind = kind};
    if (data.size) memcpy(e->data, data.data, data.size);
    if (kind == RAFT_CONFIGURATION) note_configuration(r, r->last, data);
    return r->last;
}

static void forget(struct raft *r, int64_t from, int64_t to) {
    for (int64_t i = from; i <= to; i++) {
        struct raft_entry *e = &r->entries[(size_t)i & (r->capacity - 1)];
        memory_give(r->memory, e->data, e->size);
    }
}

void log_truncate(struct raft *r, int64_t from) {
    assert(from > r->base);
    forget(r, from, r->last);
    r->last = from - 1;
    if (r->stable > r->last) r->stable = r->last;
    while (r->configuration_count > 1 &&
           r->configurations[r->configuration_count - 1].index >= from)
        r->configuration_count--;
}

/* The configuration in force at the base stays: it is what the rest goes back to. */
static void drop_configurations(struct raft *r) {
    size_t gone = 0;
    while (gone + 1 < r->configuration_count && r->configurations[gone + 1].index <= r->base)
        gone++;
    if (gone == 0) return;
    memmove(r->configurations, r->configurations + gone,
            (r->configuration_count - gone) * sizeof *r->configurations);
    r->configuration_count -= gone;
}

void log_drop_before(struct raft *r, int64_t base) {
    assert(base >= r->base && base <= r->last);
    const int64_t term = raft_term_at(r, base);
    const uint64_t hash = raft_hash_at(r, base);
    forget(r, r->base + 1, base);
    r->base = base;
    r->base_term = term;
    r->base_hash = hash;
    if (r->stable < base) r->stable = base;
    drop_configurations(r);
}

void log_reset(struct raft *r, int64_t base, int64_t term, uint64_t hash,
               const struct raft_configuration *configuration) {
    if (r->capacity) forget(r, r->base + 1, r->last);
    r->base = r->last = r->stable = base;
    r->base_term = term;
    r->base_hash = hash;
    if (!configuration) { /* a snapshot will tell; those of entries that are gone are not in force
                           */
        while (r->configuration_count > 1 &&
               r->configurations[r->configuration_count - 1].index > base)
            r->configuration_count--;
        return;
    }
    r->configuration_count = 0;
    r->configurations = array_room(r->memory, r->configurations, &r->configuration_capacity,
                                   r->configuration_count, sizeof *r->configurations);
    r->configurations[r->configuration_count++] =
        (struct raft_dated_configuration){base, *configuration};
}

/* At `index`, which is committed, that one is in force; those in the log behind it stay. */
void log_configuration_restore(struct raft *r, int64_t index, const struct raft_configuration *is) {
    size_t kept = 0;
    for (size_t i = 0; i < r->configuration_count; i++)
        if (r->configurations[i].index > index) r->configurations[kept++] = r->configurations[i];
    r->configurations = array_room(r->memory, r->configurations, &r->configuration_capacity, kept,
                                   sizeof *r->configurations);
    memmove(r->configurations + 1, r->configurations, kept * sizeof *r->configurations);
    r->configurations[0] = (struct raft_dated_configuration){index, *is};
    r->configuration_count = kept + 1;
}

/* ---- looking ---- */

int64_t raft_term_at(const struct raft *r, int64_t index) {
    if (index == r->base) return r->base_term;
    return index > r->base && index <= r->last ? log_at(r, index)->term : 0;
}

uint64_t raft_hash_at(const struct raft *r, int64_t index) {
    return index == r->base ? r->base_hash : log_at(r, index)->hash;
}

const struct raft_entry *raft_entry_at(const struct raft *r, int64_t index) {
    return log_at(r, index);
}

int64_t raft_configuration_index(const struct raft *r) {
    return r->configuration_count ? r->configurations[r->configuration_count - 1].index : 0;
}

const struct raft_configuration *raft_configuration_at(const struct raft *r, int64_t index) {
    static const struct raft_configuration nobody;
    size_t i = r->configuration_count;
    while (i > 1 && r->configurations[i - 1].index > index) i--;
    return i > 0 ? &r->configurations[i - 1].is : &nobody;
}

const struct raft_configuration *raft_configuration_of(const struct raft *r) {
    return raft_configuration_at(r, r->last);
}
