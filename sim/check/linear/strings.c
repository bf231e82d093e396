/* See strings.h. */
#include "check/linear/strings.h"

#include <assert.h>
#include <string.h>

#include "base/random.h"
#include "check/brief.h"

const char *string_inside(const struct linear_states *s, uint32_t value, size_t *size) {
    const char *json = names_string(&s->history->values, value);
    *size = names_size(&s->history->values, value) - 2;
    return json + 1;
}

/* The byte `at` of the last value of a string, and what follows. */
static const char *tail_from(const struct linear_states *s, uint32_t state, size_t at) {
    size_t size;
    const struct linear_string *string = &s->strings[state];
    return string_inside(s, string->tail, &size) + (at - s->strings[string->before].size);
}

static bool same(struct linear_states *s, uint32_t one, uint32_t other) {
    if (s->strings[one].size != s->strings[other].size) return false;
    for (size_t end = s->strings[one].size; one != other;) { /* from the end, piece by piece */
        const uint32_t before_one = s->strings[one].before, before_other = s->strings[other].before;
        const size_t from_one = s->strings[before_one].size,
                     from_other = s->strings[before_other].size;
        const size_t from = from_one > from_other ? from_one : from_other;
        if (memcmp(tail_from(s, one, from), tail_from(s, other, from), end - from) != 0)
            return false;
        limits_charge(s->limits, 1 + (end - from) / 256);
        if (from == from_one) one = before_one;
        if (from == from_other) other = before_other;
        end = from;
    }
    return true;
}

/* ---- two tables: of joins, (before, value), and of texts ---- */

/* Of two strings one after the other it is a matter of theirs. */
enum { BASE = 0x1000193 };

static uint64_t add_hash(uint64_t hash, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) hash = hash * BASE + (unsigned char)text[i] + 1;
    return hash;
}

static struct string_join *find_join(const struct linear_states *s, uint32_t before,
                                     uint32_t tail) {
    size_t at = (size_t)random_at(before, tail) & (s->join_slots - 1);
    for (; s->joins[at].used; at = (at + 1) & (s->join_slots - 1))
        if (s->joins[at].before == before && s->joins[at].tail == tail) break;
    return &s->joins[at];
}

static bool enlarge_joins(struct linear_states *s) {
    const size_t old_count = s->join_slots, count = old_count ? old_count * 2 : 64;
    struct string_join *old = s->joins, *joins = limits_take(s->limits, count, sizeof *joins);
    if (!joins) return false;
    s->joins = joins;
    s->join_slots = count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].used) *find_join(s, old[i].before, old[i].tail) = old[i];
    limits_give(s->limits, old, old_count, sizeof *old);
    return true;
}

/* The slot of the text of that string, or the free one where it goes. */
static uint32_t *find_text(struct linear_states *s, uint32_t state) {
    const struct linear_string *string = &s->strings[state];
    size_t at = (size_t)random_at(string->hash, string->size) & (s->text_slots - 1);
    for (; s->texts_by_hash[at]; at = (at + 1) & (s->text_slots - 1)) {
        const uint32_t other = s->texts_by_hash[at] - 1;
        if (s->strings[other].hash == string->hash && same(s, other, state)) break;
    }
    return &s->texts_by_hash[at];
}

static bool enlarge_texts(struct linear_states *s) {
    const size_t old_count = s->text_slots, count = old_count ? old_count * 2 : 64;
    uint32_t *old = s->texts_by_hash, *slots = limits_take(s->limits, count, sizeof *slots);
    if (!slots) return false;
    s->texts_by_hash = slots;
    s->text_slots = count;
    for (size_t i = 0; i < old_count; i++)
        if (old[i]) *find_text(s, old[i] - 1) = old[i];
    limits_give(s->limits, old, old_count, sizeof *old);
    return true;
}

bool string_first(struct linear_states *s) {
    if (s->string_count > 0) return true;
    if (!limits_grow(s->limits, &s->strings, &s->string_capacity, 1, sizeof *s->strings))
        return false;
    s->strings[s->string_count++] = (struct linear_string){.compared = LINEAR_NONE};
    return true;
}

