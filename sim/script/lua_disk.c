/*
 * A Lua node's files. Each call waits for its answer: true (or what was asked for), or nil and the
 * error's name. With { tag = n } it does not wait, and model.on_disk(node, answer) is called
 * instead; with { quiet = true } there is no answer unless it fails, and then the next sync fails
 * too.
 *
 * node:append and node:records keep a log: each value in a frame of its length and checksum,
 * written in one piece, so that after a crash the torn tail shows, and is where the log ends.
 */
#include <string.h>

#include "script/lua_node.h"

enum { FRAME_BYTES = 8, READ_ALL_BYTES = 1 << 30 };

static const char *const errors[] = {NULL, "EIO", "ENOSPC", "ECHECKSUM", "ENOENT"};

struct ordering {
    struct sim_disk disk;
    bool waits;
};

/* Options at index: tag and quiet say how it is answered. */
static void order_open(lua_State *L, struct ordering *ordering, struct options *options, int index,
                       const char *call) {
    int64_t tag = 0;
    options_open(options, L, index, call);
    const bool tagged = options_integer(options, "tag", &tag);
    options_bool(options, "quiet", &ordering->disk.quiet);
    if (tag < 0) raise(L, "%s: tag: found %lld; expected a number from 0", call, (long long)tag);
    ordering->disk.tag = (uint64_t)tag;
    ordering->waits = !tagged && !ordering->disk.quiet;
}

static int order(lua_State *L, struct ordering *ordering, const char *call,
                 lua_KFunction answered) {
    struct lua_runtime *runtime = script_of(L)->nodes;
    sandbox_charge(L, 100 + (int64_t)ordering->disk.bytes.size / 2);
    if (ordering->waits) ordering->disk.tag = wait_begin(L, call);
    sim_disk(runtime->out, ordering->disk);
    return ordering->waits ? lua_yieldk(L, 0, 0, answered) : 0;
}

static uint64_t to_file(lua_State *L, const struct lua_runtime *runtime, int index,
                        const char *what) {
    const uint64_t file = name_number(L, &runtime->node->model->files, index, what);
    if (file == SIM_DIRECTORY) raise(L, "%s: found 0; expected a file's name", what);
    return file;
}

static const struct sim_disk *answer(lua_State *L) { return &script_of(L)->nodes->event->disk; }

static int push_error(lua_State *L) {
    lua_pushnil(L);
    lua_pushstring(L, errors[answer(L)->error]);
    return 2;
}

static int done(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    if (answer(L)->error) return push_error(L);
    lua_pushboolean(L, true);
    return 1;
}

static int written(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    if (answer(L)->error) return push_error(L);
    lua_pushinteger(L, answer(L)->offset);
    return 1;
}

static int was_read(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    if (answer(L)->error) return push_error(L);
    lua_pushlstring(L, (const char *)answer(L)->bytes.data, answer(L)->bytes.size);
    return 1;
}

/* ---- bytes ---- */

static void write_options(struct options *options, struct sim_disk *disk) {
    options_integer(options, "offset", &disk->offset);
    options_quantity(options, "bytes", QUANTITY_BYTES, &disk->modelled_bytes);
    options_close(options);
    if (disk->offset < SIM_APPEND)
        raise(options->lua, "%s: offset: found %lld; expected a number from 0", options->what,
              (long long)disk->offset);
}

/* node:write(file, bytes, { offset = n }): at the file's end unless an offset is given. A value
 * that is no string is written as a message would be. Returns the offset. */
static int node_write(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "write");
    struct ordering ordering = {.disk = {.op = SIM_WRITE, .offset = SIM_APPEND}};
    struct options options;
    lua_settop(L, 4);
    ordering.disk.file = to_file(L, runtime, 2, "node:write: the file");
    order_open(L, &ordering, &options, 4, "node:write");
    write_options(&options, &ordering.disk);
    runtime->body.size = 0;
    if (lua_type(L, 3) == LUA_TSTRING) {
        size_t size;
        const char *bytes = lua_tolstring(L, 3, &size);
        put_bytes(&runtime->body, bytes, size);
    } else {
        message_encode(L, 3, &runtime->body);
    }
    ordering.disk.bytes = (struct sim_bytes){runtime->body.data, runtime->body.size};
    ordering.disk.size = (int64_t)runtime->body.size;
    return order(L, &ordering, "write", written);
}

static int node_read(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "read");
    struct ordering ordering = {.disk = {.op = SIM_READ, .size = READ_ALL_BYTES}};
    struct options options;
    lua_settop(L, 3);
    ordering.disk.file = to_file(L, runtime, 2, "node:read: the file");
    order_open(L, &ordering, &options, 3, "node:read");
    options_integer(&options, "offset", &ordering.disk.offset);
    options_integer(&options, "size", &ordering.disk.size);
    options_close(&options);
    if (ordering.disk.offset < 0 || ordering.disk.size < 0)
        raise(L, "node:read: found a negative offset or size; expected numbers from 0");
    return order(L, &ordering, "read", was_read);
}

static int node_sync(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "sync");
    struct ordering ordering = {.disk = {.op = SIM_SYNC}};
    struct options options;
    lua_settop(L, 3);
    ordering.disk.file = to_file(L, runtime, 2, "node:sync: the file");
    order_open(L, &ordering, &options, 3, "node:sync");
    options_close(&options);
    return order(L, &ordering, "sync", done);
}

