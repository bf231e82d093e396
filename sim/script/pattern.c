/*
 * A backtracking matcher written from the reference manual. try_at walks the pattern item by item;
 * where an item leaves a choice (how often to repeat, whether to take an optional one), it recurses
 * to try the rest of the pattern, one level of depth a choice.
 */
#include "pattern.h"

#include <string.h>

#define NOWHERE SIZE_MAX

void pattern_start(struct pattern_match *match, const char *subject, size_t subject_size,
                   const char *pattern, size_t pattern_size, int64_t steps) {
    match->subject = subject;
    match->subject_size = subject_size;
    match->pattern = pattern;
    match->pattern_size = pattern_size;
    match->steps_left = steps;
    match->error = NULL;
    match->error_capture = 0;
    match->depth = 0;
    match->capture_count = 0;
}

bool pattern_has_specials(const char *pattern, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]) != NULL) { return true; }
    }
    return false;
}

static size_t fail(struct pattern_match *match, const char *error) {
    if (match->error == NULL) { match->error = error; }
    return NOWHERE;
}

static bool stopped(const struct pattern_match *match) {
    return match->error != NULL || match->steps_left < 0;
}

/* --- single characters; the classes are ASCII's, whatever the locale --- */

static bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }

static bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }

static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

static bool is_alphanumeric(unsigned char c) { return is_upper(c) || is_lower(c) || is_digit(c); }

static bool in_class(unsigned char c, unsigned char class) {
    bool result;
    switch (class | 32) {
    case 'a': result = is_upper(c) || is_lower(c); break;
    case 'c': result = c < 32 || c == 127; break;
    case 'd': result = is_digit(c); break;
    case 'g': result = c > 32 && c < 127; break;
    case 'l': result = is_lower(c); break;
    case 'p': result = c > 32 && c < 127 && !is_alphanumeric(c); break;
    case 's': result = c == ' ' || (c >= 9 && c <= 13); break;
    case 'u': result = is_upper(c); break;
    case 'w': result = is_alphanumeric(c); break;
    case 'x': result = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); break;
    default: return class == c;
    }
    if (!is_upper(class) && !is_lower(class)) { return class == c; }
    return is_upper(class) ? !result : result;
}

/* The place after the set that opens at `at`, or NOWHERE. */
static size_t end_of_set(struct pattern_match *match, size_t at) {
    const char *p = match->pattern;
    size_t size = match->pattern_size;
    at++;
    if (at < size && p[at] == '^') { at++; }
    /* A ']' that comes first belongs to the set. */
    for (bool first = true; first || at >= size || p[at] != ']'; first = false) {
        if (at >= size) { return fail(match, "malformed pattern (missing ']')"); }
        at += p[at] == '%' ? 2 : 1;
        if (at > size) { return fail(match, "malformed pattern (missing ']')"); }
    }
    return at + 1;
}

/* The place after the single-character item at `at`. */
static size_t end_of_item(struct pattern_match *match, size_t at) {
    char c = match->pattern[at];
    if (c == '%') {
        if (at + 1 >= match->pattern_size) {
            return fail(match, "malformed pattern (ends with '%')");
        }
        return at + 2;
    }
    return c == '[' ? end_of_set(match, at) : at + 1;
}

/* The set lies in pattern[at .. end), brackets included. */
static bool in_set(struct pattern_match *match, unsigned char c, size_t at, size_t end) {
    const char *p = match->pattern;
    size_t last = end - 1;
    bool inside = true;
    at++;
    if (p[at] == '^') {
        inside = false;
        at++;
    }
    match->steps_left -= (int64_t)(end - at) / 8;
    while (at < last) {
        unsigned char low = (unsigned char)p[at];
        if (low == '%') {
            if (in_class(c, (unsigned char)p[at + 1])) { return inside; }
            at += 2;
        } else if (at + 2 < last && p[at + 1] == '-') {
            if (low <= c && c <= (unsigned char)p[at + 2]) { return inside; }
            at += 3;
        } else {
            if (low == c) { return inside; }
            at++;
        }
    }
    return !inside;
}

