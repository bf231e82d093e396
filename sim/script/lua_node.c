/*
 * A Lua node's life, and how an event becomes the call of a handler.
 *
 * A handler runs in a coroutine of the pool, so that it may wait anywhere (lua_wait.c). What it is
 * called with is decoded inside the coroutine, where an error or a limit is caught; nothing that
 * can raise happens outside. What a handler returns is the answer to a call or a command.
 */
#include <stdlib.h>
#include <string.h>

#include "script/lua_node.h"

/* ---- the runtime of a script ---- */

struct lua_runtime *lua_nodes_open(lua_State *L) {
    struct lua_runtime *runtime = must_calloc(1, sizeof *runtime);
    struct script *script = script_of(L);
    script->nodes = runtime;
    runtime->script = script;
    runtime->shapes = shapes_open();
    runtime->body = writer_growing();
    lua_newtable(L);
    runtime->type_numbers = luaL_ref(L, LUA_REGISTRYINDEX);
    /* node.send and so on: the metatable's __index, which scripts cannot reach. */
    lua_createtable(L, 0, 2);
    lua_newtable(L);
    api_functions(L, lua_effect_functions);
    api_functions(L, lua_disk_functions);
    api_functions(L, lua_rpc_functions);
    api_functions(L, lua_wait_functions);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    runtime->node_class = luaL_ref(L, LUA_REGISTRYINDEX);
    return runtime;
}

void lua_nodes_close(struct script *script) {
    struct lua_runtime *runtime = script->nodes;
    if (!runtime) return;
    while (runtime->idle) {
        struct thread *thread = runtime->idle;
        runtime->idle = thread->next;
        free(thread);
    }
    shapes_close(runtime->shapes);
    writer_free(&runtime->body);
    free(runtime);
    script->nodes = NULL;
}

/* ---- init and fini ---- */

struct starting {
    struct lua_node *node;
    const struct sim_config *config;
};

static void push_knobs(lua_State *L, const struct sim_config *config) {
    const struct sim_param *knobs = config->model->knobs;
    lua_newtable(L);
    lua_newtable(L); /* names: a knob without a value is nil, another name an error */
    lua_insert(L, -2);
    for (size_t i = 0; knobs[i].name; i++) {
        lua_pushboolean(L, true);
        lua_setfield(L, -3, knobs[i].name);
        /* A text's usual value stands where choices would. */
        if (knobs[i].unit == SIM_TEXT && !config->knobs[i].text.data)
            lua_pushstring(L, knobs[i].choices);
        else
            push_parameter(L, &knobs[i], &config->knobs[i]);
        lua_setfield(L, -2, knobs[i].name);
    }
    lua_insert(L, -2);
    api_seal_names(L, "node.knobs");
}

static void push_bugs(lua_State *L, const struct sim_config *config) {
    const struct sim_bug *bugs = config->model->bugs;
    lua_newtable(L);
    for (size_t i = 0; bugs && bugs[i].name; i++) {
        lua_pushboolean(L, config->bugs >> i & 1);
        lua_setfield(L, -2, bugs[i].name);
    }
    api_seal(L, "node.bugs");
}

