/*
 * A session's operations on a key in the order in which a guarantee sees them: before an operation
 * come those that were completed before it was invoked. Two lists, one by invoke and one by
 * completion, are walked side by side, as lines of the file order both; so operations that overlap
 * cost nothing more.
 */
#include "check/session/internal.h"

static bool sweep_session(struct judge *j, const struct sweep *s, size_t begin, size_t end,
                          size_t *completed) {
    const uint32_t session = session_of(j->history, operation(j, j->invoked[begin]));
    s->begin(s->context);
    for (size_t i = begin; i < end; i++) {
        const uint32_t line = operation(j, j->invoked[i])->invoked_line;
        for (; *completed < j->completed_end; ++*completed) {
            const struct operation *o = operation(j, j->completed[*completed]);
            if (o->ended_line > line || session_of(j->history, o) != session) break;
            if (!s->completed(s->context, j->completed[*completed])) return false;
        }
        if (!s->invoked(s->context, j->invoked[i]) || !limits_tick(j->limits)) return false;
    }
    while (*completed < j->completed_end &&
           session_of(j->history, operation(j, j->completed[*completed])) == session)
        ++*completed;
    return true;
}

bool sweep_sessions(struct judge *j, const struct sweep *s) {
    size_t completed = j->completed_begin;
    for (size_t begin = j->invoked_begin, end; begin < j->invoked_end; begin = end) {
        const uint32_t session = session_of(j->history, operation(j, j->invoked[begin]));
        end = begin + 1;
        while (end < j->invoked_end &&
               session_of(j->history, operation(j, j->invoked[end])) == session)
            end++;
        if (!sweep_session(j, s, begin, end, &completed)) return false;
    }
    return true;
}

void count_judged(struct judge *j, const struct before *before, bool it_reads, bool it_writes) {
    struct check_rule *rules = j->result->rules;
    rules[READ_YOUR_WRITES].judged += it_reads && before->writes;
    rules[MONOTONIC_READS].judged += it_reads && before->reads;
    rules[MONOTONIC_WRITES].judged += it_writes && before->writes;
    /* One that does both has read before it wrote. */
    rules[WRITES_FOLLOW_READS].judged += it_writes && (before->reads || it_reads);
}