/* Whether the subject's byte at `place` matches the single-character item pattern[at .. end). */
static bool matches_one(struct pattern_match *match, size_t place, size_t at, size_t end) {
    if (place >= match->subject_size) { return false; }
    match->steps_left--;
    unsigned char c = (unsigned char)match->subject[place];
    switch (match->pattern[at]) {
    case '.': return true;
    case '%': return in_class(c, (unsigned char)match->pattern[at + 1]);
    case '[': return in_set(match, c, at, end);
    default: return (unsigned char)match->pattern[at] == c;
    }
}

/* --- items with a rest to try; each answers the end of the whole match, or NOWHERE --- */

static size_t try_at(struct pattern_match *match, size_t place, size_t at);

static size_t try_rest(struct pattern_match *match, size_t place, size_t at) {
    if (match->depth >= PATTERN_DEPTH_MAX) { return fail(match, "pattern too complex"); }
    match->depth++;
    size_t end = try_at(match, place, at);
    match->depth--;
    return end;
}

static size_t try_most(struct pattern_match *match, size_t place, size_t at, size_t end) {
    size_t count = 0;
    while (match->steps_left >= 0 && matches_one(match, place + count, at, end)) { count++; }
    for (;;) {
        size_t result = try_rest(match, place + count, end + 1);
        if (result != NOWHERE || stopped(match) || count == 0) { return result; }
        count--;
    }
}

static size_t try_fewest(struct pattern_match *match, size_t place, size_t at, size_t end) {
    for (;;) {
        size_t result = try_rest(match, place, end + 1);
        if (result != NOWHERE || stopped(match)) { return result; }
        if (!matches_one(match, place, at, end)) { return NOWHERE; }
        place++;
    }
}

static size_t open_capture(struct pattern_match *match, size_t place, size_t at) {
    if (match->capture_count >= PATTERN_CAPTURES_MAX) { return fail(match, "too many captures"); }
    bool position = at + 1 < match->pattern_size && match->pattern[at + 1] == ')';
    struct pattern_capture *capture = &match->captures[match->capture_count++];
    *capture = (struct pattern_capture){place, 0, position ? CAPTURE_POSITION : CAPTURE_OPEN};
    size_t result = try_rest(match, place, at + (position ? 2 : 1));
    if (result == NOWHERE) { match->capture_count--; }
    return result;
}

static size_t close_capture(struct pattern_match *match, size_t place, size_t at) {
    int open = match->capture_count - 1;
    while (open >= 0 && match->captures[open].state != CAPTURE_OPEN) { open--; }
    if (open < 0) { return fail(match, "invalid pattern capture"); }
    struct pattern_capture *capture = &match->captures[open];
    capture->size = place - capture->start;
    capture->state = CAPTURE_CLOSED;
    size_t result = try_rest(match, place, at + 1);
    if (result == NOWHERE) { capture->state = CAPTURE_OPEN; }
    return result;
}

/* %bxy: the place after the balanced stretch that starts here, or NOWHERE. */
static size_t end_of_balance(struct pattern_match *match, size_t place, size_t at) {
    if (at + 3 >= match->pattern_size) {
        return fail(match, "malformed pattern (missing arguments to '%b')");
    }
    char open = match->pattern[at + 2];
    char close = match->pattern[at + 3];
    if (place >= match->subject_size || match->subject[place] != open) { return NOWHERE; }
    size_t nested = 1;
    for (place++; place < match->subject_size; place++) {
        match->steps_left--;
        if (match->subject[place] == close) {
            if (--nested == 0) { return place + 1; }
        } else if (match->subject[place] == open) {
            nested++;
        }
    }
    return NOWHERE;
}

