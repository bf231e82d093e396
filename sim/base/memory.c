/*
 * A node's memory: size classes over blocks, freed whole.
 *
 * A small request is rounded up to one of 40 classes, 16 bytes to 32 KiB, four to an octave, so
 * less than a quarter is lost to rounding. It is served from its class's list of pieces given back,
 * else cut off the current block; what is left of a block when the next one is begun goes to the
 * lists too. A piece has no header: its owner knows its size. Larger requests are malloc'ed one by
 * one and kept in a ring, so that they too can be freed whole. After a reset some blocks stay for
 * the next life: a node that crashes every second should not return to the system every second.
 *
 * Pieces are never split or joined. A program whose sizes drift for ever would hold on to memory
 * that it no longer uses; nodes have few sizes and short lives.
 *
 * What is free is poisoned under AddressSanitizer and valgrind, so that use after memory_give,
 * after a crash, or past the requested size is reported at the place that does it. The idea of size
 * classes in steps of a quarter octave is from jemalloc (Evans, BSDCan 2006).
 */
#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/poison.h"

#if !defined(HAS_ADDRESS_SANITIZER) && defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define HAS_MEMCHECK 1
#endif
#endif

enum {
    UNIT_BYTES = 16,
    SMALL_BYTES_MAX = 32 * 1024,
    CLASSES = 40,           /* 8 a unit apart, then 4 to each of the 8 octaves up to 32 KiB */
    BLOCK_BYTES_MIN = 1536, /* small, and no power of two: see begin_block */
    BLOCK_BYTES_MAX = 1024 * 1024,
    KEEP_BYTES_MAX = 4 * 1024 * 1024, /* of blocks, over a reset */
    EXIT_OUT_OF_MEMORY = 4,
};

struct piece {
    struct piece *next;
};
struct block {
    struct block *next;
    size_t bytes; /* of data, behind this header */
    _Alignas(16) unsigned char data[];
};
struct large {                     /* its data lies behind it */
    struct large *next, *previous; /* a ring through memory->large */
};
_Static_assert(sizeof(struct block) % 16 == 0 && sizeof(struct large) % 16 == 0,
               "data is aligned to 16");

struct memory {
    struct piece *given[CLASSES];
    unsigned char *at, *end; /* the uncut rest of the current block */
    size_t used, limit;      /* limit SIZE_MAX: none */
    bool watched;            /* by valgrind */
    struct block *blocks;    /* in use; the first is the current one */
    struct block *spare;     /* kept from an earlier life */
    size_t next_block_bytes;
    struct large large; /* the ring's head */
    char *name;
};

/* ---- marking what may be touched ---- */

#if defined(HAS_ADDRESS_SANITIZER)
static inline void mark_free(const struct memory *memory, void *p, size_t bytes) {
    (void)memory;
    poison(p, bytes);
}
static inline void mark_usable(const struct memory *memory, void *p, size_t bytes) {
    (void)memory;
    unpoison(p, bytes);
}
/* A piece given back twice, or never taken, is reported here. */
static inline void touch(const struct memory *memory, void *p, size_t bytes) {
    (void)memory;
    if (bytes) *(volatile unsigned char *)p = 0;
}
#elif defined(HAS_MEMCHECK)
static inline void mark_free(const struct memory *memory, void *p, size_t bytes) {
    if (__builtin_expect(memory->watched, 0)) (void)VALGRIND_MAKE_MEM_NOACCESS(p, bytes);
}
static inline void mark_usable(const struct memory *memory, void *p, size_t bytes) {
    if (__builtin_expect(memory->watched, 0)) (void)VALGRIND_MAKE_MEM_UNDEFINED(p, bytes);
}
static inline void touch(const struct memory *memory, void *p, size_t bytes) {
    if (__builtin_expect(memory->watched, 0) && bytes) *(volatile unsigned char *)p = 0;
}
#else
static inline void mark_free(const struct memory *memory, void *p, size_t bytes) {
    (void)memory, (void)p, (void)bytes;
}
static inline void mark_usable(const struct memory *memory, void *p, size_t bytes) {
    (void)memory, (void)p, (void)bytes;
}
static inline void touch(const struct memory *memory, void *p, size_t bytes) {
    (void)memory, (void)p, (void)bytes;
}
#endif

