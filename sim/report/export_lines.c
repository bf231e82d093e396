/* Lines of JSON, one at a time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "report/export.h"
#include "report/json_read.h"

bool lines_read(const char *folder, const char *name, line_reader *reader, void *context,
                struct text *error) {
    struct text path = {0}, why = {0};
    text_add(&path, "%s/%s", folder, name);
    FILE *file = fopen(text_string(&path), "r");
    if (!file) text_add(error, "%s: %s", text_string(&path), strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    bool good = file != NULL;
    for (int number = 1; good && getline(&line, &capacity, file) >= 0; number++) {
        if (line[strspn(line, " \t\r\n")] == '\0') continue;
        cJSON *json = cJSON_Parse(line);
        if (!cJSON_IsObject(json)) text_add(&why, "found no JSON object; expected one a line");
        good = why.size == 0 && reader(context, json, &why);
        if (!good) text_add(error, "%s:%d: %s", text_string(&path), number, text_string(&why));
        cJSON_Delete(json);
    }
    if (file) fclose(file);
    free(line);
    text_free(&path);
    text_free(&why);
    return good;
}

struct reading {
    trace_reader *reader;
    void *context;
};

static bool read_record(void *context, const cJSON *json, struct text *error) {
    const struct reading *reading = context;
    const struct past_record record = {
        json_number_of(json, "seq", -1), json_number_of(json, "cause", -1),
        json_number_of(json, "t", -1),   json_string_of(json, "kind"),
        json_string_of(json, "node"),    json_string_of(json, "peer"),
        json_string_of(json, "type"),    json_string_of(json, "note"),
        json_number_of(json, "msg", -1), json_number_of(json, "size", -1)};
    if (record.seq < 0 || record.t < 0 || !record.kind[0]) {
        text_add(error, "found no record; expected \"seq\", \"t\" and \"kind\"");
        return false;
    }
    return reading->reader(reading->context, &record, error);
}

bool trace_read(const char *folder, trace_reader *reader, void *context, struct text *error) {
    struct reading reading = {reader, context};
    const bool good = lines_read(folder, "trace.jsonl", read_record, &reading, error);
    if (!good && strstr(text_string(error), "No such file"))
        text_add(error, "; a run writes it with --trace full");
    return good;
}
