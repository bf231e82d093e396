/*
 * Faults: everything that a scenario can break, each through world_fault() into the one list.
 *
 * Network faults go from `a` to `b`, nodes or lists of nodes, both ways unless `oneway`. A fault
 * ends when it is healed: by its handle, by sim.heal(), or by itself after `lasts`.
 */
#include <string.h>

#include "script/internal.h"

static const char class_fault[] = "fault";

/* What one call injected, for healing it. */
struct injected {
    struct live live;
    struct script *script;
    size_t count;
    bool over;
    struct fault faults[];
};

static void heal(struct world *world, void *context) {
    struct injected *injected = context;
    if (injected->over) return;
    injected->over = true;
    for (size_t i = 0; i < injected->count; i++)
        world_heal(world, injected->faults[i].kind, injected->faults[i].a, injected->faults[i].b);
}

void fault_now(lua_State *L, const struct fault *fault) {
    struct world *world = script_of(L)->world;
    sandbox_charge(L, 100 + (int64_t)world_faults(world)); /* each looks at all that last */
    world_fault(world, fault, false);
}

/* Injects them all, pushes the handle, and arranges for the end after `for_ns` (0: none). */
static struct injected *inject(lua_State *L, const struct fault *faults, size_t count,
                               int64_t for_ns) {
    struct script *script = script_of(L);
    struct injected *injected =
        script_live(script, sizeof *injected + count * sizeof *injected->faults);
    injected->script = script;
    injected->count = count;
    for (size_t i = 0; i < count; i++) {
        injected->faults[i] = faults[i];
        fault_now(L, &faults[i]);
    }
    if (for_ns > 0)
        world_at(script->world, add_sat(world_now(script->world), for_ns), heal, injected);
    *(struct injected **)lua_newuserdatauv(L, sizeof injected, 0) = injected;
    luaL_setmetatable(L, class_fault);
    return injected;
}

static struct injected *to_injected(lua_State *L, int index) {
    struct injected **handle = luaL_testudata(L, index, class_fault);
    if (!handle)
        raise(L, "found %s; expected the handle of a fault, with a colon: cut:heal()",
              shown(L, index));
    return *handle;
}

static int fault_heal(lua_State *L) {
    acting(L, "heal");
    heal(script_of(L)->world, to_injected(L, 1));
    return 0;
}

/* hold:release(n): lets n messages go, or all and ends the hold. */
static int fault_release(lua_State *L) {
    acting(L, "release");
    struct injected *injected = to_injected(L, 1);
    int64_t count = lua_isnoneornil(L, 2) ? -1 : to_integer(L, 2, "release: how many"), gone = 0;
    for (size_t i = 0; i < injected->count; i++) {
        const struct fault *fault = &injected->faults[i];
        if (fault->kind != FAULT_HOLD)
            raise(L, "release: found a %s; expected a hold", fault_kind_name(fault->kind));
        const int64_t want = count < 0 ? -1 : count - gone;
        if (want != 0)
            gone += (int64_t)world_release(script_of(L)->world, fault->a, fault->b, fault->x, want);
    }
    if (count < 0) heal(script_of(L)->world, injected);
    lua_pushinteger(L, gone);
    return 1;
}

/* ---- between nodes ---- */

/* Every pair of from and to, other than a node with itself; pushes scratch. */
static struct fault *pairs_of(lua_State *L, struct fault fault, struct nodes from, struct nodes to,
                              bool both, size_t *count) {
    struct fault *faults = scratch(L, 2 * from.count * to.count * sizeof *faults);
    *count = 0;
    for (size_t i = 0; i < from.count; i++)
        for (size_t k = 0; k < to.count; k++) {
            if (from.nodes[i] == to.nodes[k] && from.nodes[i] != SIM_NOBODY) continue;
            fault.a = from.nodes[i];
            fault.b = to.nodes[k];
            faults[(*count)++] = fault;
            if (!both || fault.a == fault.b) continue;
            fault.a = to.nodes[k];
            fault.b = from.nodes[i];
            faults[(*count)++] = fault;
        }
    return faults;
}

struct call {
    const char *name;
    struct options options;
    int64_t for_ns;
    bool oneway;
};

static void call_open(lua_State *L, struct call *call, const char *name, int index) {
    *call = (struct call){.name = name};
    acting(L, name);
    options_open(&call->options, L, index, name);
    options_duration(&call->options, "lasts", &call->for_ns);
}

/* Arguments 1 and 2: from and to. */
static int between(lua_State *L, struct call *call, struct fault fault) {
    options_bool(&call->options, "oneway", &call->oneway);
    options_close(&call->options);
    const struct nodes from = to_nodes(L, 1, lua_pushfstring(L, "%s: from", call->name));
    const struct nodes to = to_nodes(L, 2, lua_pushfstring(L, "%s: to", call->name));
    size_t count;
    const struct fault *faults = pairs_of(L, fault, from, to, !call->oneway, &count);
    inject(L, faults, count, call->for_ns);
    return 1;
}

static int sim_cut(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.cut", 3);
    return between(L, &call, (struct fault){.kind = FAULT_CUT});
}

