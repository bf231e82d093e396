/*
 * Names for numbers. The wall speaks in numbers; a Lua model says "append", "election", "log".
 *
 * Message types are named once for the whole script, so that models that talk to each other agree.
 * To or from a node in C the other's own table of messages decides. Timers, files and lanes are
 * named by model. All get their numbers by first use, which is as deterministic as the run.
 */
#include <string.h>

#include "script/lua_node.h"

enum { TYPE_NAME_MAX = 40 - 7 }; /* with ".reply" still one of Lua's short strings */

static uint32_t type_add(lua_State *L, const char *name, enum type_kind kind) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    if (runtime->type_count == TYPES_MAX)
        raise(L,
              "found more than %d types of messages; expected a few names: what differs from "
              "message to message goes into its body",
              TYPES_MAX);
    const uint32_t number = runtime->type_count;
    struct message_type *type = &runtime->types[number];
    *type = (struct message_type){
        .name = script_keep(runtime->script, name, strlen(name)), .kind = kind, .plain = number};
    lua_rawgeti(L, LUA_REGISTRYINDEX, runtime->type_numbers);
    lua_pushinteger(L, number);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
    runtime->messages[number].name = type->name;
    runtime->type_count++;
    return number;
}

uint32_t type_number(lua_State *L, const char *name) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    lua_rawgeti(L, LUA_REGISTRYINDEX, runtime->type_numbers);
    const bool known = lua_getfield(L, -1, name) == LUA_TNUMBER;
    const uint32_t number = (uint32_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    if (known) return number;
    if (!name[0] || strlen(name) > TYPE_NAME_MAX)
        raise(L, "found \"%s\"; expected a message's type, of 1 to %d letters", name,
              TYPE_NAME_MAX);
    return type_add(L, name, TYPE_PLAIN);
}

/* The cache compares pointers: Lua has one copy of each short string, and the table of types, which
 * holds this one, lives as long as the script. */
uint32_t type_at(lua_State *L, int index) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    if (lua_type(L, index) != LUA_TSTRING)
        raise(L, "found %s; expected a message's type, a string", shown(L, index));
    const char *name = lua_tostring(L, index);
    const size_t slot = ((uintptr_t)name >> 4) % TYPE_CACHE_SLOTS;
    if (runtime->type_cache[slot].name == name) return runtime->type_cache[slot].type;
    const uint32_t number = type_number(L, to_string(L, index, "a message's type"));
    runtime->type_cache[slot].name = name;
    runtime->type_cache[slot].type = number;
    return number;
}

uint32_t type_of_call(lua_State *L, uint32_t plain) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    if (runtime->types[plain].call) return runtime->types[plain].call;
    char name[TYPE_NAME_MAX + 8];
    const size_t size = strnlen(runtime->types[plain].name, TYPE_NAME_MAX);
    memcpy(name, runtime->types[plain].name, size);
    memcpy(name + size, ".call", 6);
    const uint32_t call = type_add(L, name, TYPE_CALL);
    memcpy(name + size, ".reply", 7);
    const uint32_t reply = type_add(L, name, TYPE_REPLY);
    runtime->types[plain].call = call;
    runtime->types[plain].reply = reply;
    runtime->types[call].plain = runtime->types[reply].plain = plain;
    runtime->types[call].reply = reply;
    return call;
}

uint64_t name_number(lua_State *L, struct names *names, int index, const char *what) {
    if (lua_isinteger(L, index)) {
        const int64_t number = lua_tointeger(L, index);
        if (number < 0)
            raise(L, "%s: found %lld; expected a name, or a number from 0", what,
                  (long long)number);
        return (uint64_t)number;
    }
    if (lua_type(L, index) != LUA_TSTRING)
        raise(L, "%s: found %s; expected a name", what, shown(L, index));
    lua_pushvalue(L, index);
    lua_rawgeti(L, LUA_REGISTRYINDEX, names->table);
    lua_insert(L, -2);
    if (lua_rawget(L, -2) == LUA_TNUMBER) {
        const uint64_t number = (uint64_t)lua_tointeger(L, -1);
        lua_pop(L, 2);
        return number;
    }
    lua_pop(L, 1);
    index = lua_absindex(L, index < 0 ? index - 1 : index);
    sandbox_charge(L, 100);
    const uint64_t number = ++names->count;
    lua_pushvalue(L, index);
    lua_pushinteger(L, (lua_Integer)number);
    lua_rawset(L, -3);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, (lua_Integer)number);
    lua_pop(L, 1);
    return number;
}

void push_name(lua_State *L, const struct names *names, uint64_t number) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, names->table);
    if (lua_rawgeti(L, -1, (lua_Integer)number) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushinteger(L, (lua_Integer)number);
    }
    lua_remove(L, -2);
}

bool is_lua_model(const struct sim_model *model) { return model->step == lua_node_step; }

bool is_lua_node(const struct script *script, sim_node node) {
    return is_lua_model(world_node_model(script->world, node));
}
