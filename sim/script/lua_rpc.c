/*
 * Calls between Lua nodes, and the bodies of messages.
 *
 * node:rpc(to, "get", { key = 1 }, "1s") sends a message of type get.call and waits for get.reply;
 * on the other side model.on_get(node, from, message, call) returns the answer, or hands `call` to
 * node:answer later. A call's id begins from 64 random bits at each start: ids that began at 1
 * after a crash would let an old reply wake a new call.
 */
#include <string.h>

#include "script/lua_node.h"

static const int64_t timeout_usual_ns = 1000000000;
enum { BODY_MB_MAX = 16 };

/* ---- bodies ---- */

void body_encode(lua_State *L, struct lua_runtime *runtime, int index, uint32_t type) {
    const struct message_type *t = &runtime->types[type];
    const struct layout *layout = t->kind == TYPE_REPLY ? NULL : runtime->types[t->plain].layout;
    if (layout)
        layout_encode(L, index, layout, t->name, &runtime->body);
    else if (!lua_isnoneornil(L, index))
        message_encode(L, index, &runtime->body);
}

static void body_charge(lua_State *L, const struct lua_runtime *runtime) {
    if (runtime->body.size > (size_t)BODY_MB_MAX << 20)
        raise(L,
              "found a message of %d MB; expected %d MB at most: one that shall only keep a link "
              "busy "
              "can say so, { bytes = \"1GB\" }",
              (int)(runtime->body.size >> 20), BODY_MB_MAX);
    sandbox_charge(L, 20 + (int64_t)runtime->body.size / 2);
}

void body_send(lua_State *L, struct lua_runtime *runtime, struct sim_message message) {
    body_charge(L, runtime);
    message.body = (struct sim_bytes){runtime->body.data, runtime->body.size};
    sim_send(runtime->out, message);
}

bool body_decode(lua_State *L, struct lua_runtime *runtime, struct sim_bytes bytes, uint32_t type) {
    const struct message_type *t = &runtime->types[type];
    const struct layout *layout = t->kind == TYPE_REPLY ? NULL : runtime->types[t->plain].layout;
    return layout ? layout_decode(L, layout, bytes) : message_decode(L, bytes);
}

/* Calls go on the model's first channel of datagrams: an answer that is lost is a timeout. */
static uint32_t channel_of_calls(const struct lua_node *node) {
    const struct sim_channel *channels = node->model->model.channels;
    for (uint32_t i = 0; channels[i].name; i++)
        if (!channels[i].stream) return i;
    return 0;
}

/* ---- calling ---- */

static int answered(lua_State *L, int status, lua_KContext context) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    const struct sim_event *event = runtime->event;
    (void)status;
    if (event->kind == SIM_TIMER) {
        lua_pushnil(L);
        lua_pushliteral(L, "timeout");
        return 2;
    }
    sim_disarm(runtime->out, (uint64_t)context);
    const struct sim_bytes body = {event->message.body.data + RPC_HEADER_BYTES,
                                   event->message.body.size - RPC_HEADER_BYTES};
    if (body_decode(L, runtime, body, event->message.type)) return 1;
    lua_pushliteral(L, "corrupt");
    return 2;
}

static int node_rpc(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "rpc");
    struct lua_node *node = runtime->node;
    lua_settop(L, 6);
    const sim_node to = to_peer(L, 2, "node:rpc: to");
    const uint32_t type = type_of_call(L, type_at(L, 3));
    const int64_t timeout = lua_isnil(L, 5) ? timeout_usual_ns
                                            : to_duration(L, 5, "node:rpc: the timeout");
    if (!is_lua_node(runtime->script, to))
        raise(L, "node:rpc: found a node in C; expected one in Lua: send it a message of its own");
    if (!node->rpc_begun) {
        node->rpc_base = draw(runtime->event->random);
        node->rpc_begun = true;
    }
    runtime->body.size = 0;
    put_u64(&runtime->body, 0); /* the id, once it is known */
    body_encode(L, runtime, 4, type);
    body_charge(L, runtime); /* while nobody waits: it may raise */
    const uint64_t id = wait_begin(L, "rpc");
    store_u64(runtime->body.data, node->rpc_base + (id & ~LUA_WAIT_BIT));
    sim_send(runtime->out, (struct sim_message){.peer = to,
                                                .type = type,
                                                .channel = channel_of_calls(node),
                                                .body = {runtime->body.data, runtime->body.size}});
    sim_arm(runtime->out, id, add_sat(runtime->event->now.mono_ns, timeout));
    return lua_yieldk(L, 0, (lua_KContext)id, answered);
}

/* ---- answering ---- */

void rpc_answer(lua_State *L, struct lua_runtime *runtime, const struct asked *asked, int index) {
    const uint32_t type = runtime->types[asked->type].reply;
    runtime->body.size = 0;
    put_u64(&runtime->body, asked->id);
    body_encode(L, runtime, index, type);
    body_send(L, runtime,
              (struct sim_message){
                  .peer = asked->from, .type = type, .channel = channel_of_calls(runtime->node)});
}

/* node:answer(call, value) */
static int node_answer(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "answer");
    lua_settop(L, 3);
    int64_t part[3] = {-1, 0, -1};
    for (int i = 0; lua_istable(L, 2) && i < 3; i++) {
        lua_rawgeti(L, 2, i + 1);
        if (lua_isinteger(L, -1)) part[i] = lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    if (part[0] < 0 || (size_t)part[0] >= world_nodes(runtime->script->world) || part[2] < 0 ||
        part[2] >= runtime->type_count || runtime->types[part[2]].kind != TYPE_CALL)
        raise(L, "node:answer: found %s; expected the call that the handler was given last",
              shown(L, 2));
    const struct asked asked = {(sim_node)part[0], (uint64_t)part[1], (uint32_t)part[2]};
    rpc_answer(L, runtime, &asked, 3);
    return 0;
}

const luaL_Reg lua_rpc_functions[] = {{"rpc", node_rpc}, {"answer", node_answer}, {NULL, NULL}};
