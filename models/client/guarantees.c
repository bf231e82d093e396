/*
 * What a user could notice of a replica that lags: a read that does not show what the user has
 * written (against "read your writes"), or not what the user has read before (against "monotonic
 * reads"; Terry et al., PDIS 1994). Counted by key, from the versions that servers tell, where
 * reads go to replicas. `orrery check session` judges the same from the history, and names the
 * operations.
 */
#include "client/client.h"

static struct key_map *map_of(struct client *c, struct key_map *map) {
    map->memory = c->memory;
    return map;
}

static void rise(struct client *c, struct key_map *map, int64_t key, int64_t version) {
    int64_t *known = key_map_at(map_of(c, map), key);
    if (version > *known) *known = version;
}

void guarantees_judge(struct client *c, const struct wish *wish, const struct ending *ending) {
    if (wish->user == NOBODY || c->replica_count == 0 || ending->outcome != SIM_DONE) return;
    struct user *user = &c->users[wish->user];
    const int64_t key = wish->request.key, version = ending->version;
    if (wish->request.operation == CLIENT_SCAN) return;
    if (wish->request.operation != CLIENT_READ) {
        rise(c, &user->wrote, key, version);
        return;
    }
    const int64_t *wrote = key_map_find(&user->wrote, key), *read = key_map_find(&user->read, key);
    c->unread_writes += wrote && version < *wrote;
    c->backward_reads += read && version < *read;
    rise(c, &user->read, key, version);
}
