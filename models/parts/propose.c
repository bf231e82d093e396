#include "parts/propose.h"

const struct sim_param propose_arguments[] = {
    [PROPOSE_COUNT] = {.name = "count",
                       .unit = SIM_COUNT,
                       .usual = 1,
                       .min = 1,
                       .max = INT64_C(1000000000),
                       .doc = "entries"},
    [PROPOSE_BYTES] = {.name = "bytes",
                       .unit = SIM_BYTES,
                       .usual = 100,
                       .min = 1,
                       .max = 1000000,
                       .doc = "what each weighs"},
    [PROPOSE_IN_FLIGHT] = {.name = "in_flight",
                           .unit = SIM_COUNT,
                           .usual = 64,
                           .min = 1,
                           .max = 100000,
                           .doc = "proposed and not yet applied, at most"},
    {0},
};
