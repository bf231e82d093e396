/* See check_marks.h. */
#include "check_marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The file has seconds, with their fractions. */
static int64_t to_ns(double seconds) { return (int64_t)(seconds * 1e9 + 0.5); }

/* `from_s to_s kind "label"` */
static void read_line(struct marks *m, const char *line) {
    double from, to;
    const char *open = strchr(line, '"'), *shut = open ? strrchr(line, '"') : NULL;
    if (*line == '#' || !open || shut == open || sscanf(line, "%lf %lf", &from, &to) != 2) return;
    struct text label = {0};
    text_add_bytes(&label, open + 1, (size_t)(shut - open - 1));
    m->spans = must_grow(m->spans, &m->capacity, m->count + 1, sizeof *m->spans);
    m->spans[m->count++] =
        (struct timeline_fault){to_ns(from), to_ns(to), must_strdup(text_string(&label))};
    text_free(&label);
}

void marks_read(struct marks *m, const char *history_path) {
    *m = (struct marks){0};
    if (strcmp(history_path, "-") == 0) return; /* what is beside standard input is nothing of it */
    const char *slash = strrchr(history_path, '/');
    struct text path = {0};
    if (slash) text_add_bytes(&path, history_path, (size_t)(slash + 1 - history_path));
    text_add(&path, "marks.dat");
    FILE *file = fopen(text_string(&path), "r");
    text_free(&path);
    char line[1024];
    while (file && fgets(line, sizeof line, file)) read_line(m, line);
    if (file) fclose(file);
}

void marks_free(struct marks *m) {
    for (size_t i = 0; i < m->count; i++) free((char *)m->spans[i].label);
    free(m->spans);
}
