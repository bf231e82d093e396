/*
 * A model's parameters (struct sim_param) and Lua: knobs and command arguments going in, probes and
 * cells of views coming out. The unit decides the form, so that a scenario never converts anything.
 */
#include <string.h>

#include "script/internal.h"

enum { PPB_PER_PPM = 1000, PER_1000_S = 1000 };

size_t parameter_count(const struct sim_param *params) {
    size_t count = 0;
    while (params && params[count].name) count++;
    return count;
}

size_t parameter_names(const struct sim_param *params, const char **names, size_t max) {
    size_t count = 0;
    for (; params && params[count].name && count < max; count++) names[count] = params[count].name;
    return count;
}

void choice_at(const char *choices, int64_t index, const char **start, size_t *size) {
    for (; index > 0 && *choices; choices++)
        if (*choices == '|') index--;
    *start = choices;
    *size = strcspn(choices, "|");
}

static int64_t to_choice(lua_State *L, int index, const char *choices, const char *what) {
    const char *found = to_string(L, index, what);
    const char *names[32];
    size_t count = 0;
    for (const char *at = choices; count < 32;) {
        const size_t size = strcspn(at, "|");
        names[count] = lua_pushlstring(L, at, size);
        if (strcmp(names[count], found) == 0) return (int64_t)count;
        count++;
        if (!at[size]) break;
        at += size + 1;
    }
    struct text text = {0};
    text_add(&text, "%s: found \"%s\"; expected one of: ", what, found);
    for (size_t i = 0; i < count; i++) text_add(&text, "%s\"%s\"", i ? ", " : "", names[i]);
    const char *nearest = probably_meant(found, names, count);
    if (nearest) text_add(&text, "; did you mean \"%s\"?", nearest);
    raise_text(L, "", &text);
}

/* "0/3000060", or a number. */
static int64_t to_lsn(lua_State *L, int index, const char *what) {
    if (lua_isinteger(L, index)) return lua_tointeger(L, index);
    if (lua_type(L, index) == LUA_TSTRING) {
        uint64_t part[2] = {0, 0};
        size_t which = 0, digits = 0;
        const char *at = lua_tostring(L, index);
        for (; *at; at++) {
            const char *hex = strchr("0123456789abcdefABCDEF", *at);
            if (*at == '/' && which == 0 && digits) {
                which = 1;
                digits = 0;
            } else if (hex && ++digits <= 8) {
                const uint64_t value = (uint64_t)(hex - "0123456789abcdefABCDEF");
                part[which] = part[which] * 16 + (value < 16 ? value : value - 6);
            } else {
                which = 2;
                break;
            }
        }
        if (which == 1 && digits && part[0] >> 31 == 0) return (int64_t)(part[0] << 32 | part[1]);
    }
    raise(L, "%s: found %s; expected an LSN such as \"0/3000060\"", what, shown(L, index));
}

static int64_t to_count(lua_State *L, int index, const struct sim_param *param, const char *what) {
    /* A rate is a count per 1000 s on the wall, and per second in a script. */
    if (strcmp(param->name, "rate") == 0) return to_quantity(L, index, QUANTITY_RATE, what);
    if (lua_isboolean(L, index)) raise(L, "%s: found %s; expected a number", what, shown(L, index));
    return to_integer(L, index, what);
}

