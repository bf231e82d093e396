/*
 * The command `propose` of a replicated log: its leader's own load. The same for each model that
 * has one, so that a scenario can drive either.
 */
#ifndef PARTS_PROPOSE_H
#define PARTS_PROPOSE_H

#include "wall/model.h"

enum propose_argument { PROPOSE_COUNT, PROPOSE_BYTES, PROPOSE_IN_FLIGHT };
extern const struct sim_param propose_arguments[];

/* A row of a model's commands. */
#define PROPOSE_COMMAND                                                                            \
    {                                                                                              \
        "propose", propose_arguments,                                                              \
            "the leader's own load, one entry a proposal: answered when all are applied, or it "   \
            "leads no more"                                                                        \
    }

#endif
