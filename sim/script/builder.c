/* See builder.h. */
#include "builder.h"

#include "sandbox_internal.h"

#include <string.h>

void builder_open(struct builder *builder, lua_State *L) {
    builder->L = L;
    builder->data = builder->first;
    builder->size = 0;
    builder->capacity = sizeof(builder->first);
    lua_pushnil(L);
    builder->slot = lua_gettop(L);
}

char *builder_reserve(struct builder *builder, size_t size) {
    if (size <= builder->capacity - builder->size) { return builder->data + builder->size; }
    if (size > ((size_t)1 << 40)) {
        size = (size_t)1 << 40; /* no sandbox has this much; the allocation below fails */
    }
    size_t wanted = builder->size + size;
    size_t capacity = builder->capacity * 2;
    capacity = capacity < wanted ? wanted : capacity;
    char *data = lua_newuserdatauv(builder->L, capacity, 0);
    memcpy(data, builder->data, builder->size);
    lua_replace(builder->L, builder->slot);
    builder->data = data;
    builder->capacity = capacity;
    return data + builder->size;
}

void builder_add(struct builder *builder, const char *text, size_t size) {
    if (size > 0) {
        memcpy(builder_reserve(builder, size), text, size);
        builder->size += size;
    }
}

void builder_add_char(struct builder *builder, char byte) {
    *builder_reserve(builder, 1) = byte;
    builder->size++;
}

void builder_add_value(struct builder *builder) {
    size_t size = 0;
    lua_State *L = builder->L;
    int value = lua_gettop(L);
    const char *text = sandbox_check_text(L, value, &size);
    builder_add(builder, text, size);
    lua_settop(L, value - 1);
}

void builder_push(struct builder *builder) {
    lua_pushlstring(builder->L, builder->data, builder->size);
}