struct sim_value to_parameter(lua_State *L, int index, const struct sim_param *param,
                              const char *what) {
    struct sim_value value = {0};
    index = lua_absindex(L, index);
    const int top = lua_gettop(L);
    switch (param->unit) {
    case SIM_COUNT: value.number = to_count(L, index, param, what); break;
    case SIM_NS: value.number = to_signed(L, index, QUANTITY_DURATION, what); break;
    case SIM_BYTES: value.number = to_quantity(L, index, QUANTITY_BYTES, what); break;
    case SIM_BYTES_PER_S: value.number = to_quantity(L, index, QUANTITY_BANDWIDTH, what); break;
    case SIM_PPM: value.number = to_signed(L, index, QUANTITY_RATIO, what) / PPB_PER_PPM; break;
    case SIM_BOOL: value.number = to_boolean(L, index, what); break;
    case SIM_CHOICE: value.number = to_choice(L, index, param->choices, what); break;
    case SIM_LSN: value.number = to_lsn(L, index, what); break;
    case SIM_NODE: value.number = to_node(L, index, what); break;
    case SIM_TEXT: {
        const char *string = to_string(L, index, what);
        value.text.size = strlen(string);
        value.text.data = (const uint8_t *)script_keep(script_of(L), string, value.text.size);
        break;
    }
    case SIM_NODES: {
        const struct nodes nodes = to_nodes(L, index, what);
        value.count = nodes.count;
        value.nodes = (const sim_node *)(const void *)script_keep(
            script_of(L), (const char *)nodes.nodes, nodes.count * sizeof *nodes.nodes);
        break;
    }
    }
    lua_settop(L, top);
    /* The engine checks ranges too; here the message can speak in the parameter's own unit. */
    if (param->unit <= SIM_PPM && param->min < param->max &&
        (value.number < param->min || value.number > param->max)) {
        static const enum quantity of_unit[] = {[SIM_COUNT] = QUANTITY_COUNT,
                                                [SIM_NS] = QUANTITY_DURATION,
                                                [SIM_BYTES] = QUANTITY_BYTES,
                                                [SIM_BYTES_PER_S] = QUANTITY_BANDWIDTH,
                                                [SIM_PPM] = QUANTITY_RATIO};
        const int64_t factor = param->unit == SIM_PPM ? PPB_PER_PPM : 1;
        struct text text = {0};
        text_add(&text, "%s: found %s", what, shown(L, index));
        if (lua_type(L, index) == LUA_TNUMBER && param->unit != SIM_COUNT) { /* of what? */
            text_add(&text, ", which is ");
            quantity_format(of_unit[param->unit], value.number * factor, &text);
        }
        text_add(&text, "; expected from ");
        quantity_format(of_unit[param->unit], param->min * factor, &text);
        text_add(&text, " to ");
        quantity_format(of_unit[param->unit], param->max * factor, &text);
        raise_text(L, "", &text);
    }
    return value;
}

void push_number(lua_State *L, const struct sim_param *param, int64_t number) {
    if (number == SIM_NONE) {
        lua_pushnil(L);
        return;
    }
    switch (param->unit) {
    case SIM_BOOL: lua_pushboolean(L, number != 0); break;
    case SIM_CHOICE: {
        const char *start;
        size_t size;
        choice_at(param->choices, number, &start, &size);
        lua_pushlstring(L, start, size);
        break;
    }
    case SIM_NODE: {
        const struct world *world = script_of(L)->world;
        if (number >= 0 && (size_t)number < world_nodes(world))
            lua_pushstring(L, world_node_name(world, (sim_node)number));
        else
            lua_pushinteger(L, number);
        break;
    }
    default: lua_pushinteger(L, number);
    }
}

