/* The layout of a timeline, between timeline.c, which finds it, and timeline_draw.c. Not for others. */
#ifndef CHECK_TIMELINE_DRAW_H
#define CHECK_TIMELINE_DRAW_H

#include "check/timeline.h"

enum { SHOWN_MAX = 24, MOMENTS_MAX = 2 * SHOWN_MAX, FAULTS_MAX = 12, TIMELINE_LEFT = 124 };

struct moment { uint32_t line; int64_t ns; }; /* something was invoked, or completed: a column */
struct timeline {
    const struct history *history;
    const struct check_spec *spec;
    const struct anomaly *anomaly;
    const struct check_explanation *explanation;
    uint32_t operations[SHOWN_MAX], rows[SHOWN_MAX]; /* rows: processes */
    size_t operation_count, row_count;
    struct moment moments[MOMENTS_MAX];
    size_t moment_count;
    double column_width, step_x[CHECK_STEPS_MAX];
    struct timeline_fault faults[FAULTS_MAX];
    size_t fault_count;
};

static inline double timeline_x(const struct timeline *t, size_t column) {
    return TIMELINE_LEFT + (double)column * t->column_width;
}
static inline double timeline_right(const struct timeline *t) { return timeline_x(t, t->moment_count); }
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
void timeline_draw(const struct timeline *, struct text *svg);

#endif
