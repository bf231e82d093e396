/*
 * A line of Jepsen's history.edn as the JSON line that FORMATS.md has in its place:
 *
 *   {:process 0, :type :invoke, :f :read, :value nil, :time 12, :index 0}
 *
 * Keywords and symbols become strings, nil null, lists and sets arrays; a tag (#jepsen.history.Op) is passed over.
 * Where keys are independent (jepsen.independent), a value is [key value], and is taken apart into "key" and "value",
 * unless the line has a :key. That is how a pair is read that a read, write, rmw, get, put or append has; of a cas, whose
 * own value is [old new], a pair whose second is a pair: [key [old new]]. So a register of pairs needs a :key. A
 * line without :index gets the number of the line, and one without :time the same in nanoseconds.
 * All of a history in one vector is read too, as long as each operation has a line of its own.
 */
#ifndef CHECK_EDN_H
#define CHECK_EDN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Does the line look like one? A JSON object begins with {" or {}. */
bool edn_is(const char *line, size_t size);
/* Adds the JSON; nothing for the brackets of a vector around all. False with a sentence in `error`. O(size). */
bool edn_to_json(const char *line, size_t size, uint32_t number, struct text *json, struct text *error);

#endif
