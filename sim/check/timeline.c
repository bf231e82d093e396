/* See timeline.h. First the layout, in columns (one an event) and rows (one a process); then the
 * drawing. */
#include "check/timeline.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- when each of the order takes effect: after its invoke, and after the one before ---- */

static void place_steps(struct timeline *t) {
    const struct check_explanation *e = t->explanation;
    size_t column = 0, in_column[MOMENTS_MAX] = {0}, columns[CHECK_STEPS_MAX];
    if (!e) return;
    for (size_t i = 0; i < e->step_count; i++) {
        const size_t invoked =
            timeline_column(t, t->history->operations[e->steps[i].operation].invoked_line);
        if (invoked > column) column = invoked;
        columns[i] = column;
        in_column[column]++;
    }
    size_t placed = 0, last = SIZE_MAX;
    for (size_t i = 0; i < e->step_count; i++) {
        placed = columns[i] == last ? placed + 1 : 1;
        last = columns[i];
        const double share = (double)placed / (double)(in_column[last] + 1);
        t->step_x[i] = timeline_x(t, last) + share * t->column_width;
    }
}

/* ---- faults ---- */

static void add_fault(struct timeline *t, int64_t from, int64_t to, const char *label) {
    const struct moment *first = &t->moments[0], *last = &t->moments[t->moment_count - 1];
    if (to < first->ns || from > last->ns || t->fault_count == FAULTS_MAX) return;
    t->faults[t->fault_count++] = (struct timeline_fault){from, to, label};
}

/* "start..." to "stop..."; what is neither is a moment. Jepsen tells each twice, when it is asked
 * and when it is done. */
static void add_nemesis(struct timeline *t) {
    const struct history *h = t->history;
    for (size_t i = 0; i < h->nemesis_count; i++) {
        const char *f = names_string(&h->functions, h->nemesis[i].f);
        if (strncmp(f, "stop", 4) == 0 || (i > 0 && h->nemesis[i - 1].f == h->nemesis[i].f))
            continue;
        int64_t to = h->nemesis[i].ns;
        if (strncmp(f, "start", 5) == 0) to = INT64_MAX;
        for (size_t k = i + 1; k < h->nemesis_count && to == INT64_MAX; k++) {
            const char *other = names_string(&h->functions, h->nemesis[k].f);
            if (strncmp(other, "stop", 4) == 0 && strcmp(other + 4, f + 5) == 0)
                to = h->nemesis[k].ns;
        }
        add_fault(t, h->nemesis[i].ns, to, f);
    }
}

void timeline_svg(const struct history *h, const struct check_spec *spec, const struct anomaly *a,
                  const struct timeline_fault *faults, size_t fault_count, struct text *svg) {
    enum { PLOT_WIDTH = 860, COLUMN_LEAST = 46 };
    struct timeline *t = must_calloc(1, sizeof *t);
    t->history = h;
    t->spec = spec;
    t->anomaly = a;
    t->explanation = a->explanation;
    choose_operations(t, a);
    if (t->moment_count > 0) {
        choose_rows(t);
        t->column_width = (double)PLOT_WIDTH / (double)t->moment_count;
        if (t->column_width < COLUMN_LEAST) t->column_width = COLUMN_LEAST;
        place_steps(t);
        for (size_t i = 0; i < fault_count; i++)
            add_fault(t, faults[i].from_ns, faults[i].to_ns, faults[i].label);
        add_nemesis(t);
        timeline_draw(t, svg);
    }
    free(t);
}
