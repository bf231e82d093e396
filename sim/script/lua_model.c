/*
 * A Lua table as a struct sim_model.
 *
 * The chunk is compiled once and kept as bytecode that we ourselves made. It is run once when a
 * scenario first names the model, to read what it declares; and again at each START, in an
 * environment of its own, for the node's handlers.
 *
 * What it may declare: name, summary, knobs, messages, notes, facts, timers, files, lanes,
 * channels, probes, views, commands, laws, bugs. Lists fix the numbers; README.md has an example of
 * each.
 */
#include <stdlib.h>
#include <string.h>

#include "script/lua_node.h"

/* ---- code ---- */

struct code {
    char *data;
    size_t size, capacity;
};

static int write_code(lua_State *L, const void *bytes, size_t size, void *context) {
    struct code *code = context;
    (void)L;
    code->data = must_grow(code->data, &code->capacity, code->size + size, 1);
    memcpy(code->data + code->size, bytes, size);
    code->size += size;
    return 0;
}

static const char *read_code(lua_State *L, void *context, size_t *size) {
    const struct lua_model **model = context;
    (void)L;
    if (!*model) return NULL;
    *size = (*model)->code_size;
    const char *data = (*model)->code;
    *model = NULL;
    return data;
}

/* The function on top becomes the model's code. */
static void keep_code(lua_State *L, struct lua_model *model) {
    struct code code = {0};
    lua_dump(L, write_code, &code, 0);
    lua_pop(L, 1);
    model->code = script_keep(model->script, code.data, code.size);
    model->code_size = code.size;
    free(code.data);
}

void lua_model_load(lua_State *L, const struct lua_model *model) {
    const struct lua_model *source = model;
    if (lua_load(L, read_code, &source, model->file, "b") != LUA_OK) lua_error(L);
    sandbox_environment(L);
    if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1); /* a chunk that uses no global has none */
    lua_call(L, 0, 1);
    if (!lua_istable(L, -1))
        raise(L,
              "model %s: found %s where the model should be; expected the chunk to end with "
              "`return model`, a table",
              model->name, shown(L, -1));
}

/* ---- what it declares ---- */

static const char *keep(lua_State *L, int index, const char *what) {
    const char *string = to_string(L, index, what);
    return script_keep(script_of(L), string, strlen(string));
}

/* The model's field, which may be a table or nothing; pushes it. */
static bool declared(lua_State *L, int model, const char *field) {
    lua_getfield(L, model, field);
    if (lua_istable(L, -1)) return true;
    if (!lua_isnil(L, -1)) raise(L, "%s: found %s; expected a table", field, shown(L, -1));
    lua_pop(L, 1);
    return false;
}

/* The string keys of the table at index, sorted; scratch is pushed. */
static const char **sorted_keys(lua_State *L, int index, size_t *count, const char *what) {
    size_t all = 0;
    index = lua_absindex(L, index);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) all++;
    const char **keys = scratch(L, (all + 1) * sizeof *keys);
    *count = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            raise(L, "%s: found an entry without a name; expected name = ...", what);
        size_t at = (*count)++;
        for (; at && strcmp(keys[at - 1], lua_tostring(L, -2)) > 0; at--) keys[at] = keys[at - 1];
        keys[at] = lua_tostring(L, -2);
    }
    return keys;
}

/* name = declaration, ... as parameters, in order of name. */
static struct sim_param *to_parameters(lua_State *L, int index, const char *what) {
    size_t count;
    const int top = lua_gettop(L);
    index = lua_absindex(L, index);
    const char **keys = sorted_keys(L, index, &count, what);
    struct sim_param *params = script_keep_zeroed(script_of(L), (count + 1) * sizeof *params);
    for (size_t i = 0; i < count; i++) {
        lua_getfield(L, index, keys[i]);
        const char *full = lua_pushfstring(L, "%s: %s", what, keys[i]);
        params[i] = to_declaration(L, -2, keys[i], full);
        lua_pop(L, 2);
    }
    lua_settop(L, top);
    return params;
}

static const struct sim_param no_parameters[1];

