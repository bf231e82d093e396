/*
 * Building: hosts and nodes.
 *
 * sim.node(name, model, options): every knob of the model is an option, and so is everything that a
 * host has (clock, disk, cores, region), which makes a host of that node's own. A knob wins where
 * the two share a name.
 */
#include <string.h>

#include "script/internal.h"

enum { NODES_AT_ONCE_MAX = 1000000 };

/* ---- hosts ---- */

static void clock_options(lua_State *L, struct options *parent, struct clock_settings *clock) {
    if (!options_push(parent, "clock")) return;
    struct options options;
    options_open(&options, L, -1, "clock");
    options_signed(&options, "offset", QUANTITY_DURATION, &clock->offset_ns);
    options_signed(&options, "drift", QUANTITY_RATIO, &clock->drift_ppb);
    options_duration(&options, "error", &clock->error_ns);
    options_quantity(&options, "error_growth", QUANTITY_RATIO, &clock->error_growth_ppb);
    options_close(&options);
    lua_pop(L, 1);
}

static void disk_options(lua_State *L, struct options *parent, struct disk_settings *disk) {
    static const char *const crashes[] = {"all", "prefix", "any", NULL};
    if (!options_push(parent, "disk")) return;
    struct options options;
    options_open(&options, L, -1, "disk");
    options_distribution(&options, "read", &disk->read);
    options_distribution(&options, "write", &disk->write);
    options_distribution(&options, "sync", &disk->sync);
    options_quantity(&options, "bandwidth", QUANTITY_BANDWIDTH, &disk->bandwidth);
    options_quantity(&options, "capacity", QUANTITY_BYTES, &disk->capacity);
    disk->crash = (enum disk_crash)options_choice(&options, "crash", crashes, (size_t)disk->crash);
    options_bool(&options, "tears", &disk->tears);
    options_bool(&options, "keeps_dirty", &disk->keeps_dirty);
    options_close(&options);
    lua_pop(L, 1);
}

/* The rest of what a host has; leaves its strings on the stack. */
static void host_options(lua_State *L, struct options *options, struct host_options *host) {
    int64_t cores = host->cores;
    options_string(options, "region", &host->region);
    options_string(options, "zone", &host->zone);
    options_string(options, "rack", &host->rack);
    options_integer(options, "cores", &cores);
    if (cores < 0 || cores > 4096)
        raise(L, "%s: cores: found %lld; expected from 0 (as many as needed) to 4096",
              options->what, (long long)cores);
    host->cores = (uint32_t)cores;
    clock_options(L, options, &host->clock);
    disk_options(L, options, &host->disk);
}

static int sim_host_make(lua_State *L) {
    acting(L, "sim.host");
    struct script *script = script_of(L);
    struct options options;
    options_open(&options, L, 1, "sim.host");
    struct host_options host = host_options_default();
    if (!options_string(&options, "name", &host.name))
        raise(L, "sim.host: found no name; expected sim.host { name = \"h1\", ... }");
    host_options(L, &options, &host);
    options_close(&options);
    lua_pushstring(L, host.name);
    if (to_host(L, -1) >= 0)
        raise(L, "sim.host: found \"%s\" a second time; expected a name of its own", host.name);
    push_host(L, world_add_host(script->world, &host), host.name);
    return 1;
}

/* ---- models ---- */

const struct sim_model *find_model(lua_State *L, int index, const char *call) {
    struct script *script = script_of(L);
    index = lua_absindex(L, index); /* strings are pushed below */
    if (lua_istable(L, index))
        raise(L,
              "%s: found a table; expected a model's name or file: each start of a node loads its "
              "model afresh, so put it in a file of its own (sim.node(name, \"mymodel.lua\")), or "
              "in a function given to sim.model(name, function() ... return model end)",
              call);
    const char *name = to_string(L, index, lua_pushfstring(L, "%s: the model", call));
    const struct sim_model *model = lua_model_find(L, name);
    if (model) return model;
    const char *names[256];
    size_t count = 0;
    for (size_t i = 0; script->models && script->models[i] && count < 192; i++) {
        if (strcmp(script->models[i]->name, name) == 0) return script->models[i];
        names[count++] = script->models[i]->name;
    }
    model = lua_model_find(L, lua_pushfstring(L, "%s.lua", name)); /* "lab1" finds lab1.lua */
    if (model) return model;
    count += lua_model_names(script, names + count, 256 - count);
    const size_t size = strlen(name);
    if (size > 4 && strcmp(name + size - 4, ".lua") == 0)
        raise(L, "%s: found no file \"%s\"; looked beside the scenario%s", call, name,
              script->library ? " and in the library" : "");
    raise_unknown(L, call, "model", name, names, count);
}

