/*
 * Two C library functions that Lua's virtual machine calls, replaced at link time.
 *
 * liblua5.4.a is linked statically, so a definition in the program is the one it gets.
 * - pow, behind the operator ^: libm's differs between C libraries and CPUs.
 * - __snprintf_chk, behind the conversion of a float in a concatenation ("x" .. 0/0): printf shows
 *   the sign of a nan, which differs between CPUs and with the optimiser. Ours shows "nan", and
 *   is vsnprintf otherwise. (Debian builds Lua with _FORTIFY_SOURCE, hence the name.)
 * The whole program shares them: both are what the standard says, except for the sign of a lone
 * nan.
 */
#include "lua_link.h"

#include "portable_math.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

double pow(double x, double y);
int __snprintf_chk(char *text, size_t size, int flag, size_t object_size, const char *format, ...);

void lua_link_here(void) {}

double pow(double x, double y) { return portable_pow(x, y); }

int __snprintf_chk(char *text, size_t size, int flag, size_t object_size, const char *format, ...) {
    va_list arguments;
    (void)flag;
    (void)object_size;
    va_start(arguments, format);
    int written = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    if (written == 4 && size > 4 && strcmp(text, "-nan") == 0) {
        memcpy(text, "nan", 4);
        written = 3;
    }
    return written;
}