/* messages = { "ping", "pong", { "append", { "term", "index" } } } */
static void read_messages(lua_State *L, int model) {
    if (!declared(L, model, "messages")) return;
    const int at = lua_gettop(L);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, at); i++) {
        if (lua_rawgeti(L, at, i) == LUA_TTABLE) {
            lua_rawgeti(L, -1, 1);
            lua_rawgeti(L, -2, 2);
            const char *name = to_string(L, -2, "messages: a name");
            const uint32_t type = type_number(L, name);
            struct lua_runtime *runtime = script_of(L)->nodes;
            if (!lua_isnil(L, -1)) runtime->types[type].layout = to_layout(L, -1, name);
        } else {
            type_number(L, to_string(L, -1, "messages: a name"));
        }
        lua_settop(L, at);
    }
    lua_settop(L, at - 1);
}

static size_t count_places(const char *text) {
    size_t places = 0;
    for (; (text = strchr(text, '{')) && strchr(text, '}'); text = strchr(text, '}')) places++;
    return places;
}

static void read_notes(lua_State *L, int index, struct lua_model *model) {
    model->notes = script_keep_zeroed(model->script, (NOTES_MAX + 1) * sizeof *model->notes);
    model->note_places = script_keep_zeroed(model->script, NOTES_MAX);
    model->model.notes = model->notes;
    lua_newtable(L);
    const int numbers = lua_gettop(L);
    if (declared(L, index, "notes")) {
        const int at = lua_gettop(L);
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, at); i++) {
            lua_rawgeti(L, at, i);
            const char *text = keep(L, -1, "notes: a text");
            model->notes[model->note_count] = (struct sim_name){text, text};
            model->note_places[model->note_count] = (uint8_t)count_places(text);
            lua_pushinteger(L, (lua_Integer)model->note_count++);
            lua_rawset(L, numbers);
        }
        lua_settop(L, numbers);
    }
    model->note_numbers = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* facts = { { "leader", "{} leads term {}" }, "voted" } */
static void read_facts(lua_State *L, int index, struct lua_model *model) {
    lua_newtable(L);
    const int numbers = lua_gettop(L);
    if (declared(L, index, "facts")) {
        const int at = lua_gettop(L);
        const size_t count = lua_rawlen(L, at);
        struct sim_name *facts = script_keep_zeroed(model->script, (count + 1) * sizeof *facts);
        for (size_t i = 0; i < count; i++) {
            if (lua_rawgeti(L, at, (lua_Integer)i + 1) == LUA_TTABLE) {
                lua_rawgeti(L, -1, 2);
                facts[i].text = keep(L, -1, "facts: a text");
                lua_pop(L, 1);
                lua_rawgeti(L, -1, 1);
            }
            facts[i].name = keep(L, -1, "facts: a name");
            lua_pushinteger(L, (lua_Integer)i);
            lua_setfield(L, numbers, facts[i].name);
            if (!facts[i].text) {
                lua_pushfstring(L, "%s({}, {}, {}, {})", facts[i].name);
                facts[i].text = keep(L, -1, "facts");
            }
            lua_settop(L, at);
        }
        model->model.facts = facts;
        lua_settop(L, numbers);
    }
    model->fact_numbers = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* channels = { "gossip", { "client", stream = true } }; one of datagrams when nothing is said. */
static void read_channels(lua_State *L, int index, struct lua_model *model) {
    static const struct sim_channel usual[] = {{"data", false}, {NULL, false}};
    model->model.channels = usual;
    if (!declared(L, index, "channels")) return;
    const int at = lua_gettop(L);
    const size_t count = lua_rawlen(L, at);
    struct sim_channel *channels =
        script_keep_zeroed(model->script, (count + 1) * sizeof *channels);
    for (size_t i = 0; i < count; i++) {
        if (lua_rawgeti(L, at, (lua_Integer)i + 1) == LUA_TTABLE) {
            lua_getfield(L, -1, "stream");
            channels[i].stream = lua_toboolean(L, -1);
            lua_pop(L, 1);
            lua_rawgeti(L, -1, 1);
        }
        channels[i].name = keep(L, -1, "channels: a name");
        lua_settop(L, at);
    }
    model->model.channels = channels;
    lua_pop(L, 1);
}

static void read_names(lua_State *L, int index, const char *field, struct names *names) {
    lua_newtable(L);
    names->table = luaL_ref(L, LUA_REGISTRYINDEX);
    if (!declared(L, index, field)) return;
    const int at = lua_gettop(L);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, at); i++) {
        lua_rawgeti(L, at, i);
        name_number(L, names, -1, field);
        lua_settop(L, at);
    }
    lua_pop(L, 1);
}

