/*
 * Handles: what sim.node and sim.host return, and what a scenario asks of a node.
 *
 * A handle is a number in a userdata; a node's name serves as well wherever a node is expected.
 * Views come as lists of rows keyed by column, in which NULL is nil and a column that is not there
 * is an error that names the nearest one.
 */
#include <string.h>

#include "base/value.h"
#include "script/internal.h"
#include "script/lua_message.h"

static const char class_node[] = "node", class_host[] = "host";

struct node_handle {
    sim_node node;
};
struct host_handle {
    sim_host host;
};

void push_node(lua_State *L, sim_node node) {
    push_registry_table(L, TABLE_HANDLES);
    if (lua_rawgeti(L, -1, (lua_Integer)node + 1) == LUA_TNIL) {
        lua_pop(L, 1);
        struct node_handle *handle = lua_newuserdatauv(L, sizeof *handle, 0);
        handle->node = node;
        luaL_setmetatable(L, class_node);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (lua_Integer)node + 1);
    }
    lua_remove(L, -2);
}

static int raise_no_node(lua_State *L, const char *what, const char *found) {
    const struct world *world = script_of(L)->world;
    const char *names[256];
    size_t count = 0;
    for (; count < world_nodes(world) && count < 256; count++)
        names[count] = world_node_name(world, (sim_node)count);
    raise_unknown(L, what, "node", found, names, count);
}

sim_node to_node(lua_State *L, int index, const char *what) {
    const struct world *world = script_of(L)->world;
    const struct node_handle *handle = luaL_testudata(L, index, class_node);
    if (handle) return handle->node;
    if (lua_type(L, index) == LUA_TSTRING) {
        const char *name = lua_tostring(L, index);
        const sim_node node = world_node_find(world, name);
        if (node == SIM_NOBODY) raise_no_node(L, what, name);
        return node;
    }
    /* A number as sim.all and sim.others put it, which may be of a node that is about to be made.
     */
    if (lua_isinteger(L, index) && lua_tointeger(L, index) >= 0 &&
        lua_tointeger(L, index) < SIM_NOBODY)
        return (sim_node)lua_tointeger(L, index);
    raise(L, "%s: found %s; expected a node: what sim.node returned, or its name", what,
          shown(L, index));
}

struct nodes to_nodes(lua_State *L, int index, const char *what) {
    index = lua_absindex(L, index);
    struct nodes nodes = {NULL, 1};
    if (lua_islightuserdata(L, index)) { /* sim.all: every node */
        nodes.nodes = scratch(L, sizeof *nodes.nodes);
        nodes.nodes[0] = SIM_NOBODY;
        return nodes;
    }
    if (!lua_istable(L, index)) {
        nodes.nodes = scratch(L, sizeof *nodes.nodes);
        nodes.nodes[0] = to_node(L, index, what);
        return nodes;
    }
    nodes.count = lua_rawlen(L, index);
    nodes.nodes = scratch(L, (nodes.count + 1) * sizeof *nodes.nodes);
    for (size_t i = 0; i < nodes.count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        nodes.nodes[i] = to_node(L, -1, what);
        lua_pop(L, 1);
    }
    return nodes;
}

sim_node self_node(lua_State *L) {
    const struct node_handle *handle = luaL_testudata(L, 1, class_node);
    if (!handle)
        raise(
            L,
            "found %s where the node should be; call a node's methods with a colon: node:name(...)",
            shown(L, 1));
    sandbox_charge(L, 50);
    return handle->node;
}

void push_host(lua_State *L, sim_host host, const char *name) {
    struct host_handle *handle = lua_newuserdatauv(L, sizeof *handle, 0);
    handle->host = host;
    luaL_setmetatable(L, class_host);
    push_registry_table(L, TABLE_HOSTS);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

int64_t to_host(lua_State *L, int index) {
    int64_t host = -1;
    const struct host_handle *handle = luaL_testudata(L, index, class_host);
    if (handle) return handle->host;
    if (lua_type(L, index) != LUA_TSTRING) return -1;
    push_registry_table(L, TABLE_HOSTS);
    if (lua_getfield(L, -1, lua_tostring(L, index < 0 ? index - 1 : index)) == LUA_TUSERDATA)
        host = ((struct host_handle *)lua_touserdata(L, -1))->host;
    lua_pop(L, 2);
    return host;
}

struct looking look_begin(lua_State *L) {
    struct script *script = script_of(L);
    const struct looking looking = {script, script->running};
    script->running = L;
    return looking;
}

void look_end(struct looking looking) { looking.script->running = looking.running; }

/* ---- views and probes ---- */

/* Upvalues: the row's columns as a set, the view's name. A column that is there but NULL is nil. */
static int row_unknown(lua_State *L) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
        lua_pushnil(L);
        return 1;
    }
    const char *names[128];
    size_t count = 0;
    const char *found = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : shown(L, 2);
    lua_rawgeti(L, lua_upvalueindex(1), 0);
    const size_t all = (size_t)lua_tointeger(L, -1);
    for (size_t i = 1; i <= all && count < 100; i++) {
        lua_rawgeti(L, lua_upvalueindex(1), (lua_Integer)i);
        names[count++] = lua_tostring(L, -1);
    }
    raise_unknown(L, lua_tostring(L, lua_upvalueindex(2)), "column", found, names, count);
}

