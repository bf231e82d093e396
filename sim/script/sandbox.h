/*
 * The deterministic Lua sandbox.
 *
 * A sandbox is one lua_State (Lua 5.4, statically linked) in which a script can observe nothing of
 * the machine: no address, clock, locale, hash order, libm, file or environment variable. Equal
 * calls give equal results, to the byte, in every process and beside any number of other sandboxes.
 * How:
 *
 * - The state lives in an arena of its own whose low 32 address bits are the same in every process
 *   (arena.h), and its string hash seed is fixed (lua_internals.h). So the shape of every table,
 *   the border that `#t` finds, the moment of each collection and the exact point where memory runs
 *   out are functions of the script alone.
 * - The libraries are our own (lib_*.c), where the stock ones leak or cannot be interrupted.
 *   pairs and next go in a fixed order: integers ascending, floats ascending, strings by their
 *   bytes, false, true; a key of any other type is an error. pairs visits the keys that were there
 *   when it was called: one set to nil meanwhile is skipped, one added meanwhile is not visited.
 *   next(t, k) is the smallest present key above k, so k itself may be gone; it costs O(n) (pairs
 *   is O(n log n) for the whole traversal), but O(1) along the sequence 1..#t.
 * - Refused with a message that names what to use instead: os, io, debug, package, collectgarbage,
 *   dofile, loadfile, warn, math.random, string.dump, binary chunks, __gc, weak tables, %p, %a,
 *   string.pack without explicit sizes and byte order.
 *
 * Environments. sandbox_environment() makes a fresh global table over frozen libraries: reads fall
 * through, writes stay in it; libraries and the string metatable cannot be changed, not even by
 * rawset. What one environment writes, no other sees. Only what the host passes in is shared.
 *
 * Limits. Memory counts every byte Lua asks for. Instructions are counted per call by a count hook
 * every SANDBOX_TICK instructions, and C functions charge their own steps to the same budget
 * (matching, sorting, moving, formatting). Output is counted over the sandbox's life. Depth is
 * Lua's own bound (200 nested C calls, 1,000,000 stack slots). A limit error is sticky: no pcall,
 * xpcall, coroutine or __close handler survives it, and every later call fails at once with the
 * same error.
 *
 * Ownership. The sandbox owns the state and all memory in it; sandbox_close() frees it whole.
 * Options are copied; their context and callbacks must outlive the sandbox. Strings in a
 * sandbox_error belong to the sandbox and hold until its next call. One thread at a time may use a
 * sandbox; different sandboxes are independent. Each reserves (does not use) 4 GiB and more of
 * address range while it opens: a limit on virtual memory (ulimit -v) is in its way.
 *
 * Errors. Functions that take an error structure never raise; those marked [raises] raise a Lua
 * error and must run inside a protected call. Host functions that scripts can call must raise
 * rather than swallow a failed nested sandbox_call, and should open with sandbox_charge().
 */
#ifndef ORRERY_SCRIPT_SANDBOX_H
#define ORRERY_SCRIPT_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lua.h>

struct sandbox;

/* Instructions between two looks at the budget: an instruction limit is met to within one tick. */
#define SANDBOX_TICK 1000

/* Zero in any field means its default. The advice at the end of a limit message is
 * "raise it with --limit-memory" and so on: see sandbox_options.advice_*. */
struct sandbox_limits {
    size_t memory_bytes;   /* whole state; default 256 MiB, at most 2 GiB */
    int64_t instructions;  /* for one sandbox_call or sandbox_resume; default 50,000,000 */
    int64_t output_bytes;  /* all that print writes; default 16 MiB */
};

/* What require found. Borrowed: must hold until the callback is called again. */
struct sandbox_module {
    const char *source;   /* Lua text */
    size_t size;          /* bytes of source */
    const char *file;     /* the name that messages show, relative */
    const char *searched; /* when not found: where it was looked for, one or more lines */
};

