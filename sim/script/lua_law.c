/*
 * Laws in Lua: a fold over facts, with a table for its state, one or one a group.
 *
 *   { name = "Election Safety", says = "at most one leader a term", reads = { "leader" }, group =
 * true, fold = function(state, fact) ... return "held" | nil | "forgotten" | "broken", why end }
 *
 * true and false serve for held and broken. The engine's state is a reference to the table, zeroed:
 * 0 is no table yet. A fact is { name, node, group, a, b, c, time, seq }. Laws observe: they cannot
 * act.
 */
#include <string.h>

#include "script/internal.h"

struct lua_law {
    struct sim_law law;
    struct script *script;
    int fold, finish; /* references, or LUA_NOREF */
};
struct lua_law_state {
    int table;
};

struct folding {
    const struct lua_law *law;
    struct sim_fold *fold;
    const struct sim_fact *fact; /* NULL: the end of the run */
    enum sim_judgement judgement;
};

static void push_state(lua_State *L, struct lua_law_state *state) {
    if (!state->table) {
        lua_newtable(L);
        state->table = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, state->table);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void push_fact(lua_State *L, const struct folding *folding) {
    const struct sim_fact *fact = folding->fact;
    lua_createtable(L, 0, 8);
    lua_pushstring(L, folding->law->law.reads[fact->which]);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, world_node_name(folding->law->script->world, fact->node));
    lua_setfield(L, -2, "node");
    set_integer(L, "group", fact->group);
    set_integer(L, "a", fact->a);
    set_integer(L, "b", fact->b);
    set_integer(L, "c", fact->c);
    set_integer(L, "time", fact->true_ns);
    set_integer(L, "seq", fact->seq);
}

static enum sim_judgement to_judgement(lua_State *L, int index, const char *law, int function) {
    static const char *const words[] = {"held", "forgotten", "broken"};
    static const enum sim_judgement of[] = {SIM_HELD, SIM_FORGOTTEN, SIM_BROKEN};
    if (lua_isnil(L, index)) return SIM_NOTHING;
    if (lua_isboolean(L, index)) return lua_toboolean(L, index) ? SIM_HELD : SIM_BROKEN;
    if (lua_type(L, index) == LUA_TSTRING)
        for (size_t i = 0; i < 3; i++)
            if (strcmp(words[i], lua_tostring(L, index)) == 0) return of[i];
    lua_Debug info;
    lua_rawgeti(L, LUA_REGISTRYINDEX, function); /* it has returned: where it was written */
    lua_getinfo(L, ">S", &info);
    raise(L, "%s:%d: law \"%s\": found %s; expected \"held\", \"broken\", \"forgotten\" or nil",
          info.source[0] == '@' ? info.source + 1 : info.short_src, info.linedefined, law,
          shown(L, index));
}

static int fold_protected(lua_State *L) {
    struct folding *folding = lua_touserdata(L, 1);
    const int function = folding->fact ? folding->law->fold : folding->law->finish;
    lua_rawgeti(L, LUA_REGISTRYINDEX, function);
    push_state(L, folding->fold->state);
    if (folding->fact) push_fact(L, folding);
    lua_call(L, folding->fact ? 2 : 1, 2);
    folding->judgement = to_judgement(L, -2, folding->law->law.name, function);
    if (folding->judgement == SIM_BROKEN && !lua_isnil(L, -1)) {
        text_clear(folding->fold->why);
        text_add(folding->fold->why, "%s", sandbox_tostring(L, -1, NULL));
    }
    return 0;
}

static enum sim_judgement run(struct folding folding) {
    struct script *script = folding.law->script;
    const char *observer = script->observer;
    script->observer = "a law";
    script_run(script, fold_protected, &folding);
    script->observer = observer;
    return folding.judgement;
}

static enum sim_judgement fold(struct sim_fold *fold, const struct sim_fact *fact) {
    return run((struct folding){fold->context, fold, fact, SIM_NOTHING});
}

static enum sim_judgement finish(struct sim_fold *fold) {
    return run((struct folding){fold->context, fold, NULL, SIM_NOTHING});
}

static const char *const *to_reads(lua_State *L, int index, const char *what) {
    struct script *script = script_of(L);
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TSTRING) {
        lua_createtable(L, 1, 0);
        lua_pushvalue(L, index);
        lua_rawseti(L, -2, 1);
        lua_replace(L, index);
    }
    if (!lua_istable(L, index) || lua_rawlen(L, index) == 0)
        raise(L, "%s: reads: found %s; expected a list of names of facts", what, shown(L, index));
    const size_t count = lua_rawlen(L, index);
    const char **reads = script_keep_zeroed(script, (count + 1) * sizeof *reads);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        const char *name = to_string(L, -1, what);
        reads[i] = script_keep(script, name, strlen(name));
        lua_pop(L, 1);
    }
    return reads;
}

const struct sim_law *law_from_table(lua_State *L, int index, const char *what) {
    struct script *script = script_of(L);
    const int top = lua_gettop(L);
    struct options options;
    options_open(&options, L, index, what);
    struct lua_law *law = script_keep_zeroed(script, sizeof *law);
    law->script = script;
    law->finish = LUA_NOREF;
    const char *string = NULL;
    if (!options_string(&options, "name", &string))
        raise(L, "%s: found no name; expected { name = ..., reads = { ... }, fold = function }",
              what);
    law->law.name = script_keep(script, string, strlen(string));
    if (options_string(&options, "says", &string))
        law->law.says = script_keep(script, string, strlen(string));
    if (options_string(&options, "source", &string))
        law->law.source = script_keep(script, string, strlen(string));
    options_bool(&options, "group", &law->law.per_group);
    if (!options_push(&options, "reads"))
        raise(L, "%s \"%s\": found no reads; expected a list of names of facts", what,
              law->law.name);
    law->law.reads = to_reads(L, -1, what);
    if (!options_push(&options, "fold"))
        raise(L, "%s \"%s\": found no fold; expected fold = function(state, fact)", what,
              law->law.name);
    check_function(L, -1, "fold");
    law->fold = luaL_ref(L, LUA_REGISTRYINDEX);
    if (options_push(&options, "finish")) {
        check_function(L, -1, "finish");
        law->finish = luaL_ref(L, LUA_REGISTRYINDEX);
        law->law.finish = finish;
    }
    options_close(&options);
    law->law.fold = fold;
    law->law.context = law;
    law->law.state_bytes = sizeof(struct lua_law_state);
    lua_settop(L, top);
    return &law->law;
}
