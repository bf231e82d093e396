/*
 * hot_standby_feedback: a standby tells its upstream which row versions its queries need
 * (walreceiver.c, XLogWalRcvSendHSFeedback; walsender.c, ProcessStandbyHSFeedbackMessage).
 *
 * At most every wal_receiver_status_interval, so a query that begins between two messages is not
 * covered until the next. Upstream it is the xmin of the walsender, and gone with it when the
 * standby is disconnected; or, with a replication slot, of the slot, which keeps it. It prevents
 * snapshot conflicts, and no others; the price is dead rows on the primary.
 */
#include "postgres/internal.h"

enum { FEEDBACK_WEIGHT = 25 + 5 };

void feedback_send(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    struct receiver *v = &p->receiver;
    if (v->state != RECEIVER_STREAMING || !p->set.hot_standby_feedback || !p->set.hot_standby ||
        !p->consistent || p->set.status_interval_ns <= 0)
        return;
    if (v->fed_back && e->now.mono_ns - v->last_feedback_ns < p->set.status_interval_ns) return;
    v->fed_back = true;
    v->last_feedback_ns = e->now.mono_ns;
    uint8_t body[16];
    struct writer w = writer_over(body, sizeof body);
    put_i64(&w, oldest_xmin(p));
    put_i64(&w, e->now.wall_ns);
    sim_send(out, (struct sim_message){.peer = p->set.upstream,
                                       .channel = CHANNEL_REPLICATION,
                                       .type = MESSAGE_HS_FEEDBACK,
                                       .body = {w.data, w.size},
                                       .modelled_bytes = FEEDBACK_WEIGHT});
}

void feedback_message(struct postgres *p, const struct sim_event *e, struct sim_out *out) {
    const uint32_t i = sender_of(p, e->message.peer);
    if (i == NOBODY || p->senders[i].state < SENDER_CATCHUP) return;
    struct reader r = reader_over(e->message.body.data, e->message.body.size);
    int64_t xmin = get_i64(&r);
    if (r.bad || xmin > p->next_xid) return; /* TransactionIdInRecentPast */
    struct sender *s = &p->senders[i];
    const int64_t before = s->slot != NOBODY ? p->slots[s->slot].xmin : s->xmin;
    /* What is gone is gone: an xmin from before the horizon protects only from the horizon on. */
    if (s->slot != NOBODY)
        p->slots[s->slot].xmin = xmin; /* PhysicalReplicationSlotNewXmin */
    else
        s->xmin = xmin;
    if (xmin == before) return;
    sim_note(out, NOTE_FEEDBACK, s->standby, xmin, p->next_xid - xmin);
    sim_fact(out, FACT_XMIN_REPORTED, p->self, s->standby, xmin,
             s->slot != NOBODY ? s->slot + 1 : 0);
}
