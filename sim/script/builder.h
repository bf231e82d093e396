/*
 * Text that grows, kept in Lua's own memory.
 *
 * Lua's luaL_Buffer asks its allocator once and gives up, without a collection and without a memory
 * error; so a script could be told "not enough memory" by a sandbox that has plenty. This builder
 * starts in a small buffer on the C stack, then moves to userdata that Lua allocates and collects
 * like anything else.
 *
 * builder_open takes one stack slot, the one on top after it; values may be pushed above it and
 * must be popped again by the caller. builder_push pushes the text as a string, above that slot.
 * All but builder_open may raise a memory error.
 */
#ifndef ORRERY_SCRIPT_BUILDER_H
#define ORRERY_SCRIPT_BUILDER_H

#include <lua.h>

#include <stddef.h>

struct builder {
    lua_State *L;
    char *data;
    size_t size;
    size_t capacity;
    int slot;
    char first[256];
};

void builder_open(struct builder *builder, lua_State *L);
char *builder_reserve(struct builder *builder, size_t size); /* room for size more bytes */
void builder_add(struct builder *builder, const char *text, size_t size);
void builder_add_char(struct builder *builder, char byte);
void builder_add_value(struct builder *builder); /* pops a string or number */
void builder_push(struct builder *builder);

#endif
