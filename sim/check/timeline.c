/* See timeline.h. First the layout, in columns (one an event) and rows (one a process); then the
 * drawing. */
#include "check/timeline.h"

#include <stdlib.h>

#include "base/memory.h"
#include "check/timeline_draw.h"

/* ---- what is shown ---- */

static int by_line(const void *left, const void *right) {
    const struct moment *a = left, *b = right;
    return a->line < b->line ? -1 : a->line > b->line;
}

static void add_moment(struct timeline *t, uint32_t line, int64_t ns) {
    t->moments[t->moment_count++] = (struct moment){line, ns};
}

static void choose_operations(struct timeline *t, const struct anomaly *a) {
    t->operation_count = a->count < SHOWN_MAX ? a->count : SHOWN_MAX;
    t->left_out = a->left_out + (a->count - t->operation_count);
    for (size_t i = 0; i < t->operation_count; i++) {
        const struct operation *o = &t->history->operations[a->operations[i]];
        t->operations[i] = a->operations[i];
        add_moment(t, o->invoked_line, o->invoked_ns);
        if (o->end == OPERATION_OK || o->end == OPERATION_FAIL)
            add_moment(t, o->ended_line, o->ended_ns);
    }
    qsort(t->moments, t->moment_count, sizeof *t->moments, by_line);
}

static void choose_rows(struct timeline *t) {
    for (size_t m = 0; m < t->moment_count; m++)
        for (size_t i = 0; i < t->operation_count; i++) {
            const struct operation *o = &t->history->operations[t->operations[i]];
            if (o->invoked_line != t->moments[m].line || timeline_row(t, o->process) < t->row_count)
                continue;
            t->rows[t->row_count++] = o->process;
        }
}

/* ---- where: each of the order takes effect after its invoke, and after the one before ---- */

static size_t step_count(const struct timeline *t) {
    return t->explanation ? t->explanation->step_count : 0;
}

static void choose_step_columns(const struct timeline *t, size_t *columns, size_t *in_column) {
    size_t column = 0;
    for (size_t i = 0; i < step_count(t); i++) {
        const uint32_t operation = t->explanation->steps[i].operation;
        const size_t invoked = timeline_column(t, t->history->operations[operation].invoked_line);
        if (invoked > column) column = invoked;
        columns[i] = column;
        in_column[column]++;
    }
}

/* All alike where there is room; else as wide as names need, and as numbers do. */
static void place_columns(struct timeline *t, const size_t *in_column) {
    enum { PLOT_WIDTH = 860, COLUMN_LEAST = 46, STEP_WIDTH = 27 };
    double alike = (double)PLOT_WIDTH / (double)t->moment_count, x = TIMELINE_LEFT;
    if (alike < COLUMN_LEAST) alike = COLUMN_LEAST;
    for (size_t i = 0; i < t->moment_count; i++) {
        const double needed = STEP_WIDTH * (double)(in_column[i] + 1);
        t->column_x[i] = x;
        x += needed > alike ? needed : alike;
    }
    t->column_x[t->moment_count] = x;
}

static void place_steps(struct timeline *t) {
    size_t columns[CHECK_STEPS_MAX], in_column[MOMENTS_MAX] = {0};
    choose_step_columns(t, columns, in_column);
    place_columns(t, in_column);
    t->state_x = timeline_x(t, 0);
    if (step_count(t) && t->explanation->steps_before) t->state_x = timeline_x(t, columns[0]);
    size_t placed = 0, last = SIZE_MAX;
    for (size_t i = 0; i < step_count(t); i++) {
        placed = columns[i] == last ? placed + 1 : 1;
        last = columns[i];
        const double share = (double)placed / (double)(in_column[last] + 1);
        t->step_x[i] = timeline_x(t, last) +
                       share * (timeline_x(t, last + 1) - timeline_x(t, last));
    }
}

void timeline_svg(const struct history *h, const struct check_spec *spec, const struct anomaly *a,
                  const struct timeline_fault *faults, size_t fault_count, struct text *svg) {
    struct timeline *t = must_calloc(1, sizeof *t);
    t->history = h;
    t->spec = spec;
    t->anomaly = a;
    t->explanation = a->explanation;
    choose_operations(t, a);
    if (t->moment_count > 0) {
        choose_rows(t);
        place_steps(t);
        timeline_choose_faults(t, faults, fault_count);
        timeline_draw(t, svg);
    }
    free(t);
}
