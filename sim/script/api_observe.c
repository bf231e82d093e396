/*
 * What must hold, and what should be seen: expectations, laws of the scenario, plots and marks.
 *
 * An expectation looks at the world and changes nothing: acting inside one is an error, and it runs
 * from the world's watch, outside the queue and the digest. Its own error is a fail with the
 * message.
 */
#include <string.h>

#include "script/internal.h"

static const int64_t period_usual_ns = 10000000;

struct asking {
    struct script *script;
    int function;
    bool result;
    struct text *why;
};

/* Protected: calls the function; a second result says why. */
static int ask(lua_State *L) {
    struct asking *asking = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, asking->function);
    lua_call(L, 0, 2);
    asking->result = lua_toboolean(L, -2);
    if (!asking->result && !lua_isnil(L, -1)) {
        text_clear(asking->why);
        text_add(asking->why, "%s", sandbox_tostring(L, -1, NULL));
    }
    return 0;
}

/* What the function answers now; an error is false, with the message. */
static bool holds(struct check *check, struct text *why) {
    struct script *script = check->script;
    struct asking asking = {script, check->function, false, why};
    struct sandbox_error error;
    const char *observer = script->observer;
    script->observer = "an expectation";
    check->evaluated++;
    text_clear(why);
    if (!script_try(script, ask, &asking, &error)) {
        asking.result = false;
        text_clear(why);
        text_add(why, "%s", error.message);
    }
    script->observer = observer;
    return asking.result;
}

void check_decide(struct check *check, enum script_verdict verdict, const char *format, ...) {
    struct text before = check->why; /* what the function itself said */
    struct text why = {0};
    check->decided = true;
    check->verdict = verdict;
    check->at_ns = world_now(check->script->world);
    if (verdict != VERDICT_PASS) {
        va_list list;
        va_start(list, format);
        text_add(&why, "%s: ", check->where);
        text_add_list(&why, format, list);
        va_end(list);
        if (before.size) text_add(&why, ": %s", text_string(&before));
    }
    check->why = why;
    text_free(&before);
}

static void look_at(struct check *check) {
    struct world *world = check->script->world;
    struct text now = {0};
    if (check->decided || check->script->failed) return;
    if (world_now(world) < check->from_ns) return;
    text_add_ns(&now, world_now(world));
    if (check->mode == CHECK_ALWAYS) {
        if (!holds(check, &check->why))
            check_decide(check, VERDICT_FAIL, "false at %s", text_string(&now));
    } else if (check->mode == CHECK_BY) {
        if (holds(check, &check->why))
            check_decide(check, VERDICT_PASS, "%s", "");
        else if (world_now(world) >= check->when_ns)
            check_decide(check, VERDICT_FAIL, "still false at %s", text_string(&now));
    } else if (check->mode == CHECK_AT && world_now(world) >= check->when_ns) {
        if (holds(check, &check->why))
            check_decide(check, VERDICT_PASS, "%s", "");
        else
            check_decide(check, VERDICT_FAIL, "false at %s", text_string(&now));
    }
    text_free(&now);
}

static void watch(struct world *world, void *context) {
    (void)world;
    look_at(context);
}

static void check_law(struct check *check) {
    struct world *world = check->script->world;
    for (size_t i = 0; i < world_laws(world); i++) {
        const struct law_status law = world_law(world, i);
        if (strcmp(law.law->name, check->name) != 0) continue;
        if (law.broken) {
            check_decide(check, VERDICT_PASS, "%s", "");
            check->at_ns = law.at_ns;
        } else {
            check_decide(check, law.judged ? VERDICT_FAIL : VERDICT_INCONCLUSIVE, "%s",
                         law.judged ? "the law held: this run shows no breach of it"
                                    : "the law judged nothing");
        }
        return;
    }
}

