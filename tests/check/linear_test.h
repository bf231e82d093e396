/* What the tests of linearizability share: a history is judged, and the verdict compared. */
#ifndef LINEAR_TEST_H
#define LINEAR_TEST_H

#include "check_test.h"

static inline void expect(struct story *s, const char *spec, enum check_verdict verdict) {
    judge_story(s, spec);
    if (s->result.malformed.size || s->result.verdict != verdict)
        fail_msg("%s: verdict %d, expected %d: %s%s\n%s", spec, s->result.verdict, verdict,
                 text_string(&s->result.why), text_string(&s->result.malformed),
                 text_string(&s->lines));
}
static inline void expect_valid(struct story *s, const char *spec) {
    expect(s, spec, CHECK_VALID);
    assert_int_equal(s->result.anomalies_found, 0);
    end_story(s);
}
static inline const struct check_explanation *fails(struct story *s, const char *spec) {
    expect(s, spec, CHECK_INVALID);
    assert_string_equal(s->result.anomalies[0].name, "not-linearizable");
    assert_non_null(s->result.anomalies[0].explanation);
    return s->result.anomalies[0].explanation;
}
static inline void expect_invalid(struct story *s, const char *spec) {
    fails(s, spec);
    end_story(s);
}
static inline void expect_malformed(struct story *s, const char *spec, uint32_t line,
                                    const char *why) {
    judge_story(s, spec);
    if (!strstr(text_string(&s->result.malformed), why))
        fail_msg("found \"%s\"", text_string(&s->result.malformed));
    assert_int_equal(s->result.malformed_line, line);
    end_story(s);
}
static inline void does_not(struct story *s, int process, const char *f, const char *value,
                     const char *more) {
    asks(s, process, f, value);
    tell(s, process, "fail", f, "\"x\"", value, more);
}
static inline void reads(struct story *s, int process, const char *value) {
    does(s, process, "read", value, 0);
}
static inline void writes(struct story *s, int process, const char *value) {
    does(s, process, "write", value, 0);
}
/* So many writes, each read; and then one of the first again. */
static inline void tell_stale_read(struct story *s, int writes_before) {
    for (int i = 0; i < writes_before; i++) {
        char value[12];
        snprintf(value, sizeof value, "%d", i);
        writes(s, 1, value);
        reads(s, 2, value);
    }
    reads(s, 2, "3");
}
/* A write that is overwritten, and read all the same. */
static inline void tell_example(struct story *s) {
    asks(s, 1, "write", "1");
    asks(s, 2, "write", "2");
    ends(s, 1, "ok", "write", "1");
    reads(s, 3, "2");
    asks(s, 1, "read", "null");
    asks(s, 4, "write", "3");
    ends(s, 1, "ok", "read", "1");
    ends(s, 2, "ok", "write", "2");
    ends(s, 4, "info", "write", "3");
}

#endif
