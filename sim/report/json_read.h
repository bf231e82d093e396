/* Fields of an object that cJSON has parsed, by name; what is missing or of another type is what
   is said here. */
#ifndef REPORT_JSON_READ_H
#define REPORT_JSON_READ_H

#include <stdint.h>

#include <cjson/cJSON.h>

static inline const char *json_string_of(const cJSON *object, const char *key) { /* "" */
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return value ? value : "";
}
static inline int64_t json_number_of(const cJSON *object, const char *key, int64_t usual) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : usual;
}

#endif
