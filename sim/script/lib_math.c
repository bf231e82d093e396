/*
 * math. What libm decides (exp, log, the trigonometric functions, powers) is ours: libms differ in
 * the last bit. sqrt, floor, ceil and fmod are exact by IEEE 754 and C. math.random is refused: the
 * only randomness a node may see is its event's.
 */
#include "portable_math.h"
#include "sandbox_internal.h"

#include <math.h>
#include <string.h>

static void push_float_as_integer(lua_State *L, double value) {
    if (value >= -9223372036854775808.0 && value < 9223372036854775808.0) {
        lua_pushinteger(L, (lua_Integer)value);
    } else {
        lua_pushnumber(L, value);
    }
}

static int math_abs(lua_State *L) {
    if (lua_isinteger(L, 1)) {
        lua_Integer value = lua_tointeger(L, 1);
        lua_pushinteger(L, value < 0 ? (lua_Integer)(0U - (lua_Unsigned)value) : value);
    } else {
        lua_pushnumber(L, fabs(luaL_checknumber(L, 1)));
    }
    return 1;
}

static int round_with(lua_State *L, double (*function)(double)) {
    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
    } else {
        push_float_as_integer(L, function(luaL_checknumber(L, 1)));
    }
    return 1;
}

static int math_floor(lua_State *L) { return round_with(L, floor); }

static int math_ceil(lua_State *L) { return round_with(L, ceil); }

static int math_fmod(lua_State *L) {
    if (lua_isinteger(L, 1) && lua_isinteger(L, 2)) {
        lua_Integer divisor = lua_tointeger(L, 2);
        luaL_argcheck(L, divisor != 0, 2, "zero");
        lua_pushinteger(L, divisor == -1 ? 0 : lua_tointeger(L, 1) % divisor);
    } else {
        lua_pushnumber(L, fmod(luaL_checknumber(L, 1), luaL_checknumber(L, 2)));
    }
    return 1;
}

static int math_modf(lua_State *L) {
    if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
        lua_pushnumber(L, 0);
        return 2;
    }
    double value = luaL_checknumber(L, 1);
    double whole = value < 0 ? ceil(value) : floor(value);
    push_float_as_integer(L, whole);
    lua_pushnumber(L, value == whole ? 0.0 : value - whole);
    return 2;
}

static int math_sqrt(lua_State *L) {
    lua_pushnumber(L, sqrt(luaL_checknumber(L, 1)));
    return 1;
}

static int math_ult(lua_State *L) {
    lua_Unsigned a = (lua_Unsigned)luaL_checkinteger(L, 1);
    lua_pushboolean(L, a < (lua_Unsigned)luaL_checkinteger(L, 2));
    return 1;
}

static int math_tointeger(lua_State *L) {
    int good;
    lua_Integer value = lua_tointegerx(L, 1, &good);
    if (good) {
        lua_pushinteger(L, value);
    } else {
        luaL_checkany(L, 1);
        lua_pushnil(L);
    }
    return 1;
}

static int math_type(lua_State *L) {
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");
    } else {
        lua_pushnil(L);
    }
    return 1;
}

/* The first of equal ones, as the stock functions. */
static int extreme(lua_State *L, bool wants_less) {
    int count = lua_gettop(L);
    int best = 1;
    luaL_argcheck(L, count >= 1, 1, "number expected, got no value");
    for (int i = 1; i <= count; i++) {
        luaL_checknumber(L, i);
        if (lua_compare(L, wants_less ? i : best, wants_less ? best : i, LUA_OPLT)) { best = i; }
    }
    lua_pushvalue(L, best);
    return 1;
}

static int math_min(lua_State *L) { return extreme(L, true); }

static int math_max(lua_State *L) { return extreme(L, false); }

static int math_exp(lua_State *L) {
    lua_pushnumber(L, portable_exp(luaL_checknumber(L, 1)));
    return 1;
}

static int math_log(lua_State *L) {
    double value = luaL_checknumber(L, 1);
    lua_pushnumber(L, lua_isnoneornil(L, 2) ? portable_log(value)
                                            : portable_log_base(value, luaL_checknumber(L, 2)));
    return 1;
}

static int math_sin(lua_State *L) {
    lua_pushnumber(L, portable_sin(luaL_checknumber(L, 1)));
    return 1;
}

static int math_cos(lua_State *L) {
    lua_pushnumber(L, portable_cos(luaL_checknumber(L, 1)));
    return 1;
}

static int math_tan(lua_State *L) {
    lua_pushnumber(L, portable_tan(luaL_checknumber(L, 1)));
    return 1;
}

static int math_asin(lua_State *L) {
    lua_pushnumber(L, portable_asin(luaL_checknumber(L, 1)));
    return 1;
}

static int math_acos(lua_State *L) {
    lua_pushnumber(L, portable_acos(luaL_checknumber(L, 1)));
    return 1;
}

static int math_atan(lua_State *L) {
    double y = luaL_checknumber(L, 1);
    lua_pushnumber(L, portable_atan2(y, luaL_optnumber(L, 2, 1)));
    return 1;
}

static int math_deg(lua_State *L) {
    lua_pushnumber(L, luaL_checknumber(L, 1) * (180.0 / 3.141592653589793));
    return 1;
}

static int math_rad(lua_State *L) {
    lua_pushnumber(L, luaL_checknumber(L, 1) * (3.141592653589793 / 180.0));
    return 1;
}

void lib_math_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"abs", math_abs},   {"floor", math_floor},
        {"ceil", math_ceil}, {"fmod", math_fmod},
        {"modf", math_modf}, {"sqrt", math_sqrt},
        {"ult", math_ult},   {"tointeger", math_tointeger},
        {"type", math_type}, {"min", math_min},
        {"max", math_max},   {"exp", math_exp},
        {"log", math_log},   {"sin", math_sin},
        {"cos", math_cos},   {"tan", math_tan},
        {"asin", math_asin}, {"acos", math_acos},
        {"atan", math_atan}, {"deg", math_deg},
        {"rad", math_rad},   {NULL, NULL},
    };
    static const char no_random[] =
        "math.random is not available: the run's seed would not decide it; use sim.rng or the "
        "event's random";
    set_functions(L, functions);
    set_refused(L, "random", no_random);
    set_refused(L, "randomseed", no_random);
    lua_pushnumber(L, 3.141592653589793);
    lua_setfield(L, -2, "pi");
    lua_pushnumber(L, (double)INFINITY);
    lua_setfield(L, -2, "huge");
    lua_pushinteger(L, LUA_MAXINTEGER);
    lua_setfield(L, -2, "maxinteger");
    lua_pushinteger(L, LUA_MININTEGER);
    lua_setfield(L, -2, "mininteger");
}
