/*
 * What must hold, as folds over what the servers state. Each keeps a bounded state: NODES servers,
 * TIMELINES logs, WINDOW positions of each; what does not fit is forgotten, never guessed.
 *
 * A fact of a log has the group (system identifier << 16 | timeline). Facts of a server's progress
 * have the server's number; positions are never 0 (the first log begins at 0/3000000).
 */
#include "postgres/internal.h"

enum { NODES = 64, TIMELINES = 16, WINDOW = 4096 };

static void say(struct sim_fold *fold, const char *what, int64_t lsn) {
    text_add(fold->why, "%s", what);
    text_add_lsn(fold->why, lsn);
}

/* ---- sent >= written >= flushed >= replayed ---- */

enum {
    ORDER_INITIALIZED,
    ORDER_RECOVERED,
    ORDER_PROMOTED,
    ORDER_SENT,
    ORDER_WRITTEN,
    ORDER_FLUSHED,
    ORDER_REPLAYED
};
struct progress {
    int64_t sent, written, flushed, replayed;
};
struct order {
    struct progress of[NODES];
};

static enum sim_judgement order_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct order *order = fold->state;
    const int64_t node = fact->which == ORDER_SENT ? fact->group : (int64_t)fact->node;
    if (node < 0 || node >= NODES) return SIM_FORGOTTEN;
    struct progress *p = &order->of[node];
    switch (fact->which) {
    case ORDER_INITIALIZED: *p = (struct progress){0}; return SIM_NOTHING;
    case ORDER_PROMOTED: p->sent = 0; return SIM_NOTHING; /* nobody sends to a primary */
    case ORDER_RECOVERED:
        p->written = p->flushed = fact->a;
        p->replayed = 0;
        if (fact->b) p->sent = 0;
        return SIM_NOTHING;
    case ORDER_SENT: /* ever: each stream begins again at a segment's first byte */
        if (fact->a > p->sent) p->sent = fact->a;
        return SIM_NOTHING;
    case ORDER_WRITTEN: p->written = fact->a; break;
    case ORDER_FLUSHED: p->flushed = fact->a; break;
    case ORDER_REPLAYED: p->replayed = fact->a; break;
    default: break;
    }
    if (p->sent == 0) return SIM_NOTHING;
    const bool ordered = p->sent >= p->written && p->written >= p->flushed &&
                         (p->replayed == 0 || p->flushed >= p->replayed);
    if (ordered) return SIM_HELD;
    say(fold, "sent ", p->sent);
    say(fold, ", written ", p->written);
    say(fold, ", flushed ", p->flushed);
    say(fold, ", replayed ", p->replayed);
    return SIM_BROKEN;
}

static const struct sim_law replication_order = {
    .name = "Replication Order",
    .says = "for each standby, at all times: sent >= written >= flushed >= replayed",
    .source = "PostgreSQL 15 manual, 28.2.4 pg_stat_replication",
    .reads = (const char *const[]){"initialized", "recovered", "promoted", "wal_sent",
                                   "wal_written", "wal_flushed", "wal_replayed", NULL},
    .state_bytes = sizeof(struct order),
    .fold = order_fold,
};

/* ---- a standby's log is a prefix of what the primary wrote ---- */

enum { PREFIX_INSERTED, PREFIX_RECEIVED, PREFIX_RECOVERED };
struct mark {
    int64_t lsn, hash;
    bool received;
};
struct prefix {
    struct mark marks[WINDOW];
    int64_t received;
};

static enum sim_judgement inserted(struct sim_fold *fold, struct mark *m,
                                   const struct sim_fact *fact) {
    if (m->lsn == fact->a && m->received && m->hash != fact->b) {
        say(fold, "a standby has another record than the primary now writes, up to ", fact->a);
        return SIM_BROKEN;
    }
    *m = (struct mark){.lsn = fact->a, .hash = fact->b, .received = false};
    return SIM_NOTHING;
}

static enum sim_judgement prefix_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct prefix *prefix = fold->state;
    struct mark *m = &prefix->marks[(size_t)(fact->a / 8) % WINDOW];
    if (fact->which == PREFIX_INSERTED) return inserted(fold, m, fact);
    if (fact->which == PREFIX_RECOVERED) {
        if (!fact->b || prefix->received == 0) return SIM_NOTHING; /* a standby's */
        if (fact->a >= prefix->received) return SIM_HELD;
        say(fold, "the primary recovered up to ", fact->a);
        say(fold, ", but a standby has its log up to ", prefix->received);
        return SIM_BROKEN;
    }
    if (fact->a > prefix->received) prefix->received = fact->a;
    if (m->lsn > fact->a) return SIM_FORGOTTEN;
    if (m->lsn == fact->a && m->hash == fact->b) {
        m->received = true;
        return SIM_HELD;
    }
    text_add(fold->why, "n%u received a log that is not the primary's", fact->node);
    say(fold, ", up to ", fact->a);
    return SIM_BROKEN;
}

