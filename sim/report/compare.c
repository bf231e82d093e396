/*
 * The first record in which two runs differ. Lines are compared as bytes; only where they part are
 * they taken to pieces, to say which fields differ.
 */
#include "report/compare.h"

#include <stdlib.h>
#include <string.h>

struct field {
    const char *name;
    size_t name_size;
    const char *value;
    size_t value_size;
};

/* The next "name":value of a flat object; values may hold strings and lists. False at the end. */
static bool next_field(const char **at, struct field *field) {
    const char *p = strchr(*at, '"');
    if (!p) return false;
    field->name = ++p;
    p = strchr(p, '"');
    if (!p || p[1] != ':') return false;
    field->name_size = (size_t)(p - field->name);
    field->value = p += 2;
    bool in_string = false;
    int depth = 0;
    for (; *p; p++) {
        if (in_string && *p == '\\' && p[1])
            p++;
        else if (*p == '"')
            in_string = !in_string;
        else if (!in_string && *p == '[')
            depth++;
        else if (!in_string && *p == ']')
            depth--;
        else if (!in_string && depth == 0 && (*p == ',' || *p == '}'))
            break;
    }
    field->value_size = (size_t)(p - field->value);
    *at = p;
    return true;
}

static bool find_field(const char *line, const char *name, size_t name_size, struct field *field) {
    while (next_field(&line, field)) {
        if (field->name_size == name_size && memcmp(field->name, name, name_size) == 0) return true;
    }
    return false;
}

/* The record in words: those fields that say something. */
static void describe_line(const char *line, const char *which, struct text *out) {
    static const char *const hidden[] = {"seq", "cause", "hash", "values", "channel", "index"};
    text_add(out, "  %-7s", which);
    struct field field;
    const char *at = line;
    while (next_field(&at, &field)) {
        bool hide = field.value_size == 4 && memcmp(field.value, "null", 4) == 0;
        for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
            if (strlen(hidden[i]) == field.name_size &&
                memcmp(hidden[i], field.name, field.name_size) == 0) {
                hide = true;
            }
        }
        if (hide) continue;
        text_add_char(out, ' ');
        if (field.name_size == 1 && field.name[0] == 't') {
            text_add_ns(out, strtoll(field.value, NULL, 10));
            continue;
        }
        const bool bare = field.value[0] == '"' && (memcmp(field.name, "node", 4) == 0 ||
                                                    memcmp(field.name, "kind", 4) == 0);
        if (!bare) {
            text_add_bytes(out, field.name, field.name_size);
            text_add_char(out, '=');
        }
        text_add_bytes(out, field.value + bare, field.value_size - 2 * (size_t)bare);
    }
    text_add_char(out, '\n');
}

static void list_differences(const char *first, const char *second, struct text *out) {
    text_add(out, "  differs in");
    struct field one, two;
    const char *at = first;
    int fields = 0;
    bool hash = false;
    while (next_field(&at, &one)) {
        const bool same = find_field(second, one.name, one.name_size, &two) &&
                          one.value_size == two.value_size &&
                          memcmp(one.value, two.value, one.value_size) == 0;
        if (same) continue;
        if (one.name_size == 4 && memcmp(one.name, "hash", 4) == 0) {
            hash = true;
            continue;
        }
        text_add(out, "%s ", fields++ > 0 ? "," : "");
        text_add_bytes(out, one.name, one.name_size);
    }
    if (fields == 0) text_add(out, hash ? " the bytes that it carries" : " its form");
    text_add_char(out, '\n');
}

static long long seq_of(const char *line) {
    struct field field;
    return find_field(line, "seq", 3, &field) ? strtoll(field.value, NULL, 10) : 0;
}

static void describe_difference(const char *first, const char *second, struct text *out) {
    if (first && second && seq_of(first) > 0 && seq_of(second) > 0) {
        text_add(out, "the runs part at record %lld\n", seq_of(first));
        describe_line(first, "first", out);
        describe_line(second, "second", out);
        list_differences(first, second, out);
        return;
    }
    if (first && second && seq_of(first) == 0 && seq_of(second) == 0) {
        text_add(out,
                 "all records are equal, but the runs end differently\n  first   %s  second  %s",
                 first, second);
        return;
    }
    const bool first_goes_on = first && seq_of(first) > 0;
    text_add(out, "the %s run ends where the %s goes on\n", first_goes_on ? "second" : "first",
             first_goes_on ? "first" : "second");
    const char *line = first_goes_on ? first : second;
    if (line) describe_line(line, first_goes_on ? "first" : "second", out);
}

static bool is_last(const char *line, struct text *digest) {
    struct field field;
    if (strncmp(line, "{\"digest\"", 9) != 0 || !find_field(line, "digest", 6, &field))
        return false;
    text_clear(digest);
    if (field.value_size > 2) text_add_bytes(digest, field.value + 1, field.value_size - 2);
    return true;
}

bool compare_records(FILE *first, FILE *second, struct comparison *result) {
    char *lines[2] = {NULL, NULL};
    size_t capacity[2] = {0, 0};
    bool equal = true;
    while (equal && !result->complete) {
        const ssize_t one = getline(&lines[0], &capacity[0], first);
        const ssize_t two = getline(&lines[1], &capacity[1], second);
        if (one < 0 && two < 0) break;
        equal = one == two && memcmp(lines[0], lines[1], (size_t)one) == 0;
        if (!equal) {
            describe_difference(one < 0 ? NULL : lines[0], two < 0 ? NULL : lines[1],
                                &result->difference);
        } else if (is_last(lines[0], &result->digest)) {
            result->complete = true;
        } else {
            result->records++;
        }
    }
    free(lines[0]);
    free(lines[1]);
    return equal;
}

void comparison_free(struct comparison *result) {
    text_free(&result->digest);
    text_free(&result->difference);
}
