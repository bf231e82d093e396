/* The values of one key: who wrote each, who read it, which version it has; and what is wrong with
 * single reads. */
#include "check/session/internal.h"

static bool place_for(struct judge *j, uint32_t value, uint32_t *place) {
    if (!j->place_of[value]) {
        if (!limits_grow(j->limits, &j->places, &j->place_capacity, j->place_count + 1,
                         sizeof *j->places))
            return false;
        j->places[j->place_count++] = (struct place){.value = value,
                                                     .writer = NONE,
                                                     .second_writer = NONE,
                                                     .failed_writer = NONE,
                                                     .version_by = NONE};
        j->place_of[value] = (uint32_t)j->place_count;
    }
    *place = j->place_of[value] - 1;
    return true;
}

static uint32_t earlier_of(const struct judge *j, uint32_t a, uint32_t b) {
    if (a == NONE || b == NONE) return a == NONE ? b : a;
    return operation(j, a)->invoked_line < operation(j, b)->invoked_line ? a : b;
}

static void add_writer(struct judge *j, struct place *p, uint32_t o) {
    const uint32_t first = earlier_of(j, p->writer, o), other = first == o ? p->writer : o;
    p->second_writer = earlier_of(j, p->second_writer, other);
    p->writer = first;
    p->asked_line = operation(j, first)->invoked_line;
}

static bool collect_write(struct judge *j, uint32_t number) {
    const struct operation *o = operation(j, number);
    uint32_t place;
    if (!place_for(j, o->asked, &place)) return false;
    struct place *p = &j->places[place];
    if (!operation_may_be(o)) {
        p->failed_writer = earlier_of(j, p->failed_writer, number);
        return true;
    }
    if (place == 0) {
        j->result->malformed_line = o->invoked_line;
        text_add(&j->result->malformed,
                 "found a write of null; expected a value, as null is what a read finds where "
                 "nothing was written");
        return false;
    }
    add_writer(j, p, number);
    if (o->has_version && p->version_by == NONE) {
        p->version = o->version;
        p->version_by = number;
    }
    return true;
}

/* Nobody could have written it by then. */
static bool is_early(const struct place *p, const struct operation *o) {
    return p->second_writer == NONE && p->asked_line > o->ended_line;
}

static bool collect_read(struct judge *j, uint32_t number) {
    const struct operation *o = operation(j, number);
    if (o->told == VALUE_NULL) return true;
    const uint32_t place = j->place_of[o->told];
    struct place *p = place ? &j->places[place - 1] : NULL;
    if (!p || (p->writer == NONE && p->failed_writer == NONE))
        return report_read(j, "unwritten-value", number, NONE);
    if (p->writer == NONE) return report_read(j, "read-of-failed-write", number, p->failed_writer);
    if (is_early(p, o)) return report_read(j, "unwritten-value", number, p->writer);
    p->is_read = true;
    /* An rmw's version is that of its write. */
    if (!o->has_version || o->f != j->read || p->second_writer != NONE) return true;
    if (p->version_by == NONE) {
        p->version = o->version;
        p->version_by = number;
    }
    return p->version == o->version || report_contradiction(j, number, p);
}

bool values_collect(struct judge *j) {
    uint32_t initial;
    if (!place_for(j, VALUE_NULL, &initial)) return false;
    for (size_t i = j->invoked_begin; i < j->invoked_end; i++)
        if (!limits_tick(j->limits) ||
            (writes(j, operation(j, j->invoked[i])) && !collect_write(j, j->invoked[i])))
            return false;
    for (size_t i = j->invoked_begin; i < j->invoked_end; i++)
        if (!limits_tick(j->limits) ||
            (reads(j, operation(j, j->invoked[i])) && !collect_read(j, j->invoked[i])))
            return false;
    return true;
}

void values_forget(struct judge *j) {
    for (size_t i = 0; i < j->place_count; i++) j->place_of[j->places[i].value] = 0;
    j->place_count = 0;
}

static bool has_version(const struct judge *j, const struct operation *o) {
    if (o->has_version || !operation_is_ok(o)) return true;
    if (writes(j, o)) return false;
    const uint32_t place = place_read(j, o);
    return place == NONE || place == 0 ||
           (j->places[place].version_by != NONE && j->places[place].second_writer == NONE);
}

bool values_have_versions(const struct judge *j) {
    bool any = false;
    for (size_t i = j->invoked_begin; i < j->invoked_end; i++) {
        const struct operation *o = operation(j, j->invoked[i]);
        if (!has_version(j, o)) return false;
        any = any || o->has_version;
    }
    return any;
}

bool values_are_unique(struct judge *j) {
    const struct place *found = NULL;
    for (size_t i = 0; i < j->place_count; i++) {
        const struct place *p = &j->places[i];
        if (p->second_writer != NONE &&
            (!found || earlier_of(j, p->second_writer, found->second_writer) == p->second_writer))
            found = p;
    }
    if (!found) return true;
    const struct history *h = j->history;
    j->result->malformed_line = operation(j, found->second_writer)->invoked_line;
    text_add(&j->result->malformed,
             "found a second write of %s to key %s, which line %u writes too; expected each value "
             "once a key, or a \"version\" in every ok",
             names_string(&h->values, found->value), names_string(&h->keys, j->key),
             operation(j, found->writer)->invoked_line);
    return false;
}

uint32_t place_read(const struct judge *j, const struct operation *o) {
    if (!reads(j, o)) return NONE;
    if (o->told == VALUE_NULL) return 0;
    const uint32_t place = j->place_of[o->told];
    if (!place || j->places[place - 1].writer == NONE) return NONE;
    return is_early(&j->places[place - 1], o) ? NONE : place - 1;
}

uint32_t place_written(const struct judge *j, const struct operation *o) {
    if (!writes(j, o) || !operation_may_be(o)) return NONE;
    const uint32_t place = j->place_of[o->asked] - 1;
    const struct place *p = &j->places[place];
    if (operation_is_ok(o) || (p->is_read && p->second_writer == NONE)) return place;
    return NONE;
}
