/*
 * Labels on a time axis without overlap: each goes into the lowest lane where it fits, centred on
 * its span, or shifted to stay inside the plot. What fits nowhere is shaded and has no label: a
 * plot of two hundred faults with two hundred names says less than one without.
 */
#include "report/plot_marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARKS_MAX = 200, /* more are left out of the picture */
    LANES_MAX = 3,
    AXIS_CHARACTERS = 104, /* of the labels' font over the width of the plot */
    LABEL_MAX = 44,
};

struct span {
    double from, to;
    char label[LABEL_MAX + 8];
    int fault;
    int lane, anchor;
};

/* At most LABEL_MAX bytes, not within a character. */
static void copy_label(char *to, const char *from, size_t size) {
    const int cut = size > LABEL_MAX;
    if (cut) size = LABEL_MAX - 3;
    while (cut && size > 0 && ((unsigned char)from[size] & 0xc0) == 0x80) size--;
    memcpy(to, from, size);
    strcpy(to + size, cut ? "..." : "");
}

static int parse(const char *line, struct span *span) {
    char kind[32];
    if (line[0] == '#' || sscanf(line, "%lf %lf %31s", &span->from, &span->to, kind) != 3) return 0;
    const char *open = strchr(line, '"'), *shut = open ? strrchr(line, '"') : NULL;
    if (!open || shut <= open) return 0;
    copy_label(span->label, open + 1, (size_t)(shut - open - 1));
    span->fault = strcmp(kind, "mark") != 0;
    return 1;
}

static int read_marks(const char *folder, struct span *spans) {
    struct text path = {0};
    text_add(&path, "%s/marks.dat", folder);
    FILE *file = fopen(text_string(&path), "r");
    text_free(&path);
    if (!file) return 0;
    char line[512];
    int count = 0;
    while (count < MARKS_MAX && fgets(line, sizeof line, file)) count += parse(line, &spans[count]);
    fclose(file);
    return count;
}

/* Where its label would stand, in shares of the axis. */
static void place(const struct span *span, double end_s, double *left, double *right, int *anchor) {
    const double width = ((double)text_columns(span->label) + 2) / AXIS_CHARACTERS;
    const double middle = (span->from + span->to) / 2 / end_s;
    *anchor = 1;
    *left = middle - width / 2;
    if (*left < 0) *anchor = 0, *left = 0;
    if (*left + width > 1) *anchor = 2, *left = 1 - width;
    *right = *left + width;
}

static int lay_out(struct span *spans, int count, double end_s) {
    double lefts[MARKS_MAX], rights[MARKS_MAX];
    int lanes = 0;
    for (int i = 0; i < count; i++) {
        place(&spans[i], end_s, &lefts[i], &rights[i], &spans[i].anchor);
        spans[i].lane = 0;
        for (int lane = 1; lane <= LANES_MAX && spans[i].lane == 0; lane++) {
            int free_lane = 1;
            for (int k = 0; k < i && free_lane; k++) {
                if (spans[k].lane == lane && lefts[i] < rights[k] && lefts[k] < rights[i])
                    free_lane = 0;
            }
            if (free_lane) spans[i].lane = lane;
        }
        if (spans[i].lane > lanes) lanes = spans[i].lane;
    }
    return lanes;
}

static int by_time(const void *left, const void *right) {
    const struct span *a = left, *b = right;
    if (a->from < b->from || a->from > b->from) return a->from < b->from ? -1 : 1;
    if (a->to < b->to || a->to > b->to) return a->to < b->to ? -1 : 1;
    return strcmp(a->label, b->label);
}

void plot_marks(const char *folder, double end_s, struct text *out) {
    struct span *spans = calloc(MARKS_MAX, sizeof *spans);
    const int count = spans ? read_marks(folder, spans) : 0;
    if (count > 0) qsort(spans, (size_t)count, sizeof *spans, by_time);
    const int lanes = lay_out(spans, count, end_s > 0 ? end_s : 1);
    const int places = count > 0 ? count : 1;
    text_add(out, "mark_count = %d\nmark_lanes = %d\n", count, lanes);
    text_add(out, "array mark_from[%d]\narray mark_to[%d]\narray mark_label[%d]\n", places, places,
             places);
    text_add(out, "array mark_lane[%d]\narray mark_anchor[%d]\narray mark_fault[%d]\n", places,
             places, places);
    for (int i = 0; i < count; i++) {
        const struct span *span = &spans[i];
        text_add(out, "mark_from[%d] = %.9f; mark_to[%d] = %.9f; ", i + 1, span->from, i + 1,
                 span->to);
        text_add(out, "mark_lane[%d] = %d; mark_anchor[%d] = %d; mark_fault[%d] = %d; ", i + 1,
                 span->lane, i + 1, span->anchor, i + 1, span->fault);
        text_add(out, "mark_label[%d] = '", i + 1);
        for (const char *p = span->label; *p; p++) {
            text_add_char(out, *p);
            if (*p == '\'') text_add_char(out, *p);
        }
        text_add(out, "'\n");
    }
    free(spans);
}
