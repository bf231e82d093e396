#include "registry.h"

#include <string.h>

extern const struct sim_model client_model;
extern const struct sim_model echo_model;
extern const struct sim_model patroni_model;
extern const struct sim_model paxos_decree_model;
extern const struct sim_model paxos_model;
extern const struct sim_model postgres_model;
extern const struct sim_model raft_model;
extern const struct sim_model wal_archive_model;
extern const struct sim_model witness_model;

const struct sim_model *const model_registry[] = {
    &client_model,   &echo_model, &patroni_model,     &paxos_model,   &paxos_decree_model,
    &postgres_model, &raft_model, &wal_archive_model, &witness_model, NULL,
};

const struct sim_model *model_find(const char *name) {
    for (size_t i = 0; model_registry[i]; i++)
        if (strcmp(model_registry[i]->name, name) == 0) return model_registry[i];
    return NULL;
}
