/* What a visit costs by itself: for a row (a visit and the people allowed) the least cost on each day. */
#include "kernel.h"

/* Steps `who` to the next choice of different people, one from each mask; all -1 asks for the first. */
int next_people(const i64 *masks, i64 names, i64 *who) {
    if (names == 0) return 0;
    i64 level = who[names - 1] >= 0 ? names - 1 : 0;
    while (level >= 0) {
        uint64_t left = (uint64_t)masks[level];
        for (i64 lower = 0; lower < level; lower++) left &= ~((uint64_t)1 << who[lower]);
        if (who[level] >= 0) left &= ~(((uint64_t)2 << who[level]) - 1);
        if (left == 0) {
            who[level--] = -1;
            continue;
        }
        who[level] = first_of(left);
        if (level == names - 1) return 1;
        level++;
    }
    return 0;
}

static int any_people(const i64 *masks, i64 names) {
    i64 who[NAMES];
    for (i64 name = 0; name < names; name++) {
        if (masks[name] == 0) return 0;
        who[name] = -1;
    }
    if (names < 2) return 1;
    if (names == 2) return masks[0] != masks[1] || (masks[0] & (masks[0] - 1)) != 0;
    return next_people(masks, names, who);
}

/* What stands in the way of these people, at its price. */
i64 price_of_people(const Case *c, i64 shape, i64 t, const i64 *who) {
    i64 total = 0;
    for (i64 i = c->part_ptr[shape]; i < c->part_ptr[shape + 1]; i++) {
        const i64 person = who[c->part_name[i]], kind = c->part_shared[i];
        const i64 start = t + c->part_start[i];
        i64 end = start + c->part_length[i];
        if (!kind) end = min64(end + c->staff_turn[person], c->units);
        const i64 *cover = c->cover + (kind * c->people + person) * c->units;
        const i64 *begins = c->begins + (kind * c->people + person) * (c->units + 1);
        total += cover[start] + begins[end] - begins[start + 1];
    }
    return total;
}

static i64 price_of_room(const Case *c, i64 room, i64 t, i64 length) {
    const i64 end = min64(t + length + c->room_turn[room], c->units);
    const i64 *begins = c->room_begins + room * (c->units + 1);
    return c->room_cover[room * c->units + t] + begins[end] - begins[t + 1];
}

/* The rooms of a mask with the least price, and that price. */
i64 cheapest_rooms(const Case *c, i64 mask, i64 t, i64 length, i64 *price) {
    i64 which = 0;
    *price = 0;
    if (mask <= 0 || !c->priced) return mask;
    *price = FAR;
    for (uint64_t left = (uint64_t)mask; left; left &= left - 1) {
        const i64 room = first_of(left), here = price_of_room(c, room, t, length);
        if (here < *price) {
            *price = here;
            which = 0;
        }
        if (here == *price) which |= (i64)1 << room;
    }
    return which;
}

/* The cost of starting elsewhere than before, where there was a before. */
i64 change_cost(const Case *c, i64 visit, i64 t) {
    const i64 before = c->previous_t[visit];
    return before > -FAR && before != t ? c->moved : 0;
}

/* The cost of other people than before, where there was a before. */
i64 staff_cost(const Case *c, i64 visit, const i64 *who, i64 names) {
    if (c->previous_t[visit] <= -FAR) return 0;
    for (i64 name = 0; name < names; name++)
        if (c->previous_who[visit * c->width + name] != who[name]) return c->restaffed;
    return 0;
}

/* The least cost over all choices of people; FAR where there is none. */
static i64 least_staff_cost(const Case *c, i64 visit, i64 t, const i64 *masks) {
    const i64 shape = c->shape[visit], names = c->names[shape];
    i64 who[NAMES], best = FAR;
    if (!any_people(masks, names)) return FAR;
    if (!c->priced) {
        if (c->previous_t[visit] <= -FAR) return 0;
        for (i64 name = 0; name < names; name++) {
            const i64 person = c->previous_who[visit * c->width + name];
            if (person < 0 || !(masks[name] >> person & 1)) return c->restaffed;
        }
        return 0;
    }
    if (names == 0) return 0;
    for (i64 name = 0; name < names; name++) who[name] = -1;
    while (next_people(masks, names, who))
        best = min64(best, staff_cost(c, visit, who, names) + price_of_people(c, shape, t, who));
    return best;
}

/* The least cost of a visit at a slot with the people allowed; FAR where it cannot be. */
i64 slot_least(const Case *c, i64 visit, i64 slot, const i64 *allowed) {
    const i64 t = c->slot_t[slot], shape = c->shape[visit];
    i64 masks[NAMES], price;
    if (t < c->not_before[visit] || t > c->not_after[visit]) return FAR;
    for (i64 name = 0; name < c->names[shape]; name++) masks[name] = c->slot_mask[slot * c->width + name] & allowed[name];
    const i64 people = least_staff_cost(c, visit, t, masks);
    if (people >= FAR) return FAR;
    cheapest_rooms(c, c->slot_room[slot], t, c->length[shape], &price);
    return c->slot_cost[slot] + change_cost(c, visit, t) + people + price + c->day_cost[visit * c->days + t / c->per_day];
}

/* Fills rows.cost for some rows, in order; one that is like an earlier row (`same[row]` < row) is copied from it. */
void fill_rows(const Case *c, const Rows *rows, const i64 *same, const i64 *which, i64 count) {
    for (i64 i = 0; i < count; i++) {
        const i64 row = which[i];
        i64 *cost = rows->cost + row * c->days;
        if (same[row] < row) {
            memcpy(cost, rows->cost + same[row] * c->days, sizeof(i64) * (size_t)c->days);
            continue;
        }
        const i64 visit = rows->visit[row], *ptr = c->slot_ptr + c->shape[visit] * c->days;
        for (i64 day = 0; day < c->days; day++) {
            cost[day] = FAR;
            for (i64 slot = ptr[day]; slot < ptr[day + 1] && cost[day] > 0; slot++)
                cost[day] = min64(cost[day], slot_least(c, visit, slot, rows->mask + row * c->width));
        }
    }
}
