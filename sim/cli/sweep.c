/*
 * Results are kept as they come, and counted in the order of jobs: so nothing that is said depends
 * on which process was the quicker.
 *
 * A result is a line of JSON, made in the run's process from its report: how it ended, what failed
 * first (a law before an expectation), and for what only a sweep can judge, the laws that judged
 * something and the generated faults that changed something.
 */
#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "options.h"
#include "report/json.h"
#include "report/json_read.h"

/* ---- in the process of a run ---- */

static bool is_wanted(const struct run_report *run, const char *law) {
    return run->law_is_wanted_broken && run->law_is_wanted_broken(run->context, law);
}

static void put_failure(struct json *json, const char *kind, const char *name, const char *why) {
    json_string(json, "kind", kind);
    json_string(json, "name", name);
    json_string(json, "why", why ? why : "");
}

static void put_what_failed(const struct run_report *run, struct json *json) {
    for (size_t i = 0; i < world_laws(run->world); i++) {
        const struct law_status status = world_law(run->world, i);
        if (status.broken == 0 || is_wanted(run, status.law->name)) continue;
        put_failure(json, "law", status.law->name, status.why);
        return;
    }
    for (size_t i = 0; i < run->check_count; i++) {
        const struct report_check *check = &run->checks[i];
        if (check->verdict != RUN_FAILED) continue;
        put_failure(json, check->kind, check->name, check->why);
        return;
    }
    put_failure(json, "failure", "", text_string(&run->why));
}

static void put_tallies(const struct run_report *run, struct json *json) {
    json_open_flat(json, "laws", '{');
    for (size_t i = 0; i < world_laws(run->world); i++) {
        const struct law_status status = world_law(run->world, i);
        json_integer(json, status.law->name, status.judged);
    }
    json_close(json, '}');
    int64_t injected[FAULT_KINDS] = {0}, effective[FAULT_KINDS] = {0};
    for (size_t i = 0; i < world_faults(run->world); i++) {
        const struct fault_entry *entry = world_fault_entry(run->world, i);
        if (!entry->generated) continue;
        injected[entry->fault.kind]++;
        effective[entry->fault.kind] += entry->effective > 0;
    }
    json_open_flat(json, "faults", '{');
    for (unsigned k = 0; k < FAULT_KINDS; k++) {
        if (injected[k] == 0) continue;
        json_open_flat(json, fault_kind_name((enum fault_kind)k), '[');
        json_integer(json, NULL, injected[k]);
        json_integer(json, NULL, effective[k]);
        json_close(json, ']');
    }
    json_close(json, '}');
}

void sweep_result(const struct run_report *run, enum exit_code code, struct text *out) {
    struct json json = {.out = out};
    json_open_flat(&json, NULL, '{');
    json_integer(&json, "code", code);
    if (code == EXIT_FAILED) put_what_failed(run, &json);
    if (code == EXIT_WRONG_USE) put_failure(&json, "mistake", "", run->mistake);
    if (code == EXIT_INCONCLUSIVE)
        put_failure(&json, run->limit ? "limit" : "inconclusive", "", text_string(&run->why));
    put_tallies(run, &json);
    json_digest(&json, "digest", world_digest(run->world));
    json_close(&json, '}');
}

void sweep_no_result(const char *complaint, enum exit_code code, struct text *out) {
    struct json json = {.out = out};
    json_open_flat(&json, NULL, '{');
    json_integer(&json, "code", code);
    put_failure(&json, code == EXIT_INCONCLUSIVE ? "limit" : "mistake", "", complaint);
    json_close(&json, '}');
}

void sweep_bad_end(const char *kind, const char *why, struct text *out) {
    struct json json = {.out = out};
    json_open_flat(&json, NULL, '{');
    json_integer(&json, "code", EXIT_BROKEN);
    put_failure(&json, kind, "", why);
    json_close(&json, '}');
}

/* ---- in the process of the sweep ---- */

void sweep_open(struct sweep *sweep) {
    sweep->jobs = (int64_t)(sweep->last - sweep->first + 1) * (int64_t)sweep->path_count;
    sweep->waiting = must_calloc((size_t)sweep->jobs, sizeof *sweep->waiting);
}

static void groups_free(struct sweep_group *groups, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free(groups[i].scenario);
        free(groups[i].kind);
        free(groups[i].name);
        free(groups[i].why);
        free(groups[i].seeds);
    }
    free(groups);
}

static void tallies_free(struct sweep_tally *tallies, size_t count) {
    for (size_t i = 0; i < count; i++) free(tallies[i].name);
    free(tallies);
}

void sweep_close(struct sweep *sweep) {
    for (int64_t i = 0; sweep->waiting && i < sweep->jobs; i++) free(sweep->waiting[i]);
    free(sweep->waiting);
    groups_free(sweep->failures, sweep->failure_count);
    groups_free(sweep->gaps, sweep->gap_count);
    tallies_free(sweep->laws, sweep->law_count);
    tallies_free(sweep->faults, sweep->fault_count);
    text_free(&sweep->command);
}

uint64_t sweep_seed(const struct sweep *sweep, int64_t job) {
    return sweep->first + (uint64_t)job / sweep->path_count;
}
const char *sweep_path(const struct sweep *sweep, int64_t job) {
    return sweep->paths[(uint64_t)job % sweep->path_count];
}