/* As a node's own code sees it: nodes are their numbers. */
void push_parameter(lua_State *L, const struct sim_param *param, const struct sim_value *value) {
    if (param->unit == SIM_TEXT) {
        lua_pushlstring(L, (const char *)value->text.data, value->text.size);
    } else if (param->unit == SIM_NODES) {
        lua_createtable(L, (int)value->count, 0);
        for (size_t i = 0; i < value->count; i++) {
            lua_pushinteger(L, value->nodes[i]);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
    } else if (param->unit == SIM_NODE && value->number != SIM_NONE) {
        lua_pushinteger(L, value->number);
    } else if (param->unit == SIM_COUNT && strcmp(param->name, "rate") == 0) {
        if (value->number % PER_1000_S == 0)
            lua_pushinteger(L, value->number / PER_1000_S);
        else
            lua_pushnumber(L, (double)value->number / PER_1000_S);
    } else if (param->unit == SIM_PPM && value->number != SIM_NONE) {
        lua_pushnumber(L, (double)value->number / 1e6);
    } else {
        push_number(L, param, value->number);
    }
}

/* ---- declarations ---- */

static bool looks_like(enum quantity quantity, const char *string, int64_t *value) {
    struct text error = {0};
    const bool fits = quantity_parse(quantity, string, value, &error);
    text_free(&error);
    return fits;
}

/* A default's own form: "10ms" is a duration, "1MB" a size, 5 a count, true a switch, else a text.
 */
static void declare_by_default(lua_State *L, int index, struct sim_param *param, const char *what) {
    param->min = INT64_MIN + 1;
    param->max = INT64_MAX;
    if (lua_isboolean(L, index)) {
        param->unit = SIM_BOOL;
        param->usual = lua_toboolean(L, index);
        param->min = 0;
        param->max = 1;
    } else if (lua_type(L, index) == LUA_TNUMBER) {
        param->unit = SIM_COUNT;
        param->usual = to_integer(L, index, what);
    } else {
        const char *string = to_string(L, index, what);
        const bool digit = strpbrk(string, "0123456789") != NULL;
        param->min = 0;
        if (digit && looks_like(QUANTITY_DURATION, string, &param->usual)) {
            param->unit = SIM_NS;
        } else if (digit && looks_like(QUANTITY_BYTES, string, &param->usual)) {
            param->unit = SIM_BYTES;
        } else if (digit && looks_like(QUANTITY_BANDWIDTH, string, &param->usual)) {
            param->unit = SIM_BYTES_PER_S;
        } else if (digit && looks_like(QUANTITY_RATIO, string, &param->usual)) {
            param->unit = SIM_PPM;
            param->usual /= PPB_PER_PPM;
            param->max = 1000000;
        } else if (strcmp(string, "node") == 0 || strcmp(string, "nodes") == 0) {
            param->unit = string[4] ? SIM_NODES : SIM_NODE;
            param->usual = SIM_NONE;
        } else {
            param->unit = SIM_TEXT;
            param->choices = script_keep(script_of(L), string, strlen(string)); /* the usual text */
        }
    }
}

struct sim_param to_declaration(lua_State *L, int index, const char *name, const char *what) {
    static const char *const units[] = {"count",  "ns",   "bytes", "bytes_per_s", "ppm", "bool",
                                        "choice", "text", "node",  "nodes",       "lsn", NULL};
    struct script *script = script_of(L);
    struct sim_param param = {.name = script_keep(script, name, strlen(name))};
    index = lua_absindex(L, index);
    if (!lua_istable(L, index)) {
        declare_by_default(L, index, &param, what);
        return param;
    }
    struct options options;
    options_open(&options, L, index, what);
    const int top = lua_gettop(L);
    const char *string;
    if (options_push(&options, "usual")) declare_by_default(L, -1, &param, what);
    if (options_string(&options, "choices", &string)) {
        param.unit = SIM_CHOICE;
        param.choices = script_keep(script, string, strlen(string));
        param.usual = 0;
        if (options_push(&options, "usual")) param.usual = to_choice(L, -1, param.choices, what);
    } else {
        param.unit = (enum sim_unit)options_choice(&options, "unit", units, param.unit);
    }
    if (param.unit == SIM_NODE || param.unit == SIM_NODES) param.usual = SIM_NONE;
    static const enum quantity of_unit[] = {[SIM_COUNT] = QUANTITY_COUNT,
                                            [SIM_NS] = QUANTITY_DURATION,
                                            [SIM_BYTES] = QUANTITY_BYTES,
                                            [SIM_BYTES_PER_S] = QUANTITY_BANDWIDTH};
    if (param.unit <= SIM_BYTES_PER_S) {
        options_signed(&options, "min", of_unit[param.unit], &param.min);
        options_signed(&options, "max", of_unit[param.unit], &param.max);
    }
    if (options_string(&options, "doc", &string))
        param.doc = script_keep(script, string, strlen(string));
    options_close(&options);
    lua_settop(L, top);
    return param;
}
