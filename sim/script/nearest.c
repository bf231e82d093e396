/* See nearest.h: the optimal string alignment distance, three rows of its table at a time. */
#include "nearest.h"

#include <stdint.h>
#include <string.h>

static unsigned smaller(unsigned a, unsigned b) { return a < b ? a : b; }

static char folded(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

static unsigned distance(const char *a, size_t a_size, const char *b, size_t b_size) {
    unsigned rows[3][NEAREST_LENGTH_MAX + 1];
    for (size_t j = 0; j <= b_size; j++) { rows[0][j] = (unsigned)j; }
    for (size_t i = 1; i <= a_size; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_size; j++) {
            char x = folded(a[i - 1]);
            char y = folded(b[j - 1]);
            unsigned best = smaller(above[j] + 1, row[j - 1] + 1);
            best = smaller(best, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == folded(b[j - 2]) && folded(a[i - 2]) == y) {
                best = smaller(best, two_above[j - 2] + 1);
            }
            row[j] = best;
        }
    }
    return rows[a_size % 3][b_size];
}

const char *nearest_name(const char *name, const char *const *candidates, size_t count) {
    size_t size = strlen(name);
    unsigned limit = size < 6 ? 1 : size < 9 ? 2 : 3;
    const char *best = NULL;
    if (size > NEAREST_LENGTH_MAX) { return NULL; }
    for (size_t i = 0; i < count; i++) {
        size_t candidate_size = candidates[i] != NULL ? strlen(candidates[i]) : SIZE_MAX;
        if (candidate_size > NEAREST_LENGTH_MAX) { continue; }
        unsigned far = distance(name, size, candidates[i], candidate_size);
        if (far <= limit) {
            best = candidates[i];
            if (far == 0) { break; }
            limit = far - 1;
        }
    }
    return best;
}
