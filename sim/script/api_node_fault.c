/*
 * Faults of one node: its process, and the cores, disk and clock of its host.
 *
 * Those that last take { lasts = "5s" } and return a handle with :heal(); an amount stands before
 * it.
 */
#include "script/internal.h"

/* Options at `index` hold no more than `lasts`. */
static int lasting(lua_State *L, struct fault fault, int index, const char *call) {
    int64_t for_ns = 0;
    struct options options;
    options_open(&options, L, index, call);
    options_duration(&options, "lasts", &for_ns);
    options_close(&options);
    fault_on_node(L, fault, for_ns);
    return 1;
}

static struct fault fault_of(lua_State *L, enum fault_kind kind, const char *call) {
    acting(L, call);
    return (struct fault){.kind = kind, .a = self_node(L), .b = SIM_NOBODY};
}

/* node:crash(): the machine stops, and what was not synced goes as its disk has it; a power
 * failure, a kernel panic. node:crash { power = false } and node:kill(): the process alone, as kill
 * -9 would. */
static int node_crash(lua_State *L) {
    struct fault fault = fault_of(L, FAULT_CRASH, "node:crash");
    bool power = true;
    struct options options;
    options_open(&options, L, 2, "node:crash");
    options_bool(&options, "power", &power);
    options_close(&options);
    fault.x = power;
    fault_now(L, &fault);
    return 0;
}

static int node_kill(lua_State *L) {
    const struct fault fault = fault_of(L, FAULT_CRASH, "node:kill");
    fault_now(L, &fault);
    return 0;
}

struct restart {
    struct live live;
    struct fault fault;
};

static void restart_due(struct world *world, void *context) {
    struct restart *restart = context;
    world_fault(world, &restart->fault, false);
    script_drop(restart);
}

static int node_restart(lua_State *L) {
    const struct fault fault = fault_of(L, FAULT_RESTART, "node:restart");
    struct script *script = script_of(L);
    if (lua_isnoneornil(L, 2)) {
        fault_now(L, &fault);
        return 0;
    }
    const int64_t delay = to_duration(L, 2, "node:restart: after");
    struct restart *restart = script_live(script, sizeof *restart);
    restart->fault = fault;
    world_at(script->world, add_sat(world_now(script->world), delay), restart_due, restart);
    return 0;
}

/* node:pause(), node:pause("5s"), node:pause { lasts = "5s" } */
static int node_pause(lua_State *L) {
    const struct fault fault = fault_of(L, FAULT_PAUSE, "node:pause");
    if (lua_isnoneornil(L, 2) || lua_istable(L, 2)) return lasting(L, fault, 2, "node:pause");
    fault_on_node(L, fault, to_duration(L, 2, "node:pause: for how long"));
    return 1;
}

static int node_resume(lua_State *L) {
    const struct fault fault = fault_of(L, FAULT_PAUSE, "node:resume");
    world_heal(script_of(L)->world, fault.kind, fault.a, fault.b);
    return 0;
}

static int node_slow_cpu(lua_State *L) {
    struct fault fault = fault_of(L, FAULT_SLOW_CPU, "node:slow_cpu");
    fault.x = to_quantity(L, 2, QUANTITY_RATIO, "node:slow_cpu: the speed that is left");
    if (fault.x == 0)
        raise(L, "node:slow_cpu: found 0; expected a speed above it; node:pause() stops");
    return lasting(L, fault, 3, "node:slow_cpu");
}

static int node_disk_slow(lua_State *L) {
    struct fault fault = fault_of(L, FAULT_DISK_SLOW, "node:disk_slow");
    if (lua_type(L, 2) != LUA_TNUMBER || !(lua_tonumber(L, 2) >= 0.001) || lua_tonumber(L, 2) > 1e9)
        raise(L, "node:disk_slow: found %s; expected how many times slower, such as 10",
              shown(L, 2));
    fault.x = (int64_t)(lua_tonumber(L, 2) * 1e9 + 0.5);
    return lasting(L, fault, 3, "node:disk_slow");
}

