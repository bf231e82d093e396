/*
 * sim.chaos{}: a storm of faults, drawn from the seed.
 *
 *   sim.chaos { from = "2s", to = "22s", crash = "6/min", cut = { rate = "0.5/s", lasts = "2s" } }
 *   sim.chaos { to = "20s", rate = "2/s" }                          -- of all kinds that are usual
 *   sim.chaos { to = "20s", rate = "2/s", kinds = { "crash", "cut" } }
 *
 * This reads the request; the storm is drawn when the script has run, as it is one for the world.
 */
#include <string.h>

#include "script/chaos.h"
#include "script/internal.h"

struct amounts {
    const struct chaos_kind *kind;
    int64_t *low, *high;
};

static bool may_be_negative(const struct chaos_kind *kind) { return kind->low < 0; }

/* A factor, "20" or 20 times, is a ratio past 1. */
static int64_t to_amount(lua_State *L, int index, const struct chaos_kind *kind, const char *what) {
    const int64_t value = to_signed(L, index, kind->quantity, what);
    if (value < 0 && !may_be_negative(kind))
        raise(L, "%s: found %s; expected an amount that is not negative", what, shown(L, index));
    return value;
}

/* One value, or { least, most }. */
static void read_amount(struct options *options, const struct amounts *into) {
    lua_State *L = options->lua;
    if (!options_push(options, "amount")) return;
    const int at = lua_gettop(L);
    const char *what = lua_pushfstring(L, "%s: amount", options->what);
    if (into->kind->low == into->kind->high)
        raise(L, "%s: found one; expected none: %s has no amount", what, into->kind->name);
    if (!lua_istable(L, at)) {
        *into->low = *into->high = to_amount(L, at, into->kind, what);
        if (may_be_negative(into->kind) && *into->high > 0) *into->low = -*into->high;
    } else {
        if (lua_rawlen(L, at) != 2)
            raise(L, "%s: found a list of %d; expected one value, or { least, most }", what,
                  (int)lua_rawlen(L, at));
        lua_rawgeti(L, at, 1);
        *into->low = to_amount(L, -1, into->kind, what);
        lua_rawgeti(L, at, 2);
        *into->high = to_amount(L, -1, into->kind, what);
        if (*into->low > *into->high)
            raise(L, "%s: found { least, most } the other way round; expected the least first",
                  what);
    }
    lua_settop(L, at - 1);
}

/* crash = "6/min", or crash = { rate = "6/min", lasts = ..., amount = ... }. */
static bool read_kind(struct options *all, size_t k, struct chaos_request *request) {
    lua_State *L = all->lua;
    const struct chaos_kind *kind = &chaos_kinds[k];
    if (!options_push(all, kind->name)) return false;
    const int at = lua_gettop(L);
    const char *what = lua_pushfstring(L, "%s: %s", all->what, kind->name);
    if (!lua_istable(L, at)) {
        request->kinds[k].rate = to_quantity(L, at, QUANTITY_RATE, what);
    } else {
        struct options options;
        options_open(&options, L, at, what);
        if (!options_quantity(&options, "rate", QUANTITY_RATE, &request->kinds[k].rate))
            raise(L, "%s: found no rate; expected { rate = \"6/min\", ... }", what);
        if (options_distribution(&options, "lasts", &request->kinds[k].lasts) && !kind->lasts_high)
            raise(L, "%s: lasts: found one; expected none: it strikes once", what);
        read_amount(&options,
                    &(struct amounts){kind, &request->kinds[k].low, &request->kinds[k].high});
        options_close(&options);
    }
    lua_settop(L, at - 1);
    return true;
}

/* `rate` is shared evenly by `kinds`, or by the usual ones. */
static void share_rate(struct options *options, struct chaos_request *request) {
    lua_State *L = options->lua;
    bool chosen[CHAOS_KINDS] = {false};
    size_t count = 0;
    int64_t rate = 0;
    const bool listed = options_push(options, "kinds");
    if (listed) {
        const int at = lua_gettop(L);
        const char *names[CHAOS_KINDS];
        for (size_t k = 0; k < CHAOS_KINDS; k++) names[k] = chaos_kinds[k].name;
        if (!lua_istable(L, at))
            raise(L, "sim.chaos: kinds: found %s; expected a list of names", shown(L, at));
        for (size_t i = 1; i <= lua_rawlen(L, at); i++) {
            lua_rawgeti(L, at, (lua_Integer)i);
            const char *name = to_string(L, -1, "sim.chaos: kinds");
            size_t k = 0;
            while (k < CHAOS_KINDS && strcmp(names[k], name) != 0) k++;
            if (k == CHAOS_KINDS)
                raise_unknown(L, "sim.chaos", "kind of fault", name, names, CHAOS_KINDS);
            count += !chosen[k];
            chosen[k] = true;
            lua_pop(L, 1);
        }
        lua_settop(L, at - 1);
    } else {
        for (size_t k = 0; k < CHAOS_KINDS; k++) count += chosen[k] = chaos_kinds[k].usual;
    }
    if (!options_quantity(options, "rate", QUANTITY_RATE, &rate)) {
        if (listed) raise(L, "sim.chaos: kinds: found no rate for them; expected rate = \"2/s\"");
        return;
    }
    if (count == 0) raise(L, "sim.chaos: kinds: found an empty list; expected names");
    for (size_t k = 0; k < CHAOS_KINDS; k++)
        if (chosen[k] && request->kinds[k].rate == 0)
            request->kinds[k].rate = (rate + (int64_t)count - 1) / (int64_t)count;
}

