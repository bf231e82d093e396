/*
 * What a scenario says of itself: its parameters, its sentence, how long it runs.
 *
 * A parameter has the form of its default: "1ms" is a duration, "200MB" a size, 5 a whole number. A
 * --set must have the same form. The script gets numbers in base units (ns, bytes, bytes per
 * second, a fraction, events per second), which every option takes, so that p.delay * 2 works.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script/internal.h"

enum form {
    FORM_DURATION,
    FORM_BYTES,
    FORM_BANDWIDTH,
    FORM_RATIO,
    FORM_RATE,
    FORM_INTEGER,
    FORM_NUMBER,
    FORM_BOOLEAN,
    FORM_TEXT
};
static const char *const form_names[] = {"a duration such as \"5ms\"",
                                         "a size such as \"200MB\"",
                                         "a bandwidth such as \"1Gbit/s\"",
                                         "a ratio such as \"1%\"",
                                         "a rate such as \"500/s\"",
                                         "a whole number",
                                         "a number",
                                         "true or false",
                                         "a text"};

static bool parses(enum quantity quantity, const char *string, int64_t *value) {
    struct text error = {0};
    const bool good = quantity_parse(quantity, string, value, &error);
    text_free(&error);
    return good;
}

static enum form form_of(lua_State *L, int index, const char *name) {
    int64_t ignored;
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN: return FORM_BOOLEAN;
    case LUA_TNUMBER: return lua_isinteger(L, index) ? FORM_INTEGER : FORM_NUMBER;
    case LUA_TSTRING: break;
    default:
        raise(L,
              "sim.params: %s: found %s; expected a duration, a size, a number, a string, true or "
              "false",
              name, shown(L, index));
    }
    const char *string = to_string(L, index, name);
    /* A plain number in quotes is a text: it has no unit that would say what it is. */
    if (strspn(string, "0123456789.+-") == strlen(string)) return FORM_TEXT;
    for (enum quantity q = QUANTITY_DURATION; q <= QUANTITY_RATE; q++)
        if (parses(q, string, &ignored)) return (enum form)q;
    return FORM_TEXT;
}

/* Pushes the value of a text of that form; false: it has another. */
static bool push_value(lua_State *L, enum form form, const char *string) {
    int64_t value = 0;
    char *end;
    switch (form) {
    case FORM_DURATION:
    case FORM_BYTES:
    case FORM_BANDWIDTH:
        if (!parses((enum quantity)form, string, &value)) return false;
        lua_pushinteger(L, value);
        return true;
    case FORM_RATIO:
        if (!parses(QUANTITY_RATIO, string, &value)) return false;
        lua_pushnumber(L, (double)value / 1e9);
        return true;
    case FORM_RATE:
        if (!parses(QUANTITY_RATE, string, &value)) return false;
        if (value % 1000 == 0)
            lua_pushinteger(L, value / 1000);
        else
            lua_pushnumber(L, (double)value / 1000);
        return true;
    case FORM_INTEGER:
        errno = 0;
        value = strtoll(string, &end, 10);
        if (errno || end == string || *end) return false;
        lua_pushinteger(L, value);
        return true;
    case FORM_NUMBER:
        if (lua_stringtonumber(L, string) == 0) return false;
        lua_pushnumber(L, lua_tonumber(L, -1));
        lua_remove(L, -2);
        return true;
    case FORM_BOOLEAN:
        if (strcmp(string, "true") != 0 && strcmp(string, "false") != 0) return false;
        lua_pushboolean(L, string[0] == 't');
        return true;
    case FORM_TEXT: lua_pushstring(L, string); return true;
    }
    return false;
}

static const char *setting_of(struct script *script, const char *name) {
    const char *value = NULL; /* the last one given wins */
    for (size_t i = 0; i < script->setting_count; i++)
        if (strcmp(script->settings[i].name, name) == 0) {
            script->setting_used[i] = true;
            value = script->settings[i].value;
        }
    return value;
}

/* name at -2, default at -1; leaves the value in the result table. */
static void one_parameter(lua_State *L, int result) {
    struct script *script = script_of(L);
    if (lua_type(L, -2) != LUA_TSTRING)
        raise(L, "sim.params: found a value without a name; expected name = default");
    const char *name = to_string(L, -2, "sim.params");
    const enum form form = form_of(L, -1, name);
    for (size_t i = 0; i < script->parameter_count; i++)
        if (strcmp(script->parameters[i].name, name) == 0)
            raise(L, "sim.params: found \"%s\" a second time; expected each parameter once", name);
    const char *usual = sandbox_tostring(L, -1, NULL);
    const char *given = setting_of(script, name);
    if (given && !push_value(L, form, given))
        raise(L, "--set %s=%s: found \"%s\"; expected %s, as its default \"%s\" is", name, given,
              given, form_names[form], usual);
    if (!given) push_value(L, form, usual);
    lua_setfield(L, result, name);
    script->parameters = must_grow(script->parameters, &script->parameter_capacity,
                                   script->parameter_count + 1, sizeof *script->parameters);
    struct script_parameter *parameter = &script->parameters[script->parameter_count++];
    parameter->name = script_keep(script, name, strlen(name));
    parameter->usual = script_keep(script, usual, strlen(usual));
    parameter->value = given ? script_keep(script, given, strlen(given)) : parameter->usual;
}

static int sim_params(lua_State *L) {
    if (!lua_istable(L, 1))
        raise(L, "sim.params: found %s; expected a table, { name = default }", shown(L, 1));
    if (!script_of(L)->building) raise(L, "sim.params: expected while the scenario is being built");
    lua_settop(L, 1);
    lua_newtable(L);
    /* In order of name: parameters are listed, and that list is part of the summary. */
    const char **names = scratch(L, 128 * sizeof *names);
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            raise(L, "sim.params: found a value without a name; expected name = default");
        if (count == 128) raise(L, "sim.params: found more than 128 parameters");
        size_t at = count++;
        for (const char *name = lua_tostring(L, -2);; at--) {
            if (at == 0 || strcmp(names[at - 1], name) < 0) {
                names[at] = name;
                break;
            }
            names[at] = names[at - 1];
        }
    }
    for (size_t i = 0; i < count; i++) {
        lua_settop(L, 3);
        lua_pushstring(L, names[i]);
        lua_pushvalue(L, -1);
        lua_rawget(L, 1);
        one_parameter(L, 2);
    }
    lua_settop(L, 2);
    api_seal(L, "the parameters");
    return 1;
}

static int sim_describe(lua_State *L) {
    const char *sentence = to_string(L, 1, "sim.describe");
    struct script *script = script_of(L);
    text_clear(&script->description);
    text_add(&script->description, "%s", sentence);
    return 0;
}

static int sim_run_for(lua_State *L) {
    const int64_t ns = to_duration(L, 1, "sim.run_for");
    if (ns == 0) raise(L, "sim.run_for: found 0; expected a duration above it, such as \"60s\"");
    script_of(L)->run_for_ns = ns;
    return 0;
}

static int sim_sample(lua_State *L) {
    const int64_t ns = to_duration(L, 1, "sim.sample");
    if (ns == 0) raise(L, "sim.sample: found 0; expected a duration above it, such as \"10ms\"");
    script_of(L)->sample_ns = ns;
    return 0;
}

void api_params(lua_State *L) {
    api_functions(L, (const luaL_Reg[]){{"params", sim_params},
                                        {"describe", sim_describe},
                                        {"run_for", sim_run_for},
                                        {"sample", sim_sample},
                                        {NULL, NULL}});
}
