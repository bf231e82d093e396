/*
 * sim.lab{}: this scenario is a lab. It names the file that a student hands in and what each law
 * and expectation is worth.
 *
 *   sim.lab { hand_in = "ping.lua", points = { { "Every Ping Arrives", 6 }, { "No Ping Arrives
 * Twice", 4 } } }
 *
 * The file is a node's model. `orrery grade DIR` takes it from DIR, and everything else from the
 * lab.
 */
#include <string.h>

#include "script/internal.h"

enum { POINTS_MAX = 100, GRADED_MAX = 64 };

static void read_points(lua_State *L, int list, struct script_lab *lab) {
    struct script *script = script_of(L);
    const size_t count = lua_rawlen(L, list);
    if (count == 0 || count > GRADED_MAX)
        raise(L,
              "sim.lab: points: found a list of %d; expected { { \"a law\", 4 }, ... }, 1 to %d of "
              "them",
              (int)count, GRADED_MAX);
    struct script_points *points = script_keep_zeroed(script, count * sizeof *points);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        if (!lua_istable(L, -1))
            raise(L, "sim.lab: points: found %s; expected { \"a law\", 4 }", shown(L, -1));
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        const char *name = to_string(L, -2, "sim.lab: points: the name of a law or an expectation");
        points[i].points = to_integer(L, -1, "sim.lab: points: how many");
        if (points[i].points < 1 || points[i].points > POINTS_MAX)
            raise(L, "sim.lab: points: found %lld; expected 1 to %d", (long long)points[i].points,
                  POINTS_MAX);
        for (size_t k = 0; k < i; k++)
            if (strcmp(points[k].name, name) == 0)
                raise(L, "sim.lab: points: found \"%s\" a second time", name);
        points[i].name = script_keep(script, name, strlen(name));
        lua_pop(L, 3);
    }
    lab->points = points;
    lab->count = count;
}

static int sim_lab(lua_State *L) {
    acting(L, "sim.lab");
    struct script *script = script_of(L);
    if (!script->building || script->lab || world_nodes(script->world))
        raise(L, "sim.lab: expected once, at the scenario's top, before its nodes");
    struct options options;
    options_open(&options, L, 1, "sim.lab");
    struct script_lab *lab = script_keep_zeroed(script, sizeof *lab);
    const char *file;
    if (!options_string(&options, "hand_in", &file))
        raise(L,
              "sim.lab: found no hand_in; expected the file that a student writes, \"ping.lua\"");
    if (strchr(file, '/') || strlen(file) < 5 || strcmp(file + strlen(file) - 4, ".lua") != 0)
        raise(L, "sim.lab: hand_in: found \"%s\"; expected a Lua file's name, without a folder",
              file);
    lab->hand_in = script_keep(script, file, strlen(file));
    if (!options_push(&options, "points") || !lua_istable(L, -1))
        raise(L, "sim.lab: found no points; expected points = { { \"a law\", 4 }, ... }");
    read_points(L, lua_gettop(L), lab);
    options_close(&options);
    script->lab = lab;
    if (script->tell_lab) script->tell_lab(script->print_context, lab);
    return 0;
}

void api_lab(lua_State *L) { api_functions(L, (const luaL_Reg[]){{"lab", sim_lab}, {NULL, NULL}}); }
