/*
 * What a Lua node can do in an event: the wall's effects, as methods of `node`.
 *
 * Peers are numbers, as on the wall (the `from` of a handler, a knob's value), or names. Durations
 * are strings with a unit or ns. Whatever copies a message copies it as bytes: a table that was
 * sent and then changed stays as it was sent.
 */
#include <string.h>

#include "script/lua_node.h"

sim_node to_peer(lua_State *L, int index, const char *what) {
    const struct world *world = script_of(L)->world;
    if (lua_isinteger(L, index)) {
        const int64_t peer = lua_tointeger(L, index);
        if (peer >= 0 && (size_t)peer < world_nodes(world)) return (sim_node)peer;
    } else if (lua_type(L, index) == LUA_TSTRING) {
        return to_node(L, index, what);
    }
    raise(L, "%s: found %s; expected a node: a number such as `from` or a knob's value, or a name",
          what, shown(L, index));
}

/* ---- messages ---- */

static uint32_t to_channel(lua_State *L, const struct lua_node *node, int index) {
    const struct sim_channel *channels = node->model->model.channels;
    const char *names[64];
    uint32_t count = 0;
    for (; channels[count].name && count < 64; count++) names[count] = channels[count].name;
    if (lua_isinteger(L, index) && lua_tointeger(L, index) >= 0 && lua_tointeger(L, index) < count)
        return (uint32_t)lua_tointeger(L, index);
    const char *found = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index)
                                                          : shown(L, index);
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], found) == 0) return i;
    raise_unknown(L, "node", "channel", found, names, count);
}

struct sending {
    uint32_t channel, type;
    int64_t modelled_bytes;
    bool foreign;
};

static void send_options(lua_State *L, const struct lua_node *node, int index,
                         struct sending *sending) {
    struct options options;
    options_open(&options, L, index, "node:send");
    if (options_push(&options, "channel")) {
        sending->channel = to_channel(L, node, -1);
        lua_pop(L, 1);
    }
    options_quantity(&options, "bytes", QUANTITY_BYTES, &sending->modelled_bytes);
    options_close(&options);
}

/* To a node in C: its own number of the type. */
static uint32_t foreign_type(lua_State *L, sim_node to, int index) {
    const struct sim_model *model = world_node_model(script_of(L)->world, to);
    const char *name = to_string(L, index, "a message's type"), *names[64];
    uint32_t count = 0;
    for (; model->messages && model->messages[count].name && count < 64; count++) {
        names[count] = model->messages[count].name;
        if (strcmp(names[count], name) == 0) return count;
    }
    lua_pushfstring(L, "message type of model \"%s\"", model->name);
    raise_unknown(L, "node:send", lua_tostring(L, -1), name, names, count);
}

/* A body for a node in C is fields by a layout, or the bytes of a string. */
static void encode_foreign(lua_State *L, struct lua_runtime *runtime, int index, uint32_t type) {
    if (runtime->types[type].layout) {
        body_encode(L, runtime, index, type);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        size_t size;
        const char *bytes = lua_tolstring(L, index, &size);
        put_bytes(&runtime->body, bytes, size);
    } else if (!lua_isnil(L, index)) {
        raise(L,
              "node:send: found %s for a node in C; expected a string of bytes, or a layout: "
              "messages = "
              "{ { \"%s\", { \"field\", ... } } }",
              shown(L, index), runtime->types[type].name);
    }
}

static int node_send(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "send");
    struct sending sending = {0};
    if (lua_gettop(L) < 5) lua_settop(L, 5);
    const sim_node to = to_peer(L, 2, "node:send: to");
    sending.type = type_at(L, 3);
    if (!lua_isnil(L, 5)) send_options(L, runtime->node, 5, &sending);
    runtime->body.size = 0;
    if (__builtin_expect(is_lua_node(runtime->script, to), 1)) {
        body_encode(L, runtime, 4, sending.type);
    } else {
        encode_foreign(L, runtime, 4, sending.type);
        sending.type = foreign_type(L, to, 3);
    }
    body_send(L, runtime,
              (struct sim_message){.peer = to,
                                   .channel = sending.channel,
                                   .type = sending.type,
                                   .modelled_bytes = sending.modelled_bytes});
    return 0;
}