/* At the end of the run. */
static void check_finish(struct check *check) {
    struct world *world = check->script->world;
    if (check->decided) return;
    if (check->mode == CHECK_LAW) {
        check_law(check);
    } else if (check->script->failed) {
        check_decide(check, VERDICT_INCONCLUSIVE,
                     "the run ended with an error before this was judged");
    } else if (check->mode == CHECK_HISTORY || check->mode == CHECK_HISTORY_FAILS) {
        check_history(check);
    } else if (world_ended_by_limit(world)) {
        check_decide(check, VERDICT_INCONCLUSIVE, "the run passed a limit before this was judged");
    } else if (check->mode == CHECK_AT_END) {
        if (holds(check, &check->why))
            check_decide(check, VERDICT_PASS, "%s", "");
        else
            check_decide(check, VERDICT_FAIL, "false at the end of the run");
    } else if (check->mode == CHECK_ALWAYS) {
        look_at(check);
        if (!check->decided && check->evaluated) check_decide(check, VERDICT_PASS, "%s", "");
    } else {
        const bool may_still = world_now(world) < check->when_ns;
        look_at(check); /* the end itself is a moment of the run */
        if (!check->decided && check->evaluated && !may_still)
            check_decide(check, VERDICT_FAIL, "never true");
        else if (!check->decided && check->when_ns == INT64_MAX)
            check_decide(check, VERDICT_FAIL, "never true");
    }
    if (!check->decided)
        check_decide(check, VERDICT_INCONCLUSIVE, "the run ended before this could be judged");
}

void checks_finish(struct script *script) {
    for (struct check *check = script->checks; check; check = check->later) {
        check_finish(check);
        script->results = must_grow(script->results, &script->result_capacity,
                                    script->result_count + 1, sizeof *script->results);
        script->results[script->result_count++] = (struct script_check){
            check->name,    check->kind,
            check->verdict, text_string(&check->why),
            check->at_ns,   check->svg.size ? text_string(&check->svg) : NULL};
    }
}

struct check *check_make(lua_State *L, const char *name, const char *kind) {
    struct script *script = script_of(L);
    struct text where = {0};
    where_called(L, &where);
    struct check *check = script_live(script, sizeof *check);
    check->script = script;
    check->name = script_keep(script, name, strlen(name));
    check->where = script_keep(script, text_string(&where), where.size);
    text_free(&where);
    check->kind = kind;
    check->when_ns = INT64_MAX;
    *script->checks_end = check;
    script->checks_end = &check->later;
    return check;
}

/* sim.expect(name, function, { at= | by= | always= | eventually=, from=, every= }) */
static int sim_expect(lua_State *L) {
    acting(L, "sim.expect");
    const char *name = to_string(L, 1, "sim.expect: the name");
    check_function(L, 2, "sim.expect");
    struct options options;
    options_open(&options, L, 3, "sim.expect");
    int64_t at = -1, by = -1, from = 0, every = period_usual_ns;
    bool always = false, eventually = false;
    options_duration(&options, "at", &at);
    options_duration(&options, "by", &by);
    options_bool(&options, "always", &always);
    options_bool(&options, "eventually", &eventually);
    options_duration(&options, "from", &from);
    const bool periodic = options_duration(&options, "every", &every);
    options_close(&options);
    if ((at >= 0) + (by >= 0) + always + eventually > 1)
        raise(L, "sim.expect: found more than one of at, by, always and eventually; expected one");
    if (every == 0) raise(L, "sim.expect: every: found 0; expected a period above it");
    if ((periodic || from) && at < 0 && by < 0 && !always && !eventually)
        raise(L, "sim.expect: every and from go with by, always or eventually");
    struct check *check = check_make(L, name, "expectation");
    lua_pushvalue(L, 2);
    check->function = luaL_ref(L, LUA_REGISTRYINDEX);
    check->mode = at >= 0                 ? CHECK_AT
                  : always                ? CHECK_ALWAYS
                  : by >= 0 || eventually ? CHECK_BY
                                          : CHECK_AT_END;
    check->when_ns = at >= 0 ? at : by >= 0 ? by : INT64_MAX;
    check->from_ns = from;
    struct world *world = script_of(L)->world;
    if (check->mode == CHECK_AT) every = at > 0 ? at : 1;
    if (check->mode == CHECK_BY && by > 0 && by < every) every = by;
    if (check->mode != CHECK_AT_END) world_watch(world, every, watch, check);
    return 0;
}

