/* See arena.h. The range is reserved without memory behind it; pages come when they are touched,
 * and big freed blocks give theirs back. */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const size_t range_alignment = (size_t)1 << 32;
static const size_t range_reserve_min = (size_t)64 << 20;
static const size_t give_back_bytes = (size_t)1 << 20;
static const size_t page_bytes = 4096;

enum { SMALL_CLASSES = 64, SMALL_BYTES = 1024, SMALL_SHIFT = 10 };

/* The class of a size, and the bytes of that class's blocks. */
static unsigned class_of(size_t size, size_t *block_bytes) {
    if (size <= SMALL_BYTES) {
        unsigned class = (unsigned)((size + 15) / 16);
        class = class == 0 ? 1 : class;
        *block_bytes = (size_t) class * 16;
        return class - 1;
    }
    unsigned log = 63U - (unsigned)__builtin_clzll((unsigned long long)(size - 1));
    size_t quarter = (size_t)1 << (log - 2);
    unsigned step = (unsigned)((size - 1 - ((size_t)1 << log)) / quarter);
    *block_bytes = ((size_t)1 << log) + (step + 1) * quarter;
    return SMALL_CLASSES + (log - SMALL_SHIFT) * 4 + step;
}

bool arena_open(struct arena *arena, size_t limit) {
    *arena = (struct arena){.limit = limit};
    size_t reserve = limit * 8 + range_reserve_min;
    if (reserve > range_alignment) { reserve = range_alignment; }
    reserve &= ~(page_bytes - 1);
    size_t span = range_alignment + reserve;
    char *range = mmap(NULL, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) { return false; }
    uintptr_t first = (uintptr_t)range;
    uintptr_t aligned = (first + range_alignment - 1) & ~(uintptr_t)(range_alignment - 1);
    if (aligned > first) { (void)munmap(range, aligned - first); }
    char *base = range + (aligned - first);
    size_t tail = span - (aligned - first) - reserve;
    if (tail > 0) { (void)munmap(base + reserve, tail); }
    if (mprotect(base, reserve, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(base, reserve);
        return false;
    }
    arena->base = base;
    arena->reserved = reserve;
    return true;
}

void arena_close(struct arena *arena) {
    if (arena->base != NULL) { (void)munmap(arena->base, arena->reserved); }
    *arena = (struct arena){0};
}

static void *pop_block(struct arena *arena, unsigned class) {
    void *block = arena->free_blocks[class];
    if (block != NULL) { memcpy(&arena->free_blocks[class], block, sizeof(void *)); }
    return block;
}

static void push_block(struct arena *arena, unsigned class, size_t bytes, void *block) {
    if (bytes >= give_back_bytes) {
        uintptr_t start = ((uintptr_t)block + sizeof(void *) + page_bytes - 1) & ~(page_bytes - 1);
        uintptr_t end = ((uintptr_t)block + bytes) & ~(page_bytes - 1);
        (void)madvise((char *)block + (start - (uintptr_t)block), end - start, MADV_DONTNEED);
    }
    memcpy(block, &arena->free_blocks[class], sizeof(void *));
    arena->free_blocks[class] = block;
}

static void *take(struct arena *arena, unsigned class, size_t bytes) {
    void *block = pop_block(arena, class);
    if (block != NULL) { return block; }
    if (bytes <= arena->reserved - arena->frontier) {
        block = arena->base + arena->frontier;
        arena->frontier += bytes;
        return block;
    }
    /* The range is used up: a bigger block serves; its surplus is lost to this class. */
    while (block == NULL && ++class < ARENA_CLASSES) { block = pop_block(arena, class); }
    return block;
}

void *arena_resize(struct arena *arena, void *block, size_t old_size, size_t new_size) {
    size_t old_bytes = 0;
    size_t new_bytes = 0;
    unsigned old_class = block != NULL ? class_of(old_size, &old_bytes) : 0;
    if (new_size == 0) {
        if (block != NULL) {
            arena->used -= old_size;
            push_block(arena, old_class, old_bytes, block);
        }
        return NULL;
    }
    size_t had = block != NULL ? old_size : 0;
    if (new_size > had && new_size - had > arena->limit - arena->used) { return NULL; }
    unsigned new_class = class_of(new_size, &new_bytes);
    if (block != NULL && new_class == old_class) {
        arena->used = arena->used - had + new_size;
        return block;
    }
    void *result = take(arena, new_class, new_bytes);
    if (result == NULL) {
        if (new_size <= had) {
            /* Lua relies on shrinking; the surplus of the old block is lost to its class. */
            arena->used = arena->used - had + new_size;
            return block;
        }
        return NULL;
    }
    if (block != NULL) {
        memcpy(result, block, had < new_size ? had : new_size);
        push_block(arena, old_class, old_bytes, block);
    }
    arena->used = arena->used - had + new_size;
    return result;
}
