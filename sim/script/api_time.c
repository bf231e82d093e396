/*
 * Time: what happens when. Each callback is an entry of the world's queue, called at its instant.
 *
 * sim.when looks after every event; its predicate may only look, and what follows is called at that
 * same instant, as an event of its own.
 */
#include "script/internal.h"

static const char class_timer[] = "timer";

struct callback {
    struct live live;
    struct script *script;
    int function, predicate;
    int64_t period_ns; /* 0: once */
    bool stopped;
};

static int call_function(lua_State *L) {
    const struct callback *callback = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, callback->function);
    lua_call(L, 0, 0);
    return 0;
}

static void callback_drop(struct callback *callback) {
    luaL_unref(callback->script->lua, LUA_REGISTRYINDEX, callback->function);
    luaL_unref(callback->script->lua, LUA_REGISTRYINDEX, callback->predicate);
    script_drop(callback);
}

static void callback_due(struct world *world, void *context) {
    struct callback *callback = context;
    if (callback->stopped) return; /* its handle may be held still: it goes with the script */
    const bool good = script_run(callback->script, call_function, callback);
    if (!callback->period_ns)
        callback_drop(callback);
    else if (good && !callback->stopped)
        world_at(world, add_sat(world_now(world), callback->period_ns), callback_due, callback);
}

static struct callback *callback_make(lua_State *L, int function) {
    struct callback *callback = script_live(script_of(L), sizeof *callback);
    callback->script = script_of(L);
    callback->predicate = LUA_NOREF;
    lua_pushvalue(L, function);
    callback->function = luaL_ref(L, LUA_REGISTRYINDEX);
    return callback;
}

static int sim_at(lua_State *L) {
    acting(L, "sim.at");
    struct world *world = script_of(L)->world;
    const int64_t t = to_duration(L, 1, "sim.at: the time");
    check_function(L, 2, "sim.at: what is called");
    if (t < world_now(world)) {
        struct text text = {0};
        text_add(&text, "sim.at: found ");
        text_add_ns(&text, t);
        text_add(&text, ", which is past; expected a time from now on, which is ");
        text_add_ns(&text, world_now(world));
        text_add(&text, " (sim.after counts from now)");
        raise_text(L, "", &text);
    }
    world_at(world, t, callback_due, callback_make(L, 2));
    return 0;
}

static int sim_after(lua_State *L) {
    acting(L, "sim.after");
    struct world *world = script_of(L)->world;
    const int64_t delay = to_duration(L, 1, "sim.after: the delay");
    check_function(L, 2, "sim.after: what is called");
    world_at(world, add_sat(world_now(world), delay), callback_due, callback_make(L, 2));
    return 0;
}

static int sim_every(lua_State *L) {
    acting(L, "sim.every");
    struct world *world = script_of(L)->world;
    const int64_t period = to_duration(L, 1, "sim.every: the period");
    check_function(L, 2, "sim.every: what is called");
    if (period == 0) raise(L, "sim.every: found 0; expected a period above it, such as \"1s\"");
    struct callback *callback = callback_make(L, 2);
    callback->period_ns = period;
    world_at(world, add_sat(world_now(world), period), callback_due, callback);
    *(struct callback **)lua_newuserdatauv(L, sizeof callback, 0) = callback;
    luaL_setmetatable(L, class_timer);
    return 1;
}

static int timer_stop(lua_State *L) {
    struct callback **handle = luaL_testudata(L, 1, class_timer);
    if (!handle) raise(L, "stop: found %s; expected handle:stop(), with a colon", shown(L, 1));
    acting(L, "stop");
    (*handle)->stopped = true;
    return 0;
}

static int call_predicate(lua_State *L) {
    struct callback *callback = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, callback->predicate);
    lua_call(L, 0, 1);
    callback->stopped = lua_toboolean(L, -1);
    return 0;
}

static bool condition_holds(struct world *world, void *context) {
    struct callback *callback = context;
    struct script *script = callback->script;
    const char *observer = script->observer;
    script->observer = "the condition of sim.when";
    const bool good = script_run(script, call_predicate, callback);
    script->observer = observer;
    if (!good) return true;
    if (!callback->stopped) return false;
    callback->stopped = false;
    world_at(world, world_now(world), callback_due, callback);
    return true;
}

static int sim_when(lua_State *L) {
    acting(L, "sim.when");
    check_function(L, 1, "sim.when: the condition");
    check_function(L, 2, "sim.when: what is called");
    struct callback *callback = callback_make(L, 2);
    lua_pushvalue(L, 1);
    callback->predicate = luaL_ref(L, LUA_REGISTRYINDEX);
    world_when(script_of(L)->world, condition_holds, callback);
    return 0;
}

static int sim_now(lua_State *L) {
    lua_pushinteger(L, world_now(script_of(L)->world));
    return 1;
}

static int sim_time(lua_State *L) {
    lua_pushnumber(L, (double)world_now(script_of(L)->world) / 1e9);
    return 1;
}

void api_time(lua_State *L) {
    api_class(L, class_timer, (const luaL_Reg[]){{"stop", timer_stop}, {NULL, NULL}});
    lua_pop(L, 1);
    api_functions(L, (const luaL_Reg[]){{"at", sim_at},
                                        {"after", sim_after},
                                        {"every", sim_every},
                                        {"when", sim_when},
                                        {"now", sim_now},
                                        {"time", sim_time},
                                        {NULL, NULL}});
}