/* ---- nodes ---- */

static void bug_names(lua_State *L, struct options *options, const struct sim_model *model,
                      struct node_options *node) {
    if (!options_push(options, "bugs")) return;
    const int at = lua_gettop(L);
    if (lua_type(L, at) == LUA_TSTRING) { /* one bug needs no list */
        lua_createtable(L, 1, 0);
        lua_pushvalue(L, at);
        lua_rawseti(L, -2, 1);
        lua_replace(L, at);
    }
    if (!lua_istable(L, at))
        raise(L, "%s: bugs: found %s; expected a list of names", options->what, shown(L, at));
    const size_t count = lua_rawlen(L, at);
    const char **names = scratch(L, (count + 1) * sizeof *names);
    const char *known[64];
    size_t known_count = 0;
    for (; model->bugs && model->bugs[known_count].name && known_count < 64; known_count++)
        known[known_count] = model->bugs[known_count].name;
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, at, (lua_Integer)i + 1);
        names[i] = to_string(L, -1, "bugs");
        bool found = false;
        for (size_t k = 0; k < known_count && !found; k++) found = strcmp(known[k], names[i]) == 0;
        if (!found) {
            lua_pushfstring(L, "bug of model \"%s\"", model->name);
            raise_unknown(L, options->what, lua_tostring(L, -1), names[i], known, known_count);
        }
        lua_pop(L, 1); /* the list holds it */
    }
    node->bugs = names;
}

static struct knob_setting *knob_settings(lua_State *L, struct options *options,
                                          const struct sim_model *model, size_t *count) {
    const size_t all = parameter_count(model->knobs);
    luaL_checkstack(L, 16, NULL);
    struct knob_setting *settings = scratch(L, (all + 1) * sizeof *settings);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        if (!options_push(options, model->knobs[i].name)) continue;
        const char *what = lua_pushfstring(L, "%s: %s", options->what, model->knobs[i].name);
        settings[*count].name = model->knobs[i].name;
        settings[(*count)++].value = to_parameter(L, -2, &model->knobs[i], what);
        lua_pop(L, 2);
    }
    return settings;
}

sim_node build_node(lua_State *L, const char *name, const struct sim_model *model,
                    struct options *options) {
    struct script *script = script_of(L);
    luaL_checkstack(L, 32, NULL);
    sandbox_charge(L, 1600);
    if (!name[0]) raise(L, "%s: found an empty name", options->what);
    if (world_node_find(script->world, name) != SIM_NOBODY)
        raise(L, "%s: found the name \"%s\" a second time; expected a name that no other node has",
              options->what, name);
    struct node_options node = {.name = name, .model = model};
    node.knobs = knob_settings(L, options, model, &node.knob_count);
    struct host_options host = host_options_default();
    host.name = name;
    if (options_push(options, "host")) {
        const int64_t index = to_host(L, -1);
        if (index < 0)
            raise(L, "%s: host: found %s; expected what sim.host returned, or its name",
                  options->what, shown(L, -1));
        node.host = (sim_host)index;
        static const char *const own[] = {"region", "zone", "rack", "cores", "clock", "disk"};
        for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
            bool is_knob = false;
            for (size_t k = 0; model->knobs && model->knobs[k].name; k++)
                is_knob = is_knob || strcmp(model->knobs[k].name, own[i]) == 0;
            if (!is_knob && options_has(options, own[i]))
                raise(L, "%s: found both host and %s; expected %s where the host is made",
                      options->what, own[i], own[i]);
        }
    } else {
        host_options(L, options, &host);
    }
    bug_names(L, options, model, &node);
    options_bool(options, "off", &node.off);
    options_duration(options, "start", &node.start_ns);
    options_close(options);
    if (!options_has(options, "host")) {
        node.host = world_add_host(script->world, &host);
        push_host(L, node.host, name); /* so that its name is known */
    }
    struct text error = {0};
    const struct looking looking = look_begin(L); /* a Lua model's own file runs now */
    const sim_node made = world_add_node(script->world, &node, &error);
    look_end(looking);
    if (made == SIM_NOBODY) {
        lua_pushfstring(L, "%s: ", options->what);
        raise_text(L, lua_tostring(L, -1), &error);
    }
    text_free(&error);
    return made;
}

static int sim_node_make(lua_State *L) {
    acting(L, "sim.node");
    lua_settop(L, 3);
    const char *name = to_string(L, 1, "sim.node: the name");
    const struct sim_model *model = find_model(L, 2, "sim.node");
    struct options options;
    options_open(&options, L, 3, lua_pushfstring(L, "sim.node \"%s\"", name));
    push_node(L, build_node(L, name, model, &options));
    return 1;
}

