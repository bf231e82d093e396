/* What the sandbox's tests share: run a script, and look at what it printed or how it failed. */
#ifndef SANDBOX_FIXTURE_H
#define SANDBOX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script/sandbox.h"

#include <lauxlib.h>

struct output {
    char text[1 << 16];
    size_t size;
};

static inline void fixture_print(void *context, const char *text, size_t size)
{
    struct output *output = context;
    size_t room = sizeof(output->text) - 1 - output->size;
    size = size < room ? size : room;
    memcpy(output->text + output->size, text, size);
    output->size += size;
    output->text[output->size] = '\0';
}

struct fixture {
    struct sandbox *sandbox;
    struct sandbox_error error;
    struct output output;
};

static inline void fixture_open(struct fixture *fixture, struct sandbox_options options)
{
    const char *why = "";
    memset(fixture, 0, sizeof(*fixture));
    if (options.print == NULL) {
        options.print = fixture_print;
        options.context = &fixture->output;
    }
    fixture->sandbox = sandbox_open(&options, &why);
    if (fixture->sandbox == NULL) {
        fail_msg("sandbox_open: %s", why);
    }
}

/* Runs the script in a fresh environment; what it returns is lost. */
static inline enum sandbox_status fixture_run(struct fixture *fixture, const char *script)
{
    lua_State *L = sandbox_lua(fixture->sandbox);
    lua_settop(L, 0);
    fixture->output.size = 0;
    fixture->output.text[0] = '\0';
    sandbox_environment(L);
    enum sandbox_status status = sandbox_load(fixture->sandbox, L, "test.lua", script,
                                              strlen(script), 1, &fixture->error);
    if (status == SANDBOX_OK) {
        status = sandbox_call(fixture->sandbox, L, 0, 0, &fixture->error);
    }
    lua_settop(L, 0);
    return status;
}

static inline void fixture_close(struct fixture *fixture)
{
    sandbox_close(fixture->sandbox);
}

/* The script must print exactly this. */
static inline void assert_prints_within(struct sandbox_limits limits, const char *script,
                                        const char *expected)
{
    struct fixture *fixture = malloc(sizeof(*fixture));
    fixture_open(fixture, (struct sandbox_options){.limits = limits});
    if (fixture_run(fixture, script) != SANDBOX_OK) {
        fail_msg("%s\n%s", fixture->error.message, fixture->error.traceback);
    }
    assert_string_equal(fixture->output.text, expected);
    fixture_close(fixture);
    free(fixture);
}

static inline void assert_prints(const char *script, const char *expected)
{
    assert_prints_within((struct sandbox_limits){0}, script, expected);
}

/* The script must fail so, with this somewhere in its message. */
static inline void assert_fails(const char *script, struct sandbox_limits limits,
                                enum sandbox_status status, const char *part)
{
    struct fixture *fixture = malloc(sizeof(*fixture));
    fixture_open(fixture, (struct sandbox_options){.limits = limits});
    enum sandbox_status got = fixture_run(fixture, script);
    if (got != status || strstr(fixture->error.message, part) == NULL) {
        fail_msg("status %d, message: %s\noutput: %s\nscript: %s", got, fixture->error.message,
                 fixture->output.text, script);
    }
    fixture_close(fixture);
    free(fixture);
}

static inline void assert_refused(const char *script, const char *part)
{
    assert_fails(script, (struct sandbox_limits){0}, SANDBOX_ERROR, part);
}

#endif
