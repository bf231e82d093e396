/*
 * string.pack, unpack and packsize with nothing left to the machine: a format says its byte order
 * ('<' or '>') and the size of every integer (i4, I8, s2). The native kinds b B h H are one and two
 * bytes everywhere and stay; i, I, l, L, j, J, T and s without a size, '=' and '!' are refused. f
 * is IEEE single, d and n IEEE double. x is a zero byte, z a zero-terminated string, cN a fixed
 * one.
 */
#include "sandbox_internal.h"

#include "builder.h"

#include <assert.h>
#include <string.h>

enum item_kind {
    ITEM_INTEGER,
    ITEM_UNSIGNED,
    ITEM_FLOAT,
    ITEM_DOUBLE,
    ITEM_FIXED,
    ITEM_COUNTED,
    ITEM_ZERO,
    ITEM_PADDING,
    ITEM_NOTHING
};

struct format {
    lua_State *L;
    const char *at;
    enum { ORDER_UNSAID, ORDER_LITTLE, ORDER_BIG } order;
};

struct item {
    enum item_kind kind;
    size_t size;
};

/* A number in the format; 0 when there is none. */
static size_t read_size(struct format *format, size_t max, char letter) {
    size_t size = 0;
    if (*format->at < '0' || *format->at > '9') {
        luaL_error(format->L,
                   "'%c' needs a size here, such as '%c4': sizes differ between machines", letter,
                   letter);
    }
    while (*format->at >= '0' && *format->at <= '9') {
        size = size * 10 + (size_t)(*format->at++ - '0');
        if (size > ((size_t)1 << 31)) { luaL_error(format->L, "size in format is too large"); }
    }
    if (letter != 'c' && (size < 1 || size > max)) {
        luaL_error(format->L, "integral size (%d) out of limits [1,%d]", (int)size, (int)max);
    }
    return size;
}

static void need_order(const struct format *format, size_t size) {
    if (size > 1 && format->order == ORDER_UNSAID) {
        luaL_error(format->L, "the format must say its byte order: start it with '<' or '>'");
    }
}

static struct item read_item(struct format *format) {
    struct item item = {ITEM_NOTHING, 0};
    char letter = *format->at++;
    switch (letter) {
    case 'b':
    case 'h':
    case 'i':
        item.kind = ITEM_INTEGER;
        item.size = letter == 'b' ? 1 : letter == 'h' ? 2 : read_size(format, 16, letter);
        break;
    case 'B':
    case 'H':
    case 'I':
        item.kind = ITEM_UNSIGNED;
        item.size = letter == 'B' ? 1 : letter == 'H' ? 2 : read_size(format, 16, letter);
        break;
    case 'f': item = (struct item){ITEM_FLOAT, 4}; break;
    case 'd':
    case 'n': item = (struct item){ITEM_DOUBLE, 8}; break;
    case 's': item = (struct item){ITEM_COUNTED, read_size(format, 8, letter)}; break;
    case 'c': item = (struct item){ITEM_FIXED, read_size(format, 0, letter)}; return item;
    case 'z': item.kind = ITEM_ZERO; return item;
    case 'x': item = (struct item){ITEM_PADDING, 1}; return item;
    case ' ': return item;
    case '<': format->order = ORDER_LITTLE; return item;
    case '>': format->order = ORDER_BIG; return item;
    case '=':
    case '!':
    case 'X':
    case 'l':
    case 'L':
    case 'j':
    case 'J':
    case 'T':
        luaL_error(format->L,
                   "'%c' in a format is not available: it differs between machines; use '<' or "
                   "'>', and sizes such as 'i8'",
                   letter);
        break;
    default: luaL_error(format->L, "invalid format option '%c'", letter);
    }
    need_order(format, item.size);
    return item;
}

static void add_integer(struct builder *out, const struct format *format, lua_Unsigned value,
                        bool negative, size_t size) {
    char little[16];
    assert(size <= sizeof little); /* as read_item has seen to */
    for (size_t i = 0; i < sizeof little; i++)
        little[i] = (char)(i < 8 ? value >> (8 * i) : negative ? 255 : 0);
    if (format->order != ORDER_BIG) {
        builder_add(out, little, size);
        return;
    }
    while (size > 0) builder_add(out, &little[--size], 1);
}

