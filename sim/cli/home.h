/*
 * Where the program's own files are: plots/ and scenarios/lib/. Found from where the program itself
 * is (a checkout's build folder, or beside an installed share/orrery), so that it runs from any
 * directory; ORRERY_HOME says otherwise.
 */
#ifndef CLI_HOME_H
#define CLI_HOME_H

/* The folder that has plots/style.gp. Never NULL: "." when nothing was found. Lives for ever. */
const char *home_folder(void);
/* home_folder() and this below it. Each of the first eight lives for ever: call it once a name. */
const char *home_path(const char *below);
/* This program's own file, for starting itself again. */
const char *own_program(void);

#endif