static int sim_demonstrates(lua_State *L) {
    acting(L, "sim.demonstrates");
    struct options options;
    lua_settop(L, 2);
    options_open(&options, L, 2, "sim.demonstrates");
    bool goes_on = false;
    options_bool(&options, "go_on", &goes_on);
    options_close(&options);
    struct check *check = check_make(L, to_string(L, 1, "sim.demonstrates"), "demonstrates");
    check->mode = CHECK_LAW;
    check->goes_on = goes_on;
    return 0;
}

static int sim_law_make(lua_State *L) {
    acting(L, "sim.law");
    world_add_law(script_of(L)->world, law_from_table(L, 1, "sim.law"));
    return 0;
}

/* ---- plots and marks ---- */

/* An option of a plot as text: a node by its name, a list with commas between, a duration in ns. */
static void plot_value(lua_State *L, int index, const char *key, struct text *text) {
    static const char *const times[] = {"from", "to", "at", "step", "window", "bin"};
    index = lua_absindex(L, index);
    if (lua_istable(L, index)) {
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, index); i++) {
            lua_rawgeti(L, index, i);
            if (i > 1) text_add_char(text, ',');
            plot_value(L, -1, key, text);
            lua_pop(L, 1);
        }
        return;
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (strcmp(key, times[i]) == 0) {
            text_add(text, "%lld", (long long)to_duration(L, index, key));
            return;
        }
    if (luaL_testudata(L, index, "node"))
        text_add(text, "%s", world_node_name(script_of(L)->world, to_node(L, index, key)));
    else if (lua_type(L, index) == LUA_TFUNCTION || lua_type(L, index) == LUA_TUSERDATA)
        raise(L, "sim.plot: %s: found %s; expected a text, a number, a node or a list of these",
              key, shown(L, index));
    else
        text_add(text, "%s", sandbox_tostring(L, index, NULL));
}

static int sim_plot(lua_State *L) {
    acting(L, "sim.plot");
    struct script *script = script_of(L);
    const char *name = to_string(L, 1, "sim.plot: the name");
    lua_settop(L, 2);
    struct options options; /* any name: the plot decides */
    options_open(&options, L, 2, "sim.plot");
    enum { KEYS_MAX = 32 };
    const char **keys = scratch(L, KEYS_MAX * sizeof *keys);
    size_t count = 0;
    if (options.index)
        for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING || count == KEYS_MAX)
                raise(L, "sim.plot: found an option without a name; expected name = value");
            size_t at = count++;
            for (; at && strcmp(keys[at - 1], lua_tostring(L, -2)) > 0; at--)
                keys[at] = keys[at - 1];
            keys[at] = lua_tostring(L, -2);
        }
    const char **kept = script_keep_zeroed(script, 2 * KEYS_MAX * sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        lua_settop(L, 3);
        lua_getfield(L, 2, keys[i]);
        struct text text = {0};
        plot_value(L, -1, keys[i], &text);
        kept[i] = script_keep(script, keys[i], strlen(keys[i]));
        kept[KEYS_MAX + i] = script_keep(script, text_string(&text), text.size);
        text_free(&text);
    }
    script->plots = must_grow(script->plots, &script->plot_capacity, script->plot_count + 1,
                              sizeof *script->plots);
    script->plots[script->plot_count++] =
        (struct script_plot){script_keep(script, name, strlen(name)), kept, kept + KEYS_MAX, count};
    return 0;
}

/* sim.mark("10s", "20s", "a large transaction"), sim.mark("10s", "the crash"), sim.mark("now it
 * happens"): a span, a moment, or this moment. */
