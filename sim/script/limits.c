/*
 * The limits of a sandbox, and why no script survives one.
 *
 * Whoever meets a limit calls sandbox_stop: it keeps the message and the traceback of that moment
 * in the sandbox, and sets the thread's count hook to every single instruction. The error then
 * raised carries no value (memory may be what ran out); every protected call of ours (pcall,
 * xpcall, coroutine.resume, wrap and close) asks sandbox_caught_limit and raises it again. Handlers
 * that Lua itself runs on the way, __close methods, meet the hook at their first instruction.
 */
#include "sandbox_internal.h"

#include <stdio.h>
#include <string.h>

static void write_limit_message(struct sandbox *sandbox, lua_State *L, enum sandbox_status limit) {
    const struct sandbox_options *options = &sandbox->options;
    char where[160];
    sandbox_write_where(L, where, sizeof(where));
    char *text = sandbox->message;
    size_t size = sizeof(sandbox->message);
    switch (limit) {
    case SANDBOX_LIMIT_MEMORY:
        (void)snprintf(text, size, "%smemory limit reached: %zu bytes for all scripts; %s", where,
                       options->limits.memory_bytes, options->advice_memory);
        break;
    case SANDBOX_LIMIT_INSTRUCTIONS:
        (void)snprintf(text, size,
                       "%sinstruction limit reached: %lld in one event; is there an endless loop? "
                       "If not, %s",
                       where, (long long)options->limits.instructions,
                       options->advice_instructions);
        break;
    case SANDBOX_LIMIT_OUTPUT:
        (void)snprintf(text, size, "%soutput limit reached: %lld bytes printed; %s", where,
                       (long long)options->limits.output_bytes, options->advice_output);
        break;
    default:
        (void)snprintf(text, size,
                       "%sdepth limit reached: calls are nested too deep (stack overflow); "
                       "look for a function that calls itself without an end",
                       where);
        break;
    }
}

void sandbox_stop(struct sandbox *sandbox, lua_State *L, enum sandbox_status limit) {
    if (sandbox->limit == SANDBOX_OK) {
        sandbox->limit = limit;
        write_limit_message(sandbox, L, limit);
        sandbox_write_traceback(L, 0, sandbox->traceback, sizeof(sandbox->traceback));
    }
    if (L != NULL) { lua_sethook(L, sandbox_count_hook, LUA_MASKCOUNT, 1); }
}

int sandbox_raise_limit(lua_State *L) {
    sandbox_stop(sandbox_get(L), L, sandbox_get(L)->limit);
    lua_pushnil(L);
    return lua_error(L);
}

void sandbox_count_hook(lua_State *L, lua_Debug *record) {
    (void)record;
    struct sandbox *sandbox = sandbox_get(L);
    sandbox->steps_left -= SANDBOX_TICK;
    if (sandbox->limit == SANDBOX_OK && sandbox->steps_left < 0) {
        sandbox_stop(sandbox, L, SANDBOX_LIMIT_INSTRUCTIONS);
    }
    if (sandbox->limit != SANDBOX_OK) { (void)sandbox_raise_limit(L); }
}

void sandbox_charge(lua_State *L, int64_t steps) {
    struct sandbox *sandbox = sandbox_get(L);
    steps = steps < 0 ? 0 : steps;
    if (steps > sandbox->steps_left) {
        sandbox->steps_left = -1;
        if (sandbox->limit == SANDBOX_OK) { sandbox_stop(sandbox, L, SANDBOX_LIMIT_INSTRUCTIONS); }
    } else {
        sandbox->steps_left -= steps;
    }
    if (sandbox->limit != SANDBOX_OK) { (void)sandbox_raise_limit(L); }
}

/* Lua asks, collects all garbage, and asks again: the second refusal of a row is the limit. */
static void refuse(struct sandbox *sandbox) {
    if (sandbox->refused && sandbox->running != NULL) {
        sandbox_stop(sandbox, sandbox->running, SANDBOX_LIMIT_MEMORY);
    }
    sandbox->refused = true;
}

void *sandbox_allocate(void *context, void *block, size_t old_size, size_t new_size) {
    struct sandbox *sandbox = context;
    void *result = arena_resize(&sandbox->arena, block, old_size, new_size);
    if (new_size != 0) {
        if (result == NULL) {
            refuse(sandbox);
        } else if (block == NULL || new_size > old_size) {
            sandbox->refused = false;
        }
    }
    return result;
}

static bool is_depth_message(lua_State *L, int index) {
    static const char ending[] = "stack overflow";
    size_t size = 0;
    if (lua_type(L, index) != LUA_TSTRING) { return false; }
    const char *text = lua_tolstring(L, index, &size);
    size_t ending_size = sizeof(ending) - 1;
    return size >= ending_size && memcmp(text + size - ending_size, ending, ending_size) == 0;
}

bool sandbox_caught_limit(lua_State *L, int status, int error_index) {
    struct sandbox *sandbox = sandbox_get(L);
    if (sandbox->limit == SANDBOX_OK) {
        if (status == LUA_ERRMEM) {
            sandbox_stop(sandbox, L, SANDBOX_LIMIT_MEMORY);
        } else if (sandbox->parsing) {
            return false;
        } else if (status == LUA_ERRERR || is_depth_message(L, error_index)) {
            sandbox_stop(sandbox, L, SANDBOX_LIMIT_DEPTH);
        }
    }
    return sandbox->limit != SANDBOX_OK;
}