/* %1 to %9: the place after a copy of the capture, or NOWHERE. */
static size_t end_of_copy(struct pattern_match *match, size_t place, size_t at) {
    int number = match->pattern[at + 1] - '1';
    if (number < 0 || number >= match->capture_count ||
        match->captures[number].state == CAPTURE_OPEN) {
        match->error_capture = number + 1;
        return fail(match, "invalid capture index in pattern");
    }
    const struct pattern_capture *capture = &match->captures[number];
    /* A position capture has no text; stock Lua lets it match nothing at all. */
    if (capture->state == CAPTURE_POSITION || capture->size > match->subject_size - place) {
        return NOWHERE;
    }
    match->steps_left -= (int64_t)(capture->size / 8);
    bool same = memcmp(match->subject + capture->start, match->subject + place, capture->size) == 0;
    return same ? place + capture->size : NOWHERE;
}

/* %f[set]: whether the set does not hold the byte before and holds the byte here; ends are '\0'. */
static bool at_frontier(struct pattern_match *match, size_t place, size_t set, size_t set_end) {
    unsigned char before = place == 0 ? 0 : (unsigned char)match->subject[place - 1];
    unsigned char here = place >= match->subject_size ? 0 : (unsigned char)match->subject[place];
    return !in_set(match, before, set, set_end) && in_set(match, here, set, set_end);
}

/* An item that starts with '%' and is more than a class. True when it was one: then *place and *at
 * are after it, or *place is NOWHERE. */
static bool take_special(struct pattern_match *match, size_t *place, size_t *at) {
    size_t size = match->pattern_size;
    if (match->pattern[*at] != '%' || *at + 1 >= size) { return false; }
    char kind = match->pattern[*at + 1];
    if (kind == 'b') {
        *place = end_of_balance(match, *place, *at);
        *at += 4;
        return true;
    }
    if (kind == 'f') {
        size_t set = *at + 2;
        if (set >= size || match->pattern[set] != '[') {
            *place = fail(match, "missing '[' after '%f' in pattern");
            return true;
        }
        size_t set_end = end_of_set(match, set);
        if (set_end == NOWHERE || !at_frontier(match, *place, set, set_end)) { *place = NOWHERE; }
        *at = set_end;
        return true;
    }
    if (is_digit((unsigned char)kind)) {
        *place = end_of_copy(match, *place, *at);
        *at += 2;
        return true;
    }
    return false;
}

static size_t try_at(struct pattern_match *match, size_t place, size_t at) {
    while (at < match->pattern_size) {
        match->steps_left--;
        if (stopped(match)) { return NOWHERE; }
        char c = match->pattern[at];
        if (c == '(') { return open_capture(match, place, at); }
        if (c == ')') { return close_capture(match, place, at); }
        if (c == '$' && at + 1 == match->pattern_size) {
            return place == match->subject_size ? place : NOWHERE;
        }
        if (take_special(match, &place, &at)) {
            if (place == NOWHERE) { return NOWHERE; }
            continue;
        }
        size_t end = end_of_item(match, at);
        if (end == NOWHERE) { return NOWHERE; }
        char suffix = end < match->pattern_size ? match->pattern[end] : '\0';
        if (suffix == '*') { return try_most(match, place, at, end); }
        if (suffix == '-') { return try_fewest(match, place, at, end); }
        bool one = matches_one(match, place, at, end);
        if (suffix == '+') { return one ? try_most(match, place + 1, at, end) : NOWHERE; }
        if (suffix == '?') {
            if (one) {
                size_t result = try_rest(match, place + 1, end + 1);
                if (result != NOWHERE || stopped(match)) { return result; }
            }
            at = end + 1;
            continue;
        }
        if (!one) { return NOWHERE; }
        place++;
        at = end;
    }
    return place;
}

enum pattern_result pattern_match_at(struct pattern_match *match, size_t start, size_t *end) {
    match->capture_count = 0;
    match->depth = 0;
    match->steps_left--;
    *end = try_at(match, start, 0);
    if (stopped(match)) { return PATTERN_STOPPED; }
    return *end == NOWHERE ? PATTERN_NO : PATTERN_YES;
}
