/*
 * NODE.dat: a time column, every probe of the node's model, and what the engine measures about it,
 * at a fixed step of virtual time; A-to-B.dat for pairs whose link has a bandwidth and carried
 * something.
 *
 * An observer: it looks through world_watch, outside the queue and the digest. A gap (a node that
 * is down, a probe without a value) is written `?`. The header line `# time[s] lag[ns] ...` names
 * each column and its unit. At most SERIES_NODES_MAX nodes and SERIES_LINKS_MAX pairs are written.
 */
#ifndef REPORT_SERIES_H
#define REPORT_SERIES_H

#include "report/output.h"
#include "world/sim.h"

enum { SERIES_NODES_MAX = 256, SERIES_LINKS_MAX = 32 };

struct series;

/* Starts to sample; nodes that the scenario adds later are found when they come. */
struct series *series_open(struct world *, struct folder *, int64_t period_ns);
void series_close(struct series *);
/* "" when it has none. Of a probe's header. */
const char *unit_name(enum sim_unit);
/* A file's name for a node's name: without what a file system or gnuplot would stumble over. */
void series_file_name(const char *node, struct text *);

#endif