static int sim_mark(lua_State *L) {
    acting(L, "sim.mark");
    struct script *script = script_of(L);
    const int count = lua_gettop(L);
    if (count < 1 || count > 3)
        raise(L, "sim.mark: found %d arguments; expected (from, to, label)", count);
    const int64_t from = count > 1 ? to_duration(L, 1, "sim.mark: from") : world_now(script->world);
    const int64_t to = count > 2 ? to_duration(L, 2, "sim.mark: to") : from;
    const char *label = to_string(L, count, "sim.mark: the label");
    if (to < from) raise(L, "sim.mark: found an end before the beginning");
    script->marks = must_grow(script->marks, &script->mark_capacity, script->mark_count + 1,
                              sizeof *script->marks);
    script->marks[script->mark_count++] =
        (struct script_mark){from, to, script_keep(script, label, strlen(label))};
    return 0;
}

/* A figure of this run, for the summary and for plots. Nothing of the run depends on it, so an
 * expectation or a law may tell it. A later one of the same name and label takes its place. */
static int sim_result(lua_State *L) {
    enum { RESULTS_MAX = 1000 };
    struct script *script = script_of(L);
    const char *name = to_string(L, 1, "sim.result: the name");
    const char *label = to_string(L, 2, "sim.result: the label");
    if (lua_type(L, 3) != LUA_TNUMBER)
        raise(L, "sim.result: the value: found %s; expected a number",
              sandbox_tostring(L, 3, NULL));
    const double value = (double)lua_tonumber(L, 3);
    if (value - value != 0)
        raise(L, "sim.result: the value: found %s; expected a finite number",
              sandbox_tostring(L, 3, NULL));
    for (size_t i = 0; i < script->figure_count; i++) {
        struct script_result *r = &script->figures[i];
        if (strcmp(r->name, name) != 0 || strcmp(r->label, label) != 0) continue;
        r->value = value;
        return 0;
    }
    if (script->figure_count == RESULTS_MAX)
        raise(L,
              "sim.result: found more than %d results; expected figures of the run, not a series",
              (int)RESULTS_MAX);
    script->figures = must_grow(script->figures, &script->figure_capacity, script->figure_count + 1,
                                sizeof *script->figures);
    script->figures[script->figure_count++] = (struct script_result){
        script_keep(script, name, strlen(name)), script_keep(script, label, strlen(label)), value};
    return 0;
}

/* One more value of something that a scenario measures again and again: its distribution is told.
 */
static int sim_trial(lua_State *L) {
    enum { TRIALS_MAX = 1000000 };
    struct script *script = script_of(L);
    const char *name = to_string(L, 1, "sim.trial: the name");
    const double value = lua_type(L, 2) == LUA_TNUMBER ? (double)lua_tonumber(L, 2) : 1. / 0.;
    if (value - value != 0)
        raise(L, "sim.trial: the value: found %s; expected a finite number",
              sandbox_tostring(L, 2, NULL));
    if (script->trial_count == TRIALS_MAX)
        raise(L, "sim.trial: found more than %d values", (int)TRIALS_MAX);
    for (size_t i = script->trial_count; i-- > 0 && script->trial_count - i <= 64;) {
        if (strcmp(script->trials[i].name, name) != 0) continue;
        name = script->trials[i].name; /* kept already */
        break;
    }
    if (name == lua_tostring(L, 1)) name = script_keep(script, name, strlen(name));
    script->trials = must_grow(script->trials, &script->trial_capacity, script->trial_count + 1,
                               sizeof *script->trials);
    script->trials[script->trial_count++] = (struct script_result){name, NULL, value};
    return 0;
}

void api_observe(lua_State *L) {
    api_functions(L, (const luaL_Reg[]){{"expect", sim_expect},
                                        {"demonstrates", sim_demonstrates},
                                        {"law", sim_law_make},
                                        {"plot", sim_plot},
                                        {"mark", sim_mark},
                                        {"result", sim_result},
                                        {"trial", sim_trial},
                                        {NULL, NULL}});
}
