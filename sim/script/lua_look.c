/*
 * What observers see of a Lua node: its fields, its line, its probes and views.
 *
 * A node's state is the fields of its `node` table; locals of the chunk are as invisible as those
 * of a C model's functions would be, so keep in `node` what should be seen. Observers run outside
 * events: the functions they call cannot act, and must not change the node either.
 */
#include <string.h>

#include "base/value.h"
#include "script/lua_node.h"

/* ---- fields ---- */

static bool is_own_field(lua_State *L, int key) {
    static const char *const ours[] = {"id", "knobs", "bugs"};
    if (lua_type(L, key) != LUA_TSTRING) return !lua_isinteger(L, key);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(ours[i], lua_tostring(L, key)) == 0) return true;
    return false;
}

/* A copy of the value at index, of what bytes can hold; tables that are met again are cut off. */
static void push_copy(lua_State *L, int index, int depth, bool fields) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, 8, NULL);
    if (!lua_istable(L, index)) {
        lua_pushvalue(L, index);
        return;
    }
    lua_newtable(L);
    if (depth >= VALUE_DEPTH_MAX - 2) return;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        const int type = lua_type(L, -1);
        if (fields && is_own_field(L, lua_absindex(L, -2))) continue;
        if (!lua_isinteger(L, -2) && lua_type(L, -2) != LUA_TSTRING) continue;
        if (type != LUA_TBOOLEAN && type != LUA_TNUMBER && type != LUA_TSTRING &&
            type != LUA_TTABLE)
            continue;
        lua_pushvalue(L, -2);
        push_copy(L, -2, depth + 1, false);
        lua_rawset(L, -5);
    }
}

static void push_fields(lua_State *L, const struct lua_node *node) {
    push_dispatch(L, node, DISPATCH_SELF);
    push_copy(L, -1, 0, true);
    lua_replace(L, -2);
}

bool lua_node_push_state(lua_State *L, sim_node which) {
    const struct lua_node *node = world_node_state(script_of(L)->world, which);
    if (!node) return false;
    push_fields(L, node);
    return true;
}

/* ---- protected calls from outside ---- */

struct looking_at {
    const struct lua_node *node;
    size_t which;
    const struct sim_clocks *now;
    struct writer *writer;
    struct text *text;
    struct sim_rows *rows;
    int64_t number;
};

static bool look(const struct lua_node *node, lua_CFunction f, struct looking_at *at,
                 const char *observer) {
    struct script *script = node->model->script;
    const char *before = script->observer;
    at->node = node;
    script->observer = observer;
    const bool good = script_run(script, f, at);
    script->observer = before;
    return good;
}

static int encode_protected(lua_State *L) {
    struct looking_at *at = lua_touserdata(L, 1);
    push_fields(L, at->node);
    message_encode(L, -1, at->writer);
    return 0;
}

void lua_node_encode(const void *state, struct writer *w) {
    look(state, encode_protected, &(struct looking_at){.writer = w}, "encode");
}

/* model.describe(node), or the fields. */
static int describe_protected(lua_State *L) {
    struct looking_at *at = lua_touserdata(L, 1);
    push_dispatch(L, at->node, DISPATCH_MODEL);
    lua_getfield(L, -1, "describe");
    if (lua_isfunction(L, -1)) {
        push_dispatch(L, at->node, DISPATCH_SELF);
        lua_call(L, 1, 1);
        text_add(at->text, "%s", sandbox_tostring(L, -1, NULL));
        return 0;
    }
    push_fields(L, at->node);
    struct writer *body = &script_of(L)->nodes->body;
    body->size = 0;
    message_encode(L, -1, body);
    value_to_json(at->text, body->data, body->size);
    return 0;
}

void lua_node_describe(const void *state, struct text *text) {
    look(state, describe_protected, &(struct looking_at){.text = text}, "describe");
}