/* node:broadcast(peers, type, value, options): the same to each, in order; not to itself. */
static int node_broadcast(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "broadcast");
    struct sending sending = {0};
    lua_settop(L, 5);
    if (!lua_istable(L, 2))
        raise(L, "node:broadcast: found %s; expected a list of nodes", shown(L, 2));
    sending.type = type_at(L, 3);
    if (!lua_isnil(L, 5)) send_options(L, runtime->node, 5, &sending);
    runtime->body.size = 0;
    body_encode(L, runtime, 4, sending.type);
    const lua_Integer count = (lua_Integer)lua_rawlen(L, 2);
    sandbox_charge(L, count * 10); /* also for those that are no peers: itself */
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 2, i);
        const sim_node to = to_peer(L, -1, "node:broadcast: to");
        lua_pop(L, 1);
        if (to == runtime->node->self) continue;
        if (!is_lua_node(runtime->script, to))
            raise(L, "node:broadcast: found a node in C; expected nodes in Lua: use node:send");
        body_send(L, runtime,
                  (struct sim_message){.peer = to,
                                       .channel = sending.channel,
                                       .type = sending.type,
                                       .modelled_bytes = sending.modelled_bytes});
    }
    return 0;
}

static int node_connect(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "connect");
    const sim_node to = to_peer(L, 2, "node:connect: to");
    sim_connect(runtime->out, to, lua_isnoneornil(L, 3) ? 0 : to_channel(L, runtime->node, 3));
    return 0;
}
static int node_close(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "close");
    const sim_node to = to_peer(L, 2, "node:close: to");
    sim_close(runtime->out, to, lua_isnoneornil(L, 3) ? 0 : to_channel(L, runtime->node, 3));
    return 0;
}

/* ---- timers and clocks ---- */

static int node_after(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "after");
    const uint64_t timer =
        name_number(L, &runtime->node->model->timers, 2, "node:after: the timer");
    const int64_t delay = to_duration(L, 3, "node:after: the delay");
    sim_arm(runtime->out, timer, add_sat(runtime->event->now.mono_ns, delay));
    return 0;
}
static int node_arm(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "arm");
    const uint64_t timer = name_number(L, &runtime->node->model->timers, 2, "node:arm: the timer");
    sim_arm(runtime->out, timer, to_duration(L, 3, "node:arm: the reading of node:now()"));
    return 0;
}
static int node_arm_wall(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "arm_wall");
    const uint64_t timer =
        name_number(L, &runtime->node->model->timers, 2, "node:arm_wall: the timer");
    sim_arm_wall(runtime->out, timer,
                 to_signed(L, 3, QUANTITY_DURATION, "node:arm_wall: the reading of node:wall()"));
    return 0;
}
static int node_disarm(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "disarm");
    sim_disarm(runtime->out,
               name_number(L, &runtime->node->model->timers, 2, "node:disarm: the timer"));
    return 0;
}
static int node_now(lua_State *L) {
    lua_pushinteger(L, in_event(L, "now")->event->now.mono_ns);
    return 1;
}
/* The wall clock, and the bound that its time service states, or nil. */
static int node_wall(lua_State *L) {
    const struct sim_clocks now = in_event(L, "wall")->event->now;
    lua_pushinteger(L, now.wall_ns);
    if (now.wall_error_ns >= 0)
        lua_pushinteger(L, now.wall_error_ns);
    else
        lua_pushnil(L);
    return 2;
}
static int node_discipline(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "discipline");
    struct sim_discipline discipline = {.error_ns = -1};
    struct options options;
    options_open(&options, L, 2, "node:discipline");
    options_signed(&options, "step", QUANTITY_DURATION, &discipline.step_ns);
    options_signed(&options, "rate", QUANTITY_RATIO, &discipline.rate_ppb);
    options_duration(&options, "error", &discipline.error_ns);
    options_quantity(&options, "error_growth", QUANTITY_RATIO, &discipline.error_growth_ppb);
    options_close(&options);
    sim_discipline(runtime->out, discipline);
    return 0;
}

