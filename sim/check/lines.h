/*
 * Lines of a file or a pipe, one after another, of any number and bounded length. Waits for a
 * pipe no longer than the limits allow. Owner: who opened it; lines_close.
 */
#ifndef CHECK_LINES_H
#define CHECK_LINES_H

#include "base/text.h"
#include "check/limits.h"

enum { LINE_BYTES_MAX = 16 << 20 };
enum lines_end { LINES_MORE, LINES_ENDED, LINES_TOO_LONG, LINES_UNREADABLE, LINES_LIMIT };

struct lines {
    int descriptor;
    bool is_ours, is_over;
    char *buffer;
    size_t begin, filled, capacity;
    uint32_t number; /* of the line that was read last, from 1 */
};

bool lines_open(struct lines *, const char *path); /* "-": stdin. False: errno says why */
/* The next line, without its end; until the next call. LINES_UNREADABLE: errno says why. */
enum lines_end lines_next(struct lines *, struct limits *, const char **line, size_t *size);
void lines_close(struct lines *, struct limits *);

#endif