static int sim_loss(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.loss", 4);
    const int64_t x = to_quantity(L, 3, QUANTITY_RATIO, "sim.loss: how much");
    return between(L, &call, (struct fault){.kind = FAULT_LOSS, .x = x});
}

static int sim_duplicate(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.duplicate", 4);
    const int64_t x = to_quantity(L, 3, QUANTITY_RATIO, "sim.duplicate: how much");
    return between(L, &call, (struct fault){.kind = FAULT_DUPLICATE, .x = x});
}

static int sim_reorder(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.reorder", 4);
    struct fault fault = {.kind = FAULT_REORDER, .y = 10000000};
    fault.x = to_quantity(L, 3, QUANTITY_RATIO, "sim.reorder: how much");
    options_duration(&call.options, "by", &fault.y);
    return between(L, &call, fault);
}

static int sim_corrupt(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.corrupt", 4);
    struct fault fault = {.kind = FAULT_CORRUPT};
    bool deliver = false;
    fault.x = to_quantity(L, 3, QUANTITY_RATIO, "sim.corrupt: how much");
    options_bool(&call.options, "deliver", &deliver);
    fault.y = deliver;
    return between(L, &call, fault);
}

static int sim_delay(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.delay", 4);
    const int64_t x = to_duration(L, 3, "sim.delay: how long");
    return between(L, &call, (struct fault){.kind = FAULT_DELAY, .x = x});
}

static int sim_congest(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.congest", 4);
    const int64_t x = to_quantity(L, 3, QUANTITY_BANDWIDTH, "sim.congest: what is left");
    return between(L, &call, (struct fault){.kind = FAULT_CONGEST, .x = x});
}

static int64_t message_type(lua_State *L, sim_node node, const char *name) {
    const struct sim_model *model = world_node_model(script_of(L)->world, node);
    const char *names[128];
    size_t count = 0;
    for (; model->messages && model->messages[count].name && count < 128; count++) {
        names[count] = model->messages[count].name;
        if (strcmp(names[count], name) == 0) return (int64_t)count;
    }
    lua_pushfstring(L, "message type of model \"%s\"", model->name);
    raise_unknown(L, "sim.hold", lua_tostring(L, -1), name, names, count);
}

static int64_t channel_number(lua_State *L, sim_node node, const char *name) {
    const struct sim_model *model = world_node_model(script_of(L)->world, node);
    const char *names[64];
    size_t count = 0;
    for (; model->channels && model->channels[count].name && count < 64; count++) {
        names[count] = model->channels[count].name;
        if (strcmp(names[count], name) == 0) return (int64_t)count;
    }
    lua_pushfstring(L, "channel of model \"%s\"", model->name);
    raise_unknown(L, "sim.hold", lua_tostring(L, -1), name, names, count);
}

/* One way, from a to b: what is held must be released in order. */
static int sim_hold(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.hold", 3);
    const sim_node from = to_node(L, 1, "sim.hold: from");
    struct fault fault = {.kind = FAULT_HOLD, .x = -1, .y = -1};
    const char *name;
    if (options_string(&call.options, "type", &name)) fault.x = message_type(L, from, name);
    if (options_string(&call.options, "channel", &name)) fault.y = channel_number(L, from, name);
    call.oneway = true;
    return between(L, &call, fault);
}

static int sim_isolate(lua_State *L) {
    struct call call;
    const int last = lua_gettop(L);
    const bool with_options = last > 1 && lua_istable(L, last) && lua_rawlen(L, last) == 0;
    lua_settop(L, with_options ? last : last + 1);
    call_open(L, &call, "sim.isolate", with_options ? last : last + 1);
    options_close(&call.options);
    const int nodes = with_options ? last - 1 : last;
    if (nodes < 1) raise(L, "sim.isolate: found nothing; expected nodes");
    const size_t room = 64;
    struct fault *faults = scratch(L, 2 * room * sizeof *faults);
    size_t count = 0;
    for (int i = 1; i <= nodes; i++) {
        const struct nodes some = to_nodes(L, i, "sim.isolate");
        for (size_t k = 0; k < some.count && count + 2 <= 2 * room; k++) {
            faults[count++] = (struct fault){FAULT_CUT, some.nodes[k], SIM_NOBODY, 0, 0};
            faults[count++] = (struct fault){FAULT_CUT, SIM_NOBODY, some.nodes[k], 0, 0};
        }
    }
    inject(L, faults, count, call.for_ns);
    return 1;
}

