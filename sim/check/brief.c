/* See brief.h. */
#include "check/brief.h"

#include <string.h>

static bool is_within_character(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

void brief_add_ends(struct text *t, const char *head, const char *tail, size_t end_size,
                    size_t size) {
    size_t head_size = end_size, skipped = 0;
    while (head_size > 0 && is_within_character(head[head_size - 1])) head_size--;
    if (head_size > 0 && (unsigned char)head[head_size - 1] >= 0xc0) head_size--;
    while (skipped < end_size && is_within_character(tail[skipped])) skipped++;
    text_add_bytes(t, head, head_size);
    text_add(t, "...");
    text_add_bytes(t, tail + skipped, end_size - skipped);
    text_add(t, " (%zu bytes)", size);
}

bool brief_add(struct text *t, const char *bytes, size_t size, size_t whole_max) {
    const size_t end_size = brief_end(whole_max);
    if (size <= whole_max)
        text_add_bytes(t, bytes, size);
    else
        brief_add_ends(t, bytes, bytes + size - end_size, end_size, size);
    return size <= whole_max;
}

void brief_add_json(struct text *t, const char *json, size_t size) {
    struct text words = {0};
    if (brief_add(&words, json, size, BRIEF_JSON))
        text_add_bytes(t, json, size);
    else
        text_add_json(t, words.data, words.size);
    text_free(&words);
}

static void add_value(struct text *t, const struct history *h, uint32_t value, size_t whole_max) {
    brief_add(t, names_string(&h->values, value), names_size(&h->values, value), whole_max);
}

void brief_add_operation(struct text *t, const struct history *h, const struct operation *o,
                         size_t whole_max) {
    const char *f = names_string(&h->functions, o->f);
    const bool tells = operation_is_ok(o) && (strcmp(f, "read") == 0 || strcmp(f, "get") == 0);
    const uint32_t value = tells ? o->told : o->asked;
    text_add(t, "%s", f);
    if (tells || value != VALUE_NULL) {
        text_add(t, " ");
        add_value(t, h, value, whole_max);
    }
    if (strcmp(f, "rmw") == 0 && operation_is_ok(o)) {
        text_add(t, " saw ");
        add_value(t, h, o->told, whole_max);
    }
    if (o->end == OPERATION_FAIL) text_add(t, ": failed");
    if (o->end == OPERATION_OPEN || o->end == OPERATION_INFO) text_add(t, " ?");
}
