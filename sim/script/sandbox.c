/*
 * Opening, calling and closing a sandbox; see sandbox.h for what one is. The parts: arena (memory),
 * lua_internals (seed), limits, describe (texts), environment (frozen libraries), lib_*
 * (libraries).
 */
#include "sandbox.h"

#include "lua_internals.h"
#include "lua_link.h"
#include "portable_math.h"
#include "sandbox_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t memory_bytes_default = (size_t)256 << 20;
static const size_t memory_bytes_max = (size_t)2 << 30;
static const size_t memory_bytes_min = (size_t)1 << 20;
static const int64_t instructions_default = 50000000;
static const int64_t output_bytes_default = (int64_t)16 << 20;

static void fill_options(struct sandbox_options *options) {
    struct sandbox_limits *limits = &options->limits;
    if (limits->memory_bytes == 0) {
        limits->memory_bytes = memory_bytes_default;
    } else if (limits->memory_bytes < memory_bytes_min) {
        limits->memory_bytes = memory_bytes_min;
    } else if (limits->memory_bytes > memory_bytes_max) {
        limits->memory_bytes = memory_bytes_max;
    }
    if (limits->instructions <= 0) { limits->instructions = instructions_default; }
    if (limits->output_bytes <= 0) { limits->output_bytes = output_bytes_default; }
    if (options->advice_memory == NULL) { options->advice_memory = "raise it with --limit-memory"; }
    if (options->advice_instructions == NULL) {
        options->advice_instructions = "raise it with --limit-instructions";
    }
    if (options->advice_output == NULL) { options->advice_output = "raise it with --limit-output"; }
}

static int open_libraries(lua_State *L) {
    environment_open(L);
    return 0;
}

/* Lua's ^ must be our pow: a link that took libm's would differ between machines. */
static bool power_is_ours(lua_State *L) {
    bool same = true;
    for (int i = 1; i <= 64 && same; i++) {
        double base = 1.0 + i * 0.7;
        double exponent = 0.3 + i * 1.9;
        lua_pushnumber(L, base);
        lua_pushnumber(L, exponent);
        lua_arith(L, LUA_OPPOW);
        same = lua_tonumber(L, -1) == portable_pow(base, exponent);
        lua_pop(L, 1);
    }
    return same;
}

struct sandbox *sandbox_open(const struct sandbox_options *options, const char **why) {
    const char *ignored;
    why = why != NULL ? why : &ignored;
    *why = "no memory for a sandbox";
    struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
    if (sandbox == NULL) { return NULL; }
    if (options != NULL) { sandbox->options = *options; }
    lua_link_here();
    fill_options(&sandbox->options);
    if (!arena_open(&sandbox->arena, sandbox->options.limits.memory_bytes)) {
        *why = "no address range for a sandbox (is there a limit on virtual memory?)";
        free(sandbox);
        return NULL;
    }
    sandbox->output_left = sandbox->options.limits.output_bytes;
    sandbox->steps_left = INT64_MAX;
    sandbox->lua = internals_open(sandbox_allocate, sandbox, why);
    if (sandbox->lua == NULL) {
        sandbox_close(sandbox);
        return NULL;
    }
    /* Incremental: the generational mode of Lua 5.4.4 has published bugs. */
    (void)lua_gc(sandbox->lua, LUA_GCINC, 0, 0, 0);
    lua_pushcfunction(sandbox->lua, open_libraries);
    if (lua_pcall(sandbox->lua, 0, 0, 0) != LUA_OK) {
        *why = "the sandbox's libraries do not fit in its memory limit";
        sandbox_close(sandbox);
        return NULL;
    }
    if (!power_is_ours(sandbox->lua)) {
        *why = "the program is linked so that Lua's ^ is not Orrery's pow; see lua_link.c";
        sandbox_close(sandbox);
        return NULL;
    }
    lua_sethook(sandbox->lua, sandbox_count_hook, LUA_MASKCOUNT, SANDBOX_TICK);
    return sandbox;
}

void sandbox_close(struct sandbox *sandbox) {
    if (sandbox != NULL) {
        /* The arena goes whole; lua_close matters only for userdata of the host with __gc. */
        if (sandbox->lua != NULL) {
            sandbox->running = NULL;
            lua_close(sandbox->lua);
        }
        arena_close(&sandbox->arena);
        free(sandbox);
    }
}

lua_State *sandbox_lua(struct sandbox *sandbox) { return sandbox->lua; }

struct sandbox *sandbox_of(lua_State *L) {
    return sandbox_get(L);
}

enum sandbox_status sandbox_limit_reached(const struct sandbox *sandbox) { return sandbox->limit; }

size_t sandbox_memory_bytes(const struct sandbox *sandbox) { return sandbox->arena.used; }

int64_t sandbox_instructions_used(const struct sandbox *sandbox) { return sandbox->steps_used; }

static enum sandbox_status report(struct sandbox *sandbox, enum sandbox_status status,
                                  struct sandbox_error *error) {
    if (error != NULL) {
        bool failed = status > SANDBOX_YIELDED;
        *error = (struct sandbox_error){status, failed ? sandbox->message : "",
                                        failed ? sandbox->traceback : ""};
    }
    return status;
}

/* "FILE:LINE:" of the first level of a traceback that has one; how long that is. */
static size_t first_place(const char *traceback, const char **place) {
    for (const char *line = traceback; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const size_t name = strcspn(line, ":\n");
        if (line[name] != ':' || line[name + 1] < '0' || line[name + 1] > '9') continue;
        const size_t digits = strspn(line + name + 1, "0123456789");
        if (line[name + 1 + digits] != ':') continue;
        *place = line;
        return name + digits + 2;
    }
    return 0;
}

