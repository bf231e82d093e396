/*
 * Raft's core under schedules that nobody would think of: any message is delivered, lost or doubled
 * at any time, in any order; disks sync late; servers crash and come back with what was synced;
 * clients propose and read, timeouts fire, members come and go, leaders hand over, logs are cut
 * short by snapshots.
 *
 * What must hold is checked in the dumbest way: what was once committed at an index stays there for
 * ever, on everyone who says that it is committed; no term has two leaders; and a read is told an
 * index that is no lower than what anybody knew to be committed when it was asked. With a mistake
 * switched on the same schedules must find it.
 */
#include "raft_core_fixture.h"

enum { SERVERS = 5, STEPS = 5000 };

struct world {
    struct cores *c;
    uint64_t committed[ENTRIES_MAX]; /* hash of the log up to there; 0: nobody said so */
    int64_t highest;
    int leader_of[4096];
    bool broken;
    int64_t leaders, installed, answered;
    int64_t asked_at[STEPS]; /* by a read's number: what was committed then */
    int64_t reads;
    int deaf; /* hears nothing for a while, as a leader that has been deposed; -1: nobody */
};

static void on_said(struct cores *c, int core, const struct raft_said *said) {
    struct world *w = c->context;
    if (!said->is_fact || said->what != RAFT_FACT_LEADER) return;
    const int64_t term = said->values[1];
    if (w->leader_of[term] != -1 && w->leader_of[term] != core) w->broken = true;
    w->leader_of[term] = core;
    w->leaders++;
}

static void look(struct world *w) {
    for (int i = 0; i < w->c->count; i++) {
        const struct raft *r = &w->c->of[i].r;
        if (!w->c->of[i].up) continue;
        for (int64_t k = r->base; k <= r->commit; k++) {
            if (k == 0) continue;
            const uint64_t hash = raft_hash_at(r, k);
            if (w->committed[k] != 0 && w->committed[k] != hash) w->broken = true;
            w->committed[k] = hash;
            if (k > w->highest) w->highest = k;
        }
    }
}

static int somebody(struct world *w) { return (int)draw_below(&w->c->random, w->c->count); }

static void look_at_reads(struct world *w) {
    for (int i = 0; i < w->c->count; i++) {
        struct core *m = &w->c->of[i];
        for (size_t k = 0; k < m->ready_count; k++) {
            if (m->ready[k].index == SIM_NONE) continue;
            if (m->ready[k].index < w->asked_at[m->ready[k].number]) w->broken = true;
            w->answered++;
        }
        m->ready_count = 0;
    }
}

static void some_read(struct world *w, int self) {
    const struct raft_moment now = now_of(w->c);
    w->asked_at[w->reads] = w->highest;
    (void)raft_read(&w->c->of[self].r, &now, w->reads++);
    take_output(w->c, self);
}

/* What was applied up to there, in so many bytes that it takes three chunks. */
static void state_at(uint64_t hash, uint8_t bytes[40]) {
    for (int i = 0; i < 40; i++) bytes[i] = (uint8_t)(hash >> (i % 8 * 8));
}

static void some_snapshot(struct world *w, int self) {
    struct cores *c = w->c;
    struct raft *r = R(self);
    uint8_t bytes[40];
    const struct raft_moment now = now_of(c);
    if (r->installing) {
        state_at(r->incoming.hash, bytes);
        if (r->incoming.size != 40 || memcmp(r->incoming.bytes, bytes, 40) != 0) w->broken = true;
        w->installed += raft_installed(r, &now);
        rebase_core(c, self);
    } else if (r->commit > r->snapshot.index && r->commit >= r->base) {
        state_at(raft_hash_at(r, r->commit), bytes);
        if (raft_compact(r, r->commit, (struct sim_bytes){bytes, 40}, 0, draw_below(&c->random, 5)))
            rebase_core(c, self);
    }
    take_output(c, self);
}

static void some_transfer(struct world *w, int self) {
    const struct raft_moment now = now_of(w->c);
    (void)raft_transfer(&w->c->of[self].r, &now, (sim_node)somebody(w));
    take_output(w->c, self);
}

static void some_letter(struct world *w, int64_t dice) {
    struct cores *c = w->c;
    if (c->bag_count == 0) return;
    /* Usually an old one, so that most of it is in order. */
    const int64_t among = dice % 4 == 0 ? (int64_t)c->bag_count : 1 + (int64_t)c->bag_count / 8;
    const size_t at = (size_t)draw_below(&c->random, among);
    if (dice < 4 && (int)c->bag[at].to != w->deaf) { /* and comes again */
        struct letter l = c->bag[at];
        l.bytes = malloc(l.size);
        memcpy(l.bytes, c->bag[at].bytes, l.size);
        receive(c, &l);
        free(l.bytes);
        return;
    }
    const struct letter l = letter_take(c, at);
    if (dice >= 10 && (int)l.to != w->deaf) receive(c, &l);
    free(l.bytes);
}

