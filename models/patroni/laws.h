/*
 * What must hold of leases, as folds over what the witness and the agents state. The group of each
 * fact is the witness's node: the cluster.
 */
#ifndef PATRONI_LAWS_H
#define PATRONI_LAWS_H

#include "wall/model.h"

extern const struct sim_law patroni_one_leader_per_term;      /* the witness's */
extern const struct sim_law patroni_no_primary_without_lease; /* the agents' */

#endif
