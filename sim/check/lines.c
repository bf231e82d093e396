/* See lines.h. */
#include "check/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BYTES = 1 << 18 };

bool lines_open(struct lines *l, const char *path) {
    *l = (struct lines){.is_ours = strcmp(path, "-") != 0};
    l->descriptor = l->is_ours ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    return l->descriptor >= 0;
}

/* Until there is something to read. */
static bool wait_for_more(const struct lines *l, struct limits *limits) {
    struct pollfd poll_on = {.fd = l->descriptor, .events = POLLIN};
    while (limits_look(limits)) {
        int64_t wait_ms = -1;
        if (limits->deadline_ns) wait_ms = (limits->deadline_ns - limits_now()) / 1000000 + 1;
        if (wait_ms > INT_MAX) wait_ms = INT_MAX;
        const int ready = poll(&poll_on, 1, (int)wait_ms);
        if (ready > 0 || (ready < 0 && errno != EINTR)) return true; /* read() says what is wrong */
    }
    return false;
}

static enum lines_end fill(struct lines *l, struct limits *limits) {
    if (l->begin > 0) memmove(l->buffer, l->buffer + l->begin, l->filled - l->begin);
    l->filled -= l->begin;
    l->begin = 0;
    if (l->filled > LINE_BYTES_MAX) return LINES_TOO_LONG;
    if (!limits_grow(limits, &l->buffer, &l->capacity, l->filled + FIRST_BYTES, 1) ||
        !wait_for_more(l, limits))
        return LINES_LIMIT;
    ssize_t got;
    do {
        got = read(l->descriptor, l->buffer + l->filled, l->capacity - l->filled);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return LINES_UNREADABLE;
    l->filled += (size_t)got;
    l->is_over = got == 0;
    return LINES_MORE;
}

enum lines_end lines_next(struct lines *l, struct limits *limits, const char **line, size_t *size) {
    size_t searched = 0;
    for (;;) {
        const size_t there = l->filled - l->begin;
        const char *end = NULL;
        if (there > searched) end = memchr(l->buffer + l->begin + searched, '\n', there - searched);
        if (end || (l->is_over && there > 0)) {
            *line = l->buffer + l->begin;
            *size = end ? (size_t)(end - *line) : there;
            l->begin += *size + (end != NULL);
            l->number++;
            return *size > LINE_BYTES_MAX ? LINES_TOO_LONG : LINES_MORE;
        }
        if (l->is_over) return LINES_ENDED;
        searched = there;
        const enum lines_end filled = fill(l, limits);
        if (filled == LINES_TOO_LONG) l->number++;
        if (filled != LINES_MORE) return filled;
    }
}

void lines_close(struct lines *l, struct limits *limits) {
    limits_give(limits, l->buffer, l->capacity, 1);
    if (l->is_ours && l->descriptor >= 0) close(l->descriptor);
    *l = (struct lines){.descriptor = -1};
}
