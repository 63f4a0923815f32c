/* The visits of one day together: the cheapest choice of starts, people and rooms that can stand side by side.
 *
 * Visits of one enrollment meet only on a day: the patient is at one place at a time, people and rooms need their
 * turnover, and minutes of a day and week add up. A depth-first search over the few visits of a day is exact. */
#include "kernel.h"

typedef struct {
    const Case *c;
    const Rows *rows;
    Choices *out;
    i64 day, n;
    const i64 *members, *used;
} Block;

static inline i64 visit_of(const Block *b, i64 i) { return b->rows->visit[b->members[i]]; }
static inline i64 shape_of(const Block *b, i64 i) { return b->c->shape[visit_of(b, i)]; }
static inline const struct Option *picked(const Block *b, i64 i) { return &b->out->option[i][b->out->pick[i]]; }

static void add_option(const Case *c, Choices *out, i64 member, i64 visit, i64 slot, const i64 *who) {
    const i64 shape = c->shape[visit], t = c->slot_t[slot], names = c->names[shape];
    i64 price;
    if (out->count[member] >= OPTIONS) {
        out->short_of_space = 1;
        return;
    }
    struct Option *o = &out->option[member][out->count[member]++];
    o->t = t;
    o->rooms = cheapest_rooms(c, c->slot_room[slot], t, c->length[shape], &price);
    o->cost = c->slot_cost[slot] + price + change_cost(c, visit, t) + staff_cost(c, visit, who, names)
              + c->day_cost[visit * c->days + t / c->per_day] + (c->priced ? price_of_people(c, shape, t, who) : 0);
    memcpy(o->who, who, sizeof(i64) * NAMES);
}

/* All options of one member (`at` >= 0: at that start only). */
static void options_of(const Block *b, i64 member, i64 at) {
    const Case *c = b->c;
    const i64 row = b->members[member], visit = b->rows->visit[row], shape = c->shape[visit], names = c->names[shape];
    const i64 *ptr = c->slot_ptr + shape * c->days + b->day;
    b->out->count[member] = 0;
    for (i64 slot = ptr[0]; slot < ptr[1]; slot++) {
        const i64 t = c->slot_t[slot];
        i64 masks[NAMES], who[NAMES];
        if (t < c->not_before[visit] || t > c->not_after[visit] || (at >= 0 && t != at)) continue;
        for (i64 name = 0; name < NAMES; name++) who[name] = -1;
        for (i64 name = 0; name < names; name++)
            masks[name] = c->slot_mask[slot * c->width + name] & b->rows->mask[row * c->width + name];
        if (names == 0) add_option(c, b->out, member, visit, slot, who);
        while (next_people(masks, names, who)) add_option(c, b->out, member, visit, slot, who);
    }
}

/* Whether nobody in both visits is needed in the later one before the turnover after ordinary work in the earlier. */
static int turnover_fits(const Case *c, i64 sa, const struct Option *a, i64 sb, const struct Option *b) {
    for (i64 i = c->part_ptr[sa]; i < c->part_ptr[sa + 1]; i++) {
        const i64 person = a->who[c->part_name[i]];
        if (c->part_shared[i] || c->staff_turn[person] == 0) continue;
        const i64 free_at = a->t + c->part_start[i] + c->part_length[i] + c->staff_turn[person];
        for (i64 j = c->part_ptr[sb]; j < c->part_ptr[sb + 1]; j++)
            if (b->who[c->part_name[j]] == person && b->t + c->part_start[j] < free_at) return 0;
    }
    return 1;
}

/* Whether the minutes between two visits of one day are within all gaps between them. */
static int gaps_fit(const Case *c, i64 va, i64 ta, i64 vb, i64 tb) {
    for (i64 g = 0; g < c->gaps; g++) {
        i64 minutes;
        if (c->gap_from[g] == va && c->gap_to[g] == vb) minutes = (tb - ta - c->length[c->shape[va]]) * c->unit;
        else if (c->gap_from[g] == vb && c->gap_to[g] == va) minutes = (ta - tb - c->length[c->shape[vb]]) * c->unit;
        else continue;
        if (minutes < c->gap_least[g] || minutes > c->gap_most[g]) return 0;
    }
    return 1;
}

static int pair_fits(const Block *b, i64 i, i64 j) {
    const struct Option *x = picked(b, i), *y = picked(b, j);
    const i64 sx = shape_of(b, i), sy = shape_of(b, j);
    if (x->t < y->t + b->c->length[sy] && y->t < x->t + b->c->length[sx]) return 0;
    if (x->t < y->t ? !turnover_fits(b->c, sx, x, sy, y) : !turnover_fits(b->c, sy, y, sx, x)) return 0;
    return gaps_fit(b->c, visit_of(b, i), x->t, visit_of(b, j), y->t);
}

static i64 minutes_of(const Block *b, i64 person) {
    i64 total = 0;
    for (i64 j = 0; j < b->n; j++) {
        const i64 shape = shape_of(b, j);
        for (i64 name = 0; name < b->c->names[shape]; name++)
            if (picked(b, j)->who[name] == person) total += b->c->work[shape * b->c->width + name];
    }
    return total;
}

/* Whether the working minutes of the picked options fit the day and the week. */
static int minutes_fit(const Block *b) {
    const Case *c = b->c;
    for (i64 i = 0; i < b->n; i++) {
        const i64 shape = shape_of(b, i);
        for (i64 name = 0; name < c->names[shape]; name++) {
            const i64 person = picked(b, i)->who[name];
            if (c->work[shape * c->width + name] == 0) continue;
            const i64 total = minutes_of(b, person);
            const i64 week = c->week_left[person * c->weeks + c->week_of_day[b->day]] - b->used[person];
            if (total > c->day_left[person * c->days + b->day] || total > week) return 0;
        }
    }
    return 1;
}

