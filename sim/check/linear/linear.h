/*
 * Linearizability (Herlihy and Wing, "Linearizability: a correctness condition for concurrent
 * objects", TOPLAS 1990): each operation seems to happen at one moment between its invoke and
 * its completion. A history is linearizable when its operations can be put into one order that
 * keeps the order of real time (what was completed before another was invoked comes before it)
 * and that a single copy of the object, doing one thing after another, would answer in the same
 * way.
 *
 *   register       read, write, rmw (reads what it returned, then writes what it was invoked with)
 *   cas-register   also cas [old,new]; one that failed with the error "mismatch" saw another value
 *   kv             get, put, append on strings; "" where the key is absent
 *
 * `fail` did not happen; `info`, or no completion, may take effect at any time after its invoke,
 * or never. Each key is an object of its own: a history is linearizable just when it is for each
 * of its objects (Herlihy and Wing, theorem 1), so keys are judged one by one. Scans observe
 * several keys at once, and are passed over.
 *
 *   spec        what a specification is; register, kv: the three; strings: the states of kv
 *   problem     the operations of one key, made ready for the search
 *   zones       no order, for a reason that takes no search
 *   search      is there an order? memo: where it has been
 *   judge       key after key, within the limits
 *   explain     what went wrong, as small as it gets; tell: in words, tell_string: of kv
 */
#ifndef CHECK_LINEAR_H
#define CHECK_LINEAR_H

#include "check/check.h"

extern const struct check_spec register_spec, cas_register_spec, kv_spec;

#endif
