/*
 * What is wrong with the string that a get saw, as one more part of the sentence: what is missing
 * in it, there twice, in another order, overwritten, failed, or of nobody.
 *
 * The string is laid beside that of the possible ones with which it has most in common. Where the
 * two part, the possible one goes on with a value, whose operation the order has there, and what
 * was seen with another, or with none.
 */
#include <string.h>

#include "check/brief.h"
#include "check/linear/judge.h"
#include "check/linear/strings.h"

struct parting {
    const char *text; /* what was seen */
    size_t size, at;  /* at: so many bytes are the same */
    uint32_t possible;
    uint32_t expected; /* it up to and with the value that goes on there; LINEAR_NONE: it ends */
    size_t from;       /* where that value begins: what was seen before it is the same, too */
};

static size_t size_of(const struct linear_judge *j, uint32_t state) {
    return j->states.strings[state].size;
}

static struct parting find_parting(const struct linear_judge *j, const struct story *s) {
    struct parting p = {.expected = LINEAR_NONE};
    p.text = string_inside(&j->states, s->op.a, &p.size);
    for (size_t i = 0; i < s->possible_count; i++) {
        const size_t common = string_in_common(&j->states, s->possible[i], 0, p.text, p.size);
        if (i > 0 && common <= p.at) continue;
        p.at = common;
        p.possible = s->possible[i];
    }
    p.from = p.at;
    if (p.at == size_of(j, p.possible)) return p;
    p.expected = string_up_to(&j->states, p.possible, p.at);
    p.from = size_of(j, j->states.strings[p.expected].before);
    return p;
}

/* ---- who wrote a value ---- */

static bool writes(const struct linear_judge *j, const struct story *s, uint32_t number) {
    const struct operation *o = story_operation(j, number);
    return o->invoked_line <= s->explanation->line &&
           strcmp(names_string(&j->history->functions, o->f), "get") != 0;
}

/* The last to ask for it by then, and how many did. Those that failed, when asked for. */
static uint32_t writer_of(const struct linear_judge *j, const struct story *s, uint32_t value,
                          bool failed, size_t *count) {
    uint32_t found = LINEAR_NONE;
    *count = 0;
    for (size_t i = 0; i < s->part->invoked_count; i++) {
        const uint32_t number = s->part->invoked[i];
        const struct operation *o = story_operation(j, number);
        if (o->asked != value || !writes(j, s, number)) continue;
        if ((o->end == OPERATION_FAIL) != failed) continue;
        found = number;
        ++*count;
    }
    return found;
}

/* Of the values that somebody had asked to write by then the longest with which the text begins. */
static uint32_t value_at(const struct linear_judge *j, const struct story *s, const char *text,
                         size_t size) {
    uint32_t found = LINEAR_NONE;
    size_t found_size = 0, value_size;
    for (size_t i = 0; i < s->part->invoked_count; i++) {
        const uint32_t number = s->part->invoked[i], value = story_operation(j, number)->asked;
        if (!writes(j, s, number)) continue;
        const char *inside = string_inside(&j->states, value, &value_size);
        if (value_size <= found_size || value_size > size || memcmp(inside, text, value_size) != 0)
            continue;
        found = value;
        found_size = value_size;
    }
    return found;
}

/* When the other began. */
static bool is_over(const struct linear_judge *j, uint32_t number, uint32_t other) {
    const struct operation *o = story_operation(j, number);
    return operation_is_ok(o) && o->ended_line < story_operation(j, other)->invoked_line;
}

/* The last put of a value that can have come after that operation. */
static uint32_t put_after(const struct linear_judge *j, const struct story *s, uint32_t value,
                          uint32_t before) {
    uint32_t found = LINEAR_NONE;
    for (size_t i = 0; i < s->part->invoked_count; i++) {
        const uint32_t number = s->part->invoked[i];
        const struct operation *o = story_operation(j, number);
        if (o->asked == value && o->invoked_line <= s->explanation->line &&
            o->end != OPERATION_FAIL &&
            strcmp(names_string(&j->history->functions, o->f), "put") == 0 &&
            !is_over(j, number, before))
            found = number;
    }
    return found;
}

/* How often the string has that value as one of its pieces from `from` to `to`. */
static size_t count_in(const struct linear_judge *j, uint32_t state, uint32_t value, size_t from,
                       size_t to) {
    size_t count = 0;
    for (uint32_t at = state; at != STRING_EMPTY; at = j->states.strings[at].before)
        count += j->states.strings[at].tail == value && size_of(j, at) <= to &&
                 size_of(j, j->states.strings[at].before) >= from;
    return count;
}

/* ---- the part of the sentence ---- */

/* The append of "b" by process 2 (lines 3 to 5). */
static void add_operation(const struct linear_judge *j, struct story *s, uint32_t number,
                          struct text *t) {
    const struct operation *o = story_operation(j, number);
    const struct names *values = &j->history->values;
    text_add(t, "the %s of ", names_string(&j->history->functions, o->f));
    brief_add(t, names_string(values, o->asked), names_size(values, o->asked), BRIEF_WORDS);
    text_add(t, " by ");
    tell_who(j, s, number, t);
}

static bool has_piece(const struct linear_judge *j, const char *text, size_t size, uint32_t value) {
    size_t value_size;
    const char *inside = string_inside(&j->states, value, &value_size);
    return memmem(text, size, inside, value_size) != NULL;
}

/* What was seen goes on as if the value that is expected had not been there, and has it not later.
 */
