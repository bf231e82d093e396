/* Reads summary.json again. Whatever is missing in it is taken as empty; it may be an older one. */
#include "past_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "report/json_read.h"
#include "whole_file.h"

static size_t size_of(const cJSON *list) { return list ? (size_t)cJSON_GetArraySize(list) : 0; }

static void read_parameters(const cJSON *document, struct past_run *past) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "params"), *item;
    past->parameters = must_calloc(size_of(list) + 1, sizeof *past->parameters);
    cJSON_ArrayForEach(item, list) {
        const char *value = cJSON_GetStringValue(item);
        past->parameters[past->parameter_count++] =
            (struct report_parameter){item->string, value ? value : "", ""};
    }
}

static void read_plots(const cJSON *document, struct past_run *past) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "plots"), *item, *key;
    past->plots = must_calloc(size_of(list) + 1, sizeof *past->plots);
    cJSON_ArrayForEach(item, list) {
        const cJSON *keys = cJSON_GetObjectItemCaseSensitive(item, "keys");
        const char **names = must_calloc(size_of(keys) + 1, sizeof *names);
        const char **values = must_calloc(size_of(keys) + 1, sizeof *values);
        size_t count = 0;
        cJSON_ArrayForEach(key, keys) {
            const char *value = cJSON_GetStringValue(key);
            names[count] = key->string;
            values[count++] = value ? value : "";
        }
        past->plots[past->plot_count++] = (struct report_plot){
            json_string_of(item, "name"), json_string_of(item, "file"), names, values, count};
    }
}

static void read_files(const cJSON *document, struct past_run *past) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "files"), *item;
    past->files = must_calloc(size_of(list) + 1, sizeof *past->files);
    cJSON_ArrayForEach(item, list) {
        const char *name = cJSON_GetStringValue(item);
        if (name) past->files[past->file_count++] = name;
    }
}

static void read_seed(const cJSON *document, struct past_run *past) {
    const cJSON *seed = cJSON_GetObjectItemCaseSensitive(document, "seed");
    if (cJSON_IsString(seed))
        snprintf(past->seed, sizeof past->seed, "%s", seed->valuestring);
    else
        snprintf(past->seed, sizeof past->seed, "%.0f", seed ? seed->valuedouble : 0.0);
}

bool past_run_read(const char *folder, struct past_run *past, struct text *error) {
    *past = (struct past_run){0};
    struct text path = {0}, content = {0};
    text_add(&path, "%s/summary.json", folder);
    if (!whole_file_read(text_string(&path), &content)) {
        text_add(error, "%s: %s; expected the folder of a run, such as out/SCENARIO/SEED",
                 text_string(&path), strerror(errno));
    } else {
        cJSON *document = cJSON_ParseWithLength(text_string(&content), content.size);
        if (!cJSON_IsObject(document)) {
            text_add(error, "%s: not a JSON object; expected the summary of a run",
                     text_string(&path));
            cJSON_Delete(document);
        } else {
            past->document = document;
            past->scenario = json_string_of(document, "scenario");
            past->path = json_string_of(document, "path");
            const cJSON *time = cJSON_GetObjectItemCaseSensitive(document, "sim_time_ns");
            past->sim_time_ns =
                cJSON_IsNumber(time) && time->valuedouble < 9e18 ? (int64_t)time->valuedouble : 0;
            read_seed(document, past);
            read_parameters(document, past);
            read_plots(document, past);
            read_files(document, past);
        }
    }
    text_free(&path);
    text_free(&content);
    return past->document != NULL;
}

void past_run_free(struct past_run *past) {
    for (size_t i = 0; i < past->plot_count; i++) {
        free((void *)past->plots[i].keys);
        free((void *)past->plots[i].values);
    }
    free(past->plots);
    free(past->parameters);
    free((void *)past->files);
    cJSON_Delete(past->document);
    *past = (struct past_run){0};
}

void earlier_files(struct folder *folder) {
    struct past_run past;
    struct text error = {0};
    if (past_run_read(folder_path(folder), &past, &error)) {
        for (size_t i = 0; i < past.file_count; i++) folder_replaces(folder, past.files[i]);
        for (size_t i = 0; i < past.plot_count; i++) folder_replaces(folder, past.plots[i].file);
        past_run_free(&past);
    }
    text_free(&error);
}
