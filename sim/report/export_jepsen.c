/* JSON to EDN: {:process 0, :type :invoke, :f :read, :value nil}. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "report/export.h"

/* EDN's strings have JSON's escapes, but no \/ and no \b, \f. */
static void put_string(struct output *o, const char *s) {
    output_char(o, '"');
    for (; *s; s++) {
        switch (*s) {
        case '"': output_string(o, "\\\""); break;
        case '\\': output_string(o, "\\\\"); break;
        case '\n': output_string(o, "\\n"); break;
        case '\r': output_string(o, "\\r"); break;
        case '\t': output_string(o, "\\t"); break;
        default:
            if ((unsigned char)*s < 32)
                output_format(o, "\\u%04x", (unsigned)(unsigned char)*s);
            else
                output_char(o, *s);
        }
    }
    output_char(o, '"');
}

static void put_value(struct output *o, const cJSON *json) {
    if (!json || cJSON_IsNull(json)) {
        output_string(o, "nil");
    } else if (cJSON_IsBool(json)) {
        output_string(o, cJSON_IsTrue(json) ? "true" : "false");
    } else if (cJSON_IsNumber(json)) {
        const int64_t whole =
            json->valuedouble > -9e15 && json->valuedouble < 9e15 ? (int64_t)json->valuedouble : 0;
        if ((double)whole == json->valuedouble)
            output_integer(o, whole);
        else
            output_format(o, "%.17g", json->valuedouble);
    } else if (cJSON_IsString(json)) {
        put_string(o, json->valuestring);
    } else {
        const bool list = cJSON_IsArray(json);
        output_char(o, list ? '[' : '{');
        const cJSON *item;
        cJSON_ArrayForEach(item, json) {
            if (item != json->child) output_char(o, ' ');
            if (!list) {
                put_string(o, item->string);
                output_char(o, ' ');
            }
            put_value(o, item);
        }
        output_char(o, list ? ']' : '}');
    }
}

static bool put_keyword(struct output *o, const cJSON *json, const char *key, struct text *error) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    if (!cJSON_IsString(item) || !item->valuestring[0]) {
        text_add(error, "found no \"%s\"; expected an event of a history", key);
        return false;
    }
    output_format(o, ", :%s :", key);
    for (const char *at = item->valuestring; *at; at++) output_char(o, *at == ' ' ? '-' : *at);
    return true;
}

/* The key stands in the invoke alone; what completes it has it too. Of each process that has one:
 */
struct jepsen {
    struct output *o;
    char **keys;
    size_t count, capacity;
};

static const char *key_of(struct jepsen *j, const cJSON *json, const cJSON *process) {
    if (!cJSON_IsNumber(process) || process->valuedouble < 0 || process->valuedouble > 1e8)
        return NULL;
    const size_t at = (size_t)process->valuedouble;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(json, "type");
    const bool invoked = cJSON_IsString(type) && strcmp(type->valuestring, "invoke") == 0;
    if (at >= j->count) {
        j->keys = must_grow(j->keys, &j->capacity, at + 1, sizeof *j->keys);
        while (j->count <= at) j->keys[j->count++] = NULL;
    }
    if (!invoked) return j->keys[at];
    cJSON_free(j->keys[at]);
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(json, "key");
    return j->keys[at] = key ? cJSON_PrintUnformatted(key) : NULL;
}

static void put_optional(struct output *o, const cJSON *json, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    if (!item) return;
    output_format(o, ", :%s ", key);
    put_value(o, item);
}

static bool read_event(void *context, const cJSON *json, struct text *error) {
    struct jepsen *j = context;
    struct output *o = j->o;
    const cJSON *process = cJSON_GetObjectItemCaseSensitive(json, "process");
    output_string(o, "{:index ");
    put_value(o, cJSON_GetObjectItemCaseSensitive(json, "index"));
    output_string(o, ", :time ");
    put_value(o, cJSON_GetObjectItemCaseSensitive(json, "time"));
    output_string(o, ", :process ");
    if (cJSON_IsString(process))
        output_format(o, ":%s", process->valuestring); /* :nemesis */
    else
        put_value(o, process);
    if (!put_keyword(o, json, "type", error) || !put_keyword(o, json, "f", error)) return false;
    output_string(o, ", :value ");
    const char *key = key_of(j, json, process);
    if (key) {
        cJSON *parsed = cJSON_Parse(key);
        output_char(o, '[');
        put_value(o, parsed);
        output_char(o, ' ');
        cJSON_Delete(parsed);
    }
    put_value(o, cJSON_GetObjectItemCaseSensitive(json, "value"));
    if (key) output_char(o, ']');
    put_optional(o, json, "error");
    put_optional(o, json, "client");
    put_optional(o, json, "version");
    output_string(o, "}\n");
    return true;
}

bool export_jepsen(const char *folder, struct output *o, struct text *error) {
    struct jepsen j = {.o = o};
    const bool good = lines_read(folder, "history.jsonl", read_event, &j, error);
    for (size_t i = 0; i < j.count; i++) cJSON_free(j.keys[i]);
    free(j.keys);
    return good;
}
