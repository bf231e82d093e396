/*
 * string.format. Each conversion is checked, rebuilt and given to snprintf for one value, with what
 * would leak taken out: %p and %a are refused, nan has no sign, %s goes through sandbox_tostring.
 */
#include "sandbox_internal.h"

#include "builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPEC_MAX = 32, ITEM_MAX = 512 };

/* One conversion: "%" flags width .precision, then the letter. */
struct spec {
    char text[SPEC_MAX]; /* all but the letter */
    size_t size;
    char letter;
    bool has_precision;
    int width;
};

static const char *read_digits(const char *at, int *value) {
    *value = 0;
    for (int i = 0; i < 2 && *at >= '0' && *at <= '9'; i++) {
        *value = *value * 10 + (*at++ - '0');
    }
    return at;
}

/* Reads the conversion after a '%'; returns the place after it. */
static const char *read_spec(lua_State *L, const char *start, struct spec *spec) {
    int precision;
    const char *at = start + strspn(start, "-+ #0");
    if (at - start > 5) { luaL_error(L, "invalid format (repeated flags)"); }
    at = read_digits(at, &spec->width);
    spec->has_precision = *at == '.';
    if (spec->has_precision) { at = read_digits(at + 1, &precision); }
    if (*at >= '0' && *at <= '9') { luaL_error(L, "invalid format (width or precision too long)"); }
    spec->text[0] = '%';
    spec->size = (size_t)(at - start) + 1;
    memcpy(spec->text + 1, start, (size_t)(at - start));
    spec->text[spec->size] = '\0';
    spec->letter = *at;
    return *at != '\0' ? at + 1 : at;
}

static void finish_spec(struct spec *spec, const char *letters) {
    memcpy(spec->text + spec->size, letters, strlen(letters) + 1);
}

static void refuse_flags(lua_State *L, const struct spec *spec, const char *allowed) {
    for (const char *flag = spec->text + 1; strchr("-+ #0", *flag) != NULL && *flag != '\0';
         flag++) {
        if (strchr(allowed, *flag) == NULL) {
            luaL_error(L, "invalid conversion '%s%c' to 'format'", spec->text, spec->letter);
        }
    }
}

static void add_integer(lua_State *L, struct builder *out, int index, struct spec *spec) {
    const char letters[] = {'l', 'l', spec->letter == 'i' ? 'd' : spec->letter, '\0'};
    lua_Integer value = luaL_checkinteger(L, index);
    refuse_flags(L, spec, spec->letter == 'd' || spec->letter == 'i' ? "-+0 " : "-#0");
    finish_spec(spec, letters);
    char item[ITEM_MAX];
    int size = snprintf(item, sizeof(item), spec->text, (long long)value);
    builder_add(out, item, (size_t)size);
}

static void add_float(lua_State *L, struct builder *out, int index, struct spec *spec) {
    const char letters[] = {spec->letter, '\0'};
    double value = luaL_checknumber(L, index);
    refuse_flags(L, spec, "-+#0 ");
    if (value != value) {
        value = __builtin_nan(""); /* the sign of a computed nan differs between CPUs */
    }
    finish_spec(spec, letters);
    char item[ITEM_MAX];
    int size = snprintf(item, sizeof(item), spec->text, value);
    sandbox_charge(L, 40 + (int64_t)size * 8); /* digits of a large number come dear */
    builder_add(out, item, (size_t)size);
}

static void add_string(lua_State *L, struct builder *out, int index, struct spec *spec) {
    size_t size;
    const char *text = sandbox_tostring(L, index, &size);
    refuse_flags(L, spec, "-");
    sandbox_charge(L, (int64_t)(size / 16));
    if (spec->size == 1 || (!spec->has_precision && size >= 100)) {
        builder_add(out, text, size);
    } else {
        luaL_argcheck(L, size == strlen(text), index, "string contains zeros");
        finish_spec(spec, "s");
        char item[ITEM_MAX];
        int written = snprintf(item, sizeof(item), spec->text, text);
        builder_add(out, item, (size_t)written);
    }
    lua_pop(L, 1);
}

