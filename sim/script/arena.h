/*
 * The memory of one sandbox: a reserved range of addresses, cut into blocks by size class.
 *
 * Lua hashes a table, function or coroutine that is used as a table key by the low 32 bits of its
 * address. So the range starts at a multiple of 4 GiB, is at most 4 GiB long, and every block's
 * place in it follows from the sequence of requests alone: the low 32 bits of every address are
 * then the same in each process, and beside other sandboxes.
 *
 * A class keeps its freed blocks in a list; classes are multiples of 16 bytes up to 1 KiB, then
 * four to a doubling. Allocating and freeing are a few instructions. `used` counts the bytes asked
 * for, not the bytes of the classes: a limit on it means what the user thinks it means.
 *
 * The arena owns its range until arena_close. arena_resize has the signature of lua_Alloc's work
 * and answers NULL when the limit or the range is exhausted; shrinking always succeeds.
 */
#ifndef ORRERY_SCRIPT_ARENA_H
#define ORRERY_SCRIPT_ARENA_H

#include <stdbool.h>
#include <stddef.h>

enum { ARENA_CLASSES = 160 };

struct arena {
    char *base;
    size_t reserved;
    size_t frontier; /* everything above was never handed out */
    size_t used;     /* bytes asked for and not freed */
    size_t limit;
    void *free_blocks[ARENA_CLASSES];
};

/* False when the address range cannot be reserved. */
bool arena_open(struct arena *arena, size_t limit);
void arena_close(struct arena *arena);
/* old_size must be exactly what was asked for before; block NULL allocates, new_size 0 frees. */
void *arena_resize(struct arena *arena, void *block, size_t old_size, size_t new_size);

#endif