/* Without the script at hand: by the shape of the bytes alone. */
void lua_node_describe_message(const struct sim_message *message, struct text *text) {
    struct reader r = reader_over(message->body.data, message->body.size);
    if (message->body.size == 8) { /* one integer: a layout's, as no value has this size */
        text_add(text, "%lld", (long long)get_i64(&r));
    } else if (value_skip(&r) && r.at == r.size) {
        value_to_json(text, message->body.data, message->body.size);
    } else if (message->body.size > RPC_HEADER_BYTES) {
        r = reader_over(message->body.data + RPC_HEADER_BYTES,
                        message->body.size - RPC_HEADER_BYTES);
        if (value_skip(&r) && r.at == r.size)
            value_to_json(text, r.data, r.size);
        else
            text_add(text, "%zu bytes", message->body.size);
    }
}

static int probe_protected(lua_State *L) {
    struct looking_at *at = lua_touserdata(L, 1);
    const struct sim_param *probe = &at->node->model->model.probes[at->which];
    push_dispatch(L, at->node, DISPATCH_MODEL);
    lua_getfield(L, -1, "probes");
    lua_getfield(L, -1, probe->name);
    if (lua_istable(L, -1)) lua_getfield(L, -1, "read");
    push_dispatch(L, at->node, DISPATCH_SELF);
    lua_pushinteger(L, at->now->mono_ns);
    lua_call(L, 2, 1);
    if (lua_isboolean(L, -1))
        at->number = lua_toboolean(L, -1);
    else if (lua_type(L, -1) == LUA_TNUMBER)
        at->number = to_signed(L, -1, QUANTITY_BYTES, probe->name);
    else if (!lua_isnil(L, -1))
        raise(L, "probe \"%s\": found %s; expected a number or nil", probe->name, shown(L, -1));
    return 0;
}

int64_t lua_node_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    struct looking_at at = {.which = probe, .now = now, .number = SIM_NONE};
    look(state, probe_protected, &at, "a probe");
    return at.number;
}

/* ---- views ---- */

static void put_cell(lua_State *L, const struct sim_param *column, struct sim_rows *rows) {
    lua_getfield(L, -1, column->name);
    const bool is_text = column->unit == SIM_TEXT || lua_type(L, -1) == LUA_TSTRING;
    if (lua_isnil(L, -1))
        sim_cell(rows, SIM_NONE);
    else if (is_text)
        sim_cell_text(rows, sandbox_tostring(L, -1, NULL));
    else if (lua_isboolean(L, -1))
        sim_cell(rows, lua_toboolean(L, -1));
    else
        sim_cell(rows, to_signed(L, -1, QUANTITY_BYTES, column->name));
    lua_settop(L, -2);
}

static int view_protected(lua_State *L) {
    struct looking_at *at = lua_touserdata(L, 1);
    const struct sim_table *view = &at->node->model->model.views[at->which];
    push_dispatch(L, at->node, DISPATCH_MODEL);
    lua_getfield(L, -1, "views");
    lua_getfield(L, -1, view->name);
    lua_getfield(L, -1, "rows");
    push_dispatch(L, at->node, DISPATCH_SELF);
    lua_pushinteger(L, at->now->mono_ns);
    lua_call(L, 2, 1);
    if (!lua_istable(L, -1))
        raise(L, "view \"%s\": found %s; expected a list of rows", view->name, shown(L, -1));
    const int rows = lua_gettop(L);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, rows); i++) {
        if (lua_rawgeti(L, rows, i) != LUA_TTABLE)
            raise(L, "view \"%s\": found %s; expected a row, { column = value }", view->name,
                  shown(L, -1));
        for (const struct sim_param *column = view->columns; column->name; column++) {
            put_cell(L, column, at->rows);
            lua_settop(L, rows + 1);
        }
        lua_settop(L, rows);
    }
    return 0;
}

void lua_node_view(const void *state, size_t view, const struct sim_clocks *now,
                   struct sim_rows *rows) {
    look(state, view_protected, &(struct looking_at){.which = view, .now = now, .rows = rows},
         "a view");
}
