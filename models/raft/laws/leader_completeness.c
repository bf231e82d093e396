/*
 * "If a log entry is committed in a given term, then that entry will be present in the logs of the
 * leaders for all higher-numbered terms."
 *
 * All logs together are a tree: a leader's entries of its term follow what its log ended with when
 * it was elected, and nobody else makes entries of that term. So a term is one branch, known by
 * where it begins, and what entry a log has at an index is found by going down from its end, a term
 * a step.
 */
#include "raft/laws/laws.h"

enum { READ_LEADER, READ_COMMITTED };
enum { TERMS = 1024 };
struct branch {
    int64_t term;                      /* 0: none such is known */
    int64_t parent_index, parent_term; /* what its leader's log ended with */
    int64_t committed, committed_term; /* by its leader: the highest index, and that entry's term */
};
struct tree {
    struct branch of[TERMS];
    int64_t highest;
};

static struct branch *branch_of(struct tree *tree, int64_t term) {
    struct branch *b = &tree->of[(size_t)term % TERMS];
    return b->term == term ? b : NULL;
}

/* The last that was committed in a term below. NULL: nothing yet. */
static const struct branch *committed_before(struct tree *tree, int64_t term) {
    for (int64_t t = term - 1; t > 0 && t > term - TERMS; t--) {
        const struct branch *b = branch_of(tree, t);
        if (b && b->committed > 0) return b;
    }
    return NULL;
}

/* The term of the entry at `index` in a log that ends with (last, last_term); -1: forgotten. */
static int64_t term_at(struct tree *tree, int64_t index, int64_t last_term) {
    int64_t term = last_term;
    while (term > 0) {
        const struct branch *b = branch_of(tree, term);
        if (!b) return -1;
        if (b->parent_index < index) return term;
        term = b->parent_term;
    }
    return 0;
}

static enum sim_judgement judge(struct sim_fold *f, struct tree *tree,
                                const struct sim_fact *fact) {
    const struct branch *b = committed_before(tree, fact->a);
    if (!b) return SIM_NOTHING;
    const int64_t found = fact->b < b->committed ? 0 : term_at(tree, b->committed, fact->c);
    if (found == b->committed_term) return SIM_HELD;
    if (found < 0) return SIM_FORGOTTEN;
    text_add(f->why,
             "{%u} leads in term %lld, but in term %lld %lld^%lld was committed, and it has ",
             fact->node, (long long)fact->a, (long long)b->term, (long long)b->committed,
             (long long)b->committed_term);
    if (found == 0)
        text_add(f->why, "a log up to %lld^%lld", (long long)fact->b, (long long)fact->c);
    else
        text_add(f->why, "%lld^%lld there", (long long)b->committed, (long long)found);
    return SIM_BROKEN;
}

/* A leader of a past term that still commits: whoever leads in a later one must have that, too. */
static enum sim_judgement on_commit(struct sim_fold *f, struct tree *tree,
                                    const struct sim_fact *fact) {
    struct branch *b = branch_of(tree, fact->c);
    if (!b) return SIM_FORGOTTEN;
    b->committed = fact->a;
    b->committed_term = fact->b;
    for (int64_t t = tree->highest; t > fact->c; t--) {
        const struct branch *later = branch_of(tree, t);
        if (!later) continue;
        const int64_t found =
            later->parent_index < fact->a ? 0 : term_at(tree, fact->a, later->parent_term);
        if (found < 0 || found == fact->b) continue;
        text_add(f->why,
                 "{%u} committed %lld^%lld in term %lld, but the leader of term %lld was "
                 "elected without it",
                 fact->node, (long long)fact->a, (long long)fact->b, (long long)fact->c,
                 (long long)t);
        return SIM_BROKEN;
    }
    return SIM_NOTHING;
}

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    struct tree *tree = f->state;
    if (fact->which == READ_COMMITTED) return on_commit(f, tree, fact);
    const enum sim_judgement judgement = judge(f, tree, fact);
    if (fact->a > tree->highest) tree->highest = fact->a;
    if (tree->of[(size_t)fact->a % TERMS].term < fact->a)
        tree->of[(size_t)fact->a % TERMS] = (struct branch){fact->a, fact->b, fact->c, 0, 0};
    return judgement;
}

const struct sim_law raft_leader_completeness = {
    .name = "Leader Completeness",
    .says =
        "if a log entry is committed in a given term, then that entry will be present in the logs "
        "of the leaders for all higher-numbered terms",
    .source = "Ongaro and Ousterhout 2014, figure 3, 5.4",
    .reads = (const char *const[]){[READ_LEADER] = "leader", [READ_COMMITTED] = "committed", NULL},
    .state_bytes = sizeof(struct tree),
    .per_group = true,
    .fold = fold,
};