static void some_change(struct world *w, int self) {
    struct cores *c = w->c;
    if (!c->of[self].up || R(self)->role != RAFT_LEADER) return;
    struct raft_configuration wanted = *raft_configuration_of(R(self));
    for (int64_t times = 1 + draw_below(&c->random, 2); times > 0; times--) {
        const sim_node who = (sim_node)somebody(w);
        const bool member = raft_is_member(&wanted, who);
        raft_set_remove(&wanted.voters, who);
        raft_set_remove(&wanted.learners, who);
        if (!member)
            raft_set_add(draw_below(&c->random, 4) ? &wanted.voters : &wanted.learners, who);
    }
    const struct raft_moment now = now_of(c);
    (void)raft_change(R(self), &now, &wanted);
    take_output(c, self);
    raft_flush(R(self), &now);
    take_output(c, self);
}

static void step(struct world *w, bool changes) {
    struct cores *c = w->c;
    const int64_t dice = draw_below(&c->random, 100);
    const int self = somebody(w);
    struct core *m = &c->of[self];
    if (draw_below(&c->random, 40) == 0 && m->up && R(self)->role == RAFT_LEADER) w->deaf = self;
    if (draw_below(&c->random, 600) == 0) w->deaf = -1;
    if (c->bag_count > 300) {
        const struct letter l = letter_take(c, 0);
        free(l.bytes);
    }
    if (dice < 56) {
        some_letter(w, draw_below(&c->random, 100));
    } else if (dice < 60) {
        if (m->up) some_read(w, self);
    } else if (dice < 75) {
        if (m->up) sync_core(c, self);
    } else if (dice < 83) {
        if (m->up && R(self)->role == RAFT_LEADER && R(self)->last < ENTRIES_MAX - 60)
            propose(c, self, "command");
    } else if (dice < 95) {
        c->now_ns += draw_below(&c->random, 60);
        if (!m->up) return;
        const struct raft_moment now = now_of(c);
        raft_time(R(self), &now);
        take_output(c, self);
    } else if (dice < 97) {
        if (m->up)
            crash_core(c, self);
        else
            start_core(c, self);
    } else if (dice < 98 && !m->up) {
        start_core(c, self);
    } else if (changes && dice < 99) {
        some_change(w, self);
    } else if (m->up) {
        if (draw_below(&c->random, 3) == 0)
            some_transfer(w, self);
        else
            some_snapshot(w, self);
    }
}

static bool run(uint64_t seed, unsigned bugs, bool changes, struct world *w) {
    struct raft_settings set = plain_settings();
    struct random random = {.key = random_key(seed, 99)};
    set.pre_vote = draw_below(&random, 2);
    set.check_quorum = draw_below(&random, 2);
    set.hint = draw_below(&random, 2);
    set.lease = draw_below(&random, 2);
    set.batch_entries = 1 + draw_below(&random, 4);
    set.pipeline = 1 + draw_below(&random, 8);
    set.bugs = bugs;
    *w = (struct world){.c = cores_begin_with(changes ? SERVERS : 3 + 2 * (int)(seed % 2), set),
                        .deaf = -1};
    for (size_t i = 0; i < sizeof w->leader_of / sizeof *w->leader_of; i++) w->leader_of[i] = -1;
    w->c->random = (struct random){.key = random_key(seed, 1)};
    w->c->said = on_said;
    w->c->context = w;
    w->c->syncs_at_once = false;
    for (int i = 0; i < STEPS && !w->broken; i++) {
        step(w, changes);
        look_at_reads(w);
        look(w);
    }
    cores_end(w->c);
    return !w->broken;
}

static void whatever_happens_what_is_committed_stays(void **state) {
    struct world *w = malloc(sizeof *w);
    int64_t entries = 0, leaders = 0, installed = 0, answered = 0;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        if (!run(seed, 0, seed % 3 == 0, w)) fail_msg("seed %llu", (unsigned long long)seed);
        entries += w->highest;
        leaders += w->leaders;
        installed += w->installed;
        answered += w->answered;
    }
    assert_true(entries > 1500 * 5); /* something was committed, under several leaders */
    assert_true(leaders > 1500 * 2);
    assert_true(installed > 100);
    assert_true(answered > 1500);
    free(w);
}

static uint64_t first_seed_that_finds(unsigned bug, bool changes, uint64_t seeds) {
    struct world *w = malloc(sizeof *w);
    uint64_t seed = 1;
    while (seed <= seeds && run(seed, bug, changes, w)) seed++;
    free(w);
    return seed;
}

static void each_mistake_is_found(void **state) {
    enum { SEEDS = 4000 };
    assert_in_range(first_seed_that_finds(RAFT_BUG_UNSYNCED_VOTE, false, SEEDS), 1, SEEDS);
    assert_in_range(first_seed_that_finds(RAFT_BUG_NO_ELECTION_RESTRICTION, false, SEEDS), 1,
                    SEEDS);
    assert_in_range(first_seed_that_finds(RAFT_BUG_TRUNCATE_ALWAYS, false, SEEDS), 1, SEEDS);
    assert_in_range(first_seed_that_finds(RAFT_BUG_COMMIT_OLD_TERM, false, SEEDS), 1, SEEDS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_what_is_committed_stays),
        cmocka_unit_test(each_mistake_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
