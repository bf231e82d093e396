/*
 * Links: what the network between nodes is like. What a call leaves out stays as it was.
 */
#include "script/internal.h"

static void link_options(struct options *options, struct link_settings *link) {
    options_distribution(options, "delay", &link->delay);
    options_quantity(options, "bandwidth", QUANTITY_BANDWIDTH, &link->bandwidth);
    options_quantity(options, "queue", QUANTITY_BYTES, &link->queue_bytes_max);
    options_quantity(options, "loss", QUANTITY_RATIO, &link->loss_ppb);
    options_quantity(options, "duplicate", QUANTITY_RATIO, &link->duplicate_ppb);
    options_quantity(options, "reorder", QUANTITY_RATIO, &link->reorder_ppb);
    options_duration(options, "reorder_by", &link->reorder_ns_max);
    options_quantity(options, "corrupt", QUANTITY_RATIO, &link->corrupt_ppb);
    options_bool(options, "deliver_corrupt", &link->deliver_corrupt);
    options_duration(options, "reset_after", &link->reset_after_ns);
}

static void link_one(lua_State *L, sim_node from, sim_node to, int table) {
    struct script *script = script_of(L);
    struct link_settings link = *world_link_get(script->world, from, to);
    struct options options;
    bool oneway;
    options_open(&options, L, table, "sim.link");
    link_options(&options, &link);
    options_bool(&options, "oneway", &oneway);
    options_close(&options);
    world_link(script->world, from, to, &link);
}

static int sim_link(lua_State *L) {
    acting(L, "sim.link");
    lua_settop(L, 3);
    const struct nodes from = to_nodes(L, 1, "sim.link: from");
    const struct nodes to = to_nodes(L, 2, "sim.link: to");
    bool oneway = false;
    if (lua_istable(L, 3)) {
        lua_getfield(L, 3, "oneway");
        oneway = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    if (from.nodes[0] == SIM_NOBODY || to.nodes[0] == SIM_NOBODY)
        raise(L,
              "sim.link: found sim.all; expected nodes: sim.links { ... } sets what holds for all");
    for (size_t i = 0; i < from.count; i++)
        for (size_t k = 0; k < to.count; k++) {
            if (from.nodes[i] == to.nodes[k]) continue;
            link_one(L, from.nodes[i], to.nodes[k], 3);
            if (!oneway) link_one(L, to.nodes[k], from.nodes[i], 3);
        }
    return 0;
}

static int sim_links(lua_State *L) {
    acting(L, "sim.links");
    struct link_settings link = link_settings_default();
    struct options options;
    options_open(&options, L, 1, "sim.links");
    link_options(&options, &link);
    options_close(&options);
    world_link_all(script_of(L)->world, &link);
    return 0;
}

static int sim_regions(lua_State *L) {
    acting(L, "sim.regions");
    struct script *script = script_of(L);
    const char *from = to_string(L, 1, "sim.regions: from"),
               *to = to_string(L, 2, "sim.regions: to");
    struct link_settings link = link_settings_default();
    bool oneway = false;
    struct options options;
    options_open(&options, L, 3, "sim.regions");
    link_options(&options, &link);
    options_bool(&options, "oneway", &oneway);
    options_close(&options);
    world_link_regions(script->world, from, to, &link);
    if (!oneway) world_link_regions(script->world, to, from, &link);
    return 0;
}

void api_link(lua_State *L) {
    api_functions(
        L, (const luaL_Reg[]){
               {"link", sim_link}, {"links", sim_links}, {"regions", sim_regions}, {NULL, NULL}});
}