static void group_add(struct sweep_group **groups, size_t *count, size_t *capacity,
                      const char *scenario, uint64_t seed, const cJSON *json) {
    const char *kind = json_string_of(json, "kind"), *name = json_string_of(json, "name"),
               *why = json_string_of(json, "why");
    const bool by_why = name[0] == '\0'; /* a mistake is known by its message */
    size_t i = 0;
    for (; i < *count; i++) {
        const struct sweep_group *g = &(*groups)[i];
        if (strcmp(g->scenario, scenario) == 0 && strcmp(g->kind, kind) == 0 &&
            strcmp(g->name, name) == 0 && (!by_why || strcmp(g->why, why) == 0))
            break;
    }
    if (i == *count) {
        *groups = must_grow(*groups, capacity, *count + 1, sizeof **groups);
        (*groups)[(*count)++] = (struct sweep_group){.scenario = must_strdup(scenario),
                                                     .kind = must_strdup(kind),
                                                     .name = must_strdup(name),
                                                     .why = must_strdup(why)};
    }
    struct sweep_group *g = &(*groups)[i];
    g->seeds = must_grow(g->seeds, &g->capacity, g->count + 1, sizeof *g->seeds);
    g->seeds[g->count++] = seed;
}

static void tally_add(struct sweep_tally **tallies, size_t *count, size_t *capacity,
                      const char *name, int64_t tried, int64_t did) {
    size_t i = 0;
    while (i < *count && strcmp((*tallies)[i].name, name) != 0) i++;
    if (i == *count) {
        *tallies = must_grow(*tallies, capacity, *count + 1, sizeof **tallies);
        (*tallies)[(*count)++] = (struct sweep_tally){.name = must_strdup(name)};
    }
    (*tallies)[i].tried += tried;
    (*tallies)[i].did += did;
}

static int64_t number_at(const cJSON *list, int index) {
    const cJSON *item = cJSON_GetArrayItem(list, index);
    return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : 0;
}

static void count(struct sweep *sweep, int64_t job, const cJSON *json) {
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(json, "code");
    const char *path = sweep_path(sweep, job);
    const uint64_t seed = sweep_seed(sweep, job);
    const int ended = cJSON_IsNumber(code) ? code->valueint : EXIT_BROKEN;
    const uint64_t digest = strtoull(json_string_of(json, "digest"), NULL, 16);
    sweep->digest = (sweep->digest ^ digest ^ (uint64_t)ended) * UINT64_C(0x9e3779b97f4a7c15);
    sweep->digest ^= sweep->digest >> 32;
    if (ended == EXIT_PASSED) {
        sweep->passed++;
    } else if (ended == EXIT_INCONCLUSIVE) {
        sweep->inconclusive++;
        group_add(&sweep->gaps, &sweep->gap_count, &sweep->gap_capacity, path, seed, json);
    } else {
        sweep->failed++;
        group_add(&sweep->failures, &sweep->failure_count, &sweep->failure_capacity, path, seed,
                  json);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "laws"))
        tally_add(&sweep->laws, &sweep->law_count, &sweep->law_capacity, item->string, 1,
                  (int64_t)item->valuedouble);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "faults"))
        tally_add(&sweep->faults, &sweep->fault_count, &sweep->fault_capacity, item->string,
                  number_at(item, 0), number_at(item, 1));
}

bool sweep_take(struct sweep *sweep, int64_t job, const char *result) {
    sweep->waiting[job] = must_strdup(result);
    while (sweep->frontier < sweep->jobs && sweep->waiting[sweep->frontier]) {
        const int64_t at = sweep->frontier++;
        cJSON *json = cJSON_Parse(sweep->waiting[at]);
        count(sweep, at, json);
        cJSON_Delete(json);
        free(sweep->waiting[at]);
        sweep->waiting[at] = NULL;
        if (sweep->stop_after && sweep->failed >= sweep->stop_after) return false;
    }
    return true;
}

/* ---- when all is over ---- */

static bool all_of_kind(const struct sweep *sweep, const char *const *kinds) {
    for (size_t i = 0; i < sweep->failure_count; i++) {
        bool one = false;
        for (size_t k = 0; kinds[k]; k++) one |= strcmp(sweep->failures[i].kind, kinds[k]) == 0;
        if (!one) return false;
    }
    return sweep->failure_count > 0;
}

static bool is_idle(const struct sweep_tally *tally) { return tally->tried > 0 && tally->did == 0; }

static bool has_gaps(const struct sweep *sweep) {
    if (sweep->inconclusive || sweep->frontier == 0) return true;
    for (size_t i = 0; i < sweep->law_count; i++)
        if (is_idle(&sweep->laws[i])) return true;
    for (size_t i = 0; i < sweep->fault_count; i++)
        if (is_idle(&sweep->faults[i])) return true;
    return false;
}

enum exit_code sweep_judge(const struct sweep *sweep, bool interrupted) {
    static const char *const mistakes[] = {"mistake", NULL}, *const ends[] = {"crash", "hang",
                                                                              NULL};
    if (interrupted) return EXIT_INTERRUPTED;
    if (all_of_kind(sweep, mistakes)) return EXIT_WRONG_USE;
    if (all_of_kind(sweep, ends)) return EXIT_BROKEN;
    if (sweep->failed) return EXIT_FAILED;
    return has_gaps(sweep) ? EXIT_INCONCLUSIVE : EXIT_PASSED;
}
