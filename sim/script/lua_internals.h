/*
 * The two things that Lua's API does not let a host decide, and that would leak the machine.
 *
 * 1. The seed of the string hash. Lua mixes it from the time and three addresses. It decides which
 *    keys of a table collide, hence when the table is rebuilt, hence how much of it is its array
 *    part, hence which border `#t` finds in a sequence with holes, and how much memory is in use.
 *    The seed lies in a structure private to the library. We find its offset rather than assume it:
 *    the hash of the empty string *is* the seed, so a probe state is opened, and the word equal to
 *    that hash is looked for in the state's own block. The real state then gets a fixed seed in the
 *    one moment between lua_newstate choosing one and interning the first string: the request for
 *    the stack, the second that its allocator sees.
 * 2. Weak tables. Refusing __mode in setmetatable is not enough, because a script may set the field
 *    later. The collector knows the field by the address of its interned name; that one pointer is
 *    redirected to a long string, which equals no key of any table. What a script writes into
 *    __mode is then an ordinary field.
 *
 * Both are verified after the fact: internals_open fails, rather than half work, with a Lua whose
 * structures do not look so.
 */
#ifndef ORRERY_SCRIPT_LUA_INTERNALS_H
#define ORRERY_SCRIPT_LUA_INTERNALS_H

#include <lua.h>

/* lua_newstate with a fixed seed and without weak tables; NULL when memory is short or when this
 * Lua cannot be made deterministic: then *why says so. */
lua_State *internals_open(lua_Alloc allocate, void *context, const char **why);

#endif
