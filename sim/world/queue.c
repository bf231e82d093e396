#define _GNU_SOURCE
#include "world/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *region_reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED) {
        fprintf(stderr, "orrery: cannot reserve %zu MB of address space: %s\n", bytes >> 20,
                strerror(errno));
        exit(4);
    }
    return p;
}

void region_grown(void *p, size_t bytes) {
#ifdef MADV_HUGEPAGE
    madvise(p, bytes, MADV_HUGEPAGE); /* advice: that it is not taken is no error */
#else
    (void)p;
    (void)bytes;
#endif
}

void region_release(void *p, size_t bytes) {
    if (p) munmap(p, bytes);
}

void queue_open(struct queue *q, size_t max) {
    *q = (struct queue){.max = max, .region_bytes = (max + 8) * sizeof(queue_key)};
    q->region = region_reserve(q->region_bytes);
    q->keys = (queue_key *)q->region + 3; /* so that siblings, 4i+1 to 4i+4, share a cache line */
    for (size_t i = 0; i < 4; i++) q->keys[i] = QUEUE_NEVER;
}

void queue_close(struct queue *q) {
    region_release(q->region, q->region_bytes);
    *q = (struct queue){0};
}