static void push_row_class(lua_State *L, const struct sim_table *table) {
    struct script *script = script_of(L);
    for (size_t i = 0; i < script->row_class_count; i++)
        if (script->row_classes[i].table == table) {
            lua_rawgeti(L, LUA_REGISTRYINDEX, script->row_classes[i].reference);
            return;
        }
    lua_createtable(L, 0, 2);
    lua_newtable(L); /* columns: by name, and in order for the message */
    lua_Integer count = 0;
    for (const struct sim_param *column = table->columns; column->name; column++) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, column->name);
        lua_pushstring(L, column->name);
        lua_rawseti(L, -2, ++count);
    }
    lua_pushinteger(L, count);
    lua_rawseti(L, -2, 0);
    lua_pushfstring(L, "view \"%s\"", table->name);
    lua_pushcclosure(L, row_unknown, 2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    script->row_classes = must_grow(script->row_classes, &script->row_class_capacity,
                                    script->row_class_count + 1, sizeof *script->row_classes);
    lua_pushvalue(L, -1);
    script->row_classes[script->row_class_count++] =
        (struct row_class){table, luaL_ref(L, LUA_REGISTRYINDEX)};
}

static int push_view(lua_State *L) {
    const struct view *view = lua_touserdata(L, 1);
    lua_createtable(L, (int)view->rows, 0);
    const int list = lua_gettop(L);
    push_row_class(L, view->table);
    for (size_t r = 0; r < view->rows; r++) {
        lua_createtable(L, 0, (int)view->columns);
        for (size_t c = 0; c < view->columns; c++) {
            const struct view_cell *cell = &view->cells[r * view->columns + c];
            if (cell->is_text)
                lua_pushstring(L, cell->text);
            else
                push_number(L, &view->table->columns[c], cell->number);
            lua_setfield(L, -2, view->table->columns[c].name);
        }
        lua_pushvalue(L, list + 1);
        lua_setmetatable(L, -2);
        lua_rawseti(L, list, (lua_Integer)r + 1);
    }
    lua_settop(L, list);
    return 1;
}

static int node_view(lua_State *L) {
    const sim_node node = self_node(L);
    struct world *world = script_of(L)->world;
    const struct sim_model *model = world_node_model(world, node);
    const char *name = to_string(L, 2, "view: the name");
    const char *names[64];
    size_t count = 0, which = SIZE_MAX;
    for (; model->views && model->views[count].name && count < 64; count++) {
        names[count] = model->views[count].name;
        if (strcmp(names[count], name) == 0) which = count;
    }
    if (which == SIZE_MAX) {
        lua_pushfstring(L, "view of model \"%s\"", model->name);
        raise_unknown(L, "view", lua_tostring(L, -1), name, names, count);
    }
    const struct looking looking = look_begin(L);
    struct view view = {0};
    const bool up = world_view(world, node, which, &view);
    look_end(looking);
    if (!up) { /* a node that is down shows nothing */
        lua_newtable(L);
        return 1;
    }
    lua_pushcfunction(L, push_view);
    lua_pushlightuserdata(L, &view);
    const int status = lua_pcall(L, 1, 1, 0);
    view_free(&view);
    if (status != LUA_OK) return lua_error(L);
    return 1;
}

static int node_probe(lua_State *L) {
    const sim_node node = self_node(L);
    struct world *world = script_of(L)->world;
    const struct sim_model *model = world_node_model(world, node);
    const char *name = to_string(L, 2, "probe: the name");
    const char *names[160];
    size_t count = 0;
    for (; model->probes && model->probes[count].name && count < 128; count++) {
        names[count] = model->probes[count].name;
        if (strcmp(names[count], name) != 0) continue;
        const struct looking looking = look_begin(L);
        const int64_t value = world_probe(world, node, count);
        look_end(looking);
        push_number(L, &model->probes[count], value);
        return 1;
    }
    const char *const *measures = world_measures();
    for (size_t i = 0; measures[i] && count < 160; i++) {
        names[count++] = measures[i];
        if (strcmp(measures[i], name) != 0) continue;
        const int64_t value = world_measure(world, name, node, SIM_NOBODY);
        if (value == SIM_NONE)
            lua_pushnil(L);
        else
            lua_pushinteger(L, value);
        return 1;
    }
    lua_pushfstring(L, "probe of model \"%s\"", model->name);
    raise_unknown(L, "probe", lua_tostring(L, -1), name, names, count);
}

