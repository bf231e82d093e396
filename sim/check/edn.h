/*
 * Jepsen's history.edn, an operation after another, each as the JSON line that FORMATS.md has in
 * its place:
 *
 *   {:process 0, :type :invoke, :f :read, :value nil, :time 12, :index 0}
 *
 * An operation may go over many lines, and begins on one of its own, whose number is its place in
 * the order; a vector or list may be around all. Fields that FORMATS.md does not know (:exception,
 * :node) are let go. Without :value it is nil; one without :index or :time gets the number of its
 * line.
 *
 * Where keys are independent (jepsen.independent), a value is [key value], and is taken apart into
 * "key" and "value", unless there is a :key. That is how a pair is read that a read, write, rmw,
 * get, put or append has; of a cas, whose own value is [old new], a pair whose second is a pair:
 * [key [old new]]. So a register of pairs needs a :key.
 */
#ifndef CHECK_EDN_H
#define CHECK_EDN_H

#include "check/edn_value.h"
#include "check/event.h"

struct edn_history {
    struct edn edn;
    struct event_shown shown[FIELDS]; /* of the operation that was read last, as the file has it */
    enum event_field next_field;
    uint32_t operation_line;          /* where it begins; 0: there was none yet */
    char around;                      /* what ends the vector around all, until it is there; 0:
                                         nothing */
    bool begun, has_ended;
    bool is_timed; /* the operation that was read last has a :time of its own */
};
enum edn_next { EDN_OPERATION, EDN_END, EDN_WRONG };

/* Is that how a file of EDN begins? Its first line that is not blank; a JSON object begins with
   {" or {}. */
bool edn_is(const char *line, size_t size);
/* `e->edn` has a source, its first line, and a text for errors. EDN_OPERATION: its JSON is in
 * `json`. EDN_WRONG: a sentence in the errors, of the line edn.line. O(size of what is read). */
enum edn_next edn_next(struct edn_history *e, struct text *json);

#endif
