/* What the tests of the reports share: cmocka, and a folder of their own. */
#ifndef REPORT_TEST_H
#define REPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"

/* Makes an empty folder; the caller's text has its path. */
static inline void make_test_folder(struct text *path) {
    const char *place = getenv("TMPDIR");
    text_add(path, "%s/report-test.XXXXXX", place && place[0] ? place : "/tmp");
    assert_non_null(mkdtemp(path->data));
}

static inline int file_exists(const char *folder, const char *name) {
    struct text path = {0};
    text_add(&path, "%s/%s", folder, name);
    struct stat status;
    const int there = stat(text_string(&path), &status) == 0;
    text_free(&path);
    return there;
}

static inline void write_file(const char *folder, const char *name, const char *content) {
    struct text path = {0};
    text_add(&path, "%s/%s", folder, name);
    FILE *file = fopen(text_string(&path), "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    text_free(&path);
}

/* The whole file, to be freed. */
static inline char *read_file(const char *folder, const char *name) {
    struct text path = {0}, content = {0};
    text_add(&path, "%s/%s", folder, name);
    FILE *file = fopen(text_string(&path), "r");
    assert_non_null(file);
    for (int c; (c = fgetc(file)) != EOF;) text_add_char(&content, (char)c);
    fclose(file);
    text_free(&path);
    return content.data ? content.data : strdup("");
}

#endif