/* The string that has this text already, or this one. */
static uint32_t intern(struct linear_states *s, uint32_t before, uint32_t tail) {
    size_t size;
    const char *text = string_inside(s, tail, &size);
    const uint32_t state = (uint32_t)s->string_count;
    s->strings[state] =
        (struct linear_string){.size = s->strings[before].size + size,
                               .hash = add_hash(s->strings[before].hash, text, size),
                               .before = before,
                               .tail = tail,
                               .compared = LINEAR_NONE};
    limits_charge(s->limits, 1 + size / 64);
    uint32_t *slot = find_text(s, state);
    if (*slot) return *slot - 1;
    *slot = state + 1;
    s->string_count++;
    return state;
}

uint32_t string_join(struct linear_states *s, uint32_t before, uint32_t tail) {
    size_t size;
    string_inside(s, tail, &size);
    if (size == 0) return before;
    if (s->join_count * 3 >= s->join_slots * 2 && !enlarge_joins(s)) return LINEAR_NONE;
    struct string_join *join = find_join(s, before, tail);
    if (join->used) return join->state;
    if ((s->string_count * 3 >= s->text_slots * 2 && !enlarge_texts(s)) ||
        !limits_grow(s->limits, &s->strings, &s->string_capacity, s->string_count + 1,
                     sizeof *s->strings))
        return LINEAR_NONE;
    *join = (struct string_join){before, tail, intern(s, before, tail), true};
    s->join_count++;
    return join->state;
}

/* ---- comparisons ---- */

bool string_begins(struct linear_states *s, uint32_t state, uint32_t value) {
    struct linear_string *first = &s->strings[state];
    size_t size, tail_size;
    const char *text = string_inside(s, value, &size);
    if (first->compared == value) return first->begins;
    bool equal = first->size <= size;
    for (uint32_t at = state; equal && at != STRING_EMPTY; at = s->strings[at].before) {
        const struct linear_string *string = &s->strings[at];
        if (string->compared == value) {
            equal = string->begins;
            break;
        }
        const char *tail = string_inside(s, string->tail, &tail_size);
        equal = memcmp(text + s->strings[string->before].size, tail, tail_size) == 0;
        limits_charge(s->limits, 1 + tail_size / 256);
    }
    first->compared = value;
    first->begins = equal;
    return equal;
}

size_t string_in_common(const struct linear_states *s, uint32_t state, size_t from,
                        const char *text, size_t size) {
    const size_t left = s->strings[state].size - from;
    size_t common = left < size ? left : size;
    for (uint32_t at = state; at != STRING_EMPTY && s->strings[at].size > from;
         at = s->strings[at].before) {
        const size_t begin = s->strings[s->strings[at].before].size;
        const size_t first = begin > from ? begin : from;
        const char *tail = tail_from(s, at, first), *other = text + (first - from);
        for (size_t i = first; i < from + common && i < s->strings[at].size; i++)
            if (tail[i - first] != other[i - first]) common = i - from;
    }
    return common;
}

uint32_t string_up_to(const struct linear_states *s, uint32_t state, size_t at) {
    while (s->strings[s->strings[state].before].size > at) state = s->strings[state].before;
    return state;
}

/* ---- in words ---- */

/* Those of the bytes from `from` to `to`, within its quotes. */
static void copy(const struct linear_states *s, uint32_t state, size_t from, size_t to, char *out) {
    for (uint32_t at = state; at != STRING_EMPTY; at = s->strings[at].before) {
        const size_t begin = s->strings[s->strings[at].before].size, end = s->strings[at].size;
        const size_t first = begin > from ? begin : from, last = end < to ? end : to;
        if (first < last) memcpy(out + (first - from), tail_from(s, at, first), last - first);
    }
}

bool string_describe(const struct linear_states *s, uint32_t state, size_t whole_max,
                     struct text *t) {
    enum { QUOTES = 2 };
    char head[BRIEF_JSON], tail[BRIEF_JSON];
    const size_t size = s->strings[state].size, end = brief_end(whole_max);
    assert(whole_max <= sizeof head);
    if (size + QUOTES <= whole_max) {
        copy(s, state, 0, size, head);
        text_add_char(t, '"');
        text_add_bytes(t, head, size);
        text_add_char(t, '"');
        return true;
    }
    head[0] = tail[end - 1] = '"';
    copy(s, state, 0, end - 1, head + 1);
    copy(s, state, size - (end - 1), size, tail);
    brief_add_ends(t, head, tail, end, size + QUOTES);
    return false;
}
