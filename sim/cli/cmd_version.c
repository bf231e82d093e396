/* orrery version: what was built, by what, and which Lua runs the scenarios. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "report/summary.h"

#ifndef ORRERY_VERSION
#define ORRERY_VERSION "0.1.0"
#endif

/* Of the Lua that is linked in, in its own words: "$LuaVersion: Lua 5.4.4  Copyright ... $". */
extern const char lua_ident[];

static const char *sanitizers(void) {
#if defined(__SANITIZE_ADDRESS__)
    return ", sanitizers";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return ", sanitizers";
#else
    return "";
#endif
#else
    return "";
#endif
}

static const char *compiler(void) {
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

static const char *optimization(void) {
#ifdef __OPTIMIZE__
    return "optimized";
#else
    return "not optimized";
#endif
}

static const char *machine(void) {
#if defined(__x86_64__)
    return "x86_64";
#elif defined(__aarch64__)
    return "aarch64";
#else
    return "another architecture";
#endif
}

int cmd_version(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    for (int c; (c = next_option(argc, argv, "h", options)) != -1;) {
        if (c != 'h') return EXIT_WRONG_USE;
        puts("usage: orrery version\n\nThe version, how it was built, and the version of Lua.\n\n"
             "  orrery version");
        return EXIT_PASSED;
    }
    const char *lua = strstr(lua_ident, ": ");
    lua = lua ? lua + 2 : lua_ident;
    printf("orrery %s\n", ORRERY_VERSION);
    printf("build  %s, %s%s, C11 (gnu11), %s\n", compiler(), optimization(), sanitizers(),
           machine());
    printf("Lua    %.*s\n", (int)strcspn(lua + 4, " ") + 4, lua);
    return EXIT_PASSED;
}