static const struct sim_law log_prefix = {
    .name = "Standby Is A Prefix",
    .says = "a standby's log is a prefix of what its primary wrote",
    .source = "PostgreSQL 15, walsender.c: only flushed WAL is sent",
    .reads = (const char *const[]){"wal_inserted", "wal_received", "recovered", NULL},
    .state_bytes = sizeof(struct prefix),
    .per_group = true,
    .fold = prefix_fold,
};

/* ---- an acknowledged commit is where it was promised to be ---- */

enum {
    PROMISE_INITIALIZED,
    PROMISE_RECOVERED,
    PROMISE_WRITTEN,
    PROMISE_FLUSHED,
    PROMISE_REPLAYED,
    PROMISE_SYNC_STANDBY,
    PROMISE_ACKED
};
struct promise {
    int64_t written, flushed, replayed, group, priority;
};
struct promises {
    struct promise of[NODES];
};

static int64_t position(const struct promise *p, int64_t level) {
    return level == LEVEL_REMOTE_WRITE ? p->written : level == LEVEL_ON ? p->flushed : p->replayed;
}

static enum sim_judgement acked(struct sim_fold *fold, const struct promises *all,
                                const struct sim_fact *fact) {
    const int64_t lsn = fact->a, level = fact->b, wanted = fact->c;
    static const char *const names[] = {"off", "local", "remote_write", "on", "remote_apply"};
    if (level < LEVEL_LOCAL || level > LEVEL_REMOTE_APPLY) return SIM_NOTHING;
    if (all->of[fact->node].flushed < lsn) {
        say(fold, "acknowledged, but the primary has flushed only up to ",
            all->of[fact->node].flushed);
        say(fold, ": commit ", lsn);
        return SIM_BROKEN;
    }
    int64_t have = 0;
    for (size_t i = 0; i < NODES; i++)
        have += all->of[i].group == fact->group && all->of[i].priority > 0 &&
                position(&all->of[i], level) >= lsn;
    if (have >= wanted) return SIM_HELD;
    text_add(fold->why, "acknowledged at level %s with %lld of %lld synchronous standbys: commit ",
             names[level], (long long)have, (long long)wanted);
    text_add_lsn(fold->why, lsn);
    return SIM_BROKEN;
}

static void rise(int64_t *position, int64_t to) {
    if (*position < to) *position = to;
}

static enum sim_judgement promise_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct promises *all = fold->state;
    const int64_t node = fact->which == PROMISE_SYNC_STANDBY ? fact->a : (int64_t)fact->node;
    if (node < 0 || node >= NODES) return SIM_FORGOTTEN;
    struct promise *p = &all->of[node];
    switch (fact->which) {
    case PROMISE_INITIALIZED:
        *p = (struct promise){.group = p->group, .priority = p->priority};
        break;
    case PROMISE_RECOVERED:
        p->flushed = fact->a;
        rise(&p->written, fact->a);
        break;
    /* What a standby had written or applied when it told so, it had, though a crash may take it
     * back and replay begin again: the primary learns of that later, and acknowledges meanwhile. */
    case PROMISE_WRITTEN: rise(&p->written, fact->a); break;
    case PROMISE_FLUSHED: p->flushed = fact->a; break;
    case PROMISE_REPLAYED: rise(&p->replayed, fact->a); break;
    case PROMISE_SYNC_STANDBY:
        p->group = fact->group;
        p->priority = fact->b;
        break;
    case PROMISE_ACKED: return acked(fold, all, fact);
    default: break;
    }
    return SIM_NOTHING;
}

static const struct sim_law acknowledged_where_promised = {
    .name = "Acknowledged Where Promised",
    .says = "when a commit is acknowledged, it is flushed on the primary, and has been written, "
            "flushed "
            "or applied on as many of the named standbys as its synchronous_commit says",
    .source = "PostgreSQL 15 manual, 20.5.1 synchronous_commit, 20.6.2 synchronous_standby_names",
    .reads = (const char *const[]){"initialized", "recovered", "wal_written", "wal_flushed",
                                   "wal_replayed", "sync_standby", "commit_acked", NULL},
    .state_bytes = sizeof(struct promises),
    .fold = promise_fold,
};

