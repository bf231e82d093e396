/* See check.h. */
#include "check/check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "check/linear/linear.h"
#include "check/session/session.h"

const struct check_spec *const check_specs[] = {
    &register_spec, &cas_register_spec, &kv_spec, &session_spec, NULL,
};

const struct check_spec *check_spec_named(const char *name) {
    const struct check_spec *const *spec = check_specs;
    while (*spec && strcmp((*spec)->name, name) != 0) spec++;
    return *spec;
}

void check_run(const struct check_spec *spec, const struct history *history, struct limits *limits,
               struct check_result *result) {
    result->operations = history->count;
    spec->judge(history, limits, result);
    if (!limits->passed || result->malformed.size) return;
    result->verdict = result->anomalies_found ? CHECK_INVALID : CHECK_UNKNOWN;
    struct text so_far = result->why;
    result->why = (struct text){0};
    text_add(&result->why, "%s before all was judged", limits->passed);
    if (result->anomalies_found)
        text_add(&result->why, "; what was found until then is certain all the same");
    if (so_far.size) text_add(&result->why, ": %s", text_string(&so_far));
    text_free(&so_far);
}

char *check_keep(struct limits *limits, struct text *text) {
    char *kept = limits_take(limits, text->size + 1, 1);
    if (kept && text->size) memcpy(kept, text->data, text->size);
    text_free(text);
    return kept;
}

void check_forget(struct limits *limits, char *kept) {
    if (kept) limits_give(limits, kept, strlen(kept) + 1, 1);
}

static bool keep_anomaly(struct check_result *result, struct limits *limits, struct anomaly *a,
                         const uint32_t *operations, struct text *why) {
    a->why = check_keep(limits, why);
    a->operations = limits_take(limits, a->count, sizeof *a->operations);
    if (!a->why || !a->operations ||
        !limits_grow(limits, &result->anomalies, &result->anomaly_capacity,
                     result->anomaly_count + 1, sizeof *result->anomalies))
        return false;
    if (a->count) memcpy(a->operations, operations, a->count * sizeof *operations);
    result->anomalies[result->anomaly_count++] = *a;
    return true;
}

static void forget_anomaly(struct anomaly *a, struct limits *limits) {
    limits_give(limits, a->operations, a->count, sizeof *a->operations);
    check_forget(limits, a->why);
    check_explanation_free(a->explanation, limits);
}

bool check_add_anomaly(struct check_result *result, struct limits *limits,
                       const struct anomaly *anomaly, struct text *why) {
    struct anomaly kept = *anomaly;
    kept.operations = NULL;
    kept.why = NULL;
    result->anomalies_found++;
    const bool shown = check_shows_more(result);
    if (shown && keep_anomaly(result, limits, &kept, anomaly->operations, why)) return true;
    text_free(why);
    forget_anomaly(&kept, limits);
    return !shown;
}

void check_explanation_free(struct check_explanation *e, struct limits *limits) {
    if (!e) return;
    for (size_t i = 0; i < e->step_count; i++) check_forget(limits, e->steps[i].state);
    for (size_t i = 0; i < e->possible_count; i++) check_forget(limits, e->possible[i]);
    check_forget(limits, e->saw);
    check_forget(limits, e->state);
    free(e);
}

void check_add_figure(struct check_result *result, const char *name, uint64_t value) {
    assert(result->figure_count < CHECK_FIGURES_MAX);
    result->figures[result->figure_count++] = (struct check_figure){name, value};
}

void check_result_free(struct check_result *result, struct limits *limits) {
    for (size_t i = 0; i < result->anomaly_count; i++)
        forget_anomaly(&result->anomalies[i], limits);
    limits_give(limits, result->anomalies, result->anomaly_capacity, sizeof *result->anomalies);
    text_free(&result->why);
    text_free(&result->malformed);
    *result = (struct check_result){0};
}