/* ---- randomness: the event's own stream ---- */

/* As math.random: a number in [0, 1); 1..n; m..n. */
static int node_random(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "random");
    if (lua_isnoneornil(L, 2)) {
        lua_pushnumber(L, (double)(draw(runtime->event->random) >> 11) * 0x1p-53);
        return 1;
    }
    const bool ranged = !lua_isnoneornil(L, 3);
    /* Durations may be given: node:random("150ms", "300ms") is an election timeout. */
    const int64_t first = to_signed(L, 2, QUANTITY_DURATION, "node:random");
    const int64_t low = ranged ? first : 1;
    const int64_t high = ranged ? to_signed(L, 3, QUANTITY_DURATION, "node:random") : first;
    int64_t span;
    if (low > high || __builtin_sub_overflow(high, low, &span) || span == INT64_MAX)
        raise(L, "node:random: found from %lld to %lld; expected low <= high", (long long)low,
              (long long)high);
    lua_pushinteger(L, low + draw_below(runtime->event->random, span + 1));
    return 1;
}
static int node_chance(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "chance");
    const int64_t ppb = to_quantity(L, 2, QUANTITY_RATIO, "node:chance");
    lua_pushboolean(L, draw_chance(runtime->event->random, ppb));
    return 1;
}
static int node_pick(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "pick");
    if (!lua_istable(L, 2) || lua_rawlen(L, 2) == 0)
        raise(L, "node:pick: found %s; expected a list that is not empty", shown(L, 2));
    lua_rawgeti(L, 2, draw_below(runtime->event->random, (int64_t)lua_rawlen(L, 2)) + 1);
    return 1;
}
static int node_sample(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "sample");
    const struct distribution distribution = to_distribution(L, 2, "node:sample");
    lua_pushinteger(L, distribution_sample(&distribution, runtime->event->random));
    return 1;
}

/* ---- computing ---- */

static int node_busy(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "busy");
    sim_busy(runtime->out, to_duration(L, 2, "node:busy"));
    return 0;
}
static int node_cancel(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "cancel");
    const uint64_t lane = name_number(L, &runtime->node->model->lanes, 2, "node:cancel: the lane");
    const int64_t tag = to_integer(L, 3, "node:cancel: the tag");
    sim_cancel(runtime->out, (uint32_t)lane, (uint64_t)tag);
    return 0;
}

/* ---- saying what happened ---- */

/* A value of a note or fact: an integer, or a boolean as 0 and 1. */
static int64_t to_value(lua_State *L, int index, const char *what) {
    if (lua_isinteger(L, index)) return lua_tointeger(L, index);
    if (lua_isboolean(L, index)) return lua_toboolean(L, index);
    if (lua_isnil(L, index)) return SIM_NONE;
    int exact;
    const int64_t value = lua_tointegerx(L, index, &exact);
    if (exact && lua_type(L, index) == LUA_TNUMBER) return value;
    raise(L, "%s: found %s; expected integers: words belong into the text, {no|yes} picks one",
          what, shown(L, index));
}

