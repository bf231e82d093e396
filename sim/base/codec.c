/*
 * The two parts of a writer that are not inline: growing, and letting go.
 *
 * A writer over a caller's buffer stops for good at the first thing that does not fit, so what it
 * holds is always a beginning of what was put, never a text with holes in it.
 */
#include "base/codec.h"

#include <stdlib.h>

#include "base/memory.h"

bool writer_reserve(struct writer *w, size_t more) {
    if (w->capacity - w->size >= more) return true;
    if (!w->grows || more > SIZE_MAX - w->size) {
        w->bad = true;
        w->capacity = w->size;
        return false;
    }
    w->data = must_grow(w->data, &w->capacity, w->size + more, 1);
    return true;
}

void writer_free(struct writer *w) {
    if (w->grows) free(w->data);
    w->data = NULL;
    w->size = w->capacity = 0;
}
