/* See check.h. */
#include "check/check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "check/session/session.h"

const struct check_spec *const check_specs[] = {
    &session_spec,
    NULL,
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
    text_clear(&result->why);
    text_add(&result->why, "%s before all was judged", limits->passed);
    if (result->anomalies_found)
        text_add(&result->why, "; what was found until then is certain all the same");
}

bool check_add_anomaly(struct check_result *result, struct limits *limits,
                       const struct anomaly *anomaly, struct text *why) {
    result->anomalies_found++;
    if (!check_shows_more(result)) {
        text_free(why);
        return true;
    }
    struct anomaly kept = *anomaly;
    kept.operations = limits_take(limits, kept.count, sizeof *kept.operations);
    if (!kept.operations || !limits_grow(limits, &result->anomalies, &result->anomaly_capacity,
                                         result->anomaly_count + 1, sizeof *result->anomalies)) {
        limits_give(limits, kept.operations, kept.count, sizeof *kept.operations);
        text_free(why);
        return false;
    }
    memcpy(kept.operations, anomaly->operations, kept.count * sizeof *kept.operations);
    kept.why = why->data ? why->data : must_strdup("");
    *why = (struct text){0};
    result->anomalies[result->anomaly_count++] = kept;
    return true;
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
    }
    limits_give(limits, result->anomalies, result->anomaly_capacity, sizeof *result->anomalies);
    text_free(&result->why);
    text_free(&result->malformed);
    *result = (struct check_result){0};
}
