/*
 * A node's own memory: size classes over blocks, freed whole.
 *
 * A node lives until it crashes; then everything that it had allocated goes at once, so models
 * never clean up after themselves. Within a life, blocks that are given back are reused by size
 * class, so a long run does not grow. Nothing here returns NULL: passing the limit, or the
 * machine's own, is reported through the handler and ends the program (exit 4), as no run can be
 * judged without it.
 *
 * Owner: who created it. Not thread-safe; one world, one thread.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

struct memory;

/* limit_bytes: what may be in use at once; 0: no limit. name: for the error, copied. */
struct memory *memory_create(const char *name, size_t limit_bytes);
void memory_destroy(struct memory *);

/* Zeroed, aligned to 16. size 0 gives a valid pointer to nothing. O(1), no system call once
   warm. */
void *memory_take(struct memory *, size_t size);
/* Keeps the first min(old, new) bytes, zeroes the rest. old_size as it was taken with. */
void *memory_resize(struct memory *, void *, size_t old_size, size_t new_size);
void memory_give(struct memory *, void *, size_t size); /* NULL is fine */
/* Frees all that was taken; keeps blocks for the next life. */
void memory_reset(struct memory *);
size_t memory_used(const struct memory *); /* bytes in use, rounded up to size classes */

/* The same for the program's own tables: malloc that ends the program with a message, exit 4. */
void *must_calloc(size_t count, size_t size);
void *must_realloc(void *, size_t size);
void *must_align(size_t alignment, size_t size); /* size: a multiple of it; not zeroed */
char *must_strdup(const char *);
/* Doubles an array until it holds `count` elements. */
void *must_grow(void *, size_t *capacity, size_t count, size_t element_size);

#endif