static size_t note_add(lua_State *L, struct lua_model *model, int index) {
    const char *text = to_string(L, index, "node:note: the text");
    if (model->note_count == NOTES_MAX)
        raise(L, "node:note: found more than %d texts; expected a few, with {} where values go",
              NOTES_MAX);
    const size_t number = model->note_count++;
    const char *kept = script_keep(model->script, text, strlen(text));
    size_t places = 0;
    for (const char *at = kept; (at = strchr(at, '{')) && strchr(at, '}'); at = strchr(at, '}'))
        places++;
    model->notes[number] = (struct sim_name){kept, kept};
    model->note_places[number] = (uint8_t)places;
    lua_rawgeti(L, LUA_REGISTRYINDEX, model->note_numbers);
    lua_pushvalue(L, index);
    lua_pushinteger(L, (lua_Integer)number);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return number;
}

static int node_note(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "note");
    struct lua_model *model = runtime->node->model;
    const int values = lua_gettop(L) - 2;
    int64_t note[SIM_NOTE_VALUES + 1];
    if (values < 0 || values > SIM_NOTE_VALUES)
        raise(L, "node:note: found %d values; expected a text and up to %d values", values,
              SIM_NOTE_VALUES);
    lua_rawgeti(L, LUA_REGISTRYINDEX, model->note_numbers);
    lua_pushvalue(L, 2);
    const size_t number = lua_rawget(L, -2) == LUA_TNUMBER ? (size_t)lua_tointeger(L, -1)
                                                           : note_add(L, model, 2);
    if (values != model->note_places[number])
        raise(L, "node:note: found %d values for \"%s\"; expected one for each {}, %d", values,
              model->notes[number].text, model->note_places[number]);
    note[0] = (int64_t)number;
    for (int i = 0; i < values; i++) note[i + 1] = to_value(L, i + 3, "node:note");
    sim_note_values(runtime->out, note, (size_t)values + 1);
    return 0;
}

/* node:fact(name, group, a, b, c) */
static int node_fact(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "fact");
    const struct lua_model *model = runtime->node->model;
    const int values = lua_gettop(L) - 2;
    int64_t fact[5] = {0};
    if (values > 4)
        raise(L, "node:fact: found %d values; expected up to 4: group, a, b, c", values);
    lua_rawgeti(L, LUA_REGISTRYINDEX, model->fact_numbers);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNUMBER) {
        const char *found = to_string(L, 2, "node:fact: the name"), *names[64];
        size_t count = 0;
        for (; model->model.facts && model->model.facts[count].name && count < 64; count++)
            names[count] = model->model.facts[count].name;
        raise_unknown(L, "node:fact", "fact declared in the model's facts", found, names, count);
    }
    fact[0] = lua_tointeger(L, -1);
    for (int i = 0; i < values; i++) fact[i + 1] = to_value(L, i + 3, "node:fact");
    sim_fact_values(runtime->out, fact[0], fact[1], fact[2], fact[3], fact[4]);
    return 0;
}

/* A literal of the history: one copy of each, for as long as the script. */
static const char *to_literal(lua_State *L, int index, const char *what) {
    const char *string = to_string(L, index, what);
    struct script *script = script_of(L);
    for (struct literal *literal = script->literals; literal; literal = literal->next)
        if (strcmp(literal->string, string) == 0) return literal->string;
    struct literal *literal = script_keep_zeroed(script, sizeof *literal);
    literal->string = script_keep(script, string, strlen(string));
    literal->next = script->literals;
    script->literals = literal;
    return literal->string;
}

/* node:invoke(f, key, value, { client = 3 }): an operation of a client begins; its number. */
static int node_invoke(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "invoke");
    int64_t client = SIM_NONE;
    struct options options;
    lua_settop(L, 5);
    options_open(&options, L, 5, "node:invoke");
    options_integer(&options, "client", &client);
    options_close(&options);
    const char *f = to_literal(L, 2, "node:invoke: f");
    runtime->body.size = 0;
    if (!lua_isnil(L, 3)) message_encode(L, 3, &runtime->body);
    const size_t key = runtime->body.size;
    if (!lua_isnil(L, 4)) message_encode(L, 4, &runtime->body);
    const int64_t operation = ++runtime->node->operations;
    sim_invoke_for(runtime->out, client, operation, f, (struct sim_bytes){runtime->body.data, key},
                   (struct sim_bytes){runtime->body.data + key, runtime->body.size - key});
    lua_pushinteger(L, operation);
    return 1;
}

