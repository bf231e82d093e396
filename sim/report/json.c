/* JSON with two spaces a level; short things on one line, so that a summary can be read as it is.
 * */
#include "report/json.h"

#include <string.h>

static void begin(struct json *json, const char *key) {
    if (json->filled) text_add_char(json->out, ',');
    json->filled = true;
    if (json->flat) {
        const char last = json->out->size ? json->out->data[json->out->size - 1] : ' ';
        if (last == ',') text_add_char(json->out, ' ');
    } else if (json->depth > 0) {
        text_add_char(json->out, '\n');
        text_pad_to(json->out, (size_t)json->depth * 2);
    }
    if (!key) return;
    text_add_json(json->out, key, strlen(key));
    text_add(json->out, ": ");
}

void json_open(struct json *json, const char *key, char bracket) {
    begin(json, key);
    text_add_char(json->out, bracket);
    json->depth++;
    json->filled = false;
    if (json->flat) json->flat++;
}

void json_open_flat(struct json *json, const char *key, char bracket) {
    begin(json, key);
    text_add_char(json->out, bracket);
    json->depth++;
    json->filled = false;
    json->flat++;
}

void json_close(struct json *json, char bracket) {
    json->depth--;
    if (json->flat) {
        json->flat--;
    } else if (json->filled) {
        text_add_char(json->out, '\n');
        text_pad_to(json->out, (size_t)json->depth * 2);
    }
    text_add_char(json->out, bracket);
    json->filled = true;
}

void json_string(struct json *json, const char *key, const char *value) {
    begin(json, key);
    if (value)
        text_add_json(json->out, value, strlen(value));
    else
        text_add(json->out, "null");
}

void json_digest(struct json *json, const char *key, uint64_t value) {
    begin(json, key);
    text_add(json->out, "\"%016llx\"", (unsigned long long)value);
}

void json_integer(struct json *json, const char *key, int64_t value) {
    begin(json, key);
    text_add(json->out, "%lld", (long long)value);
}

void json_raw(struct json *json, const char *key, const char *value) {
    begin(json, key);
    text_add(json->out, "%s", value);
}

void json_bool(struct json *json, const char *key, bool value) {
    begin(json, key);
    text_add(json->out, value ? "true" : "false");
}
