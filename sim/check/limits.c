/* See limits.h. */
#include "check/limits.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

int64_t limits_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool limits_look(struct limits *l) {
    if (!l->passed && l->ticks_max && l->ticks >= l->ticks_max)
        l->passed = "more steps were needed than it may take";
    if (!l->passed && l->deadline_ns && limits_now() >= l->deadline_ns)
        l->passed = "the time that --timeout allows was over";
    return !l->passed;
}

static bool charge(struct limits *l, size_t bytes) {
    if (l->memory_max && (bytes > l->memory_max || l->memory_used > l->memory_max - bytes)) {
        if (!l->passed) l->passed = "more memory was needed than --memory allows";
        return false;
    }
    l->memory_used += bytes;
    if (l->memory_used > l->memory_peak) l->memory_peak = l->memory_used;
    return true;
}

bool limits_grow(struct limits *l, void *array, size_t *capacity, size_t count,
                 size_t element_size) {
    if (count <= *capacity) return true;
    enum { SMALLEST = 16 };
    size_t next = *capacity + *capacity / 2;
    if (next < count) next = count;
    if (next < SMALLEST) next = SMALLEST;
    if (!charge(l, (next - *capacity) * element_size)) return false;
    void *old;
    memcpy(&old, array, sizeof old); /* whatever the type of its elements */
    void *grown = must_realloc(old, next * element_size);
    memcpy(array, &grown, sizeof grown);
    *capacity = next;
    return true;
}

void *limits_take(struct limits *l, size_t count, size_t element_size) {
    if (count == 0) count = 1;
    return charge(l, count * element_size) ? must_calloc(count, element_size) : NULL;
}

void limits_give(struct limits *l, void *what, size_t count, size_t element_size) {
    if (!what) return;
    l->memory_used -= (count ? count : 1) * element_size;
    free(what);
}
