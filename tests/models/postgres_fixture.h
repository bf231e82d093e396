/* A primary, its standbys, and a workload: most tests of the postgres model begin with these. */
#ifndef TESTS_POSTGRES_FIXTURE_H
#define TESTS_POSTGRES_FIXTURE_H

#include "models_fixture.h"

enum { LEVEL_OFF_, LEVEL_LOCAL_, LEVEL_REMOTE_WRITE_, LEVEL_ON_, LEVEL_REMOTE_APPLY_ };
enum { MIX_A_ = 1, MIX_B_, MIX_C_, MIX_D_, MIX_E_, MIX_F_ };

static inline sim_node add_primary(struct fixture *f, const struct knob_setting *knobs) {
    return fixture_node(f, "primary", "postgres", knobs);
}
static inline sim_node add_standby(struct fixture *f, const char *name, sim_node upstream) {
    return fixture_node(f, name, "postgres",
                        KNOBS(knob("upstream", upstream), words("application_name", name)));
}
/* Eight users who update and read, 10 ms between an answer and the next question. */
static inline sim_node add_users(struct fixture *f, sim_node target) {
    return fixture_node(f, "app", "client",
                        KNOBS(knob("target", target), knob("clients", 8), knob("mix", MIX_A_),
                              knob("think", 10 * MS)));
}
static inline int64_t inserted(struct fixture *f, sim_node primary) {
    return probe(f, primary, "wal_insert_lsn");
}

#endif