static bool is_missing(const struct linear_judge *j, const struct parting *p) {
    if (p->expected == LINEAR_NONE) return false;
    const size_t after = size_of(j, p->expected), left = size_of(j, p->possible) - after;
    const size_t seen = p->size - p->from, compared = seen < left ? seen : left;
    if (compared == 0) return seen == 0;
    const char *rest = p->text + p->from;
    return string_in_common(&j->states, p->possible, after, rest, seen) == compared &&
           !has_piece(j, rest + compared, seen - compared, j->states.strings[p->expected].tail);
}

/* True: it was told. */
static bool tell_value(const struct linear_judge *j, struct story *s, const struct parting *p,
                       uint32_t expected, uint32_t value, struct text *t) {
    size_t count;
    const uint32_t writer = writer_of(j, s, value, false, &count);
    uint32_t over = LINEAR_NONE; /* what can have overwritten it */
    if (p->from == 0 && expected != LINEAR_NONE && writer != LINEAR_NONE &&
        is_over(j, writer, s->explanation->stuck))
        over = put_after(j, s, j->states.strings[p->expected].tail, writer);
    if (writer == LINEAR_NONE) {
        add_operation(j, s, writer_of(j, s, value, true, &count), t);
        text_add(t, " failed, and yet it is there");
    } else if (count_in(j, p->possible, value, 0, p->from) >= count) {
        add_operation(j, s, writer, t);
        text_add(t, " is there twice");
    } else if (count_in(j, p->possible, value, p->from, SIZE_MAX) && expected != LINEAR_NONE) {
        add_operation(j, s, writer, t);
        text_add(t, " is there before ");
        add_operation(j, s, expected, t);
        if (is_over(j, expected, writer)) text_add(t, ", which was done first");
    } else if (over != LINEAR_NONE) {
        add_operation(j, s, writer, t);
        text_add(t, " had been overwritten by ");
        add_operation(j, s, over, t);
    } else {
        return false;
    }
    return true;
}

/* Where the next character begins, of JSON: an escape is one. */
static size_t next_character(const char *text, size_t size, size_t at) {
    enum { SHORT_ESCAPE = 2, LONG_ESCAPE = 6 };
    if (text[at] == '\\')
        return at + (at + 1 < size && text[at + 1] == 'u' ? LONG_ESCAPE : SHORT_ESCAPE);
    for (at++; at < size && ((unsigned char)text[at] & 0xc0) == 0x80;) at++;
    return at;
}

/* How many whole characters there are before `*at`, which goes back to where the last of them ends.
 */
static size_t whole_characters(const struct parting *p, size_t *at) {
    size_t count = 0, end = 0;
    while (end < *at) {
        const size_t next = next_character(p->text, p->size, end);
        if (next > *at) break;
        end = next;
        count++;
    }
    *at = end;
    return count;
}

static void add_place(const struct parting *p, size_t at, struct text *t) {
    const size_t after = whole_characters(p, &at);
    text_add(t, " after %zu character%s", after, after == 1 ? "" : "s");
}

/* Where what cannot be there begins: where the two part, or with the value in which they do, if it
 * is one that somebody had asked to write, or another would seem to begin where they part. */
static size_t place_told(const struct linear_judge *j, const struct story *s,
                         const struct parting *p, bool is_written) {
    size_t at = p->at;
    whole_characters(p, &at);
    if (is_written || value_at(j, s, p->text + at, p->size - at) != LINEAR_NONE) return p->from;
    return at;
}

/* Only where what was seen and what was possible part. */
static void tell_place(const struct linear_judge *j, struct story *s, const struct parting *p,
                       uint32_t expected, bool is_written, struct text *t) {
    if (p->at == p->size) {
        text_add(t, "what it saw ends");
        if (expected == LINEAR_NONE) {
            add_place(p, is_written ? p->from : p->at, t);
            return;
        }
        text_add(t, " in the middle of ");
        add_operation(j, s, expected, t);
        return;
    }
    const size_t same = place_told(j, s, p, is_written);
    struct text rest = {0};
    text_add(t, "what it saw goes on");
    add_place(p, same, t);
    text_add_char(&rest, '"');
    text_add_bytes(&rest, p->text + same, p->size - same);
    text_add_char(&rest, '"');
    text_add(t, " with ");
    brief_add(t, rest.data, rest.size, BRIEF_WORDS);
    text_add(t,
             is_written ? ", which cannot be there" : ", which nobody had asked to write by then");
    text_free(&rest);
}

void tell_string_origin(struct linear_judge *j, struct story *s, struct text *t) {
    if (s->possible_count == 0) return;
    const struct parting p = find_parting(j, s);
    uint32_t expected = LINEAR_NONE;
    size_t count;
    if (p.expected != LINEAR_NONE)
        expected = writer_of(j, s, j->states.strings[p.expected].tail, false, &count);
    text_add(t, "; ");
    if (s->possible_count > 1) {
        text_add(t, "compared with ");
        j->spec->describe_state(&j->states, p.possible, BRIEF_WORDS, t);
        text_add(t, ", ");
    }
    if (expected != LINEAR_NONE && is_missing(j, &p)) {
        add_operation(j, s, expected, t);
        const bool over = is_over(j, expected, s->explanation->stuck);
        text_add(t, "%s is missing", over ? ", done before it began," : "");
        return;
    }
    const uint32_t value = value_at(j, s, p.text + p.from, p.size - p.from);
    if (value == LINEAR_NONE || !tell_value(j, s, &p, expected, value, t))
        tell_place(j, s, &p, expected, value != LINEAR_NONE, t);
}
