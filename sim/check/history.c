/* See history.h. */
#include "check/history.h"

#include <string.h>

bool history_begin(struct history *h, struct limits *l) {
    uint32_t null;
    *h = (struct history){0};
    return names_number(&h->values, l, "null", 4, &null) &&
           names_number(&h->keys, l, "null", 4, &null);
}

void history_free(struct history *h, struct limits *l) {
    names_free(&h->functions, l);
    names_free(&h->keys, l);
    names_free(&h->values, l);
    names_free(&h->processes, l);
    names_free(&h->clients, l);
    names_free(&h->errors, l);
    limits_give(l, h->operations, h->capacity, sizeof *h->operations);
    limits_give(l, h->completions, h->completion_capacity, sizeof *h->completions);
    limits_give(l, h->nemesis, h->nemesis_capacity, sizeof *h->nemesis);
    *h = (struct history){0};
}

uint32_t history_function(const struct history *h, const char *f) {
    for (uint32_t i = 0; i < h->functions.count; i++)
        if (strcmp(names_string(&h->functions, i), f) == 0) return i;
    return NAMES_NONE;
}