/* All but clients, which are outside of the system. */
static struct nodes usual_nodes(lua_State *L) {
    const struct world *world = script_of(L)->world;
    struct nodes nodes = {scratch(L, world_nodes(world) * sizeof *nodes.nodes), 0};
    for (sim_node i = 0; i < world_nodes(world); i++)
        if (strcmp(world_node_model(world, i)->name, "client") != 0) nodes.nodes[nodes.count++] = i;
    return nodes;
}

static int sim_chaos(lua_State *L) {
    acting(L, "sim.chaos");
    struct script *script = script_of(L);
    if (!script->building)
        raise(L, "sim.chaos: found in the middle of the run; expected at the script's top: a storm "
                 "is drawn before the run, so that it can be replayed");
    struct options options;
    options_open(&options, L, 1, "sim.chaos");
    if (!options.index)
        raise(L, "sim.chaos: found nothing; expected sim.chaos { to = \"20s\", rate = \"2/s\" }");
    struct chaos_request *request = script_keep_zeroed(script, sizeof *request);
    request->name = "";
    for (size_t k = 0; k < CHAOS_KINDS; k++) {
        request->kinds[k].lasts = (struct distribution){.kind = DISTRIBUTION_UNIFORM,
                                                        .a = chaos_kinds[k].lasts_low,
                                                        .b = chaos_kinds[k].lasts_high};
        request->kinds[k].low = chaos_kinds[k].low;
        request->kinds[k].high = chaos_kinds[k].high;
    }
    const char *name;
    if (options_string(&options, "name", &name))
        request->name = script_keep(script, name, strlen(name));
    options_duration(&options, "from", &request->from_ns);
    if (!options_duration(&options, "to", &request->to_ns))
        raise(L, "sim.chaos: found no end; expected to = \"20s\": then all faults are healed, and "
                 "the rest of the run shows whether the system gets well");
    if (request->to_ns <= request->from_ns)
        raise(L, "sim.chaos: found an end before its beginning; expected from < to");
    const bool named = options_push(&options, "nodes");
    const struct nodes nodes = named ? to_nodes(L, lua_gettop(L), "sim.chaos: nodes")
                                     : usual_nodes(L);
    if (nodes.count == 0 || nodes.nodes[0] == SIM_NOBODY)
        raise(L, "sim.chaos: nodes: found no node; expected one or more, made before");
    sim_node *kept = script_keep_zeroed(script, nodes.count * sizeof *kept);
    memcpy(kept, nodes.nodes, nodes.count * sizeof *kept);
    request->nodes = kept;
    request->node_count = nodes.count;
    int64_t down_max = (int64_t)(nodes.count - 1) / 2;
    if (down_max == 0) down_max = 1;
    options_integer(&options, "down_max", &down_max);
    if (down_max < 0)
        raise(L, "sim.chaos: down_max: found %lld; expected how many nodes may be away at once",
              (long long)down_max);
    request->down_max = (size_t)down_max;
    bool any = false;
    for (size_t k = 0; k < CHAOS_KINDS; k++) any |= read_kind(&options, k, request);
    share_rate(&options, request);
    for (size_t k = 0; k < CHAOS_KINDS; k++) any |= request->kinds[k].rate > 0;
    options_close(&options);
    if (!any)
        raise(L, "sim.chaos: found no rate; expected rate = \"2/s\" for all usual kinds, or one a "
                 "kind: crash = \"6/min\"");
    script->storms = must_grow(script->storms, &script->storm_capacity, script->storm_count + 1,
                               sizeof *script->storms);
    script->storms[script->storm_count++] = request;
    return 0;
}

void api_chaos(lua_State *L) {
    api_functions(L, (const luaL_Reg[]){{"chaos", sim_chaos}, {NULL, NULL}});
}