/* ---- nothing acknowledged as synchronous is lost ---- */

enum { LOST_INITIALIZED, LOST_RECOVERED, LOST_PROMOTED, LOST_WRITTEN, LOST_ACKED };
struct acked_log {
    int64_t group, local, synchronous;
};
struct lost {
    struct acked_log logs[TIMELINES];
    size_t count;
    int64_t written[NODES];
};

static struct acked_log *log_of(struct lost *lost, int64_t group) {
    for (size_t i = 0; i < TIMELINES; i++)
        if (lost->logs[i].group == group) return &lost->logs[i];
    struct acked_log *oldest = &lost->logs[lost->count++ % TIMELINES];
    *oldest = (struct acked_log){.group = group};
    return oldest;
}

static enum sim_judgement judge_lost(struct sim_fold *fold, const struct sim_fact *fact,
                                     int64_t acknowledged) {
    if (acknowledged == 0) return SIM_NOTHING;
    if (fact->a >= acknowledged) return SIM_HELD;
    text_add(fold->why, "n%u goes on from ", fact->node);
    text_add_lsn(fold->why, fact->a);
    say(fold, ", but commits were acknowledged up to ", acknowledged);
    return SIM_BROKEN;
}

static enum sim_judgement lost_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct lost *lost = fold->state;
    if (fact->node >= NODES) return SIM_FORGOTTEN;
    int64_t *written = &lost->written[fact->node];
    struct acked_log *log;
    switch (fact->which) {
    case LOST_INITIALIZED: *written = 0; return SIM_NOTHING;
    case LOST_WRITTEN: *written = fact->a; return SIM_NOTHING;
    case LOST_ACKED:
        log = log_of(lost, fact->group);
        if (fact->b >= LEVEL_LOCAL && fact->a > log->local) log->local = fact->a;
        if (fact->b > LEVEL_LOCAL && fact->a > log->synchronous) log->synchronous = fact->a;
        return SIM_NOTHING;
    case LOST_RECOVERED: /* a primary has all that it acknowledged, but for level off */
        *written = fact->a;
        return fact->b ? judge_lost(fold, fact, log_of(lost, fact->group)->local) : SIM_NOTHING;
    case LOST_PROMOTED: /* a new primary has all that it was counted on for */
        log = log_of(lost, fact->group);
        return judge_lost(fold, fact, log->synchronous < *written ? log->synchronous : *written);
    default: return SIM_NOTHING;
    }
}

static const struct sim_law nothing_lost = {
    .name = "Nothing Acknowledged Is Lost",
    .says = "what was acknowledged above level off is there after the primary's crash; what was "
            "acknowledged as synchronous is there on a promoted standby that had confirmed it",
    .source = "PostgreSQL 15 manual, 27.2.8 Synchronous Replication",
    .reads = (const char *const[]){"initialized", "recovered", "promoted", "wal_written",
                                   "commit_acked", NULL},
    .state_bytes = sizeof(struct lost),
    .fold = lost_fold,
};

/* ---- what was flushed is there after a crash ---- */

enum { DURABLE_INITIALIZED, DURABLE_RECOVERED, DURABLE_FLUSHED };
struct durable {
    int64_t flushed[NODES];
};

static enum sim_judgement durable_fold(struct sim_fold *fold, const struct sim_fact *fact) {
    struct durable *durable = fold->state;
    if (fact->node >= NODES) return SIM_FORGOTTEN;
    int64_t *known = &durable->flushed[fact->node];
    const int64_t before = *known;
    *known = fact->which == DURABLE_INITIALIZED ? 0 : fact->a;
    if (fact->which != DURABLE_RECOVERED || before == 0) return SIM_NOTHING;
    if (fact->a >= before) return SIM_HELD;
    text_add(fold->why, "n%u had flushed up to ", fact->node);
    text_add_lsn(fold->why, before);
    say(fold, ", and recovered only up to ", fact->a);
    return SIM_BROKEN;
}

static const struct sim_law flushed_is_durable = {
    .name = "Flushed Is Durable",
    .says = "a server recovers at least what it had flushed",
    .source = "PostgreSQL 15 manual, 30.1 Reliability",
    .reads = (const char *const[]){"initialized", "recovered", "wal_flushed", NULL},
    .state_bytes = sizeof(struct durable),
    .fold = durable_fold,
};

const struct sim_law *const postgres_laws[] = {
    &replication_order, &log_prefix,         &acknowledged_where_promised,
    &nothing_lost,      &flushed_is_durable, NULL,
};
