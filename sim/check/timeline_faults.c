/*
 * Which faults a timeline shows, and from when to when.
 *
 * A history's nemesis says what it does by names alone. Some end what others began: "start-cut" is
 * over at "stop-cut", "pause" at "resume", "kill" at "start". Jepsen tells each action twice, when
 * it is asked and when it is done; what lasts is there from the first of the one to the last of the
 * other, as nobody knows more. What neither begins nor ends anything happened at a moment.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wide.h"
#include "check/timeline_draw.h"

struct span {
    struct timeline_fault fault;
    uint32_t f;
    bool lasts; /* nothing has ended it yet */
};
struct spans {
    struct span *spans;
    size_t count, capacity;
};

/* ---- actions by their names: a word, and perhaps what it is done to ---- */

static const struct {
    const char *begins, *ends;
} pairs[] = {
    {"start", "stop"},     {"kill", "start"},   {"kill", "restart"},   {"crash", "start"},
    {"crash", "restart"},  {"pause", "resume"}, {"cut", "heal"},       {"partition", "heal"},
    {"partition", "stop"}, {"isolate", "heal"}, {"disrupt", "repair"}, {"hold", "release"},
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static size_t word_size(const char *f) {
    size_t size = 0;
    while (f[size] >= 'a' && f[size] <= 'z') size++;
    return size;
}
static bool has_word(const char *f, const char *word) {
    return word_size(f) == strlen(word) && memcmp(f, word, strlen(word)) == 0;
}
static bool begins(const char *f) {
    for (size_t i = 0; i < PAIRS; i++)
        if (has_word(f, pairs[i].begins)) return true;
    return false;
}
static bool only_ends(const char *f) {
    bool found = false;
    for (size_t i = 0; i < PAIRS; i++) found = found || has_word(f, pairs[i].ends);
    return found && !begins(f);
}
/* An end that names nothing ends all of its kind. */
static bool ends(const char *end, const char *beginning) {
    const char *what = end + word_size(end);
    if (*what && strcmp(what, beginning + word_size(beginning)) != 0) return false;
    for (size_t i = 0; i < PAIRS; i++)
        if (has_word(end, pairs[i].ends) && has_word(beginning, pairs[i].begins)) return true;
    return false;
}

/* Where processes are killed, a start ends that, also when none was dead. */
static bool is_end_here(const struct history *h, const char *f) {
    for (uint32_t i = 0; i < h->functions.count; i++) {
        const char *other = names_string(&h->functions, i);
        if (!has_word(other, "start") && ends(f, other)) return true;
    }
    return only_ends(f);
}

/* ---- spans ---- */

static void add_span(struct spans *s, uint32_t f, int64_t from, int64_t to, const char *label) {
    s->spans = must_grow(s->spans, &s->capacity, s->count + 1, sizeof *s->spans);
    s->spans[s->count++] = (struct span){{from, to, label}, f, to == INT64_MAX};
}

static bool is_there(const struct spans *s, uint32_t f) {
    for (size_t i = 0; i < s->count; i++)
        if (s->spans[i].lasts && s->spans[i].f == f) return true;
    return false;
}

static void end_spans(struct spans *s, const struct history *h, const char *f, int64_t ns) {
    for (size_t i = 0; i < s->count; i++) {
        struct span *span = &s->spans[i];
        if (!span->lasts || !ends(f, names_string(&h->functions, span->f))) continue;
        span->fault.to_ns = ns;
        span->lasts = false;
    }
}

static void add_nemesis(struct spans *s, const struct history *h) {
    const struct nemesis_event *e = h->nemesis;
    for (size_t i = 0, next; i < h->nemesis_count; i = next) { /* what is told twice is one */
        const char *f = names_string(&h->functions, e[i].f);
        for (next = i + 1; next < h->nemesis_count && e[next].f == e[i].f;) next++;
        if (is_end_here(h, f)) {
            end_spans(s, h, f, e[next - 1].ns);
        } else if (begins(f)) {
            if (!is_there(s, e[i].f)) add_span(s, e[i].f, e[i].ns, INT64_MAX, f);
        } else {
            for (size_t k = i; k < next; k++) add_span(s, e[k].f, e[k].ns, e[k].ns, f);
        }
    }
}

/* ---- those that are shown ---- */

int64_t timeline_fault_distance(const struct timeline *t, const struct timeline_fault *f) {
    int64_t from = t->moments[0].ns, to = t->moments[t->moment_count - 1].ns;
    if (t->explanation) {
        const struct operation *stuck = &t->history->operations[t->explanation->stuck];
        from = stuck->invoked_ns;
        to = stuck->ended_ns;
    }
    return f->from_ns > to   ? sub_sat(f->from_ns, to)
           : f->to_ns < from ? sub_sat(from, f->to_ns)
                             : 0;
}

static size_t farthest(const struct timeline *t) {
    size_t found = 0;
    for (size_t i = 1; i < t->fault_count; i++)
        if (timeline_fault_distance(t, &t->faults[i]) >
            timeline_fault_distance(t, &t->faults[found]))
            found = i;
    return found;
}

static void show(struct timeline *t, const struct timeline_fault *f) {
    if (f->to_ns < t->moments[0].ns || f->from_ns > t->moments[t->moment_count - 1].ns) return;
    if (t->fault_count == FAULTS_MAX) {
        const size_t place = farthest(t);
        t->faults_left_out++;
        if (timeline_fault_distance(t, f) >= timeline_fault_distance(t, &t->faults[place])) return;
        t->fault_count--;
        memmove(&t->faults[place], &t->faults[place + 1],
                (t->fault_count - place) * sizeof *t->faults);
    }
    t->faults[t->fault_count++] = *f;
}

static int by_beginning(const void *left, const void *right) {
    const struct span *a = left, *b = right;
    if (a->fault.from_ns != b->fault.from_ns) return a->fault.from_ns < b->fault.from_ns ? -1 : 1;
    if (a->fault.to_ns != b->fault.to_ns) return a->fault.to_ns < b->fault.to_ns ? -1 : 1;
    return strcmp(a->fault.label, b->fault.label);
}

void timeline_choose_faults(struct timeline *t, const struct timeline_fault *faults, size_t count) {
    struct spans s = {0};
    for (size_t i = 0; i < count; i++)
        add_span(&s, NAMES_NONE, faults[i].from_ns, faults[i].to_ns, faults[i].label);
    const size_t known = s.count;
    for (size_t i = 0; i < known; i++) s.spans[i].lasts = false;
    add_nemesis(&s, t->history);
    if (s.count) qsort(s.spans, s.count, sizeof *s.spans, by_beginning);
    for (size_t i = 0; i < s.count; i++) show(t, &s.spans[i].fault);
    free(s.spans);
}