/* sim.partition({a}, {b, c}, ..., {lasts = "5s"}): nothing passes from one group to another. */
static int sim_partition(lua_State *L) {
    struct call call;
    const int last = lua_gettop(L);
    const bool with_options = last > 2 && lua_istable(L, last) && lua_rawlen(L, last) == 0;
    const int groups = with_options ? last - 1 : last;
    lua_settop(L, with_options ? last : last + 1);
    call_open(L, &call, "sim.partition", with_options ? last : last + 1);
    options_close(&call.options);
    if (groups < 2)
        raise(L, "sim.partition: found %d group; expected two or more, {a}, {b, c}", groups);
    struct nodes *of = scratch(L, (size_t)groups * sizeof *of);
    size_t all = 0, count = 0;
    for (int i = 0; i < groups; i++) {
        of[i] = to_nodes(L, i + 1, "sim.partition");
        all += of[i].count;
    }
    struct fault *faults = scratch(L, (all * all + 1) * sizeof *faults);
    for (int i = 0; i < groups; i++)
        for (int k = i + 1; k < groups; k++) {
            size_t some;
            const struct fault *more =
                pairs_of(L, (struct fault){.kind = FAULT_CUT}, of[i], of[k], true, &some);
            memcpy(faults + count, more, some * sizeof *faults);
            count += some;
            lua_pop(L, 1);
        }
    inject(L, faults, count, call.for_ns);
    return 1;
}

/* sim.heal(): all that can be healed; sim.heal(a, b): what is between these. */
static int sim_heal(lua_State *L) {
    acting(L, "sim.heal");
    struct world *world = script_of(L)->world;
    if (lua_gettop(L) == 0) {
        world_heal(world, FAULT_KINDS, SIM_NOBODY, SIM_NOBODY);
        return 0;
    }
    const struct nodes a = to_nodes(L, 1, "sim.heal"), b = to_nodes(L, 2, "sim.heal");
    for (size_t i = 0; i < a.count; i++)
        for (size_t k = 0; k < b.count; k++)
            for (int kind = 0; kind <= (int)FAULT_HOLD; kind++) {
                world_heal(world, (enum fault_kind)kind, a.nodes[i], b.nodes[k]);
                world_heal(world, (enum fault_kind)kind, b.nodes[k], a.nodes[i]);
            }
    return 0;
}

/* ---- a link that comes and goes ---- */

/* sim.random_faults(): that one of them finds nothing to change says nothing about this scenario.
 */
static int sim_random_faults(lua_State *L) {
    acting(L, "sim.random_faults");
    world_random_faults(script_of(L)->world);
    return 0;
}

struct flapping {
    struct live live;
    int64_t period_ns, down_ns, end_ns;
    size_t count;
    bool down;
    struct fault faults[];
};

static void flap(struct world *world, void *context) {
    struct flapping *flapping = context;
    const int64_t now = world_now(world);
    flapping->down = !flapping->down && now < flapping->end_ns;
    for (size_t i = 0; i < flapping->count; i++) {
        const struct fault *fault = &flapping->faults[i];
        if (flapping->down)
            world_fault(world, fault, false);
        else
            world_heal(world, fault->kind, fault->a, fault->b);
    }
    const int64_t wait = flapping->down ? flapping->down_ns
                                        : flapping->period_ns - flapping->down_ns;
    if (flapping->down || now < flapping->end_ns)
        world_at(world, add_sat(now, wait), flap, flapping);
}

static int sim_flap(lua_State *L) {
    struct call call;
    call_open(L, &call, "sim.flap", 3);
    int64_t period = INT64_C(1000000000), down = 0;
    options_duration(&call.options, "period", &period);
    options_duration(&call.options, "down", &down);
    options_bool(&call.options, "oneway", &call.oneway);
    options_close(&call.options);
    if (!down) down = period / 2;
    if (period == 0 || down >= period)
        raise(L, "sim.flap: found down for all of the period; expected 0 < down < period");
    const struct nodes from = to_nodes(L, 1, "sim.flap: from"), to = to_nodes(L, 2, "sim.flap: to");
    size_t count;
    const struct fault *faults =
        pairs_of(L, (struct fault){.kind = FAULT_CUT}, from, to, !call.oneway, &count);
    struct script *script = script_of(L);
    struct flapping *flapping =
        script_live(script, sizeof *flapping + count * sizeof *flapping->faults);
    flapping->period_ns = period;
    flapping->down_ns = down;
    flapping->end_ns = call.for_ns ? add_sat(world_now(script->world), call.for_ns) : INT64_MAX;
    flapping->count = count;
    memcpy(flapping->faults, faults, count * sizeof *faults);
    world_at(script->world, world_now(script->world), flap, flapping);
    return 0;
}

void fault_on_node(lua_State *L, struct fault fault, int64_t for_ns) {
    inject(L, &fault, 1, for_ns);
}

void api_fault(lua_State *L) {
    api_class(L, class_fault,
              (const luaL_Reg[]){{"heal", fault_heal}, {"release", fault_release}, {NULL, NULL}});
    lua_pop(L, 1);
    api_functions(L, (const luaL_Reg[]){{"random_faults", sim_random_faults},
                                        {"cut", sim_cut},
                                        {"loss", sim_loss},
                                        {"duplicate", sim_duplicate},
                                        {"reorder", sim_reorder},
                                        {"corrupt", sim_corrupt},
                                        {"delay", sim_delay},
                                        {"congest", sim_congest},
                                        {"hold", sim_hold},
                                        {"isolate", sim_isolate},
                                        {"partition", sim_partition},
                                        {"heal", sim_heal},
                                        {"flap", sim_flap},
                                        {NULL, NULL}});
}