static inline bool valgrind_watches(void) {
#if defined(HAS_MEMCHECK)
    return RUNNING_ON_VALGRIND != 0;
#else
    return false;
#endif
}

/* ---- the end of the road ---- */

static _Noreturn void no_more(const char *name) {
    fprintf(stderr, "orrery: out of memory: the machine has no more for %s\n", name);
    exit(EXIT_OUT_OF_MEMORY);
}

static _Noreturn void exhausted(const char *name, size_t limit) {
    if (limit == SIZE_MAX) no_more(name);
    fprintf(stderr, "orrery: out of memory: %s passed its limit of %zu bytes\n", name, limit);
    exit(EXIT_OUT_OF_MEMORY);
}

static _Noreturn void machine_exhausted(size_t size) {
    fprintf(stderr, "orrery: out of memory: the machine has no %zu bytes more\n", size);
    exit(EXIT_OUT_OF_MEMORY);
}

/* ---- size classes ---- */

/* Units of 16 bytes: 1 to 8, then 10 12 14 16, 20 24 28 32, ... 2048. */
static inline size_t class_of(size_t size) {
    const size_t last_unit = (size ? size - 1 : 0) / UNIT_BYTES;
    if (last_unit < 8) return last_unit;
    const size_t octave = 63 - (size_t)__builtin_clzll(last_unit);
    return 8 + (octave - 3) * 4 + ((last_unit >> (octave - 2)) - 4);
}

static inline size_t class_bytes(size_t class) {
    if (class < 8) return (class + 1) * UNIT_BYTES;
    const size_t octave = (class - 8) / 4 + 3;
    const size_t quarter = (class - 8) % 4 + 5;
    return (quarter << (octave - 2)) * UNIT_BYTES;
}

static inline size_t large_bytes(size_t size) { return (size + 15) & ~(size_t)15; }

/* Charges `bytes` to the node, or ends the program. */
static inline void charge(struct memory *memory, size_t bytes) {
    if (__builtin_expect(bytes > memory->limit - memory->used, 0)) {
        exhausted(memory->name, memory->limit);
    }
    memory->used += bytes;
}

/* ---- blocks ---- */

/* What is left of the current block goes to the lists, in the largest pieces that fit. */
static void cut_up_rest(struct memory *memory) {
    size_t rest = (size_t)(memory->end - memory->at);
    while (rest >= UNIT_BYTES) {
        size_t class = class_of(rest < SMALL_BYTES_MAX ? rest : SMALL_BYTES_MAX);
        if (class_bytes(class) > rest) class --;
        struct piece *piece = (struct piece *)(void *)memory->at;
        mark_usable(memory, piece, sizeof *piece);
        piece->next = memory->given[class];
        memory->given[class] = piece;
        mark_free(memory, piece, sizeof *piece);
        memory->at += class_bytes(class);
        rest -= class_bytes(class);
    }
}

/* Blocks begin small and double: a world of a hundred thousand nodes has as many memories, and if
 * each began at a large power of two, the states of all nodes would fall into one set of the cache
 * (a quarter of the time of an event, with 1,000 nodes). */
static void begin_block(struct memory *memory, size_t least_bytes) {
    cut_up_rest(memory);
    struct block *block = memory->spare;
    if (block && block->bytes >= least_bytes) {
        memory->spare = block->next;
    } else {
        while (memory->next_block_bytes < least_bytes) memory->next_block_bytes *= 2;
        block = malloc(sizeof *block + memory->next_block_bytes);
        if (!block) no_more(memory->name);
        block->bytes = memory->next_block_bytes;
        mark_free(memory, block->data, block->bytes);
        if (memory->next_block_bytes < BLOCK_BYTES_MAX) memory->next_block_bytes *= 2;
    }
    block->next = memory->blocks;
    memory->blocks = block;
    memory->at = block->data;
    memory->end = block->data + block->bytes;
}

