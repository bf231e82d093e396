/*
 * An observer that looks at everything, for verify: every probe, view, measure, description and
 * encoding at each multiple of period_ns, all of it forgotten. The contract says that no run
 * notices.
 */
#ifndef CLI_OBSERVE_H
#define CLI_OBSERVE_H

#include "world/sim.h"

void observe_everything(struct world *, int64_t period_ns);

#endif