struct sandbox_options {
    struct sandbox_limits limits;
    void *context; /* handed to the callbacks */
    /* Text that print wrote, newline included; NULL discards it. Must not call into Lua. */
    void (*print)(void *context, const char *text, size_t size);
    /* Finds the module `name`; false when there is none. NULL: require refuses every name. */
    bool (*load_module)(void *context, const char *name, struct sandbox_module *module);
    /* What a limit message advises; NULL means the flag of the command line. */
    const char *advice_memory;       /* default "raise it with --limit-memory" */
    const char *advice_instructions; /* default "raise it with --limit-instructions" */
    const char *advice_output;       /* default "raise it with --limit-output" */
};

enum sandbox_status {
    SANDBOX_OK,
    SANDBOX_YIELDED,            /* sandbox_resume only */
    SANDBOX_ERROR,              /* the script's mistake: the sandbox can go on */
    SANDBOX_LIMIT_MEMORY,       /* from here on: sticky, the sandbox is over */
    SANDBOX_LIMIT_INSTRUCTIONS,
    SANDBOX_LIMIT_OUTPUT,
    SANDBOX_LIMIT_DEPTH,
};

struct sandbox_error {
    enum sandbox_status status;
    const char *message;   /* "FILE:LINE: what is wrong"; never NULL, "" when status is OK */
    const char *traceback; /* one "FILE:LINE: in ..." a line, innermost first; never NULL */
};

/* NULL only when the machine has no memory, or when the linked Lua is not one that this sandbox
 * can make deterministic; *why (may be NULL) then says which. options may be NULL. */
struct sandbox *sandbox_open(const struct sandbox_options *options, const char **why);
void sandbox_close(struct sandbox *sandbox); /* NULL is fine */

lua_State *sandbox_lua(struct sandbox *sandbox); /* the main thread */
struct sandbox *sandbox_of(lua_State *L);        /* the sandbox that a state or coroutine is in */

/* Pushes a fresh environment [raises]. About a microsecond. */
void sandbox_environment(lua_State *L);

/* Makes the value on top of the stack a global of every environment, and pops it. A table should
 * be frozen first. For the host, before scripts run [raises]. */
void sandbox_set_global(lua_State *L, const char *name);

/* Replaces the table on top of the stack by a read-only view of it, called `name` in messages:
 * reads, #, pairs and ipairs pass through; writing, also by rawset, is an error. Inner tables are
 * not frozen by it [raises]. */
void sandbox_freeze(lua_State *L, const char *name);

/* Compiles text and pushes the function, whose globals are the environment at stack index `env`.
 * chunk_name is shown in messages as FILE: relative, not starting with '/', no "..". On failure
 * pushes nothing. */
enum sandbox_status sandbox_load(struct sandbox *sandbox, lua_State *L, const char *chunk_name,
                                 const char *source, size_t size, int env,
                                 struct sandbox_error *error);

/* As lua_pcall, with a full instruction budget. May be nested (a host function that a script
 * called calls back): each call has a budget of its own. On failure the function and its arguments
 * are popped and nothing is pushed. */
enum sandbox_status sandbox_call(struct sandbox *sandbox, lua_State *L, int nargs, int nresults,
                                 struct sandbox_error *error);

/* As lua_resume, with a full instruction budget. `from` is the thread that resumes (the main one,
 * usually). On OK or YIELDED, *nresults values are on top of the coroutine's stack; after an error
 * the coroutine is closed and dead. Coroutines made by lua_newthread inherit all limits. */
enum sandbox_status sandbox_resume(struct sandbox *sandbox, lua_State *coroutine, lua_State *from,
                                   int nargs, int *nresults, struct sandbox_error *error);

/* Charges a host function's work to the running call's budget; raises when it is spent, and also
 * when the sandbox is over for another limit [raises]. */
void sandbox_charge(lua_State *L, int64_t steps);

/* OK, or the limit that ended this sandbox. */
enum sandbox_status sandbox_limit_reached(const struct sandbox *sandbox);

/* What a script wrote, for hosts that print values: as print shows it. Pushes a string and returns
 * it; never shows an address; honours __tostring and __name [raises]. */
const char *sandbox_tostring(lua_State *L, int index, size_t *size);

/* Bytes in use now, counted as Lua asked for them. */
size_t sandbox_memory_bytes(const struct sandbox *sandbox);
/* Instructions and steps that the last finished call used, to within a tick. */
int64_t sandbox_instructions_used(const struct sandbox *sandbox);

#endif
