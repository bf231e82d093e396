/*
 * Values with units, LSNs, and distributions: pure functions, the same for scenarios and nodes.
 *
 * A distribution is immutable and lives as long as the script: its samples are in the script's
 * list.
 */
#include <stdlib.h>
#include <string.h>

#include "script/internal.h"

static const char class_distribution[] = "distribution";

/* ---- units ---- */

static int sim_duration(lua_State *L) {
    lua_pushinteger(L, to_signed(L, 1, QUANTITY_DURATION, "sim.duration"));
    return 1;
}
static int sim_bytes_of(lua_State *L) {
    lua_pushinteger(L, to_quantity(L, 1, QUANTITY_BYTES, "sim.bytes"));
    return 1;
}
static int sim_bandwidth(lua_State *L) {
    lua_pushinteger(L, to_quantity(L, 1, QUANTITY_BANDWIDTH, "sim.bandwidth"));
    return 1;
}

/* Pushes a short text and frees it. */
static int push_text(lua_State *L, struct text *text) {
    char copy[128];
    const size_t size = text->size < sizeof copy ? text->size : sizeof copy;
    if (size) memcpy(copy, text->data, size);
    text_free(text);
    lua_pushlstring(L, copy, size);
    return 1;
}

static int sim_lsn(lua_State *L) {
    const int64_t lsn = to_integer(L, 1, "sim.lsn");
    struct text text = {0};
    text_add_lsn(&text, lsn);
    return push_text(L, &text);
}
static int sim_format_ns(lua_State *L) {
    const int64_t ns = to_signed(L, 1, QUANTITY_DURATION, "sim.format_ns");
    struct text text = {0};
    text_add_ns(&text, ns);
    return push_text(L, &text);
}
static int sim_format_bytes(lua_State *L) {
    const int64_t bytes = to_signed(L, 1, QUANTITY_BYTES, "sim.format_bytes");
    struct text text = {0};
    text_add_bytes_count(&text, bytes);
    return push_text(L, &text);
}

/* ---- distributions ---- */

struct distribution to_distribution(lua_State *L, int index, const char *what) {
    const struct distribution *made = luaL_testudata(L, index, class_distribution);
    if (made) return *made;
    if (lua_type(L, index) != LUA_TSTRING && lua_type(L, index) != LUA_TNUMBER)
        raise(L,
              "%s: found %s; expected a duration such as \"5ms\", or a distribution such as "
              "sim.lognormal(\"500us\", \"2ms\")",
              what, shown(L, index));
    return distribution_constant(to_duration(L, index, what));
}

static int push_distribution(lua_State *L, struct distribution distribution) {
    struct distribution *made = lua_newuserdatauv(L, sizeof *made, 0);
    *made = distribution;
    luaL_setmetatable(L, class_distribution);
    return 1;
}

static int distribution_show(lua_State *L) {
    const struct distribution *distribution = luaL_checkudata(L, 1, class_distribution);
    struct text text = {0};
    distribution_describe(distribution, &text);
    return push_text(L, &text);
}

static void expect_arguments(lua_State *L, int least, int most, const char *form) {
    if (lua_gettop(L) < least || lua_gettop(L) > most)
        raise(L, "found %d argument%s; expected %s", lua_gettop(L), lua_gettop(L) == 1 ? "" : "s",
              form);
}

static int sim_constant(lua_State *L) {
    expect_arguments(L, 1, 1, "sim.constant(duration)");
    return push_distribution(L, distribution_constant(to_duration(L, 1, "sim.constant")));
}

static int sim_uniform(lua_State *L) {
    expect_arguments(L, 2, 2, "sim.uniform(least, most)");
    const int64_t least = to_duration(L, 1, "sim.uniform: least");
    const int64_t most = to_duration(L, 2, "sim.uniform: most");
    if (least > most)
        raise(L, "sim.uniform: found %s above %s; expected (least, most)", shown(L, 1),
              shown(L, 2));
    return push_distribution(
        L, (struct distribution){.kind = DISTRIBUTION_UNIFORM, .a = least, .b = most});
}

static int sim_exponential(lua_State *L) {
    expect_arguments(L, 1, 2, "sim.exponential(mean) or sim.exponential(mean, least)");
    const int64_t mean = to_duration(L, 1, "sim.exponential: mean");
    const int64_t least = lua_isnoneornil(L, 2) ? 0 : to_duration(L, 2, "sim.exponential: least");
    return push_distribution(
        L, (struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = least, .b = mean});
}

static int sim_normal(lua_State *L) {
    expect_arguments(L, 2, 2, "sim.normal(mean, deviation)");
    const int64_t mean = to_duration(L, 1, "sim.normal: mean");
    const int64_t deviation = to_duration(L, 2, "sim.normal: deviation");
    return push_distribution(
        L, (struct distribution){.kind = DISTRIBUTION_NORMAL, .a = mean, .b = deviation});
}

