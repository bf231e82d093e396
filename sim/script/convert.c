/*
 * From Lua's values to the engine's: quantities with units, and tables of options.
 *
 * A quantity is a string with its unit ("5ms"), or a number in the base unit: ns, bytes, bytes per
 * second, a fraction, events per second. What was parsed once is remembered, as the same few
 * strings come again and again.
 *
 * Options are asked for by name, and closing the table raises at any name in it that nobody asked
 * for: so the code that uses an option is its declaration, and a typo is never silent.
 */
#include <math.h>
#include <string.h>

#include "script/internal.h"

void push_registry_table(lua_State *L, int which) {
    struct script *script = script_of(L);
    if (!script->tables[which]) {
        lua_newtable(L);
        script->tables[which] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->tables[which]);
}

static double scale(enum quantity quantity) {
    return quantity == QUANTITY_RATIO ? 1e9 : quantity == QUANTITY_RATE ? 1000 : 1;
}

/* A string, with the cache in front of the parser. */
static int64_t parse(lua_State *L, int index, enum quantity quantity, const char *what) {
    push_registry_table(L, TABLE_QUANTITY + (int)quantity);
    lua_pushvalue(L, index);
    if (lua_rawget(L, -2) == LUA_TNUMBER) {
        const int64_t value = lua_tointeger(L, -1);
        lua_pop(L, 2);
        return value;
    }
    lua_pop(L, 1);
    const char *string = lua_tostring(L, index);
    const bool negative = string[0] == '-';
    int64_t value;
    struct text error = {0}, whole = {0};
    if (!quantity_parse(quantity, string + negative, &value, &error)) {
        text_add(&whole, "%s: %s", what, text_string(&error));
        text_free(&error);
        raise_text(L, "", &whole);
    }
    text_free(&error);
    if (negative) value = -value;
    lua_pushvalue(L, index);
    lua_pushinteger(L, value);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return value;
}

static const char *quantity_noun(enum quantity quantity) {
    switch (quantity) {
    case QUANTITY_DURATION: return "a duration";
    case QUANTITY_BYTES: return "a size in bytes";
    case QUANTITY_BANDWIDTH: return "a bandwidth";
    case QUANTITY_RATIO: return "a ratio";
    case QUANTITY_RATE: return "a rate";
    case QUANTITY_COUNT: return "a count";
    }
    return "a quantity";
}

int64_t to_signed(lua_State *L, int index, enum quantity quantity, const char *what) {
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TSTRING) return parse(L, index, quantity, what);
    if (lua_type(L, index) == LUA_TNUMBER) {
        if (lua_isinteger(L, index) && scale(quantity) == 1) return lua_tointeger(L, index);
        const double value = lua_tonumber(L, index) * scale(quantity);
        if (value > -9.2e18 && value < 9.2e18) return (int64_t)floor(value + 0.5);
    }
    raise(L, "%s: found %s; expected %s, such as \"%s\"", what, shown(L, index),
          quantity_noun(quantity), quantity_example(quantity));
}

int64_t to_quantity(lua_State *L, int index, enum quantity quantity, const char *what) {
    index = lua_absindex(L, index);
    const int64_t value = to_signed(L, index, quantity, what);
    if (value < 0)
        raise(L, "%s: found %s; expected %s that is not negative, such as \"%s\"", what,
              shown(L, index), quantity_noun(quantity), quantity_example(quantity));
    if (quantity == QUANTITY_RATIO && value > 1000000000)
        raise(L, "%s: found %s; expected a ratio from 0 to 1, such as \"%s\" or 0.25", what,
              shown(L, index), quantity_example(quantity));
    return value;
}

int64_t to_duration(lua_State *L, int index, const char *what) {
    return to_quantity(L, index, QUANTITY_DURATION, what);
}

int64_t to_integer(lua_State *L, int index, const char *what) {
    int exact;
    if (lua_type(L, index) == LUA_TNUMBER) {
        const int64_t value = lua_tointegerx(L, index, &exact);
        if (exact) return value;
    }
    if (lua_type(L, index) == LUA_TSTRING) return to_signed(L, index, QUANTITY_COUNT, what);
    raise(L, "%s: found %s; expected a whole number", what, shown(L, index));
}

bool to_boolean(lua_State *L, int index, const char *what) {
    if (!lua_isboolean(L, index))
        raise(L, "%s: found %s; expected true or false", what, shown(L, index));
    return lua_toboolean(L, index);
}

const char *to_string(lua_State *L, int index, const char *what) {
    if (lua_type(L, index) != LUA_TSTRING)
        raise(L, "%s: found %s; expected a string", what, shown(L, index));
    const char *string = lua_tostring(L, index);
    if (strlen(string) != lua_rawlen(L, index))
        raise(L, "%s: found a string with a zero byte", what);
    return string;
}