static void pack_integer(struct builder *out, const struct format *format, struct item item,
                         int index) {
    lua_State *L = format->L;
    lua_Integer value = luaL_checkinteger(L, index);
    if (item.size < 8) {
        lua_Integer half = (lua_Integer)1 << (item.size * 8 - 1);
        bool fits = item.kind == ITEM_INTEGER
                        ? -half <= value && value < half
                        : (lua_Unsigned)value < ((lua_Unsigned)1 << (item.size * 8));
        luaL_argcheck(L, fits, index,
                      item.kind == ITEM_INTEGER ? "integer overflow" : "unsigned overflow");
    }
    add_integer(out, format, (lua_Unsigned)value, value < 0, item.size);
}

static void pack_float(struct builder *out, const struct format *format, struct item item,
                       double value) {
    uint64_t bits = 0x7ff8000000000000U;
    if (item.kind == ITEM_FLOAT) {
        uint32_t narrow_bits = 0x7fc00000U;
        float narrow = (float)value;
        if (value == value) { memcpy(&narrow_bits, &narrow, sizeof(narrow_bits)); }
        bits = narrow_bits;
    } else if (value == value) {
        memcpy(&bits, &value, sizeof(bits));
    }
    add_integer(out, format, bits, false, item.size);
}

static void pack_text(struct builder *out, const struct format *format, struct item item,
                      int index) {
    lua_State *L = format->L;
    size_t size;
    const char *text = sandbox_check_text(L, index, &size);
    sandbox_charge(L, (int64_t)((size + item.size) / 4));
    if (item.kind == ITEM_COUNTED) {
        luaL_argcheck(L, item.size >= 8 || size < (size_t)1 << (item.size * 8), index,
                      "string length does not fit in given size");
        add_integer(out, format, size, false, item.size);
        builder_add(out, text, size);
    } else if (item.kind == ITEM_ZERO) {
        luaL_argcheck(L, strlen(text) == size, index, "string contains zeros");
        builder_add(out, text, size + 1);
    } else {
        luaL_argcheck(L, size <= item.size, index, "string longer than given size");
        builder_add(out, text, size);
        memset(builder_reserve(out, item.size - size), 0, item.size - size);
        out->size += item.size - size;
    }
}

static int string_pack(lua_State *L) {
    struct format format = {L, luaL_checkstring(L, 1), ORDER_UNSAID};
    int index = 1;
    struct builder out;
    lua_settop(L, lua_gettop(L) + 1); /* a missing argument reads as nil, not as the builder */
    builder_open(&out, L);
    while (*format.at != '\0') {
        struct item item = read_item(&format);
        sandbox_charge(L, 1);
        switch (item.kind) {
        case ITEM_NOTHING: break;
        case ITEM_PADDING: builder_add_char(&out, '\0'); break;
        case ITEM_INTEGER:
        case ITEM_UNSIGNED: pack_integer(&out, &format, item, ++index); break;
        case ITEM_FLOAT:
        case ITEM_DOUBLE: pack_float(&out, &format, item, luaL_checknumber(L, ++index)); break;
        default: pack_text(&out, &format, item, ++index); break;
        }
    }
    builder_push(&out);
    return 1;
}

static int string_packsize(lua_State *L) {
    struct format format = {L, luaL_checkstring(L, 1), ORDER_UNSAID};
    size_t total = 0;
    while (*format.at != '\0') {
        struct item item = read_item(&format);
        luaL_argcheck(L, item.kind != ITEM_COUNTED && item.kind != ITEM_ZERO, 1,
                      "variable-length format");
        luaL_argcheck(L, total <= ((size_t)1 << 31) - item.size, 1, "format result too large");
        total += item.size;
    }
    lua_pushinteger(L, (lua_Integer)total);
    return 1;
}

