/*
 * Files that are whole or not there: written under a passing name, renamed at the end.
 *
 * A run's folder is opened first, its outputs are taken from it, and folder_publish() gives all of
 * them their final names at once: the files of an earlier run go, the new ones come, summary.json
 * last. Until then they are called NAME.PID.partial; those of a run that was killed are removed by
 * the next one. An error of the machine (a full disk) sticks: later writing does nothing, the
 * folder says so, nothing is published.
 *
 * Memory is a buffer an output; a file is open only while its buffer is being written, so thousands
 * of series need no thousands of descriptors. Owner: the folder owns its outputs and frees them.
 */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct folder;

struct output {
    struct folder *folder; /* NULL: it goes to a descriptor */
    char *name;
    char *buffer;
    size_t size, capacity;
    bool begun; /* the partial file exists */
    int descriptor;
};

enum { OUTPUT_BUFFER_SMALL = 16 << 10, OUTPUT_BUFFER_LARGE = 256 << 10 };

/* Makes the folder and its parents. NULL with a sentence in `error`. */
struct folder *folder_open(const char *path, struct text *error);
const char *folder_path(const struct folder *);
/* A file of the folder, empty so far; with buffer_bytes of memory (at least 1 KiB). */
struct output *folder_output(struct folder *, const char *name, size_t buffer_bytes);
/* NULL while all is well, else what went wrong first: "trace.jsonl: No space left on device". */
const char *folder_error(const struct folder *);
/* A file of an earlier run, to be removed when the new ones are published. */
void folder_replaces(struct folder *, const char *name);
/* Names of the outputs so far, in the order in which they were taken; NULL at index >= count. */
const char *folder_file(const struct folder *, size_t index);
/* All or nothing, once, when nothing more is written. False with a sentence in `error`. */
bool folder_publish(struct folder *, struct text *error);
/* Frees the folder and its outputs; what was not published is removed. NULL is fine. */
void folder_close(struct folder *);

/* An output of no folder, for a pipe; closed by output_close, which flushes. False: some of it was
 * not accepted. The descriptor stays the caller's. */
struct output *output_to_descriptor(int descriptor, size_t buffer_bytes);
bool output_close(struct output *);

/* ---- writing; never fails here, see folder_error ---- */

void output_flush(struct output *);
void output_bytes_large(struct output *, const void *, size_t);
void output_json(struct output *, const void *, size_t); /* a JSON string with its quotes */
void output_format(struct output *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Decimal digits of the value, at `at`, with room for 20; the end is returned. */
char *digits_write(char *at, int64_t value);
/* Seconds with as many decimals as needed, of nanoseconds; room for 30. */
char *seconds_write(char *at, int64_t ns);

static inline void output_bytes(struct output *o, const void *bytes, size_t size) {
    if (o->capacity - o->size < size) {
        output_bytes_large(o, bytes, size);
        return;
    }
    memcpy(o->buffer + o->size, bytes, size);
    o->size += size;
}
static inline void output_string(struct output *o, const char *s) { output_bytes(o, s, strlen(s)); }
static inline void output_char(struct output *o, char c) { output_bytes(o, &c, 1); }
static inline void output_integer(struct output *o, int64_t value) {
    if (o->capacity - o->size < 24) output_flush(o);
    o->size = (size_t)(digits_write(o->buffer + o->size, value) - o->buffer);
}
static inline void output_seconds(struct output *o, int64_t ns) {
    if (o->capacity - o->size < 32) output_flush(o);
    o->size = (size_t)(seconds_write(o->buffer + o->size, ns) - o->buffer);
}
static inline void output_text(struct output *o, const struct text *text) {
    if (text->size) output_bytes(o, text->data, text->size);
}

#endif
