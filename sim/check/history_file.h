/*
 * Reads a history file, JSON lines of FORMATS.md section 3 or Jepsen's history.edn (edn.h), into
 * memory, and lints it: lines that are no event, completions without an invoke, processes that do
 * two things at a time or anything after an info, time that goes back. O(bytes of the file).
 */
#ifndef CHECK_HISTORY_FILE_H
#define CHECK_HISTORY_FILE_H

#include "base/text.h"
#include "check/history.h"

enum history_read { HISTORY_READ, HISTORY_MALFORMED, HISTORY_LIMIT };

/*
 * `path`: a file, or "-" for stdin; `name`: what messages call it. Begins the history, which is the
 * caller's to free whatever the answer. MALFORMED: `error` has NAME:LINE: what was found; what was
 * expected. LIMIT: limits->passed says which.
 */
enum history_read history_read_file(struct history *, const char *path, const char *name,
                                    struct limits *, struct text *error);

/*
 * The same, line by line, for who has a history in hand: begin (NULL: the limit), lines until one
 * is false, end, which frees the reading and says what came of it. `error` is without NAME:LINE.
 */
struct reading;
struct reading *history_reading_begin(struct history *, struct limits *);
/* A line that is of no interest here; it counts. */
void history_reading_skip(struct reading *);
bool history_reading_line(struct reading *, const char *line, size_t size);
enum history_read history_reading_end(struct reading *, struct text *error);

#endif
