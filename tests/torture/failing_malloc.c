/*
 * Preloaded: the allocation with the number in FAIL_AT fails, and with FAIL_ON=all every one after
 * it too. Without FAIL_AT it says at the end how many there were. Under glibc, whose names these
 * are.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static long count, at = -1;
static int all;

static int fails(void) {
    if (at < 0) {
        const char *number = getenv("FAIL_AT"), *on = getenv("FAIL_ON");
        at = number ? atol(number) : 0;
        all = on && strcmp(on, "all") == 0;
    }
    count++;
    const int now = at > 0 && (count == at || (all && count > at));
    if (now) errno = ENOMEM;
    return now;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return fails() ? NULL : __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { return fails() ? NULL : __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void **to, size_t alignment, size_t size) {
    if (fails()) return ENOMEM;
    *to = __libc_memalign(alignment, size);
    return *to ? 0 : ENOMEM;
}

__attribute__((destructor)) static void tell(void) {
    const char *file = getenv("FAIL_COUNT_TO");
    FILE *to = file && at == 0 ? fopen(file, "w") : NULL;
    if (!to) return;
    fprintf(to, "%ld\n", count);
    fclose(to);
}