static void add_quoted_string(struct builder *out, const char *text, size_t size) {
    char escape[8];
    builder_add_char(out, '"');
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '"' || c == '\\' || c == '\n') {
            builder_add_char(out, '\\');
            builder_add_char(out, c);
        } else if ((unsigned char)c < 32 || c == 127) {
            bool digit_follows = i + 1 < size && text[i + 1] >= '0' && text[i + 1] <= '9';
            int written = snprintf(escape, sizeof(escape), digit_follows ? "\\%03d" : "\\%d", c);
            builder_add(out, escape, (size_t)written);
        } else {
            builder_add_char(out, c);
        }
    }
    builder_add_char(out, '"');
}

/* A float in decimal that reads back as the same float. */
static int quote_float(double value, char *item, size_t size) {
    if (value != value) { return snprintf(item, size, "(0/0)"); }
    if (value - value != 0) { return snprintf(item, size, value > 0 ? "1e9999" : "-1e9999"); }
    int written = snprintf(item, size, "%.17g", value);
    if (strspn(item, "-0123456789") == (size_t)written) {
        written = snprintf(item, size, "%.17g.0", value);
    }
    return written;
}

static void add_quoted(lua_State *L, struct builder *out, int index, const struct spec *spec) {
    char item[64];
    size_t size;
    if (spec->size > 1) { luaL_error(L, "specifier '%%q' cannot have modifiers"); }
    switch (lua_type(L, index)) {
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &size);
        sandbox_charge(L, (int64_t)(size / 8));
        add_quoted_string(out, text, size);
        return;
    }
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            lua_Integer value = lua_tointeger(L, index);
            size = (size_t)snprintf(item, sizeof(item), value == LUA_MININTEGER ? "0x%llx" : "%lld",
                                    (long long)value);
        } else {
            size = (size_t)quote_float(lua_tonumber(L, index), item, sizeof(item));
        }
        builder_add(out, item, size);
        return;
    case LUA_TNIL:
    case LUA_TBOOLEAN:
        builder_add(out, sandbox_tostring(L, index, &size), size);
        lua_pop(L, 1);
        return;
    default: luaL_argerror(L, index, "value has no literal form");
    }
}

static void add_item(lua_State *L, struct builder *out, int index, struct spec *spec) {
    switch (spec->letter) {
    case 'c': {
        refuse_flags(L, spec, "-");
        char byte = (char)(unsigned char)luaL_checkinteger(L, index);
        for (int i = 1; i < spec->width && spec->text[1] != '-'; i++) {
            builder_add_char(out, ' ');
        }
        builder_add_char(out, byte);
        for (int i = 1; i < spec->width && spec->text[1] == '-'; i++) {
            builder_add_char(out, ' ');
        }
        return;
    }
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X': add_integer(L, out, index, spec); return;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': add_float(L, out, index, spec); return;
    case 's': add_string(L, out, index, spec); return;
    case 'q': add_quoted(L, out, index, spec); return;
    case 'p': luaL_error(L, "'%%p' is not available: an address differs in every run"); return;
    case 'a':
    case 'A':
        luaL_error(L, "'%%%c' is not available: it differs between C libraries; use %%.17g",
                   spec->letter);
        return;
    default: luaL_error(L, "invalid conversion '%s%c' to 'format'", spec->text, spec->letter);
    }
}

static int string_format(lua_State *L) {
    size_t size;
    int count = lua_gettop(L);
    int index = 1;
    const char *at = sandbox_check_text(L, 1, &size);
    const char *end = at + size;
    struct builder out;
    builder_open(&out, L);
    sandbox_charge(L, (int64_t)(size / 8) + count);
    while (at < end) {
        if (*at != '%') {
            builder_add_char(&out, *at++);
        } else if (at[1] == '%') {
            builder_add_char(&out, '%');
            at += 2;
        } else {
            struct spec spec;
            at = read_spec(L, at + 1, &spec);
            if (++index > count) { return luaL_argerror(L, index, "no value"); }
            add_item(L, &out, index, &spec);
        }
    }
    builder_push(&out);
    return 1;
}

void lib_format_open(lua_State *L) {
    push_function(L, string_format);
    lua_setfield(L, -2, "format");
}