/* The scenario knows the name; during init the world does not have the node yet. */
static int start_protected(lua_State *L) {
    struct starting *starting = lua_touserdata(L, 1);
    struct lua_node *node = starting->node;
    lua_createtable(L, DISPATCH_TYPES + 8, 0);
    lua_createtable(L, 0, 8);
    lua_pushinteger(L, node->self);
    lua_setfield(L, -2, "id");
    push_knobs(L, starting->config);
    lua_setfield(L, -2, "knobs");
    push_bugs(L, starting->config);
    lua_setfield(L, -2, "bugs");
    lua_rawgeti(L, LUA_REGISTRYINDEX, node->runtime->node_class);
    lua_setmetatable(L, -2);
    lua_rawseti(L, -2, DISPATCH_SELF);
    lua_model_load(L, node->model);
    lua_getfield(L, -1, "on_message");
    lua_rawseti(L, -3, DISPATCH_MESSAGE);
    lua_rawseti(L, -2, DISPATCH_MODEL);
    node->dispatch = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

void *lua_node_init(const struct sim_config *config, struct text *refusal) {
    struct lua_model *model = (struct lua_model *)(uintptr_t)config->model->context;
    struct lua_node *node = memory_take(config->memory, sizeof *node);
    *node = (struct lua_node){.model = model,
                              .runtime = model->script->nodes,
                              .config = config,
                              .self = config->self,
                              .dispatch = LUA_NOREF};
    struct starting starting = {node, config};
    struct sandbox_error error;
    if (script_try(model->script, start_protected, &starting, &error)) return node;
    text_add(refusal, "%s", error.message);
    return NULL;
}

void lua_node_fini(void *state) {
    struct lua_node *node = state;
    struct lua_runtime *runtime = node->runtime;
    while (node->waiting) thread_forget(runtime, node->waiting);
    luaL_unref(runtime->script->lua, LUA_REGISTRYINDEX, node->dispatch);
}

/* ---- an event ---- */

void lua_node_failed(struct lua_runtime *runtime, const struct sandbox_error *error) {
    script_fail(runtime->script, error);
    if (runtime->out) sim_error(runtime->out, error->message);
}

struct lua_runtime *in_event(lua_State *L, const char *call) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    if (!runtime->out || !lua_istable(L, 1)) {
        if (!lua_istable(L, 1))
            raise(L, "%s: found %s where the node should be; call it with a colon: node:%s(...)",
                  call, shown(L, 1), call);
        raise(L,
              "node:%s acts; expected in a handler of an event: what is shown to observers "
              "(describe, "
              "probes, views) and the model's top level may only look",
              call);
    }
    sandbox_charge(L, 20);
    return runtime;
}

void push_dispatch(lua_State *L, const struct lua_node *node, int which) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, node->dispatch);
    lua_rawgeti(L, -1, which);
    lua_replace(L, -2);
}

/* Pushes the model's function of that name; false: it has none. */
static bool push_handler(lua_State *L, const struct lua_node *node, const char *name) {
    push_dispatch(L, node, DISPATCH_MODEL);
    lua_getfield(L, -1, name);
    lua_replace(L, -2);
    if (lua_isfunction(L, -1)) return true;
    if (!lua_isnil(L, -1))
        raise(L, "%s: %s: found %s; expected a function", node->model->where, name, shown(L, -1));
    lua_pop(L, 1);
    return false;
}

/* What a handler must come back to with its results. */
enum { CONTEXT_PLAIN, CONTEXT_CALL, CONTEXT_COMMAND };

/* Under the results lie three integers that say what they answer. */
static int handled(lua_State *L, int status, lua_KContext context) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    (void)status;
    if (context == CONTEXT_PLAIN || lua_gettop(L) <= 3)
        return 0; /* nothing returned: no answer now */
    if (context == CONTEXT_CALL) {
        const struct asked asked = {(sim_node)lua_tointeger(L, 1), (uint64_t)lua_tointeger(L, 2),
                                    (uint32_t)lua_tointeger(L, 3)};
        rpc_answer(L, runtime, &asked, 4);
    } else {
        lua_reply(L, runtime, (uint64_t)lua_tointeger(L, 2), 4);
    }
    return 0;
}

/* Finds and remembers the handler of a type; nil when the model has none of its own. */
static int find_type_handler(lua_State *L, const struct lua_node *node, uint32_t type) {
    struct lua_runtime *runtime = node->runtime;
    lua_pushfstring(L, "on_%s", runtime->types[runtime->types[type].plain].name);
    const char *name = lua_tostring(L, -1);
    if (!push_handler(L, node, name)) {
        push_dispatch(L, node, DISPATCH_MESSAGE);
        if (lua_isnil(L, -1))
            raise(L,
                  "%s: found no %s for the message \"%s\"; expected model.%s(node, from, message), "
                  "or "
                  "model.on_message(node, from, type, message)",
                  node->model->where, name, runtime->types[type].name, name);
        lua_pop(L, 1);
        lua_pushboolean(L, false);
    }
    lua_remove(L, -2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, node->dispatch);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, DISPATCH_TYPES + (lua_Integer)type);
    lua_pop(L, 1);
    return lua_type(L, -1);
}

/* The type as this script numbers it: from a node in C, by the name that its model has for it. */
static uint32_t type_received(lua_State *L, const struct lua_runtime *runtime,
                              const struct sim_message *message) {
    const struct sim_model *model = world_node_model(runtime->script->world, message->peer);
    if (is_lua_model(model)) {
        if (message->type < runtime->type_count) return message->type;
    } else {
        for (uint32_t i = 0; model->messages && model->messages[i].name; i++)
            if (i == message->type) return type_number(L, model->messages[i].name);
    }
    raise(L, "found a message of type %u, which has no name", message->type);
}

