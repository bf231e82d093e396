/* Hot_standby_feedback. */
#include "postgres/laws/laws.h"

enum {
    FEEDBACK_INITIALIZED,
    FEEDBACK_RECOVERED,
    FEEDBACK_REPORTED,
    FEEDBACK_FORGOTTEN,
    FEEDBACK_VACUUM
};
enum { REPORTS = 128 };
struct reports {
    struct report {
        int64_t to, standby, slot, xmin; /* xmin 0: a free place. A slot's stays */
    } of[REPORTS];
};

static bool is_same(const struct report *r, const struct sim_fact *fact, int64_t slot) {
    return r->xmin > 0 && r->to == fact->group && r->slot == slot &&
           (slot > 0 || r->standby == fact->a);
}

static enum sim_judgement reported(struct reports *reports, const struct sim_fact *fact) {
    struct report *place = NULL;
    for (size_t i = 0; i < REPORTS; i++) {
        struct report *r = &reports->of[i];
        if (is_same(r, fact, fact->c)) {
            r->xmin = fact->b;
            return SIM_NOTHING;
        }
        if (r->xmin == 0 && !place) place = r;
    }
    if (!place) return SIM_FORGOTTEN;
    *place = (struct report){fact->group, fact->a, fact->c, fact->b};
    return SIM_NOTHING;
}

static enum sim_judgement vacuum_began(struct sim_fold *fold, const struct reports *reports,
                                       const struct sim_fact *fact) {
    enum sim_judgement judgement = SIM_NOTHING;
    for (size_t i = 0; i < REPORTS; i++) {
        const struct report *r = &reports->of[i];
        if (r->xmin == 0 || r->to != fact->group) continue;
        judgement = SIM_HELD;
        if (fact->b <= r->xmin) continue;
        text_add(fold->why,
                 "vacuum on {%lld} removes what is older than xid %lld, but {%lld} needs "
                 "xid %lld",
                 (long long)fact->group, (long long)fact->b, (long long)r->standby,
                 (long long)r->xmin);
        return SIM_BROKEN;
    }
    return judgement;
}

static enum sim_judgement feedback_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct reports *reports = fold->state;
    if (fact->which == FEEDBACK_REPORTED) return reported(reports, fact);
    if (fact->which == FEEDBACK_VACUUM) return vacuum_began(fold, reports, fact);
    const bool restarted = fact->which <= FEEDBACK_RECOVERED;
    for (size_t i = 0; i < REPORTS; i++) {
        struct report *r = &reports->of[i];
        if (restarted ? r->to == (int64_t)fact->node : is_same(r, fact, fact->b)) r->xmin = 0;
    }
    return SIM_NOTHING;
}

const struct sim_law postgres_feedback_is_honoured = {
    .name = "Feedback Is Honoured",
    .says = "a vacuum leaves what a connected standby, or a slot, has said that it needs",
    .source = "PostgreSQL 15 manual, 20.6.3 hot_standby_feedback",
    .reads = (const char *const[]){"initialized", "recovered", "xmin_reported", "xmin_forgotten",
                                   "vacuum_began", NULL},
    .state_bytes = sizeof(struct reports),
    .fold = feedback_fold,
};