/* probes = { lag = function(node) end } or { lag = { unit = "ns", read = function(node) end } } */
static void read_probes(lua_State *L, int index, struct lua_model *model) {
    if (!declared(L, index, "probes")) return;
    const int at = lua_gettop(L);
    size_t count;
    const char **keys = sorted_keys(L, at, &count, "probes");
    struct sim_param *probes = script_keep_zeroed(model->script, (count + 1) * sizeof *probes);
    for (size_t i = 0; i < count; i++) {
        lua_getfield(L, at, keys[i]);
        if (lua_istable(L, -1)) { /* a declaration, and read */
            lua_newtable(L);
            for (lua_pushnil(L); lua_next(L, -3);) {
                lua_pushvalue(L, -2);
                lua_insert(L, -2);
                if (lua_isfunction(L, -1))
                    lua_pop(L, 2);
                else
                    lua_rawset(L, -4);
            }
            lua_getfield(L, -2, "read");
            check_function(L, -1, "probes: read");
            lua_pop(L, 1);
            probes[i] = to_declaration(L, -1, keys[i], "probes");
        } else {
            check_function(L, -1, "probes");
            probes[i] = (struct sim_param){.unit = SIM_COUNT};
            probes[i].name = script_keep(model->script, keys[i], strlen(keys[i]));
        }
        lua_settop(L, at + 1);
    }
    model->model.probes = probes;
    lua_settop(L, at - 1);
}

/* views = { peers = { columns = { "name", { "lag", unit = "ns" } }, rows = function(node) end } }
 */
static const struct sim_param *to_columns(lua_State *L, int index) {
    index = lua_absindex(L, index);
    const size_t count = lua_rawlen(L, index);
    if (!lua_istable(L, index) || count == 0)
        raise(L, "views: columns: found %s; expected a list of names", shown(L, index));
    struct sim_param *columns = script_keep_zeroed(script_of(L), (count + 1) * sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        const int top = lua_gettop(L);
        if (lua_rawgeti(L, index, (lua_Integer)i + 1) == LUA_TTABLE) {
            lua_rawgeti(L, -1, 1);
            const char *name = to_string(L, -1, "views: a column");
            lua_newtable(L);
            for (lua_pushnil(L); lua_next(L, top + 1);) {
                lua_pushvalue(L, -2);
                lua_insert(L, -2);
                if (lua_type(L, -2) == LUA_TSTRING)
                    lua_rawset(L, top + 3);
                else
                    lua_pop(L, 2);
            }
            columns[i] = to_declaration(L, top + 3, name, "views: a column");
        } else {
            columns[i] = (struct sim_param){.name = keep(L, -1, "views: a column")};
        }
        lua_settop(L, top);
    }
    return columns;
}

static void read_views(lua_State *L, int index, struct lua_model *model) {
    if (!declared(L, index, "views")) return;
    const int at = lua_gettop(L);
    size_t count;
    const char **keys = sorted_keys(L, at, &count, "views");
    struct sim_table *views = script_keep_zeroed(model->script, (count + 1) * sizeof *views);
    for (size_t i = 0; i < count; i++) {
        lua_getfield(L, at, keys[i]);
        struct options options;
        options_open(&options, L, -1, "views");
        views[i].name = script_keep(model->script, keys[i], strlen(keys[i]));
        if (!options_push(&options, "columns")) raise(L, "view \"%s\": found no columns", keys[i]);
        views[i].columns = to_columns(L, -1);
        if (!options_push(&options, "rows"))
            raise(L, "view \"%s\": found no rows, a function", keys[i]);
        check_function(L, -1, "views: rows");
        if (options_push(&options, "doc")) views[i].doc = keep(L, -1, "views: doc");
        options_close(&options);
        lua_settop(L, at + 1);
    }
    model->model.views = views;
    lua_settop(L, at - 1);
}

