/* Calling this from sandbox_open makes a linker take lua_link.o from a static library before it
 * looks for pow elsewhere. */
#ifndef ORRERY_SCRIPT_LUA_LINK_H
#define ORRERY_SCRIPT_LUA_LINK_H

void lua_link_here(void);

#endif
