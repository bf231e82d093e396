/* What stands at the other end of a stream: a terminal or not, its width, what it can show. */
#ifndef REPORT_TERMINAL_H
#define REPORT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* Colours are for terminals, unless NO_COLOR is set to anything (no-color.org) or TERM is dumb. */
bool terminal_colours(FILE *);
bool terminal_draws(FILE *);     /* a cursor can be moved: not where TERM is dumb */
int terminal_width(FILE *);      /* columns; 80 when unknown */
bool terminal_speaks_utf8(void); /* by LC_ALL, LC_CTYPE, LANG, without setlocale */

#endif