static int node_disk_stuck(lua_State *L) {
    return lasting(L, fault_of(L, FAULT_DISK_STUCK, "node:disk_stuck"), 2, "node:disk_stuck");
}
static int node_disk_full(lua_State *L) {
    return lasting(L, fault_of(L, FAULT_DISK_FULL, "node:disk_full"), 2, "node:disk_full");
}
static int node_lying_syncs(lua_State *L) {
    return lasting(L, fault_of(L, FAULT_SYNC_LIES, "node:lying_syncs"), 2, "node:lying_syncs");
}

/* node:fail_syncs(3): the next three; node:fail_syncs { lasts = "5s" }: all, until then. */
static int failing(lua_State *L, enum fault_kind kind, const char *call) {
    struct fault fault = fault_of(L, kind, call);
    const bool counted = lua_type(L, 2) == LUA_TNUMBER;
    fault.x = counted ? to_integer(L, 2, call) : -1;
    if (counted && fault.x < 1)
        raise(L, "%s: found %s; expected how many of the next fail", call, shown(L, 2));
    return lasting(L, fault, counted ? 3 : 2, call);
}
static int node_fail_writes(lua_State *L) {
    return failing(L, FAULT_WRITE_FAILS, "node:fail_writes");
}
static int node_fail_syncs(lua_State *L) { return failing(L, FAULT_SYNC_FAILS, "node:fail_syncs"); }
static int node_fail_reads(lua_State *L) { return failing(L, FAULT_READ_FAILS, "node:fail_reads"); }

static int node_bit_rot(lua_State *L) {
    struct fault fault = fault_of(L, FAULT_BIT_ROT, "node:bit_rot");
    fault.x = lua_isnoneornil(L, 2) ? 1 : to_integer(L, 2, "node:bit_rot: how many bits");
    fault.y = -1;
    struct options options;
    options_open(&options, L, 3, "node:bit_rot");
    options_integer(&options, "file", &fault.y);
    options_close(&options);
    if (fault.x < 1) raise(L, "node:bit_rot: found %s; expected how many bits flip", shown(L, 2));
    fault_now(L, &fault);
    return 0;
}

static int node_lose_disk(lua_State *L) {
    const struct fault fault = fault_of(L, FAULT_DISK_LOST, "node:lose_disk");
    fault_now(L, &fault);
    return 0;
}

static int node_clock_jump(lua_State *L) {
    struct fault fault = fault_of(L, FAULT_CLOCK_JUMP, "node:clock_jump");
    fault.x = to_signed(L, 2, QUANTITY_DURATION, "node:clock_jump: by how much");
    fault_now(L, &fault);
    return 0;
}

static int node_clock_drift(lua_State *L) {
    struct fault fault = fault_of(L, FAULT_CLOCK_DRIFT, "node:clock_drift");
    fault.x = to_signed(L, 2, QUANTITY_RATIO, "node:clock_drift: by how much");
    return lasting(L, fault, 3, "node:clock_drift");
}

static int node_clock_freeze(lua_State *L) {
    return lasting(L, fault_of(L, FAULT_CLOCK_FREEZE, "node:clock_freeze"), 2, "node:clock_freeze");
}

static int node_clock_lie(lua_State *L) {
    struct fault fault = fault_of(L, FAULT_CLOCK_LIE, "node:clock_lie");
    fault.x = to_duration(L, 2, "node:clock_lie: the bound it states");
    return lasting(L, fault, 3, "node:clock_lie");
}

const luaL_Reg node_fault_methods[] = {{"crash", node_crash},
                                       {"kill", node_kill},
                                       {"restart", node_restart},
                                       {"pause", node_pause},
                                       {"resume", node_resume},
                                       {"slow_cpu", node_slow_cpu},
                                       {"disk_slow", node_disk_slow},
                                       {"disk_stuck", node_disk_stuck},
                                       {"disk_full", node_disk_full},
                                       {"lying_syncs", node_lying_syncs},
                                       {"fail_writes", node_fail_writes},
                                       {"fail_syncs", node_fail_syncs},
                                       {"fail_reads", node_fail_reads},
                                       {"bit_rot", node_bit_rot},
                                       {"lose_disk", node_lose_disk},
                                       {"clock_jump", node_clock_jump},
                                       {"clock_drift", node_clock_drift},
                                       {"clock_freeze", node_clock_freeze},
                                       {"clock_lie", node_clock_lie},
                                       {NULL, NULL}};