static void free_blocks(struct memory *memory, struct block *block) {
    while (block) {
        struct block *next = block->next;
        mark_usable(memory, block->data, block->bytes);
        free(block);
        block = next;
    }
}

/* ---- large ones ---- */

static struct large *large_of(void *p) {
    return (struct large *)(void *)((unsigned char *)p - sizeof(struct large));
}

static unsigned char *large_data(struct large *large) { return (unsigned char *)(large + 1); }

static void *large_take(struct memory *memory, size_t size) {
    if (size > SIZE_MAX / 2) exhausted(memory->name, memory->limit);
    charge(memory, large_bytes(size));
    struct large *large = calloc(1, sizeof *large + large_bytes(size));
    if (!large) no_more(memory->name);
    large->next = memory->large.next;
    large->previous = &memory->large;
    large->next->previous = large;
    large->previous->next = large;
    return large_data(large);
}

static void large_give(struct memory *memory, void *p, size_t size) {
    struct large *large = large_of(p);
    large->next->previous = large->previous;
    large->previous->next = large->next;
    memory->used -= large_bytes(size);
    free(large);
}

static void *large_resize(struct memory *memory, void *p, size_t old_size, size_t new_size) {
    if (new_size > SIZE_MAX / 2) exhausted(memory->name, memory->limit);
    memory->used -= large_bytes(old_size);
    charge(memory, large_bytes(new_size));
    struct large *large = realloc(large_of(p), sizeof *large + large_bytes(new_size));
    if (!large) no_more(memory->name);
    large->next->previous = large;
    large->previous->next = large;
    if (new_size > old_size) memset(large_data(large) + old_size, 0, new_size - old_size);
    return large_data(large);
}

/* ---- the interface ---- */

struct memory *memory_create(const char *name, size_t limit_bytes) {
    struct memory *memory = must_calloc(1, sizeof *memory);
    memory->name = must_strdup(name);
    memory->limit = limit_bytes ? limit_bytes : SIZE_MAX;
    memory->next_block_bytes = BLOCK_BYTES_MIN;
    memory->large.next = memory->large.previous = &memory->large;
    memory->watched = valgrind_watches();
    return memory;
}

static void free_large_ones(struct memory *memory) {
    for (struct large *large = memory->large.next; large != &memory->large;) {
        struct large *next = large->next;
        free(large);
        large = next;
    }
    memory->large.next = memory->large.previous = &memory->large;
}

void memory_destroy(struct memory *memory) {
    if (!memory) return;
    free_large_ones(memory);
    free_blocks(memory, memory->blocks);
    free_blocks(memory, memory->spare);
    free(memory->name);
    free(memory);
}

/* A piece of the class; its contents are anything. */
static inline void *piece_take(struct memory *memory, size_t class, size_t size) {
    const size_t bytes = class_bytes(class);
    charge(memory, bytes);
    struct piece *piece = memory->given[class];
    if (piece) {
        mark_usable(memory, piece, sizeof *piece);
#if defined(HAS_MEMCHECK)
        if (__builtin_expect(memory->watched, 0)) {
            (void)VALGRIND_MAKE_MEM_DEFINED(piece, sizeof *piece);
        }
#endif
        memory->given[class] = piece->next;
        mark_free(memory, piece, sizeof *piece);
    } else {
        if (__builtin_expect((size_t)(memory->end - memory->at) < bytes, 0))
            begin_block(memory, bytes);
        piece = (struct piece *)(void *)memory->at;
        memory->at += bytes;
    }
    mark_usable(memory, piece, size);
    return piece;
}