/* Makes creations, removals and renamings durable. */
static int node_sync_directory(lua_State *L) {
    in_event(L, "sync_directory");
    struct ordering ordering = {.disk = {.op = SIM_SYNC, .file = SIM_DIRECTORY}};
    struct options options;
    lua_settop(L, 2);
    order_open(L, &ordering, &options, 2, "node:sync_directory");
    options_close(&options);
    return order(L, &ordering, "sync_directory", done);
}

static int node_truncate(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "truncate");
    struct ordering ordering = {.disk = {.op = SIM_TRUNCATE}};
    struct options options;
    lua_settop(L, 4);
    ordering.disk.file = to_file(L, runtime, 2, "node:truncate: the file");
    ordering.disk.size = lua_isnil(L, 3) ? 0 : to_integer(L, 3, "node:truncate: the size");
    if (ordering.disk.size < 0) raise(L, "node:truncate: found a negative size");
    order_open(L, &ordering, &options, 4, "node:truncate");
    options_close(&options);
    return order(L, &ordering, "truncate", done);
}

static int node_remove(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "remove");
    struct ordering ordering = {.disk = {.op = SIM_REMOVE}};
    struct options options;
    lua_settop(L, 3);
    ordering.disk.file = to_file(L, runtime, 2, "node:remove: the file");
    order_open(L, &ordering, &options, 3, "node:remove");
    options_close(&options);
    return order(L, &ordering, "remove", done);
}

static int node_rename(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "rename");
    struct ordering ordering = {.disk = {.op = SIM_RENAME}};
    struct options options;
    lua_settop(L, 4);
    ordering.disk.file = to_file(L, runtime, 2, "node:rename: the file");
    ordering.disk.to_file = to_file(L, runtime, 3, "node:rename: the new name");
    order_open(L, &ordering, &options, 4, "node:rename");
    options_close(&options);
    return order(L, &ordering, "rename", done);
}

/* ---- a log of values ---- */

static uint32_t checksum(const uint8_t *bytes, size_t size) { /* FNV-1a, folded */
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash ^ hash >> 32);
}

static void put_frame_header(uint8_t *at, size_t size) {
    struct writer w = writer_over(at, FRAME_BYTES);
    put_u32(&w, (uint32_t)size);
    put_u32(&w, checksum(at + FRAME_BYTES, size));
}

/* node:append(file, value): returns the record's offset, or nil and the error. */
static int node_append(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "append");
    struct ordering ordering = {.disk = {.op = SIM_WRITE, .offset = SIM_APPEND}};
    struct options options;
    lua_settop(L, 4);
    ordering.disk.file = to_file(L, runtime, 2, "node:append: the file");
    order_open(L, &ordering, &options, 4, "node:append");
    options_quantity(&options, "bytes", QUANTITY_BYTES, &ordering.disk.modelled_bytes);
    options_close(&options);
    runtime->body.size = 0;
    put_u64(&runtime->body, 0);
    message_encode(L, 3, &runtime->body);
    put_frame_header(runtime->body.data, runtime->body.size - FRAME_BYTES);
    ordering.disk.bytes = (struct sim_bytes){runtime->body.data, runtime->body.size};
    ordering.disk.size = (int64_t)runtime->body.size;
    return order(L, &ordering, "append", written);
}

/* The values of whole records, and where the first torn one begins: cut the file there. */
static int records_read(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    const struct sim_disk *disk = answer(L);
    if (disk->error == SIM_ENOENT) { /* no file: an empty log */
        lua_newtable(L);
        lua_pushinteger(L, 0);
        return 2;
    }
    if (disk->error) return push_error(L);
    size_t at = 0;
    lua_newtable(L);
    for (lua_Integer count = 1; disk->bytes.size - at > FRAME_BYTES; count++) {
        struct reader r = reader_over(disk->bytes.data + at, disk->bytes.size - at);
        const uint32_t size = get_u32(&r), sum = get_u32(&r);
        const uint8_t *bytes = get_bytes(&r, size);
        if (!bytes || size == 0 || checksum(bytes, size) != sum) break;
        if (!message_decode(L, (struct sim_bytes){bytes, size})) {
            lua_pop(L, 1);
            break;
        }
        lua_rawseti(L, -2, count);
        at += FRAME_BYTES + size;
        sandbox_charge(L, 20 + size / 8);
    }
    lua_pushinteger(L, (lua_Integer)at);
    return 2;
}

static int node_records(lua_State *L) {
    struct lua_runtime *runtime = in_event(L, "records");
    struct ordering ordering = {.disk = {.op = SIM_READ, .size = READ_ALL_BYTES}, .waits = true};
    ordering.disk.file = to_file(L, runtime, 2, "node:records: the file");
    return order(L, &ordering, "records", records_read);
}

const luaL_Reg lua_disk_functions[] = {
    {"write", node_write},       {"read", node_read},
    {"sync", node_sync},         {"sync_directory", node_sync_directory},
    {"truncate", node_truncate}, {"remove", node_remove},
    {"rename", node_rename},     {"append", node_append},
    {"records", node_records},   {NULL, NULL}};