static int handle_message(lua_State *L, struct lua_runtime *runtime, struct lua_node *node) {
    const struct sim_message *message = &runtime->event->message;
    const uint32_t type = type_received(L, runtime, message);
    struct sim_bytes body = message->body;
    lua_settop(L, 0);
    const bool is_call = runtime->types[type].kind == TYPE_CALL;
    if (is_call) {
        if (body.size < RPC_HEADER_BYTES) return 0; /* corrupted, and delivered so */
        lua_pushinteger(L, message->peer);
        lua_pushinteger(L, (lua_Integer)load_u64(body.data));
        lua_pushinteger(L, type);
        body.data += RPC_HEADER_BYTES;
        body.size -= RPC_HEADER_BYTES;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, node->dispatch);
    const int dispatch = lua_gettop(L);
    int found = lua_rawgeti(L, dispatch, DISPATCH_TYPES + (lua_Integer)type);
    if (found == LUA_TNIL) {
        lua_pop(L, 1);
        found = find_type_handler(L, node, type);
    }
    if (found != LUA_TFUNCTION) {
        lua_pop(L, 1);
        lua_rawgeti(L, dispatch, DISPATCH_MESSAGE);
    }
    lua_rawgeti(L, dispatch, DISPATCH_SELF);
    lua_pushinteger(L, message->peer);
    if (found != LUA_TFUNCTION) lua_pushstring(L, runtime->types[runtime->types[type].plain].name);
    int values = found == LUA_TFUNCTION ? 3 : 4;
    if (!body_decode(L, runtime, body, type)) { /* corrupted, and delivered so */
        if (!push_handler(L, node, "on_malformed")) return 0;
        lua_replace(L, dispatch + 1);
        lua_settop(L, dispatch + 3);
        lua_pushstring(L, runtime->types[type].name);
        values = 3;
    }
    if (is_call) { /* what node:answer takes, to answer later */
        lua_createtable(L, 0, 3);
        for (int i = 1; i <= 3; i++) {
            lua_pushvalue(L, i);
            lua_rawseti(L, -2, i);
        }
        values++;
        lua_remove(L, dispatch);
        lua_callk(L, values, LUA_MULTRET, CONTEXT_CALL, handled);
        return handled(L, LUA_OK, CONTEXT_CALL);
    }
    lua_callk(L, values, 0, CONTEXT_PLAIN, handled);
    return 0;
}

static void push_files(lua_State *L, const struct lua_node *node, const struct sim_event *event) {
    lua_createtable(L, 0, (int)event->start.count);
    for (size_t i = 0; i < event->start.count; i++) {
        push_name(L, &node->model->files, event->start.files[i].file);
        lua_pushinteger(L, event->start.files[i].size);
        lua_rawset(L, -3);
    }
}

static const char *const disk_operations[] = {"read",     "write",  "sync",
                                              "truncate", "remove", "rename"};
static const char *const disk_errors[] = {NULL, "EIO", "ENOSPC", "ECHECKSUM", "ENOENT"};

static void push_disk(lua_State *L, const struct lua_node *node, const struct sim_disk *disk) {
    lua_createtable(L, 0, 8);
    lua_pushstring(L, disk_operations[disk->op]);
    lua_setfield(L, -2, "op");
    lua_pushstring(L, disk_errors[disk->error]);
    lua_setfield(L, -2, "error");
    push_name(L, &node->model->files, disk->file);
    lua_setfield(L, -2, "file");
    lua_pushinteger(L, disk->offset);
    lua_setfield(L, -2, "offset");
    lua_pushinteger(L, disk->size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, (lua_Integer)disk->tag);
    lua_setfield(L, -2, "tag");
    if (disk->op == SIM_READ) {
        lua_pushlstring(L, (const char *)disk->bytes.data, disk->bytes.size);
        lua_setfield(L, -2, "bytes");
    }
}

static void push_arguments(lua_State *L, const struct lua_node *node,
                           const struct sim_event *event) {
    const struct sim_table *command = &node->model->model.commands[event->command.which];
    lua_pushstring(L, command->name);
    lua_newtable(L);
    for (size_t i = 0; command->columns[i].name; i++) {
        const struct sim_value *value = &event->command.args[i];
        if (command->columns[i].unit == SIM_TEXT && !value->text.data)
            lua_pushstring(L, command->columns[i].choices);
        else
            push_parameter(L, &command->columns[i], value);
        lua_setfield(L, -2, command->columns[i].name);
    }
}

