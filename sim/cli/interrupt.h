/* SIGINT and SIGTERM as a flag, so that a run ends cleanly. A second one ends the process at once.
 * */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

void interrupt_catch(void);
bool interrupted(void);

#endif
