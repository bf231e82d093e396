/*
 * Reading a plan from lines of JSON, and scheduling it.
 *
 * A line is what report/faults.c writes:
 * {"t":25000000000,"kind":"cut","a":"n1","b":"n2","x":0,"y":0, "until":30000000000}. Only t and
 * kind are always needed; "healed" stands in for "until"; a line with "by":"scenario" is skipped,
 * as the scenario will do that itself; other keys say nothing here.
 */
#include "explore/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "script/nearest.h"

void plan_add(struct fault_plan *plan, struct planned_fault fault) {
    plan->faults = must_grow(plan->faults, &plan->capacity, plan->count + 1, sizeof *plan->faults);
    plan->faults[plan->count++] = fault;
}

void plan_free(struct fault_plan *plan) {
    free(plan->faults);
    *plan = (struct fault_plan){0};
}

/* ---- scheduling ---- */

static void strike(struct world *world, void *context) {
    const struct planned_fault *planned = context;
    world_fault_planned(world, &planned->fault, planned->until_ns);
}

void plan_schedule(const struct fault_plan *plan, struct world *world) {
    for (size_t i = 0; i < plan->count; i++)
        world_at(world, plan->faults[i].t, strike, &plan->faults[i]);
}

/* ---- reading ---- */

struct line {
    const struct world *world;
    const cJSON *json;
    struct text *error; /* what is wrong, and what was expected */
};

static bool found(const struct line *line, const char *key, const char *what) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line->json, key);
    char *shown = item ? cJSON_PrintUnformatted(item) : NULL;
    text_add(line->error, "\"%s\": found %.60s; expected %s", key, shown ? shown : "nothing", what);
    cJSON_free(shown);
    return false;
}

/* An integer that a double holds exactly is all that JSON's numbers promise; times are below 104
 * days. */
static bool read_number(const struct line *line, const char *key, int64_t usual, int64_t *value) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line->json, key);
    *value = usual;
    if (!item || cJSON_IsNull(item)) return true;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= -9007199254740992.0) ||
        !(item->valuedouble <= 9007199254740992.0))
        return found(line, key, "a whole number within 2^53");
    *value = (int64_t)item->valuedouble;
    return (double)*value == item->valuedouble || found(line, key, "a whole number");
}

static bool read_kind(const struct line *line, enum fault_kind *kind) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line->json, "kind");
    const char *names[FAULT_KINDS];
    for (unsigned i = 0; i < FAULT_KINDS; i++) names[i] = fault_kind_name((enum fault_kind)i);
    if (!cJSON_IsString(item)) return found(line, "kind", "a kind of fault, such as \"cut\"");
    if (fault_kind_find(item->valuestring, kind)) return true;
    const char *near = nearest_name(item->valuestring, names, FAULT_KINDS);
    struct text what = {0};
    if (near)
        text_add(&what, "a kind of fault; did you mean \"%s\"?", near);
    else
        text_add(&what, "a kind of fault, such as \"cut\" or \"crash\"");
    found(line, "kind", text_string(&what));
    text_free(&what);
    return false;
}

static bool read_node(const struct line *line, const char *key, bool needed, sim_node *node) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line->json, key);
    *node = SIM_NOBODY;
    if (!needed && (!item || cJSON_IsNull(item))) return true;
    if (cJSON_IsString(item)) *node = world_node_find(line->world, item->valuestring);
    return *node != SIM_NOBODY || found(line, key, "the name of a node of this scenario");
}

/* Negative: another rule than a range says what is right. */
static bool check_amount(const struct line *line, const struct fault *f) {
    switch (f->kind) {
    case FAULT_LOSS:
    case FAULT_DUPLICATE:
    case FAULT_REORDER:
    case FAULT_CORRUPT:
        return (f->x >= 0 && f->x <= 1000000000 && f->y >= 0) ||
               found(line, "x", "parts per billion, 0 to 1000000000");
    case FAULT_DELAY:
    case FAULT_CONGEST:
    case FAULT_SLOW_CPU:
    case FAULT_DISK_SLOW:
    case FAULT_BIT_ROT: return f->x >= 0 || found(line, "x", "0 or more");
    default: return true;
    }
}

