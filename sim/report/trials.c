#include "report/trials.h"

#include <stdlib.h>
#include <string.h>

/* By name as people order them, 12-24 before 100-200; then by value, and equal values are alike. */
static int in_order(const void *a, const void *b) {
    const struct report_trial *x = a, *y = b;
    const int names = strverscmp(x->name, y->name);
    return names ? names : (x->value > y->value) - (x->value < y->value);
}

void trials_sort(struct report_trial *trials, size_t count) {
    if (count > 0) qsort(trials, count, sizeof *trials, in_order);
}

static size_t run_of(const struct report_trial *trials, size_t count, size_t first) {
    size_t end = first;
    while (end < count && strcmp(trials[end].name, trials[first].name) == 0) end++;
    return end - first;
}

void trials_write(const struct report_trial *trials, size_t count, struct output *file) {
    struct text text = {0};
    text_add(&text, "# name value share_that_is_no_greater\n");
    for (size_t first = 0, n; first < count; first += n) {
        n = run_of(trials, count, first);
        if (first > 0) text_add(&text, "\n\n"); /* a gnuplot index a name */
        for (size_t i = 0; i < n; i++)
            text_add(&text, "\"%s\" %.10g %.8f\n", trials[first].name, trials[first + i].value,
                     (double)(i + 1) / (double)n);
    }
    output_text(file, &text);
    text_free(&text);
}

size_t trials_results(const struct report_trial *trials, size_t count,
                      struct report_result *results) {
    size_t made = 0;
    for (size_t first = 0, n; first < count; first += n) {
        n = run_of(trials, count, first);
        const struct report_trial *t = trials + first;
        const char *name = t->name;
        results[made++] = (struct report_result){name, "trials", (double)n};
        results[made++] = (struct report_result){name, "median [ms]", t[(n - 1) / 2].value};
        results[made++] = (struct report_result){name, "p90 [ms]", t[(n - 1) * 9 / 10].value};
        results[made++] = (struct report_result){name, "p99 [ms]", t[(n - 1) * 99 / 100].value};
        results[made++] = (struct report_result){name, "max [ms]", t[n - 1].value};
    }
    return made;
}
