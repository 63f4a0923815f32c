/* Gaps between chains: each has a register in the label that remembers the one visit that stands already.
 *
 * A register is NEITHER (no visit stands), BOTH (both do), ENOUGH (the first does, and any later day will do for the
 * second), or twice the moment of the one that stands, plus 1 where that is the second. */
#include "kernel.h"

enum { NEITHER = -1, BOTH = -2, ENOUGH = -3 };

static i64 among(const i64 *visits, i64 n, i64 visit) {
    for (i64 i = 0; i < n; i++)
        if (visits[i] == visit) return i;
    return -1;
}

/* What a register keeps of a visit: its day, and where minutes matter the unit at which it ends or starts. */
static i64 moment_of(const Case *c, i64 visit, i64 day, i64 start, int ends) {
    if (!(c->timed[visit] & (ends ? ENDS : STARTS)) || start < 0) return day * STAMP;
    return day * STAMP + start - day * c->per_day + (ends ? c->length[c->shape[visit]] : 0);
}

/* The cost of a gap whose visits stand at these moments (end of the first, start of the second); FAR if broken. */
static i64 between(const Crossing *x, const Case *c, i64 g, i64 first, i64 second) {
    const i64 days = second / STAMP - first / STAMP;
    if (days < x->low[g] || days > x->high[g]) return FAR;
    if (c->timed[x->before[g]] & ENDS && c->timed[x->after[g]] & STARTS) {
        const i64 minutes = (days * c->per_day + second % STAMP - first % STAMP) * c->unit;
        if (minutes < x->least[g] || minutes > x->most[g]) return FAR;
    }
    return x->ideal[g] < FAR ? llabs(days - x->ideal[g]) * x->weight : 0;
}

/* The cost of a gap with both visits on one day; minutes are the block's business. */
static i64 same_day(const Crossing *x, i64 g) {
    if (x->low[g] > 0 || x->high[g] < 0) return FAR;
    return x->ideal[g] < FAR ? llabs(x->ideal[g]) * x->weight : 0;
}

/* A gap that stays open over a day: its register, or FAR where it is too late. */
static i64 pending(const Crossing *x, i64 g, i64 held, i64 day) {
    if (held < 0) return held;
    const i64 passed = day - held / 2 / STAMP;
    if (held % 2) return -passed < x->low[g] ? FAR : held;
    if (passed > x->high[g]) return FAR;
    const int bare = x->high[g] >= FAR && x->ideal[g] >= FAR && x->least[g] <= -FAR;
    return bare && passed + 1 >= x->low[g] ? ENOUGH : held;
}

/* The second visit is placed, the first not on that day. */
static i64 second_placed(const Crossing *x, const Case *c, i64 g, i64 *held, i64 moment) {
    const i64 before = *held;
    if (before == NEITHER) {
        if (x->ordered[g]) return FAR;
        *held = 2 * moment + 1;
        return 0;
    }
    *held = BOTH;
    return before == ENOUGH ? 0 : between(x, c, g, before / 2, moment);
}

static i64 first_placed(const Crossing *x, const Case *c, i64 g, i64 *held, i64 moment) {
    const i64 before = *held;
    *held = before == NEITHER ? 2 * moment : BOTH;
    return before == NEITHER ? 0 : between(x, c, g, moment, before / 2);
}

/* Brings the registers up to a day; the cost of gaps now closed, FAR if one breaks. */
i64 cross_day(const Crossing *x, const Case *c, const i64 *parent, i64 *registers, i64 day, const i64 *visits,
              const i64 *starts, i64 n) {
    i64 total = 0;
    for (i64 g = 0; g < x->count; g++) {
        const i64 a = among(visits, n, x->before[g]), b = among(visits, n, x->after[g]);
        i64 held = parent[g], cost = 0;
        if (a >= 0 && b >= 0) {
            held = BOTH;
            cost = same_day(x, g);
        } else if (b >= 0) {
            cost = second_placed(x, c, g, &held, moment_of(c, x->after[g], day, starts[b], 0));
        } else if (a >= 0) {
            cost = first_placed(x, c, g, &held, moment_of(c, x->before[g], day, starts[a], 1));
        } else {
            held = pending(x, g, held, day);
            cost = held == FAR ? FAR : 0;
        }
        if (cost >= FAR) return FAR;
        registers[g] = held;
        total += cost;
    }
    return total;
}

/* Twice the least that a chain has still to pay, an open gap to its very next visit included; 0 without one. */
i64 linked_togo(const Crossing *x, const Dag *dag, const Rows *rows, const i64 *registers, i64 chain, i64 node, i64 half,
                i64 day) {
    const i64 first = dag->edge_ptr[node], last = dag->edge_ptr[node + 1];
    i64 best = 0;
    if (first == last) return 0;
    for (i64 g = 0; g < x->count; g++) {
        const i64 held = registers[g];
        if (x->chain[g] != chain || held < 0 || held % 2 || rows->visit[dag->edge[first].row] != x->after[g]) continue;
        i64 least = FAR;
        for (i64 e = first; e < last; e++) {
            const Edge *edge = &dag->edge[e];
            const i64 days = edge->day - held / 2 / STAMP, rest = dag->togo[half][edge->child];
            if (edge->day <= day || days < x->low[g] || rest >= FAR) continue;
            if (days > x->high[g]) break;
            const i64 off = x->ideal[g] < FAR ? llabs(days - x->ideal[g]) * x->weight : 0;
            least = min64(least, 2 * (edge->cost + edge->extra + off) + rest);
        }
        best = max64(best, least);
    }
    return best;
}