static bool read_fault(const struct line *line, struct planned_fault *planned, bool *skip) {
    const cJSON *by = cJSON_GetObjectItemCaseSensitive(line->json, "by");
    *skip = cJSON_IsString(by) && strcmp(by->valuestring, "scenario") == 0;
    if (*skip) return true;
    struct fault *f = &planned->fault;
    int64_t healed;
    if (!read_number(line, "t", -1, &planned->t) || !read_kind(line, &f->kind)) return false;
    if (planned->t < 0) return found(line, "t", "a time in ns, 0 or more");
    const bool between = f->kind <= FAULT_HOLD;
    if (!read_node(line, "a", !between, &f->a) || !read_node(line, "b", false, &f->b) ||
        !read_number(line, "x", 0, &f->x) || !read_number(line, "y", 0, &f->y) ||
        !read_number(line, "healed", INT64_MAX, &healed) ||
        !read_number(line, "until", INT64_MAX, &planned->until_ns))
        return false;
    if (!cJSON_GetObjectItemCaseSensitive(line->json, "until")) planned->until_ns = healed;
    if (planned->until_ns < planned->t) return found(line, "until", "a time after \"t\", or null");
    return check_amount(line, f);
}

static int in_order(const void *a, const void *b) {
    const struct planned_fault *const *x = a, *const *y = b;
    if ((*x)->t != (*y)->t) return (*x)->t < (*y)->t ? -1 : 1;
    return *x < *y ? -1 : *x > *y; /* as they stood */
}

void plan_sort(struct fault_plan *plan) {
    const struct planned_fault **order = must_calloc(plan->count + 1, sizeof *order);
    struct planned_fault *sorted = must_calloc(plan->count + 1, sizeof *sorted);
    for (size_t i = 0; i < plan->count; i++) order[i] = &plan->faults[i];
    qsort(order, plan->count, sizeof *order, in_order);
    for (size_t i = 0; i < plan->count; i++) sorted[i] = *order[i];
    free(plan->faults);
    free(order);
    plan->faults = sorted;
    plan->capacity = plan->count;
}

static bool read_lines(struct fault_plan *plan, FILE *file, const char *path,
                       const struct world *world, struct text *error) {
    char *text = NULL;
    size_t capacity = 0;
    struct text why = {0};
    bool good = file != NULL;
    if (!file) text_add(error, "%s: %s; expected a list of faults", path, strerror(errno));
    for (int number = 1; good && getline(&text, &capacity, file) >= 0; number++) {
        if (text[strspn(text, " \t\r\n")] == '\0') continue;
        struct line line = {world, cJSON_Parse(text), &why};
        struct planned_fault planned = {0};
        bool skip = false;
        if (!cJSON_IsObject(line.json)) {
            text_add(&why, "found no JSON object; expected one a line, as faults.jsonl has them");
            good = false;
        } else {
            good = read_fault(&line, &planned, &skip);
        }
        if (good && !skip) plan_add(plan, planned);
        if (!good) text_add(error, "%s:%d: %s", path, number, text_string(&why));
        cJSON_Delete((cJSON *)(uintptr_t)line.json);
    }
    if (good && ferror(file)) {
        text_add(error, "%s: %s", path, strerror(errno));
        good = false;
    }
    if (file) fclose(file);
    free(text);
    text_free(&why);
    if (good) plan_sort(plan);
    return good;
}

bool plan_read(struct fault_plan *plan, const char *path, const struct world *world,
               struct text *error) {
    return read_lines(plan, fopen(path, "r"), path, world, error);
}

bool plan_read_text(struct fault_plan *plan, const char *name, const char *text,
                    const struct world *world, struct text *error) {
    if (!*text) return true; /* fmemopen takes no empty file */
    return read_lines(plan, fmemopen((char *)(uintptr_t)text, strlen(text), "r"), name, world,
                      error);
}