static lua_Integer read_integer(const struct format *format, struct item item, const char *data) {
    lua_Unsigned value = 0;
    const unsigned char *bytes = (const unsigned char *)data;
    for (size_t i = item.size; i-- > 0;) {
        unsigned char byte = bytes[format->order == ORDER_BIG ? item.size - 1 - i : i];
        if (i < 8) {
            value = value << 8 | byte;
        } else if (byte != 0 && !(item.kind == ITEM_INTEGER && byte == 255)) {
            luaL_error(format->L, "%d-byte integer does not fit into Lua Integer", (int)item.size);
        }
    }
    if (item.kind == ITEM_INTEGER && item.size < 8) {
        lua_Unsigned sign = (lua_Unsigned)1 << (item.size * 8 - 1);
        value = (value ^ sign) - sign;
    }
    return (lua_Integer)value;
}

static double read_float(const struct format *format, struct item item, const char *data) {
    uint64_t bits = (uint64_t)read_integer(format, (struct item){ITEM_UNSIGNED, item.size}, data);
    double value;
    if (item.kind == ITEM_FLOAT) {
        float narrow;
        uint32_t narrow_bits = (uint32_t)bits;
        memcpy(&narrow, &narrow_bits, sizeof(narrow));
        value = narrow;
    } else {
        memcpy(&value, &bits, sizeof(value));
    }
    return value;
}

static const char *take(lua_State *L, const char *data, size_t size, size_t *place, size_t wanted) {
    luaL_argcheck(L, wanted <= size - *place, 2, "data string too short");
    const char *at = data + *place;
    *place += wanted;
    return at;
}

static void unpack_text(struct format *format, struct item item, const char *data, size_t size,
                        size_t *place) {
    lua_State *L = format->L;
    size_t wanted = item.size;
    if (item.kind == ITEM_COUNTED) {
        const char *count = take(L, data, size, place, item.size);
        wanted = (size_t)read_integer(format, (struct item){ITEM_UNSIGNED, item.size}, count);
    } else if (item.kind == ITEM_ZERO) {
        const char *end = memchr(data + *place, '\0', size - *place);
        luaL_argcheck(L, end != NULL, 2, "unfinished string for format 'z'");
        wanted = (size_t)(end - data) - *place;
    }
    sandbox_charge(L, (int64_t)(wanted / 16));
    lua_pushlstring(L, take(L, data, size, place, wanted), wanted);
    *place += item.kind == ITEM_ZERO ? 1 : 0;
}

static int string_unpack(lua_State *L) {
    size_t size;
    struct format format = {L, luaL_checkstring(L, 1), ORDER_UNSAID};
    const char *data = sandbox_check_text(L, 2, &size);
    lua_Integer position = luaL_optinteger(L, 3, 1);
    position = position < 0 && -position <= (lua_Integer)size ? (lua_Integer)size + position + 1
                                                              : position;
    luaL_argcheck(L, position >= 1 && position <= (lua_Integer)size + 1, 3,
                  "initial position out of string");
    size_t place = (size_t)position - 1;
    int results = 0;
    while (*format.at != '\0') {
        struct item item = read_item(&format);
        sandbox_charge(L, 1);
        luaL_checkstack(L, 3, "too many results");
        switch (item.kind) {
        case ITEM_NOTHING: continue;
        case ITEM_PADDING: (void)take(L, data, size, &place, 1); continue;
        case ITEM_INTEGER:
        case ITEM_UNSIGNED:
            lua_pushinteger(L, read_integer(&format, item, take(L, data, size, &place, item.size)));
            break;
        case ITEM_FLOAT:
        case ITEM_DOUBLE:
            lua_pushnumber(L, read_float(&format, item, take(L, data, size, &place, item.size)));
            break;
        default: unpack_text(&format, item, data, size, &place); break;
        }
        results++;
    }
    lua_pushinteger(L, (lua_Integer)place + 1);
    return results + 1;
}

void lib_pack_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pack", string_pack},
        {"unpack", string_unpack},
        {"packsize", string_packsize},
        {NULL, NULL},
    };
    set_functions(L, functions);
}
