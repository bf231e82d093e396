/*
 * Tasks: sim.spawn runs a function that may wait, as a program reads: sleep, wait for a condition,
 * ask a node and go on with its answer.
 *
 * A task is a coroutine. Waiting registers what may wake it, and yields. Every wait has a number,
 * and a waker that comes for an earlier wait (a timeout after the answer) finds another number and
 * goes.
 */
#include "script/internal.h"

struct task {
    struct live live;
    struct script *script;
    lua_State *thread;
    int reference; /* holds the thread */
    uint64_t waits;
    size_t wakers;
    bool over;
};

struct waker {
    struct live live;
    struct task *task;
    uint64_t wait;
    int predicate;
    bool holds, ok;
    sim_node node;
    struct sim_bytes bytes;
};

static void task_release(struct task *task) {
    if (task->over && task->wakers == 0) script_drop(task);
}

static struct waker *waker_make(struct task *task) {
    struct waker *waker = script_live(task->script, sizeof *waker);
    waker->task = task;
    waker->wait = task->waits;
    waker->predicate = LUA_NOREF;
    task->wakers++;
    return waker;
}

/* Whether the task still waits for this. */
static bool waker_is_current(const struct waker *waker) {
    return !waker->task->over && waker->wait == waker->task->waits;
}

static void waker_drop(struct waker *waker) {
    struct task *task = waker->task;
    luaL_unref(task->script->lua, LUA_REGISTRYINDEX, waker->predicate);
    script_drop(waker);
    task->wakers--;
    task_release(task);
}

/* Goes on with what is on the thread's stack. */
static void task_resume(struct task *task, int values) {
    struct script *script = task->script;
    if (script->failed) return;
    struct task *before = script->task;
    lua_State *running = script->running;
    struct sandbox_error error;
    int results;
    task->waits++;
    script->task = task;
    script->running = task->thread;
    const enum sandbox_status status =
        sandbox_resume(script->sandbox, task->thread, running, values, &results, &error);
    script->task = before;
    script->running = running;
    if (status == SANDBOX_YIELDED) {
        lua_pop(task->thread, results);
        return;
    }
    if (status != SANDBOX_OK) script_fail(script, &error);
    task->over = true;
    luaL_unref(script->lua, LUA_REGISTRYINDEX, task->reference);
}

static void task_begin(struct world *world, void *context) {
    struct waker *waker = context;
    struct task *task = waker->task;
    (void)world;
    task_resume(task, lua_gettop(task->thread) - 1);
    waker_drop(waker);
}

static int sim_spawn(lua_State *L) {
    acting(L, "sim.spawn");
    check_function(L, 1, "sim.spawn");
    struct script *script = script_of(L);
    struct task *task = script_live(script, sizeof *task);
    task->script = script;
    const int values = lua_gettop(L);
    task->thread = lua_newthread(L);
    lua_insert(L, 1);
    lua_xmove(L, task->thread, values);
    task->reference = luaL_ref(L, LUA_REGISTRYINDEX);
    world_at(script->world, world_now(script->world), task_begin, waker_make(task));
    return 0;
}

/* Raises unless this very thread is the task's own. */
static struct task *task_here(lua_State *L, const char *call) {
    struct task *task = script_of(L)->task;
    if (!task || task->thread != L)
        raise(
            L,
            "%s waits; expected inside sim.spawn(function() ... end), where waiting is possible%s",
            call, task ? ", and not in a coroutine of its own" : "");
    return task;
}

static void time_is_up(struct world *world, void *context) {
    struct waker *waker = context;
    (void)world;
    if (waker_is_current(waker)) {
        lua_pushboolean(waker->task->thread, false);
        task_resume(waker->task, 1);
    }
    waker_drop(waker);
}

static void wake_after(struct task *task, int64_t delay, world_callback *call) {
    struct world *world = task->script->world;
    world_at(world, add_sat(world_now(world), delay), call, waker_make(task));
}

static int sim_sleep(lua_State *L) {
    acting(L, "sim.sleep");
    const int64_t delay = to_duration(L, 1, "sim.sleep");
    wake_after(task_here(L, "sim.sleep"), delay, time_is_up);
    return lua_yield(L, 0);
}