/* An event other than a message. Unlike a message, most may go unheard. */
static int handle_other(lua_State *L, struct lua_runtime *runtime, struct lua_node *node) {
    static const char *const handlers[] = {
        [SIM_START] = "start",  [SIM_PEER] = "on_peer", [SIM_TIMER] = "on_timer",
        [SIM_DISK] = "on_disk", [SIM_WORK] = "on_work", [SIM_COMMAND] = "on_command"};
    const struct sim_event *event = runtime->event;
    const bool is_command = event->kind == SIM_COMMAND;
    lua_settop(L, 0);
    if (is_command) {
        lua_pushinteger(L, 0);
        lua_pushinteger(L, (lua_Integer)event->command.request);
        lua_pushinteger(L, 0);
    }
    if (!push_handler(L, node, handlers[event->kind])) {
        if (event->kind == SIM_START || event->kind == SIM_PEER) return 0;
        raise(
            L,
            "%s: found no %s; expected model.%s, as the model arms timers, gives commands or waits "
            "for answers itself",
            node->model->where, handlers[event->kind], handlers[event->kind]);
    }
    const int first = lua_gettop(L);
    push_dispatch(L, node, DISPATCH_SELF);
    switch (event->kind) {
    case SIM_START: push_files(L, node, event); break;
    case SIM_PEER:
        lua_pushinteger(L, event->peer.node);
        lua_pushstring(L, node->model->model.channels[event->peer.channel].name);
        lua_pushboolean(L, event->peer.up);
        break;
    case SIM_TIMER: push_name(L, &node->model->timers, event->timer.id); break;
    case SIM_DISK: push_disk(L, node, &event->disk); break;
    case SIM_WORK:
        push_name(L, &node->model->lanes, event->work.lane);
        lua_pushinteger(L, (lua_Integer)event->work.tag);
        break;
    default:
        push_arguments(L, node, event);
        lua_pushinteger(L, (lua_Integer)event->command.request);
    }
    const int values = lua_gettop(L) - first;
    if (is_command) {
        lua_callk(L, values, LUA_MULTRET, CONTEXT_COMMAND, handled);
        return handled(L, LUA_OK, CONTEXT_COMMAND);
    }
    lua_callk(L, values, 0, CONTEXT_PLAIN, handled);
    return 0;
}

static int handle_event(lua_State *L) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    if (runtime->event->kind == SIM_MESSAGE) return handle_message(L, runtime, runtime->node);
    return handle_other(L, runtime, runtime->node);
}

/* Is this event what a handler waits for? Its id then; 0: it is one for the model. */
static uint64_t awaited(const struct lua_runtime *runtime, const struct lua_node *node,
                        const struct sim_event *event) {
    switch (event->kind) {
    case SIM_TIMER: return event->timer.id & LUA_WAIT_BIT ? event->timer.id : 0;
    case SIM_DISK: return event->disk.tag & LUA_WAIT_BIT ? event->disk.tag : 0;
    case SIM_WORK: return event->work.tag & LUA_WAIT_BIT ? event->work.tag : 0;
    case SIM_MESSAGE:
        if (event->message.type < runtime->type_count &&
            runtime->types[event->message.type].kind == TYPE_REPLY &&
            is_lua_node(runtime->script, event->message.peer))
            return event->message.body.size < RPC_HEADER_BYTES
                       ? LUA_WAIT_BIT
                       : (load_u64(event->message.body.data) - node->rpc_base) | LUA_WAIT_BIT;
        return 0;
    default: return 0;
    }
}

void lua_node_step(void *state, const struct sim_event *event, struct sim_out *out) {
    struct lua_node *node = state;
    struct lua_runtime *runtime = node->runtime;
    if (runtime->script->failed) return;
    runtime->node = node;
    runtime->event = event;
    runtime->out = out;
    const uint64_t wait = awaited(runtime, node, event);
    if (wait) {
        wait_wake(runtime, wait);
    } else {
        struct thread *thread = thread_take(runtime);
        if (thread) {
            lua_pushcfunction(thread->lua, handle_event);
            thread_run(runtime, thread, 0);
        }
    }
    runtime->node = NULL;
    runtime->event = NULL;
    runtime->out = NULL;
}