/* An error that is no string has no place in it: it gets that of its traceback. */
static void keep_message(struct sandbox *sandbox, lua_State *L, int level, int index) {
    sandbox_write_traceback(L, level, sandbox->traceback, sizeof(sandbox->traceback));
    char *message = sandbox->message;
    size_t size = sizeof(sandbox->message);
    if (lua_type(L, index) != LUA_TSTRING) {
        const char *place;
        const size_t length = first_place(sandbox->traceback, &place);
        if (length > 0 && length + 2 < size) {
            memcpy(message, place, length);
            message[length] = ' ';
            message += length + 1;
            size -= length + 1;
        }
    }
    sandbox_describe_error(L, index, message, size);
}

/* Called where the error was raised, while the stack that led to it still stands. */
static int keep_error(lua_State *L) {
    struct sandbox *sandbox = sandbox_get(L);
    if (!sandbox_caught_limit(L, LUA_ERRRUN, 1)) {
        /* Level 0 is this function. */
        keep_message(sandbox, L, 1, 1);
    }
    return 1;
}

/* What a call changes in the sandbox, restored when it ends: calls nest. */
struct frame {
    lua_State *running;
    int64_t steps_left;
    int close_depth;
};

static struct frame enter(struct sandbox *sandbox, lua_State *L) {
    struct frame frame = {sandbox->running, sandbox->steps_left, sandbox->close_depth};
    sandbox->running = L;
    sandbox->steps_left = sandbox->options.limits.instructions;
    return frame;
}

static void leave(struct sandbox *sandbox, struct frame frame) {
    sandbox->steps_used = sandbox->options.limits.instructions - sandbox->steps_left;
    sandbox->running = frame.running;
    sandbox->steps_left = frame.steps_left;
    sandbox->close_depth = frame.close_depth;
}

enum sandbox_status sandbox_call(struct sandbox *sandbox, lua_State *L, int nargs, int nresults,
                                 struct sandbox_error *error) {
    int function = lua_gettop(L) - nargs;
    if (sandbox->limit != SANDBOX_OK) {
        lua_settop(L, function - 1);
        return report(sandbox, sandbox->limit, error);
    }
    /* A call starts a new count, so that what ran before cannot move the instruction at which a
     * limit is met. */
    lua_sethook(L, sandbox_count_hook, LUA_MASKCOUNT, SANDBOX_TICK);
    lua_pushcfunction(L, keep_error);
    lua_insert(L, function);
    struct frame frame = enter(sandbox, L);
    int status = lua_pcall(L, nargs, nresults, function);
    enum sandbox_status result = SANDBOX_OK;
    if (status != LUA_OK || sandbox->limit != SANDBOX_OK) {
        bool limited = sandbox_caught_limit(L, status, -1);
        result = limited ? sandbox->limit : SANDBOX_ERROR;
        lua_settop(L, function);
    }
    leave(sandbox, frame);
    lua_remove(L, function);
    return report(sandbox, result, error);
}

enum sandbox_status sandbox_resume(struct sandbox *sandbox, lua_State *coroutine, lua_State *from,
                                   int nargs, int *nresults, struct sandbox_error *error) {
    *nresults = 0;
    if (sandbox->limit != SANDBOX_OK) { return report(sandbox, sandbox->limit, error); }
    lua_sethook(coroutine, sandbox_count_hook, LUA_MASKCOUNT, SANDBOX_TICK);
    struct frame frame = enter(sandbox, coroutine);
    int status = lua_resume(coroutine, from, nargs, nresults);
    enum sandbox_status result = status == LUA_YIELD ? SANDBOX_YIELDED : SANDBOX_OK;
    if ((status != LUA_OK && status != LUA_YIELD) || sandbox->limit != SANDBOX_OK) {
        result = SANDBOX_ERROR;
        if (sandbox_caught_limit(coroutine, status, -1)) {
            result = sandbox->limit;
        } else {
            keep_message(sandbox, coroutine, 0, -1);
            (void)lua_resetthread(coroutine);
            result = sandbox->limit != SANDBOX_OK ? sandbox->limit : SANDBOX_ERROR;
        }
        *nresults = 0;
    }
    leave(sandbox, frame);
    return report(sandbox, result, error);
}

static bool is_relative(const char *name) {
    return name[0] != '\0' && name[0] != '/' && name[0] != '\\' && strstr(name, "..") == NULL;
}

/* Runs protected, on (light userdata struct loading, environment): leaves the function. */
struct loading {
    const char *chunk_name;
    const char *source;
    size_t size;
};

static int load_protected(lua_State *L) {
    const struct loading *loading = lua_touserdata(L, 1);
    if (!is_relative(loading->chunk_name)) {
        return luaL_error(L, "chunk name '%s' must be a relative path without '..'",
                          loading->chunk_name);
    }
    load_text(L, loading->source, loading->size, lua_pushfstring(L, "@%s", loading->chunk_name), 2);
    return lua_type(L, -1) == LUA_TFUNCTION ? 1 : lua_error(L);
}

enum sandbox_status sandbox_load(struct sandbox *sandbox, lua_State *L, const char *chunk_name,
                                 const char *source, size_t size, int env,
                                 struct sandbox_error *error) {
    struct loading loading = {chunk_name, source, size};
    env = lua_absindex(L, env);
    lua_pushcfunction(L, load_protected);
    lua_pushlightuserdata(L, &loading);
    lua_pushvalue(L, env);
    return sandbox_call(sandbox, L, 2, 1, error);
}