/* sim.measure("queue_bytes", a, b) */
static int sim_measure(lua_State *L) {
    struct world *world = script_of(L)->world;
    const char *name = to_string(L, 1, "sim.measure");
    const sim_node a = to_node(L, 2, "sim.measure");
    const sim_node b = lua_isnoneornil(L, 3) ? SIM_NOBODY : to_node(L, 3, "sim.measure");
    const char *const *measures = world_measures();
    size_t count = 0;
    bool known = false;
    for (; measures[count]; count++) known = known || strcmp(measures[count], name) == 0;
    if (!known) raise_unknown(L, "sim.measure", "measure", name, measures, count);
    const int64_t value = world_measure(world, name, a, b);
    if (value == SIM_NONE)
        lua_pushnil(L);
    else
        lua_pushinteger(L, value);
    return 1;
}

/* ---- the rest of what can be seen ---- */

static int node_describe(lua_State *L) {
    const sim_node node = self_node(L);
    const struct looking looking = look_begin(L);
    struct text text = {0};
    world_node_describe(script_of(L)->world, node, &text);
    look_end(looking);
    char copy[512];
    const size_t size = text.size < sizeof copy ? text.size : sizeof copy;
    if (size) memcpy(copy, text.data, size);
    text_free(&text);
    lua_pushlstring(L, copy, size);
    return 1;
}

static int node_name(lua_State *L) {
    lua_pushstring(L, world_node_name(script_of(L)->world, self_node(L)));
    return 1;
}
static int node_up(lua_State *L) {
    lua_pushboolean(L, world_node_up(script_of(L)->world, self_node(L)));
    return 1;
}
static int node_paused(lua_State *L) {
    lua_pushboolean(L, world_node_paused(script_of(L)->world, self_node(L)));
    return 1;
}
static int node_starts(lua_State *L) {
    lua_pushinteger(L, world_node_starts(script_of(L)->world, self_node(L)));
    return 1;
}
static int node_model(lua_State *L) {
    lua_pushstring(L, world_node_model(script_of(L)->world, self_node(L))->name);
    return 1;
}

static int node_clock(lua_State *L) {
    const struct sim_clocks clocks = world_node_clocks(script_of(L)->world, self_node(L));
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, clocks.mono_ns);
    lua_setfield(L, -2, "mono");
    lua_pushinteger(L, clocks.wall_ns);
    lua_setfield(L, -2, "wall");
    if (clocks.wall_error_ns >= 0) {
        lua_pushinteger(L, clocks.wall_error_ns);
        lua_setfield(L, -2, "error");
    }
    return 1;
}

/* The fields of a Lua node, copied; nil while it is down. */
static int node_state(lua_State *L) {
    const sim_node node = self_node(L);
    const struct sim_model *model = world_node_model(script_of(L)->world, node);
    if (!is_lua_model(model))
        raise(L,
              "state: found a node of the C model \"%s\"; expected one in Lua: use :describe(), "
              ":probe(name) or :view(name)",
              model->name);
    if (!lua_node_push_state(L, node)) lua_pushnil(L);
    return 1;
}

/* ---- commands ---- */

size_t find_command(lua_State *L, sim_node node, const char *name, const char *call) {
    const struct sim_model *model = world_node_model(script_of(L)->world, node);
    const char *names[64];
    size_t count = 0;
    for (; model->commands && model->commands[count].name && count < 64; count++) {
        names[count] = model->commands[count].name;
        if (strcmp(names[count], name) == 0) return count;
    }
    lua_pushfstring(L, "command of model \"%s\"", model->name);
    raise_unknown(L, call, lua_tostring(L, -1), name, names, count);
}

