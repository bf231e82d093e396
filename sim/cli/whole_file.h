/* Files as wholes: one beside a run's others, whole or not there; and all of one, read. */
#ifndef CLI_WHOLE_FILE_H
#define CLI_WHOLE_FILE_H

#include "report/output.h"

/* Writes folder/name under a passing name, gives it its own when `write` and the disk have been
 * content, and prints it. False with a sentence in `error`; nothing is left then. */
bool whole_file(const char *folder, const char *name,
                bool (*write)(void *context, struct output *, struct text *error), void *context,
                struct text *error);

/* Appends all of a file of at most WHOLE_FILE_BYTES_MAX. False with errno. */
enum { WHOLE_FILE_BYTES_MAX = 256 << 20 };
bool whole_file_read(const char *path, struct text *content);

#endif