/* commands = { put = { key = 0, value = "" } }: arguments with their defaults. */
static void read_commands(lua_State *L, int index, struct lua_model *model) {
    if (!declared(L, index, "commands")) return;
    const int at = lua_gettop(L);
    size_t count;
    const char **keys = sorted_keys(L, at, &count, "commands");
    struct sim_table *commands = script_keep_zeroed(model->script, (count + 1) * sizeof *commands);
    for (size_t i = 0; i < count; i++) {
        lua_getfield(L, at, keys[i]);
        if (!lua_istable(L, -1))
            raise(L, "commands: %s: found %s; expected a table of arguments, { } for none", keys[i],
                  shown(L, -1));
        commands[i].name = script_keep(model->script, keys[i], strlen(keys[i]));
        commands[i].columns = to_parameters(L, -1, "commands");
        lua_settop(L, at + 1);
    }
    model->model.commands = commands;
    lua_settop(L, at - 1);
}

static void read_laws(lua_State *L, int index, struct lua_model *model) {
    if (!declared(L, index, "laws")) return;
    const int at = lua_gettop(L);
    const size_t count = lua_rawlen(L, at);
    const struct sim_law **laws = script_keep_zeroed(model->script, (count + 1) * sizeof *laws);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, at, (lua_Integer)i + 1);
        laws[i] = law_from_table(L, -1, "laws");
        lua_settop(L, at);
    }
    model->model.laws = laws;
    lua_pop(L, 1);
}

/* bugs = { unsynced_vote = "what it breaks" } */
static void read_bugs(lua_State *L, int index, struct lua_model *model) {
    if (!declared(L, index, "bugs")) return;
    const int at = lua_gettop(L);
    size_t count;
    const char **keys = sorted_keys(L, at, &count, "bugs");
    struct sim_bug *bugs = script_keep_zeroed(model->script, (count + 1) * sizeof *bugs);
    if (count > 64) raise(L, "bugs: found %zu; expected at most 64", count);
    for (size_t i = 0; i < count; i++) {
        bugs[i].name = script_keep(model->script, keys[i], strlen(keys[i]));
        lua_getfield(L, at, keys[i]);
        bugs[i].breaks = keep(L, -1, "bugs: what it breaks");
        lua_pop(L, 1);
    }
    model->model.bugs = bugs;
    lua_settop(L, at - 1);
}

/* Is on_NAME the handler of a message that the model declares? */
static bool handles_message(lua_State *L, int index, const char *name) {
    bool is = false;
    if (strncmp(name, "on_", 3) != 0) return false;
    const int top = lua_gettop(L);
    const size_t count = lua_getfield(L, index, "messages") == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
    for (size_t i = 1; i <= count && !is; i++) {
        if (lua_rawgeti(L, top + 1, (lua_Integer)i) == LUA_TTABLE) lua_rawgeti(L, -1, 1);
        is = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), name + 3) == 0;
        lua_settop(L, top + 1);
    }
    lua_settop(L, top);
    return is;
}

/* A function whose name is nearly a handler's, of which there is none, would never be called. Not
 * asked of on_peer, on_disk and on_work: too many messages have names like these. */
static void refuse_misspelt_handlers(lua_State *L, int index) {
    static const char *const handlers[] = {"start",      "on_message",   "on_timer",
                                           "on_command", "on_malformed", "describe"};
    enum { HANDLERS = sizeof handlers / sizeof *handlers };
    const char *least = NULL, *near = NULL; /* of several the first by bytes */
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isfunction(L, -1)) continue;
        const char *name = lua_tostring(L, -2);
        const char *meant = nearest_name(name, handlers, HANDLERS);
        if (!meant || strcmp(meant, name) == 0 || (least && strcmp(name, least) > 0)) continue;
        const bool there = lua_getfield(L, index, meant) != LUA_TNIL;
        lua_pop(L, 1);
        if (there || handles_message(L, index, name)) continue;
        least = name;
        near = meant;
    }
    if (least)
        raise(
            L,
            "the model has a function \"%s\", which nothing calls; did you mean \"%s\"? (If it is "
            "your own, give it another name.)",
            least, near);
}