void ask_node(lua_State *L, sim_node node, const char *command, int args, world_reply *reply,
              void *context, const char *call) {
    struct world *world = script_of(L)->world;
    const struct sim_model *model = world_node_model(world, node);
    const size_t which = find_command(L, node, command, call);
    const struct sim_param *columns = model->commands[which].columns;
    const size_t all = parameter_count(columns);
    const char *what = lua_pushfstring(L, "%s \"%s\"", call, command);
    struct knob_setting *settings = scratch(L, (all + 1) * sizeof *settings);
    struct options options;
    if (args)
        options_open(&options, L, args, what);
    else
        options = (struct options){.lua = L, .what = what};
    size_t count = 0;
    for (size_t i = 0; i < all; i++) {
        if (!options_push(&options, columns[i].name)) continue;
        const char *name = lua_pushfstring(L, "%s: %s", what, columns[i].name);
        settings[count].name = columns[i].name;
        settings[count++].value = to_parameter(L, -2, &columns[i], name);
        lua_pop(L, 2);
    }
    options_close(&options);
    struct text error = {0};
    if (!world_command(world, node, which, settings, count, reply, context, &error)) {
        script_drop(context);
        lua_pushfstring(L, "%s: ", what);
        raise_text(L, lua_tostring(L, -1), &error);
    }
    text_free(&error);
}

void push_reply(lua_State *L, sim_node node, bool ok, struct sim_bytes bytes) {
    (void)node;
    if (!ok) lua_pushnil(L);
    struct reader reader = reader_over(bytes.data, bytes.size);
    /* A C model may answer with a value (base/value.h) or with plain text. */
    if (bytes.size == 0)
        lua_pushboolean(L, ok);
    else if (value_skip(&reader) && reader.at == bytes.size)
        message_decode(L, bytes);
    else
        lua_pushlstring(L, (const char *)bytes.data, bytes.size);
    if (ok) lua_pushnil(L);
}

struct answer {
    struct live live;
    struct script *script;
    int function;
    sim_node node;
    bool ok;
    struct sim_bytes bytes;
};

static int answer_call(lua_State *L) {
    const struct answer *answer = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, answer->function);
    push_reply(L, answer->node, answer->ok, answer->bytes);
    lua_call(L, 2, 0);
    return 0;
}

static void answered(struct world *world, void *context, bool ok, struct sim_bytes bytes) {
    struct answer *answer = context;
    (void)world;
    answer->ok = ok;
    answer->bytes = bytes;
    script_run(answer->script, answer_call, answer);
    luaL_unref(answer->script->lua, LUA_REGISTRYINDEX, answer->function);
    script_drop(answer);
}

/* A node that is down hears nothing: false and why, which the callback is told too. */
static int command_is_lost(lua_State *L, sim_node node, int callback) {
    lua_pushfstring(L, "%s is down", world_node_name(script_of(L)->world, node));
    const int why = lua_gettop(L);
    if (lua_isfunction(L, callback)) {
        lua_pushvalue(L, callback);
        lua_pushnil(L);
        lua_pushvalue(L, why);
        lua_call(L, 2, 0);
    }
    lua_pushboolean(L, false);
    lua_pushvalue(L, why);
    return 2;
}

static int node_command(lua_State *L) {
    acting(L, "node:command");
    const sim_node node = self_node(L);
    const char *name = to_string(L, 2, "command: the name");
    find_command(L, node, name, "command");
    const bool up = world_node_up(script_of(L)->world, node);
    const int args = lua_isfunction(L, 3) ? 0 : 3;
    const int callback = lua_isfunction(L, 3) ? 3 : 4;
    struct answer *answer = NULL;
    if (!up) return command_is_lost(L, node, callback);
    if (!lua_isnoneornil(L, callback)) {
        check_function(L, callback, "command: what is called with the reply");
        answer = script_live(script_of(L), sizeof *answer);
        answer->script = script_of(L);
        answer->node = node;
        lua_pushvalue(L, callback);
        answer->function = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    if (args) lua_settop(L, 3);
    ask_node(L, node, name, args, answer ? answered : NULL, answer, "command");
    lua_pushboolean(L, true);
    return 1;
}

static int find_node(lua_State *L) {
    push_node(L, to_node(L, 1, "sim.find"));
    return 1;
}

static const luaL_Reg node_methods[] = {
    {"view", node_view},     {"probe", node_probe},     {"describe", node_describe},
    {"name", node_name},     {"up", node_up},           {"paused", node_paused},
    {"starts", node_starts}, {"model", node_model},     {"clock", node_clock},
    {"state", node_state},   {"command", node_command}, {NULL, NULL}};

void api_handle(lua_State *L) {
    api_class(L, class_node, node_methods);
    lua_pushnil(L);
    lua_pushcclosure(L, node_name, 1);
    lua_setfield(L, -2, "__tostring");
    lua_getfield(L, -1, "__index");
    api_functions(L, node_fault_methods);
    api_functions(L, node_task_methods);
    lua_pop(L, 2);
    api_class(L, class_host, NULL);
    lua_pop(L, 1);
    api_functions(L,
                  (const luaL_Reg[]){{"measure", sim_measure}, {"find", find_node}, {NULL, NULL}});
}