static int call_condition(lua_State *L) {
    struct waker *waker = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, waker->predicate);
    lua_call(L, 0, 1);
    waker->holds = lua_toboolean(L, -1);
    return 0;
}

static void condition_came_true(struct world *world, void *context) {
    struct waker *waker = context;
    (void)world;
    if (waker_is_current(waker)) {
        lua_pushboolean(waker->task->thread, true);
        task_resume(waker->task, 1);
    }
    waker_drop(waker);
}

static bool condition_holds(struct world *world, void *context) {
    struct waker *waker = context;
    struct script *script = waker->task->script;
    if (!waker_is_current(waker)) { /* the timeout was first */
        waker_drop(waker);
        return true;
    }
    const char *observer = script->observer;
    script->observer = "the condition of sim.wait";
    waker->holds = false;
    const bool good = script_run(script, call_condition, waker);
    script->observer = observer;
    if (good && !waker->holds) return false;
    world_at(world, world_now(world), condition_came_true, waker);
    return true;
}

/* sim.wait(condition, timeout): true, or false when the time is up first. */
static int sim_wait(lua_State *L) {
    acting(L, "sim.wait");
    check_function(L, 1, "sim.wait: the condition");
    struct task *task = task_here(L, "sim.wait");
    const bool timed = !lua_isnoneornil(L, 2);
    const int64_t timeout = timed ? to_duration(L, 2, "sim.wait: the timeout") : 0;
    lua_pushvalue(L, 1);
    struct waker *waker = waker_make(task);
    waker->predicate = luaL_ref(L, LUA_REGISTRYINDEX);
    world_when(script_of(L)->world, condition_holds, waker);
    if (timed) wake_after(task, timeout, time_is_up);
    return lua_yield(L, 0);
}

static int push_answer(lua_State *L) {
    const struct waker *waker = lua_touserdata(L, 1);
    push_reply(L, waker->node, waker->ok, waker->bytes);
    lua_xmove(L, waker->task->thread, 2);
    return 0;
}

static void answered(struct world *world, void *context, bool ok, struct sim_bytes bytes) {
    struct waker *waker = context;
    (void)world;
    waker->ok = ok;
    waker->bytes = bytes;
    if (waker_is_current(waker) && script_run(waker->task->script, push_answer, waker))
        task_resume(waker->task, 2);
    waker_drop(waker);
}

static void answer_is_late(struct world *world, void *context) {
    struct waker *waker = context;
    (void)world;
    if (waker_is_current(waker)) {
        lua_pushnil(waker->task->thread);
        lua_pushliteral(waker->task->thread, "timeout");
        task_resume(waker->task, 2);
    }
    waker_drop(waker);
}

/* node:ask(name, args, timeout): the answer, or nil and why. A node that crashes never answers. */
static int node_ask(lua_State *L) {
    acting(L, "node:ask");
    lua_settop(L, 4);
    const sim_node node = self_node(L);
    const char *name = to_string(L, 2, "ask: the command");
    struct task *task = task_here(L, "node:ask");
    const int64_t timeout = lua_isnil(L, 4) ? INT64_C(10000000000)
                                            : to_duration(L, 4, "ask: the timeout");
    find_command(L, node, name, "ask"); /* raises before anything is registered */
    if (!world_node_up(script_of(L)->world, node)) {
        lua_pushnil(L);
        lua_pushfstring(L, "%s is down", world_node_name(script_of(L)->world, node));
        return 2;
    }
    struct waker *waker = waker_make(task);
    waker->node = node;
    ask_node(L, node, name, 3, answered, waker, "ask");
    wake_after(task, timeout, answer_is_late);
    return lua_yield(L, 0);
}

const luaL_Reg node_task_methods[] = {{"ask", node_ask}, {NULL, NULL}};

void api_task(lua_State *L) {
    api_functions(
        L, (const luaL_Reg[]){
               {"spawn", sim_spawn}, {"sleep", sim_sleep}, {"wait", sim_wait}, {NULL, NULL}});
}
