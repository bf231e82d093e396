/* A run tells two lines of JSON: what the lab is worth, and what became of it. */
#include "grade.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "report/json.h"
#include "report/json_read.h"

/* ---- in the process of a run ---- */

void grade_lab(const struct script_lab *lab, struct text *out) {
    struct json json = {.out = out};
    json_open_flat(&json, NULL, '[');
    for (size_t i = 0; i < lab->count; i++) {
        json_open_flat(&json, NULL, '[');
        json_string(&json, NULL, lab->points[i].name);
        json_integer(&json, NULL, lab->points[i].points);
        json_close(&json, ']');
    }
    json_close(&json, ']');
    text_add_char(out, '\n');
}

static void put(struct json *json, const char *name, bool judged, bool failed, const char *why) {
    json_open_flat(json, NULL, '{');
    json_string(json, "name", name);
    json_bool(json, "judged", judged);
    json_bool(json, "failed", failed);
    json_string(json, "why", why ? why : "");
    json_close(json, '}');
}

void grade_result(const struct run_report *run, enum exit_code code, struct text *out) {
    if (code == EXIT_WRONG_USE) {
        grade_no_result("mistake", run->mistake, out);
        return;
    }
    if (run->limit) {
        grade_no_result("limit", run->limit, out);
        return;
    }
    struct json json = {.out = out};
    json_open_flat(&json, NULL, '{');
    json_open_flat(&json, "judged", '[');
    for (size_t i = 0; i < world_laws(run->world); i++) {
        const struct law_status status = world_law(run->world, i);
        put(&json, status.law->name, status.judged > 0, status.broken > 0, status.why);
    }
    for (size_t i = 0; i < run->check_count; i++) {
        const struct report_check *check = &run->checks[i];
        put(&json, check->name, check->verdict != RUN_INCONCLUSIVE, check->verdict == RUN_FAILED,
            check->why);
    }
    json_close(&json, ']');
    json_close(&json, '}');
    text_add_char(out, '\n');
}

void grade_no_result(const char *kind, const char *why, struct text *out) {
    struct json json = {.out = out};
    json_open_flat(&json, NULL, '{');
    json_string(&json, "ended", kind);
    json_string(&json, "why", why);
    json_close(&json, '}');
    text_add_char(out, '\n');
}

/* ---- in the process of the grader ---- */

static void replace(char **kept, const char *by) {
    free(*kept);
    *kept = must_strdup(by);
}

/* The list of points is the same in each run: the first makes the items. */
static void take_lab(struct grade *grade, const cJSON *list) {
    if (grade->count) return;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list) {
        const cJSON *name = cJSON_GetArrayItem(entry, 0), *points = cJSON_GetArrayItem(entry, 1);
        if (!cJSON_IsString(name) || !cJSON_IsNumber(points)) continue;
        grade->items =
            must_grow(grade->items, &grade->capacity, grade->count + 1, sizeof *grade->items);
        grade->items[grade->count++] =
            (struct grade_item){.name = must_strdup(name->valuestring), .points = points->valueint};
    }
}

static void fail(struct grade_item *item, uint64_t seed, const char *why) {
    if (item->failing++ > 0 && seed >= item->seed) return;
    item->seed = seed;
    replace(&item->why, why);
}

static void take_end(struct grade *grade, uint64_t seed, const cJSON *json) {
    if (grade->ended++ == 0 || seed < grade->ended_seed) {
        grade->ended_seed = seed;
        replace(&grade->ended_kind, json_string_of(json, "ended"));
        replace(&grade->ended_why, json_string_of(json, "why"));
    }
    for (size_t i = 0; i < grade->count; i++)
        fail(&grade->items[i], seed, json_string_of(json, "why"));
}

static void take_judgements(struct grade *grade, uint64_t seed, const cJSON *list) {
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list) {
        for (size_t i = 0; i < grade->count; i++) {
            struct grade_item *item = &grade->items[i];
            if (strcmp(item->name, json_string_of(entry, "name")) != 0) continue;
            item->judged += cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, "judged"));
            if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, "failed")))
                fail(item, seed, json_string_of(entry, "why"));
        }
    }
}

void grade_take(struct grade *grade, uint64_t seed, const char *lines) {
    grade->runs++;
    while (*lines) {
        const char *end = NULL;
        cJSON *json = cJSON_ParseWithOpts(lines, &end, false);
        if (cJSON_IsArray(json))
            take_lab(grade, json);
        else if (cJSON_GetObjectItemCaseSensitive(json, "ended"))
            take_end(grade, seed, json);
        else
            take_judgements(grade, seed, cJSON_GetObjectItemCaseSensitive(json, "judged"));
        cJSON_Delete(json);
        if (!json || !end) return;
        lines = end + strspn(end, "\n ");
    }
}

bool grade_holds(const struct grade_item *item) { return item->judged > 0 && item->failing == 0; }

int64_t grade_points(const struct grade *grade) {
    int64_t points = 0;
    for (size_t i = 0; i < grade->count; i++)
        if (grade_holds(&grade->items[i])) points += grade->items[i].points;
    return points;
}

int64_t grade_points_most(const struct grade *grade) {
    int64_t points = 0;
    for (size_t i = 0; i < grade->count; i++) points += grade->items[i].points;
    return points;
}

void grade_free(struct grade *grade) {
    for (size_t i = 0; i < grade->count; i++) {
        free(grade->items[i].name);
        free(grade->items[i].why);
    }
    free(grade->items);
    free(grade->ended_kind);
    free(grade->ended_why);
}
