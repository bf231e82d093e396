/*
 * Waiting: a handler is a coroutine, and may sleep, wait for its disk, for a lane, for an answer.
 *
 * A wait has an id that goes out as a timer's, a tag's or a call's, and comes back with the event:
 * a slot of the node and its generation, so that what comes too late wakes nobody. Coroutines come
 * from a pool; one that ran to its end goes back to it. A crash drops those that wait: they belong
 * to the process. While a handler waits, other events of its node are handled: what it read before
 * may have changed, as in any program with threads.
 */
#include <stdlib.h>
#include <string.h>

#include "script/lua_node.h"

enum { SLOT_BITS = 24, THREADS_IDLE_MAX = 1024 };

/* ---- coroutines ---- */

static int thread_make(lua_State *L) {
    struct thread *thread = lua_touserdata(L, 1);
    thread->lua = lua_newthread(L);
    thread->reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* NULL when there is no memory for one: the script has failed. */
struct thread *thread_take(struct lua_runtime *runtime) {
    struct thread *thread = runtime->idle;
    if (thread) {
        runtime->idle = thread->next;
    } else {
        struct sandbox_error error;
        thread = must_calloc(1, sizeof *thread);
        if (!script_try(runtime->script, thread_make, thread, &error)) {
            lua_node_failed(runtime, &error);
            free(thread);
            return NULL;
        }
    }
    thread->next = thread->previous = NULL;
    thread->node = NULL;
    thread->wait = 0;
    return thread;
}

static void thread_unlink(struct thread *thread) {
    if (!thread->node) return;
    if (thread->previous)
        thread->previous->next = thread->next;
    else
        thread->node->waiting = thread->next;
    if (thread->next) thread->next->previous = thread->previous;
    thread->next = thread->previous = NULL;
    thread->node = NULL;
}

void thread_forget(struct lua_runtime *runtime, struct thread *thread) {
    thread_unlink(thread);
    luaL_unref(runtime->script->lua, LUA_REGISTRYINDEX, thread->reference);
    free(thread);
}

static void thread_waits(struct lua_runtime *runtime, struct thread *thread) {
    struct lua_node *node = runtime->node;
    thread->node = node;
    thread->next = node->waiting;
    if (thread->next) thread->next->previous = thread;
    node->waiting = thread;
}

void thread_run(struct lua_runtime *runtime, struct thread *thread, int values) {
    struct script *script = runtime->script;
    struct thread *before = runtime->thread;
    lua_State *running = script->running;
    struct sandbox_error error;
    int results;
    runtime->thread = thread;
    script->running = thread->lua;
    enum sandbox_status status =
        sandbox_resume(script->sandbox, thread->lua, running, values, &results, &error);
    script->running = running;
    runtime->thread = before;
    if (__builtin_expect(status == SANDBOX_OK, 1)) {
        lua_settop(thread->lua, 0);
        thread->next = runtime->idle;
        runtime->idle = thread;
        return;
    }
    if (status == SANDBOX_YIELDED && thread->wait) {
        lua_pop(thread->lua, results);
        thread_waits(runtime, thread);
        return;
    }
    if (status == SANDBOX_YIELDED)
        error = (struct sandbox_error){
            SANDBOX_ERROR,
            "a handler called coroutine.yield, and nothing would ever resume it; expected "
            "node:sleep, node:rpc, node:sync or another call that waits",
            ""};
    lua_node_failed(runtime, &error);
    thread_forget(runtime, thread);
}

/* ---- waits ---- */

uint64_t wait_begin(lua_State *L, const char *call) {
    struct lua_runtime *runtime = in_event(L, call);
    struct lua_node *node = runtime->node;
    struct thread *thread = runtime->thread;
    if (!thread || thread->lua != L || !lua_isyieldable(L))
        raise(L,
              "node:%s waits; expected in a handler itself or in node:spawn, not in a coroutine of "
              "your "
              "own nor inside a function that a library calls",
              call);
    uint32_t slot = node->wait_free;
    if (slot) {
        node->wait_free = node->waits[slot - 1].next_free;
    } else {
        if (node->wait_count >> SLOT_BITS)
            raise(L, "node:%s: found too many handlers that wait", call);
        const size_t more = node->wait_count ? node->wait_count * 2 : 4;
        node->waits = memory_resize(node->config->memory, node->waits,
                                    node->wait_count * sizeof *node->waits,
                                    more * sizeof *node->waits);
        for (size_t i = more; i > node->wait_count; i--) {
            node->waits[i - 1] = (struct wait){NULL, 0, node->wait_free};
            node->wait_free = (uint32_t)i;
        }
        node->wait_count = more;
        slot = node->wait_free;
        node->wait_free = node->waits[slot - 1].next_free;
    }
    struct wait *wait = &node->waits[slot - 1];
    wait->thread = thread;
    wait->generation++;
    thread->wait = LUA_WAIT_BIT | (uint64_t)wait->generation << SLOT_BITS | (slot - 1);
    return thread->wait;
}

bool wait_wake(struct lua_runtime *runtime, uint64_t id) {
    struct lua_node *node = runtime->node;
    const uint64_t slot = id & ((UINT64_C(1) << SLOT_BITS) - 1);
    if (slot >= node->wait_count) return false;
    struct wait *wait = &node->waits[slot];
    struct thread *thread = wait->thread;
    if (!thread || thread->wait != id) return false;
    wait->thread = NULL;
    wait->next_free = node->wait_free;
    node->wait_free = (uint32_t)slot + 1;
    thread->wait = 0;
    thread_unlink(thread);
    thread_run(runtime, thread, 0);
    return true;
}

/* ---- what a model calls ---- */

static int slept(lua_State *L, int status, lua_KContext context) {
    (void)L;
    (void)status;
    (void)context;
    return 0;
}

static int node_sleep(lua_State *L) {
    const int64_t delay = to_duration(L, 2, "node:sleep");
    const uint64_t id = wait_begin(L, "sleep");
    struct lua_runtime *runtime = script_of(L)->nodes;
    sim_arm(runtime->out, id, add_sat(runtime->event->now.mono_ns, delay));
    return lua_yieldk(L, 0, 0, slept);
}

/* node:spawn(f, ...): f runs now, beside this handler, and may wait by itself. */
static int node_spawn(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "spawn");
    check_function(L, 2, "node:spawn");
    const int values = lua_gettop(L) - 2;
    struct thread *thread = thread_take(runtime);
    if (!thread || !lua_checkstack(thread->lua, values + 4)) raise(L, "node:spawn: no memory");
    lua_xmove(L, thread->lua, values + 1);
    thread_run(runtime, thread, values);
    if (runtime->script->failed) raise(L, "%s", text_string(&runtime->script->error));
    return 0;
}

/* node:work(lane, duration): computes beside the node's events; goes on when it is done. With
 * { tag = n } it does not wait, and model.on_work(node, lane, n) is called. */
static int node_work(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "work");
    lua_settop(L, 4);
    const uint64_t lane = name_number(L, &runtime->node->model->lanes, 2, "node:work: the lane");
    const int64_t duration = to_duration(L, 3, "node:work: the duration");
    if (lane >= UINT32_MAX)
        raise(L, "node:work: found lane %s; expected a small number", shown(L, 2));
    struct options options;
    options_open(&options, L, 4, "node:work");
    int64_t tag = 0;
    const bool tagged = options_integer(&options, "tag", &tag);
    options_close(&options);
    if (tag < 0) raise(L, "node:work: tag: found %lld; expected a number from 0", (long long)tag);
    const uint64_t id = tagged ? (uint64_t)tag : wait_begin(L, "work");
    sim_work(runtime->out, (uint32_t)lane, duration, id);
    return tagged ? 0 : lua_yieldk(L, 0, 0, slept);
}

const luaL_Reg lua_wait_functions[] = {
    {"sleep", node_sleep}, {"spawn", node_spawn}, {"work", node_work}, {NULL, NULL}};
