/*
 * What the sandbox's own files share; hosts include sandbox.h.
 *
 * Every library is one table of functions and one opener, called with the table to fill on top of
 * the stack. All functions are pushed with push_function: as closures with one unused upvalue,
 * since a plain C function used as a table key would be hashed by its address in the program.
 */
#ifndef ORRERY_SCRIPT_SANDBOX_INTERNAL_H
#define ORRERY_SCRIPT_SANDBOX_INTERNAL_H

#include "arena.h"
#include "sandbox.h"

#include <lauxlib.h>

enum {
    SANDBOX_MESSAGE_BYTES = 2048,
    SANDBOX_TRACEBACK_BYTES = 4096,
    SANDBOX_TRACEBACK_LEVELS = 24, /* half of them innermost, half outermost */
    SANDBOX_CLOSE_DEPTH_MAX = 8,   /* coroutine.close within a __close within coroutine.close ... */
};

struct sandbox {
    struct arena arena;
    lua_State *lua;
    lua_State *running; /* the thread that executes now, or NULL */
    int64_t steps_left; /* of the running call */
    int64_t steps_used; /* by the last finished call */
    int64_t output_left;
    int close_depth;           /* nested coroutine.close; Lua does not count their C stack */
    enum sandbox_status limit; /* OK until a limit ends the sandbox */
    bool parsing;              /* too deep now means a chunk too deep: an ordinary error */
    bool refused;              /* the allocator said no once; Lua collects and asks again */
    struct sandbox_options options;
    char message[SANDBOX_MESSAGE_BYTES];
    char traceback[SANDBOX_TRACEBACK_BYTES];
};

/* The sandbox of a state: the allocator's context, which every thread shares. */
static inline struct sandbox *sandbox_get(lua_State *L)
{
    void *context;
    (void)lua_getallocf(L, &context);
    return context;
}

/* limits.c */
void *sandbox_allocate(void *context, void *block, size_t old_size, size_t new_size);
void sandbox_count_hook(lua_State *L, lua_Debug *record);
/* Ends the sandbox, keeps message and traceback, and arms L so that nothing more runs. */
void sandbox_stop(struct sandbox *sandbox, lua_State *L, enum sandbox_status limit);
int sandbox_raise_limit(lua_State *L); /* [raises] the limit's error again */
/* Whether an error that a protected call caught ends the sandbox; also recognises the depth errors
 * of Lua itself. error_index: the error value. */
bool sandbox_caught_limit(lua_State *L, int status, int error_index);
/* describe.c */
/* From level `first` on; L may be NULL. */
void sandbox_write_traceback(lua_State *L, int first, char *text, size_t size);
void sandbox_write_where(lua_State *L, char *text, size_t size); /* "FILE:LINE: " or "" */
void sandbox_describe_error(lua_State *L, int index, char *text, size_t size);
enum { SANDBOX_NUMBER_BYTES = 64 };
size_t sandbox_format_float(double value, char text[SANDBOX_NUMBER_BYTES]);
/* As luaL_checklstring, but a number is written as the sandbox writes it. */
const char *sandbox_check_text(lua_State *L, int index, size_t *size);

/* Libraries. Each fills the table on top of the stack. */
void lib_base_open(lua_State *L);
void lib_protect_open(lua_State *L);
void lib_iterate_open(lua_State *L);
void lib_coroutine_open(lua_State *L);
void lib_string_open(lua_State *L);
void lib_format_open(lua_State *L);
void lib_pattern_open(lua_State *L);
void lib_pack_open(lua_State *L);
void lib_table_open(lua_State *L);
void lib_sort_open(lua_State *L);
void lib_math_open(lua_State *L);
void lib_utf8_open(lua_State *L);
/* Sets the functions that belong to one environment, load and require. */
void lib_load_environment(lua_State *L, int environment);

/* Compiles text with the value at index environment as its globals; pushes the function, or the
 * message of a syntax error. */
void load_text(lua_State *L, const char *source, size_t size, const char *name, int environment);

/* environment.c: opens all libraries and the metatable of environments. */
void environment_open(lua_State *L);

void push_function(lua_State *L, lua_CFunction function);
void set_functions(lua_State *L, const luaL_Reg *functions);
/* A field whose use is an error with this text. */
void set_refused(lua_State *L, const char *name, const char *text);
bool sandbox_is_frozen(lua_State *L, int index);
/* Raises when the value at index is a frozen view; for the functions that write raw. */
void sandbox_check_writable(lua_State *L, int index);

#endif