/* node:returns(operation, "ok" | "fail" | "info", value, error, { version = 7 }) */
static int node_returns(lua_State *L) {
    static const char *const outcomes[] = {"ok", "fail", "info"};
    struct lua_runtime *runtime = in_event(L, "returns");
    int64_t version = 0;
    struct options options;
    lua_settop(L, 6);
    options_open(&options, L, 6, "node:returns");
    options_integer(&options, "version", &version);
    options_close(&options);
    const int64_t operation = to_integer(L, 2, "node:returns: the operation");
    const char *found = to_string(L, 3, "node:returns: the outcome");
    size_t outcome = 0;
    while (outcome < 3 && strcmp(outcomes[outcome], found) != 0) outcome++;
    if (outcome == 3) raise_unknown(L, "node:returns", "outcome", found, outcomes, 3);
    if (operation < 1 || operation > runtime->node->operations)
        raise(L, "node:returns: found operation %lld; expected what node:invoke returned",
              (long long)operation);
    const char *error = lua_isnil(L, 5) ? NULL : to_literal(L, 5, "node:returns: the error");
    runtime->body.size = 0;
    if (!lua_isnil(L, 4)) message_encode(L, 4, &runtime->body);
    sim_return_version(runtime->out, operation, (enum sim_outcome)outcome,
                       (struct sim_bytes){runtime->body.data, runtime->body.size}, version, error);
    return 0;
}

/* The values at index and after it: a value, or nil and why not. */
void lua_reply(lua_State *L, struct lua_runtime *runtime, uint64_t request, int index) {
    const bool refused = lua_isnil(L, index) && !lua_isnoneornil(L, index + 1);
    runtime->body.size = 0;
    message_encode(L, refused ? index + 1 : index, &runtime->body);
    sim_reply(runtime->out, request, !refused,
              (struct sim_bytes){runtime->body.data, runtime->body.size});
}

/* node:reply(request, value) or node:reply(request, nil, why) */
static int node_reply(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "reply");
    lua_settop(L, 4);
    lua_reply(L, runtime, (uint64_t)to_integer(L, 2, "node:reply: the request"), 3);
    return 0;
}

static int node_halt(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "halt");
    sim_halt(runtime->out, to_literal(L, 2, "node:halt: the reason"));
    return 0;
}

/* ---- who is who ---- */

static int node_name_of(lua_State *L) {
    if (!lua_istable(L, 1)) in_event(L, "name_of");
    lua_pushstring(L, world_node_name(script_of(L)->world, to_peer(L, 2, "node:name_of")));
    return 1;
}
static int node_find(lua_State *L) {
    if (!lua_istable(L, 1)) in_event(L, "find");
    lua_pushinteger(L, to_node(L, 2, "node:find"));
    return 1;
}

const luaL_Reg lua_effect_functions[] = {{"send", node_send},
                                         {"broadcast", node_broadcast},
                                         {"connect", node_connect},
                                         {"close", node_close},
                                         {"after", node_after},
                                         {"arm", node_arm},
                                         {"arm_wall", node_arm_wall},
                                         {"disarm", node_disarm},
                                         {"now", node_now},
                                         {"wall", node_wall},
                                         {"discipline", node_discipline},
                                         {"random", node_random},
                                         {"chance", node_chance},
                                         {"pick", node_pick},
                                         {"sample", node_sample},
                                         {"busy", node_busy},
                                         {"cancel", node_cancel},
                                         {"note", node_note},
                                         {"fact", node_fact},
                                         {"invoke", node_invoke},
                                         {"returns", node_returns},
                                         {"reply", node_reply},
                                         {"halt", node_halt},
                                         {"name_of", node_name_of},
                                         {"find", node_find},
                                         {NULL, NULL}};
