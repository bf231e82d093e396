/* What the tests of the checkers share: histories written line by line, read and judged. */
#ifndef CHECK_TEST_H
#define CHECK_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/check.h"
#include "check/history_file.h"

/* A history under construction, and what came of judging it. A zeroed one is empty. */
struct story {
    struct text lines;
    int64_t events;
    struct history history;
    struct limits limits;
    struct check_result result;
    struct text error; /* of reading it */
    enum history_read read;
};

/* One event, `more` being further fields such as ",\"version\":3". Values are JSON. */
static inline void tell(struct story *s, int process, const char *type, const char *f,
                        const char *key, const char *value, const char *more) {
    text_add(&s->lines,
             "{\"index\":%lld,\"time\":%lld,\"process\":%d,\"type\":\"%s\",\"f\":\"%s\",\"key\":%s,"
             "\"value\":%s%s}\n",
             (long long)s->events, (long long)s->events * 10, process, type, f, key, value, more);
    s->events++;
}
static inline void asks(struct story *s, int process, const char *f, const char *value) {
    tell(s, process, "invoke", f, "\"x\"", value, "");
}
static inline void ends(struct story *s, int process, const char *type, const char *f,
                        const char *value) {
    tell(s, process, type, f, "\"x\"", value, "");
}
/* A whole operation on key "x", of that version (0: none). */
static inline void does(struct story *s, int process, const char *f, const char *value,
                        int version) {
    char more[40] = "";
    if (version) snprintf(more, sizeof more, ",\"version\":%d", version);
    tell(s, process, "invoke", f, "\"x\"", strcmp(f, "read") == 0 ? "null" : value, "");
    tell(s, process, "ok", f, "\"x\"", value, more);
}

static inline void read_story(struct story *s) {
    const char *place = getenv("TMPDIR");
    struct text path = {0};
    text_add(&path, "%s/history.XXXXXX", place && place[0] ? place : "/tmp");
    const int file = mkstemp(path.data);
    assert_true(file >= 0);
    assert_int_equal(write(file, text_string(&s->lines), s->lines.size), s->lines.size);
    close(file);
    s->read = history_read_file(&s->history, text_string(&path), "h", &s->limits, &s->error);
    unlink(text_string(&path));
    text_free(&path);
}

static inline void judge_story(struct story *s, const char *spec) {
    read_story(s);
    if (s->read != HISTORY_READ) fail_msg("%s", text_string(&s->error));
    s->result.anomalies_max = 100;
    check_run(check_spec_named(spec), &s->history, &s->limits, &s->result);
}

static inline void end_story(struct story *s) {
    check_result_free(&s->result, &s->limits);
    history_free(&s->history, &s->limits);
    assert_int_equal(s->limits.memory_used, 0); /* all that was counted was given back */
    text_free(&s->lines);
    text_free(&s->error);
    *s = (struct story){0};
}

#endif