static int room_fits(const Block *b, i64 i, i64 room) {
    const i64 t = picked(b, i)->t, length = b->c->length[shape_of(b, i)], turn = b->c->room_turn[room];
    for (i64 j = 0; j < i; j++) {
        const i64 other = picked(b, j)->t;
        if (b->out->room[j] == room && t < other + b->c->length[shape_of(b, j)] + turn && other < t + length + turn) return 0;
    }
    return 1;
}

/* The next room for member i after the one it has (-2: none yet; -1: by video); -2 where there is no more. */
static i64 next_room(const Block *b, i64 i) {
    const i64 mask = picked(b, i)->rooms, now = b->out->room[i];
    if (mask < 0) return now == -2 ? -1 : -2;
    const uint64_t later = now < 0 ? ~(uint64_t)0 : ~(((uint64_t)2 << now) - 1);
    for (uint64_t left = (uint64_t)mask & later; left; left &= left - 1)
        if (room_fits(b, i, first_of(left))) return first_of(left);
    return -2;
}

/* Gives each member a room; 0 where there are not enough. */
static int rooms_fit(const Block *b) {
    i64 i = 0;
    b->out->room[0] = -2;
    while (i >= 0) {
        b->out->room[i] = next_room(b, i);
        if (b->out->room[i] == -2) {
            i--;
        } else if (i == b->n - 1) {
            return 1;
        } else {
            b->out->room[++i] = -2;
        }
    }
    return 0;
}

/* The whole slots between visits, in order of their starts. */
static i64 waits(i64 *starts, i64 *ends, i64 n, i64 slot) {
    i64 total = 0;
    for (i64 i = 1; i < n; i++) {
        const i64 start = starts[i], end = ends[i];
        i64 j = i;
        for (; j > 0 && starts[j - 1] > start; j--) {
            starts[j] = starts[j - 1];
            ends[j] = ends[j - 1];
        }
        starts[j] = start;
        ends[j] = end;
    }
    for (i64 i = 1; i < n; i++) total += max64(0, starts[i] - ends[i - 1]) / slot;
    return total;
}

/* The waiting on the day, kept visits included, beyond that between the kept ones alone. */
static i64 waiting(const Block *b) {
    const Case *c = b->c;
    const i64 first = c->kept_ptr[b->day], kept = c->kept_ptr[b->day + 1] - first;
    i64 starts[MEMBERS + 64], ends[MEMBERS + 64];
    const i64 count = min64(kept, 64);
    memcpy(starts, c->kept_start + first, sizeof(i64) * (size_t)count);
    memcpy(ends, c->kept_end + first, sizeof(i64) * (size_t)count);
    const i64 alone = waits(starts, ends, count, c->slot);
    for (i64 i = 0; i < b->n; i++) {
        starts[count + i] = picked(b, i)->t;
        ends[count + i] = picked(b, i)->t + c->length[shape_of(b, i)];
    }
    return (waits(starts, ends, count + b->n, c->slot) - alone) * c->waiting;
}

/* What a complete choice costs beyond its options; FAR where it does not fit. */
static i64 leaf(const Block *b) {
    if (!minutes_fit(b) || !rooms_fit(b)) return FAR;
    return waiting(b);
}

static int fits_before(const Block *b, i64 level) {
    for (i64 lower = 0; lower < level; lower++)
        if (!pair_fits(b, lower, level)) return 0;
    return 1;
}

static i64 search_block(const Block *b) {
    Choices *out = b->out;
    i64 best = FAR, level = 0, steps = 0, spent[MEMBERS + 1] = {0};
    out->pick[0] = -1;
    while (level >= 0) {
        if (++steps > STEPS) {
            out->short_of_space = 1;
            break;
        }
        if (++out->pick[level] >= out->count[level]) {
            level--;
            continue;
        }
        i64 cost = spent[level] + picked(b, level)->cost;
        if (cost + out->least[level + 1] >= best || !fits_before(b, level)) continue;
        if (level < b->n - 1) {
            spent[++level] = cost;
            out->pick[level] = -1;
            continue;
        }
        cost += leaf(b);
        if (cost < best) {
            best = cost;
            memcpy(out->best, out->pick, sizeof out->best);
            memcpy(out->best_room, out->room, sizeof out->best_room);
        }
    }
    out->steps += steps;
    return best;
}

/* The least cost of some rows on a day, FAR where they do not fit; the choice is in `out->best`, `out->best_room`.
 * starts: the start each must have, or -1. used: minutes each person has worked for this enrollment earlier this week. */
i64 block_cost(const Case *c, const Rows *rows, Choices *out, i64 day, const i64 *members, const i64 *starts, i64 n,
               const i64 *used) {
    const Block b = {c, rows, out, day, n, members, used};
    for (i64 i = 0; i < n; i++) {
        options_of(&b, i, starts[i]);
        if (out->count[i] == 0) return FAR;
    }
    out->least[n] = 0;
    for (i64 i = n - 1; i >= 0; i--) {
        i64 least = FAR;
        for (i64 k = 0; k < out->count[i]; k++) least = min64(least, out->option[i][k].cost);
        out->least[i] = out->least[i + 1] + least;
    }
    return search_block(&b);
}
