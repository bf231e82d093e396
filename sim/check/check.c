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

bool check_add_anomaly(struct check_result *result, struct limits *limits,
                       const struct anomaly *anomaly, struct text *why) {
    result->anomalies_found++;
    if (!check_shows_more(result)) {
        text_free(why);
        check_explanation_free(anomaly->explanation);
        return true;
    }
    struct anomaly kept = *anomaly;
    kept.operations = limits_take(limits, kept.count, sizeof *kept.operations);
    if (!kept.operations || !limits_grow(limits, &result->anomalies, &result->anomaly_capacity,
                                         result->anomaly_count + 1, sizeof *result->anomalies)) {
        limits_give(limits, kept.operations, kept.count, sizeof *kept.operations);
        text_free(why);
        check_explanation_free(anomaly->explanation);
        return false;
    }
    if (kept.count)
        memcpy(kept.operations, anomaly->operations, kept.count * sizeof *kept.operations);
    kept.why = why->data ? why->data : must_strdup("");
    *why = (struct text){0};
    result->anomalies[result->anomaly_count++] = kept;
    return true;
}

void check_explanation_free(struct check_explanation *e) {
    if (!e) return;
    for (size_t i = 0; i < e->step_count; i++) free(e->steps[i].state);
    for (size_t i = 0; i < e->possible_count; i++) free(e->possible[i]);
    free(e->saw);
    free(e->state);
    free(e);
}

void check_add_figure(struct check_result *result, const char *name, uint64_t value) {
    assert(result->figure_count < CHECK_FIGURES_MAX);
    result->figures[result->figure_count++] = (struct check_figure){name, value};
}

void check_result_free(struct check_result *result, struct limits *limits) {
    for (size_t i = 0; i < result->anomaly_count; i++) {
        struct anomaly *a = &result->anomalies[i];
        limits_give(limits, a->operations, a->count, sizeof *a->operations);
        free(a->why);
        check_explanation_free(a->explanation);
    }
    limits_give(limits, result->anomalies, result->anomaly_capacity, sizeof *result->anomalies);
    text_free(&result->why);
    text_free(&result->malformed);
    *result = (struct check_result){0};
}
