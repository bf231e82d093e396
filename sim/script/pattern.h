/*
 * Lua's patterns (manual 6.4.1), as a matcher of its own that counts its steps.
 *
 * Lua's own matcher is a C function that no hook can interrupt: a few dozen bytes of pattern can
 * keep it busy for years. This one stops when its steps are spent. It knows nothing of lua_State.
 *
 * A match is a struct that the caller sets up with pattern_start and may use for many attempts on
 * one subject: pattern_match_at tries at one place and tells where the match ends. Subject and
 * pattern are borrowed.
 */
#ifndef ORRERY_SCRIPT_PATTERN_H
#define ORRERY_SCRIPT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PATTERN_CAPTURES_MAX = 32,
    PATTERN_DEPTH_MAX = 200, /* nested choices; more is the error "pattern too complex" */
};

struct pattern_capture {
    size_t start;
    size_t size;
    enum { CAPTURE_OPEN, CAPTURE_CLOSED, CAPTURE_POSITION } state;
};

struct pattern_match {
    const char *subject;
    size_t subject_size;
    const char *pattern;
    size_t pattern_size;
    int64_t steps_left; /* set by the caller; negative after a match that ran out */
    const char *error;  /* NULL, or what is wrong with the pattern */
    int error_capture;  /* the number in an error about a capture, else 0 */
    int depth;
    int capture_count;
    struct pattern_capture captures[PATTERN_CAPTURES_MAX];
};

enum pattern_result { PATTERN_NO, PATTERN_YES, PATTERN_STOPPED /* error or steps spent */ };

/* The pattern comes without its anchor '^'. */
void pattern_start(struct pattern_match *match, const char *subject, size_t subject_size,
                   const char *pattern, size_t pattern_size, int64_t steps);
enum pattern_result pattern_match_at(struct pattern_match *match, size_t start, size_t *end);
bool pattern_has_specials(const char *pattern, size_t size);

#endif