/* ---- many nodes at once ---- */

static const char all_nodes[] = "all nodes",
                  other_nodes[] = "other nodes"; /* what is meant, by address */

/* Puts what sim.all, sim.others and functions stand for into a copy of the options, for one node.
 */
static void options_of_one(lua_State *L, int options, int handles, int64_t i, int64_t count,
                           sim_node first) {
    lua_newtable(L);
    const int copy = lua_gettop(L);
    if (lua_isnoneornil(L, options)) return;
    for (lua_pushnil(L); lua_next(L, options); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        const void *meant = lua_islightuserdata(L, -2) ? lua_touserdata(L, -2) : NULL;
        if (meant == all_nodes || meant == other_nodes) {
            lua_newtable(L);
            for (int64_t k = 0, n = 0; k < count; k++) {
                if (meant == other_nodes && k == i) continue;
                lua_pushinteger(L, (lua_Integer)first + k);
                lua_rawseti(L, -2, ++n);
            }
        } else if (lua_isfunction(L, -2)) { /* the value for each: f(i, name) */
            lua_pushvalue(L, -2);
            lua_pushinteger(L, i + 1);
            lua_rawgeti(L, handles, i + 1);
            lua_call(L, 2, 1);
        } else {
            lua_pushvalue(L, -2);
        }
        lua_rawset(L, copy);
    }
}

/* sim.nodes("n", 3, model, options) or sim.nodes({"a", "b", "c"}, model, options): a list of nodes.
 * An option may be sim.all or sim.others (for a knob of nodes), or a function(i, name). */
static int sim_nodes_make(lua_State *L) {
    acting(L, "sim.nodes");
    struct script *script = script_of(L);
    if (lua_type(L, 1) == LUA_TSTRING) {
        const int64_t count = to_integer(L, 2, "sim.nodes: how many");
        if (count < 1 || count > NODES_AT_ONCE_MAX)
            raise(L, "sim.nodes: how many: found %lld; expected from 1 to %d", (long long)count,
                  NODES_AT_ONCE_MAX);
        lua_createtable(L, (int)count, 0);
        for (int64_t i = 1; i <= count; i++) {
            lua_pushfstring(L, "%s%I", lua_tostring(L, 1), i);
            lua_rawseti(L, -2, i);
        }
        lua_replace(L, 1);
        lua_remove(L, 2);
    }
    if (!lua_istable(L, 1) || lua_rawlen(L, 1) == 0)
        raise(L, "sim.nodes: found %s; expected a list of names, or a prefix and a number",
              shown(L, 1));
    lua_settop(L, 3);
    const struct sim_model *model = find_model(L, 2, "sim.nodes");
    const int64_t count = (int64_t)lua_rawlen(L, 1);
    const sim_node first = (sim_node)world_nodes(script->world);
    lua_createtable(L, (int)count, 0);
    const int result = lua_gettop(L);
    for (int64_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, i + 1);
        const char *name = to_string(L, -1, "sim.nodes: a name");
        const char *what = lua_pushfstring(L, "sim.nodes \"%s\"", name);
        if (!lua_isnoneornil(L, 3) && !lua_istable(L, 3))
            raise(L, "sim.nodes: found %s; expected a table of options", shown(L, 3));
        options_of_one(L, 3, 1, i, count, first);
        struct options options;
        options_open(&options, L, -1, what);
        push_node(L, build_node(L, name, model, &options));
        lua_rawseti(L, result, i + 1);
        lua_settop(L, result);
    }
    return 1;
}

/* sim.model(name, function() ... return model end): a Lua model inside the scenario's own file. */
static int sim_model_make(lua_State *L) {
    acting(L, "sim.model");
    const char *name = to_string(L, 1, "sim.model: the name");
    check_function(L, 2, "sim.model");
    lua_model_define(L, name, 2);
    lua_settop(L, 1);
    return 1;
}

void api_build(lua_State *L) {
    api_functions(L, (const luaL_Reg[]){{"host", sim_host_make},
                                        {"node", sim_node_make},
                                        {"nodes", sim_nodes_make},
                                        {"model", sim_model_make},
                                        {NULL, NULL}});
    lua_pushlightuserdata(L, (void *)(uintptr_t)all_nodes);
    lua_setfield(L, -2, "all");
    lua_pushlightuserdata(L, (void *)(uintptr_t)other_nodes);
    lua_setfield(L, -2, "others");
}