static int sim_lognormal(lua_State *L) {
    expect_arguments(L, 2, 2, "sim.lognormal(median, p99)");
    const int64_t median = to_duration(L, 1, "sim.lognormal: median");
    const int64_t p99 = to_duration(L, 2, "sim.lognormal: p99");
    if (median <= 0 || p99 < median)
        raise(L, "sim.lognormal: found median %s and p99 %s; expected 0 < median <= p99",
              shown(L, 1), shown(L, 2));
    return push_distribution(L, distribution_lognormal(median, p99));
}

static int sim_pareto(lua_State *L) {
    expect_arguments(L, 2, 2, "sim.pareto(least, alpha)");
    const int64_t least = to_duration(L, 1, "sim.pareto: least");
    if (lua_type(L, 2) != LUA_TNUMBER || !(lua_tonumber(L, 2) > 0) || lua_tonumber(L, 2) > 1000)
        raise(L, "sim.pareto: alpha: found %s; expected a number above 0, such as 1.5",
              shown(L, 2));
    return push_distribution(L, (struct distribution){.kind = DISTRIBUTION_PARETO,
                                                      .a = least,
                                                      .shape = lua_tonumber(L, 2)});
}

static int by_value(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int sim_empirical(lua_State *L) {
    expect_arguments(L, 1, 1, "sim.empirical { \"1ms\", \"2ms\", ... }");
    if (!lua_istable(L, 1) || lua_rawlen(L, 1) == 0 || lua_rawlen(L, 1) > UINT32_MAX)
        raise(L, "sim.empirical: found %s; expected a list of durations", shown(L, 1));
    const size_t count = lua_rawlen(L, 1);
    int64_t *samples = scratch(L, count * sizeof *samples);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        samples[i] = to_duration(L, -1, "sim.empirical");
        lua_pop(L, 1);
    }
    qsort(samples, count, sizeof *samples, by_value); /* equal numbers are alike: a total order */
    const char *kept = script_keep(script_of(L), (const char *)samples, count * sizeof *samples);
    return push_distribution(L,
                             (struct distribution){.kind = DISTRIBUTION_EMPIRICAL,
                                                   .samples = (const int64_t *)(const void *)kept,
                                                   .count = (uint32_t)count});
}

/* sim.mixture { { 0.9, "1ms" }, { 0.1, sim.pareto("10ms", 1.5) } }: weight, distribution. */
static int sim_mixture(lua_State *L) {
    expect_arguments(L, 1, 1, "sim.mixture { { weight, distribution }, ... }");
    if (!lua_istable(L, 1) || lua_rawlen(L, 1) == 0 || lua_rawlen(L, 1) > UINT32_MAX)
        raise(L, "sim.mixture: found %s; expected a list of { weight, distribution }", shown(L, 1));
    const size_t count = lua_rawlen(L, 1);
    int64_t *weights = scratch(L, count * sizeof *weights), sum = 0;
    struct distribution *parts = scratch(L, count * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        const int top = lua_gettop(L);
        if (lua_rawgeti(L, 1, (lua_Integer)i + 1) != LUA_TTABLE)
            raise(L, "sim.mixture: found %s; expected { weight, distribution }", shown(L, -1));
        lua_rawgeti(L, -1, 1);
        if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) > 0) ||
            lua_tonumber(L, -1) > 1e6)
            raise(L, "sim.mixture: weight: found %s; expected a number above 0", shown(L, -1));
        sum += (int64_t)(lua_tonumber(L, -1) * 1e9 + 0.5);
        weights[i] = sum;
        lua_rawgeti(L, -2, 2);
        parts[i] = to_distribution(L, -1, "sim.mixture");
        lua_settop(L, top);
    }
    struct script *script = script_of(L);
    const char *kept_weights = script_keep(script, (const char *)weights, count * sizeof *weights);
    const char *kept_parts = script_keep(script, (const char *)parts, count * sizeof *parts);
    return push_distribution(
        L, (struct distribution){.kind = DISTRIBUTION_MIXTURE,
                                 .samples = (const int64_t *)(const void *)kept_weights,
                                 .parts = (const struct distribution *)(const void *)kept_parts,
                                 .count = (uint32_t)count});
}

void api_pure_values(lua_State *L) {
    api_class(L, class_distribution, NULL);
    lua_pushnil(L);
    lua_pushcclosure(L, distribution_show, 1);
    lua_setfield(L, -2, "__tostring");
    lua_pop(L, 1);
    api_functions(L, (const luaL_Reg[]){{"duration", sim_duration},
                                        {"bytes", sim_bytes_of},
                                        {"bandwidth", sim_bandwidth},
                                        {"lsn", sim_lsn},
                                        {"format_ns", sim_format_ns},
                                        {"format_bytes", sim_format_bytes},
                                        {"constant", sim_constant},
                                        {"uniform", sim_uniform},
                                        {"exponential", sim_exponential},
                                        {"normal", sim_normal},
                                        {"lognormal", sim_lognormal},
                                        {"pareto", sim_pareto},
                                        {"empirical", sim_empirical},
                                        {"mixture", sim_mixture},
                                        {NULL, NULL}});
}

void api_values(lua_State *L) { api_pure_values(L); }
