/*
 * The layout of a timeline: timeline.c finds it, timeline_faults.c its faults, timeline_draw.c,
 * timeline_words.c and timeline_legend.c draw it. Not for others.
 */
#ifndef CHECK_TIMELINE_DRAW_H
#define CHECK_TIMELINE_DRAW_H

#include "check/timeline.h"

enum {
    SHOWN_MAX = CHECK_OPERATIONS_MAX, MOMENTS_MAX = 2 * SHOWN_MAX, FAULTS_MAX = 12, LANES_MAX = 4,
    TIMELINE_LEFT = 124, TIMELINE_MARGIN = 24,
    TIMELINE_FONT = 15, TIMELINE_SMALL = 13,
};

struct moment { uint32_t line; int64_t ns; }; /* something was invoked, or completed: a column */
struct timeline {
    const struct history *history;
    const struct check_spec *spec;
    const struct anomaly *anomaly;
    const struct check_explanation *explanation;
    uint32_t operations[SHOWN_MAX], rows[SHOWN_MAX]; /* rows: processes */
    size_t operation_count, row_count;
    uint64_t left_out;          /* operations that are concerned, too */
    struct moment moments[MOMENTS_MAX];
    size_t moment_count;
    double column_x[MOMENTS_MAX + 1], step_x[CHECK_STEPS_MAX]; /* one more: the right end */
    double state_x;             /* where the state before the steps begins */
    struct timeline_fault faults[FAULTS_MAX];
    size_t fault_count, faults_left_out;
};

static inline double timeline_x(const struct timeline *t, size_t column) {
    return t->column_x[column];
}
static inline double timeline_right(const struct timeline *t) {
    return timeline_x(t, t->moment_count);
}
/* The column of a line that is shown; of another, that of the last before it. */
static inline size_t timeline_column(const struct timeline *t, uint32_t line) {
    size_t column = 0;
    while (column + 1 < t->moment_count && t->moments[column + 1].line <= line) column++;
    return column;
}
static inline size_t timeline_row(const struct timeline *t, uint32_t process) {
    size_t row = 0;
    while (row < t->row_count && t->rows[row] != process) row++;
    return row;
}
/* Of the faults, and of what the nemesis did: those that overlap what is shown, the nearest to
 * what is stuck. */
void timeline_choose_faults(struct timeline *, const struct timeline_fault *, size_t count);
/* In time, from what is stuck; without an explanation from all that is shown. */
int64_t timeline_fault_distance(const struct timeline *, const struct timeline_fault *);
void timeline_draw(const struct timeline *, struct text *svg);

/* ---- between those that draw ---- */

struct fault_label { double at, width; size_t lane; }; /* LANES_MAX: not written */
struct drawing {
    const struct timeline *t;
    struct text *svg;
    /* y of the first row, of the lane of states, of the axis */
    double top, states, axis, height, width;
    struct fault_label labels[FAULTS_MAX];
    size_t lane_count;
};

/* Average widths of a character of DejaVu Sans. */
#define TIMELINE_WORD (TIMELINE_FONT * 0.64)
#define TIMELINE_BOLD_WORD (TIMELINE_FONT * 0.7)
#define TIMELINE_SMALL_WORD (TIMELINE_SMALL * 0.6)
#define TIMELINE_TITLE_WORD 13.6

/* Of words, in characters of average width. */
double draw_width(const char *words);
/* Cut in the middle where there is no room for all of it; nothing where there is hardly any. */
void draw_words(struct drawing *, double x, double y, const char *style, const char *words,
                double room, double character);
/* Over several lines, from the left; returns how many. */
int draw_lines(struct drawing *, double y, const char *words);
void draw_axis(struct drawing *);
void draw_legend(struct drawing *);
enum { TIMELINE_LEGEND = 94 }; /* its height */

#endif