static void read_model(lua_State *L, struct lua_model *model) {
    lua_model_load(L, model);
    const int at = lua_gettop(L);
    refuse_misspelt_handlers(L, at);
    struct sim_model *m = &model->model;
    lua_getfield(L, at, "name");
    if (!lua_isnil(L, -1)) model->name = keep(L, -1, "the model's name");
    lua_getfield(L, at, "summary");
    m->summary = lua_isnil(L, -1) ? "a model in Lua" : keep(L, -1, "the model's summary");
    lua_settop(L, at);
    m->name = model->name;
    m->knobs = no_parameters;
    if (declared(L, at, "knobs")) m->knobs = to_parameters(L, -1, "knobs");
    lua_settop(L, at);
    read_messages(L, at);
    read_notes(L, at, model);
    read_facts(L, at, model);
    read_channels(L, at, model);
    read_names(L, at, "timers", &model->timers);
    read_names(L, at, "files", &model->files);
    read_names(L, at, "lanes", &model->lanes);
    read_probes(L, at, model);
    read_views(L, at, model);
    read_commands(L, at, model);
    read_laws(L, at, model);
    read_bugs(L, at, model);
    m->messages = model->script->nodes->messages;
    m->init = lua_node_init;
    m->step = lua_node_step;
    m->fini = lua_node_fini;
    m->encode = lua_node_encode;
    m->describe = lua_node_describe;
    m->describe_message = lua_node_describe_message;
    m->probe = lua_node_probe;
    m->view = lua_node_view;
    m->context = model;
    lua_settop(L, at - 1);
}

/* ---- finding one ---- */

static struct lua_model *model_add(lua_State *L, const char *name, const char *file) {
    struct script *script = script_of(L);
    struct lua_model *model = script_keep_zeroed(script, sizeof *model);
    model->script = script;
    model->name = script_keep(script, name, strlen(name));
    model->file = script_keep(script, file, strlen(file));
    struct text where = {0};
    if (strcmp(name, file) == 0)
        where_called(L, &where); /* sim.model, in the scenario itself */
    else
        text_add(&where, "%s:1", file);
    model->where = script_keep(script, text_string(&where), where.size);
    text_free(&where);
    return model;
}

const struct sim_model *lua_model_find(lua_State *L, const char *name) {
    struct script *script = script_of(L);
    struct lua_runtime *runtime = script->nodes;
    for (struct lua_model *model = runtime->models; model; model = model->next)
        if (strcmp(model->file, name) == 0) return &model->model;
    const size_t length = strlen(name);
    if (length <= 4 || strcmp(name + length - 4, ".lua") != 0) return NULL;
    char *source;
    size_t size;
    struct text shown_name = {0};
    const bool found = script_read_file(script, name, &source, &size, &shown_name);
    text_free(&shown_name);
    if (!found) return NULL;
    const char *stem = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    lua_pushlstring(L, stem, strlen(stem) - 4);
    struct lua_model *model = model_add(L, lua_tostring(L, -1), name);
    lua_pop(L, 1);
    sandbox_environment(L);
    struct sandbox_error error;
    const enum sandbox_status status =
        sandbox_load(script->sandbox, L, name, source, size, -1, &error);
    free(source);
    if (status != SANDBOX_OK) {
        lua_pushstring(L, error.message);
        lua_error(L);
    }
    keep_code(L, model);
    lua_pop(L, 1);
    read_model(L, model);
    model->next = runtime->models;
    runtime->models = model;
    return &model->model;
}

void lua_model_define(lua_State *L, const char *name, int function) {
    struct script *script = script_of(L);
    for (struct lua_model *model = script->nodes->models; model; model = model->next)
        if (strcmp(model->file, name) == 0)
            raise(L, "sim.model: found \"%s\" a second time; expected a name of its own", name);
    const char *upvalue = lua_getupvalue(L, function, 1);
    if (upvalue && strcmp(upvalue, "_ENV") == 0) {
        lua_pop(L, 1);
        upvalue = lua_getupvalue(L, function, 2);
    }
    if (upvalue)
        raise(L,
              "sim.model \"%s\": found the local \"%s\" of the scenario inside the function; each "
              "node starts afresh, so expected a knob instead: knobs = { %s = ... }",
              name, upvalue, upvalue);
    struct lua_model *model = model_add(L, name, name);
    lua_pushvalue(L, function);
    keep_code(L, model);
    read_model(L, model);
    model->next = script->nodes->models;
    script->nodes->models = model;
}

size_t lua_model_names(struct script *script, const char **names, size_t max) {
    size_t count = 0;
    for (struct lua_model *model = script->nodes->models; model && count < max; model = model->next)
        names[count++] = model->file;
    return count;
}