void check_function(lua_State *L, int index, const char *what) {
    if (!lua_isfunction(L, index))
        raise(L, "%s: found %s; expected a function", what, shown(L, index));
}

void *scratch(lua_State *L, size_t size) {
    void *memory = lua_newuserdatauv(L, size ? size : 1, 0);
    memset(memory, 0, size ? size : 1);
    return memory;
}

/* ---- options ---- */

void options_open(struct options *options, lua_State *L, int index, const char *what) {
    *options = (struct options){.lua = L, .what = what};
    if (lua_isnoneornil(L, index)) return;
    if (!lua_istable(L, index))
        raise(L, "%s: found %s; expected a table of options, { name = value }", what,
              shown(L, index));
    options->index = lua_absindex(L, index);
}

bool options_push(struct options *options, const char *name) {
    bool known = false;
    for (size_t i = 0; i < options->count && !known; i++)
        known = strcmp(options->names[i], name) == 0;
    if (!known && options->count < OPTIONS_MAX) options->names[options->count++] = name;
    if (!options->index) return false;
    luaL_checkstack(options->lua, 8, NULL);
    lua_pushstring(options->lua, name);
    if (lua_rawget(options->lua, options->index) != LUA_TNIL) return true;
    lua_pop(options->lua, 1);
    return false;
}

bool options_has(struct options *options, const char *name) {
    if (!options_push(options, name)) return false;
    lua_pop(options->lua, 1);
    return true;
}

/* The value of an option, and how messages call it; both go when it has been converted. */
static int option_value(struct options *options, const char *name, const char **what) {
    if (!options_push(options, name)) return 0;
    const int at = lua_gettop(options->lua);
    *what = lua_pushfstring(options->lua, "%s: %s", options->what, name);
    return at;
}

bool options_quantity(struct options *options, const char *name, enum quantity quantity,
                      int64_t *value) {
    const char *what;
    const int at = option_value(options, name, &what);
    if (!at) return false;
    *value = to_quantity(options->lua, at, quantity, what);
    lua_settop(options->lua, at - 1);
    return true;
}

bool options_signed(struct options *options, const char *name, enum quantity quantity,
                    int64_t *value) {
    const char *what;
    const int at = option_value(options, name, &what);
    if (!at) return false;
    *value = to_signed(options->lua, at, quantity, what);
    lua_settop(options->lua, at - 1);
    return true;
}

bool options_duration(struct options *options, const char *name, int64_t *value) {
    return options_quantity(options, name, QUANTITY_DURATION, value);
}

bool options_integer(struct options *options, const char *name, int64_t *value) {
    const char *what;
    const int at = option_value(options, name, &what);
    if (!at) return false;
    *value = to_integer(options->lua, at, what);
    lua_settop(options->lua, at - 1);
    return true;
}

bool options_bool(struct options *options, const char *name, bool *value) {
    const char *what;
    const int at = option_value(options, name, &what);
    if (!at) return false;
    *value = to_boolean(options->lua, at, what);
    lua_settop(options->lua, at - 1);
    return true;
}

bool options_string(struct options *options, const char *name, const char **value) {
    const char *what;
    const int at = option_value(options, name, &what);
    if (!at) return false;
    *value = to_string(options->lua, at, what);
    lua_settop(options->lua, at); /* the string stays, so that the pointer does */
    return true;
}

bool options_distribution(struct options *options, const char *name, struct distribution *value) {
    const char *what;
    const int at = option_value(options, name, &what);
    if (!at) return false;
    *value = to_distribution(options->lua, at, what);
    lua_settop(options->lua, at - 1);
    return true;
}

size_t options_choice(struct options *options, const char *name, const char *const *choices,
                      size_t usual) {
    const char *found;
    const int top = lua_gettop(options->lua);
    if (!options_string(options, name, &found)) return usual;
    size_t count = 0;
    while (choices[count]) {
        if (strcmp(choices[count], found) == 0) {
            lua_settop(options->lua, top);
            return count;
        }
        count++;
    }
    raise_unknown(options->lua, options->what, name, found, choices, count);
}

void options_close(struct options *options) {
    lua_State *L = options->lua;
    if (!options->index) return;
    const char *least =
        NULL; /* of several the first by bytes, so that the message is always the same */
    luaL_checkstack(L, 8, NULL);
    for (lua_pushnil(L); lua_next(L, options->index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            lua_pushvalue(L, -2);
            raise(L, "%s: found an option without a name at [%s]; expected name = value",
                  options->what, sandbox_tostring(L, -1, NULL));
        }
        const char *found = lua_tostring(L, -2);
        bool known = false;
        for (size_t i = 0; i < options->count && !known; i++)
            known = strcmp(options->names[i], found) == 0;
        if (!known && (!least || strcmp(found, least) < 0)) least = found;
    }
    if (least) raise_unknown(L, options->what, "option", least, options->names, options->count);
}
