/*
 * Arguments: getopt_long with messages that name the nearest option, and values with units.
 *
 * Every message is `orrery: ...: what is wrong; what was expected` on stderr; a caller that gets
 * false or '?' returns EXIT_WRONG_USE and says no more.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "base/units.h"

/* "orrery: " and the sentence, and a line's end. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The next option, as getopt_long has it: its val, -1 at the end, '?' when it is wrong (said). */
int next_option(int argc, char **argv, const char *letters, const struct option *);

/* `what`: the option's name, for the message. */
bool parse_quantity(const char *what, enum quantity, const char *value, int64_t *);
bool parse_seed(const char *what, const char *value, uint64_t *);
/* How many processes at a time: --jobs, and without it one a core. */
bool parse_jobs(const char *value, int *jobs);
int usual_jobs(void);
/* "A-B", at most `most` of them; a single N is 1-N. */
bool parse_seeds(const char *what, const char *value, uint64_t most, uint64_t *first,
                 uint64_t *last);

/* A word as a shell would take it, quoted where needed. */
void add_shell_word(struct text *, const char *word);

#endif