void *memory_take(struct memory *memory, size_t size) {
    if (__builtin_expect(size > SMALL_BYTES_MAX, 0)) return large_take(memory, size);
    void *p = piece_take(memory, class_of(size), size);
    memset(p, 0, size);
    return p;
}

void memory_give(struct memory *memory, void *p, size_t size) {
    if (!p) return;
    if (__builtin_expect(size > SMALL_BYTES_MAX, 0)) {
        large_give(memory, p, size);
        return;
    }
    const size_t class = class_of(size);
    struct piece *piece = p;
    touch(memory, p, size);
    mark_usable(memory, piece, sizeof *piece);
    piece->next = memory->given[class];
    memory->given[class] = piece;
    memory->used -= class_bytes(class);
    mark_free(memory, piece, class_bytes(class));
}

void *memory_resize(struct memory *memory, void *p, size_t old_size, size_t new_size) {
    if (!p) return memory_take(memory, new_size);
    if (old_size > SMALL_BYTES_MAX && new_size > SMALL_BYTES_MAX) {
        return large_resize(memory, p, old_size, new_size);
    }
    if (old_size <= SMALL_BYTES_MAX && new_size <= SMALL_BYTES_MAX &&
        class_of(old_size) == class_of(new_size)) {
        if (new_size > old_size) {
            mark_usable(memory, (unsigned char *)p + old_size, new_size - old_size);
            memset((unsigned char *)p + old_size, 0, new_size - old_size);
        } else {
            mark_free(memory, (unsigned char *)p + new_size, old_size - new_size);
        }
        return p;
    }
    void *moved = memory_take(memory, new_size);
    memcpy(moved, p, old_size < new_size ? old_size : new_size);
    memory_give(memory, p, old_size);
    return moved;
}

void memory_reset(struct memory *memory) {
    free_large_ones(memory);
    memset(memory->given, 0, sizeof memory->given);
    memory->at = memory->end = NULL;
    memory->used = 0;

    size_t kept_bytes = 0;
    for (struct block *block = memory->spare; block; block = block->next) {
        kept_bytes += block->bytes;
    }
    struct block *surplus = NULL;
    for (struct block *block = memory->blocks, *next; block; block = next) {
        next = block->next;
        struct block **list = &surplus;
        if (kept_bytes + block->bytes <= KEEP_BYTES_MAX) {
            list = &memory->spare;
            kept_bytes += block->bytes;
        }
        mark_free(memory, block->data, block->bytes);
        block->next = *list;
        *list = block;
    }
    memory->blocks = NULL;
    free_blocks(memory, surplus);
}

size_t memory_used(const struct memory *memory) { return memory->used; }

/* ---- for the program's own tables ---- */

void *must_calloc(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p) machine_exhausted(size && count > SIZE_MAX / size ? SIZE_MAX : count * size);
    return p;
}

void *must_realloc(void *old, size_t size) {
    void *p = realloc(old, size ? size : 1);
    if (!p) machine_exhausted(size);
    return p;
}

void *must_align(size_t alignment, size_t size) {
    void *p = aligned_alloc(alignment, size);
    if (!p) machine_exhausted(size);
    return p;
}

char *must_strdup(const char *string) {
    const size_t size = strlen(string) + 1;
    return memcpy(must_realloc(NULL, size), string, size);
}

void *must_grow(void *array, size_t *capacity, size_t count, size_t element_size) {
    if (count <= *capacity) return array;
    size_t grown = *capacity ? *capacity : 8;
    while (grown < count) {
        if (grown > SIZE_MAX / 2) machine_exhausted(SIZE_MAX);
        grown *= 2;
    }
    if (element_size && grown > SIZE_MAX / element_size) machine_exhausted(SIZE_MAX);
    array = must_realloc(array, grown * element_size);
    *capacity = grown;
    return array;
}
