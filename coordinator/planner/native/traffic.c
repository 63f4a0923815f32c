/* What all programs take together, overlaps allowed, and what that makes a unit cost: see traffic.py. */
#include "kernel.h"

/* Rows of people and rooms, one column a unit. `extra`: what a unit has come to cost because it was wanted so often. */
typedef struct {
    i64 people, rooms, units, days, per_day, weeks;
    i64 *work, *tail, *shared, *room_use, *room_tail, *extra, *room_extra, *day_minutes, *week_minutes;
    const i64 *places, *day_cap, *week_cap, *week_of_day;
} Traffic;

enum { ORDINARY, SHARED, ROOM };

/* One thing taken: `who` is a person or a room; its turnover ends at `free`; `minutes` count in day and week. */
typedef struct {
    i64 kind, who, start, end, free, minutes;
} Claim;

static void add(i64 *row, i64 from, i64 to, i64 sign) {
    for (i64 t = from; t < to; t++) row[t] += sign;
}

/* Takes (sign 1) or frees (sign -1) what the claims say. */
void occupy(const Traffic *f, const Claim *claims, i64 count, i64 sign) {
    for (const Claim *c = claims; c < claims + count; c++) {
        const i64 row = c->who * f->units, free = min64(c->free, f->units), day = c->start / f->per_day;
        if (c->kind == SHARED) {
            add(f->shared + row, c->start, c->end, sign);
            continue;
        }
        add((c->kind == ROOM ? f->room_use : f->work) + row, c->start, c->end, sign);
        add((c->kind == ROOM ? f->room_tail : f->tail) + row, c->end, free, sign);
        if (c->kind == ROOM) continue;
        f->day_minutes[c->who * f->days + day] += sign * c->minutes;
        f->week_minutes[c->who * f->weeks + f->week_of_day[day]] += sign * c->minutes;
    }
}

/* How many too many a person has to be in a unit. */
static i64 crowd(const Traffic *f, i64 person, i64 t) {
    const i64 at = person * f->units + t, work = f->work[at], shared = f->shared[at];
    if (work == 0 && shared == 0) return 0;
    const i64 over = max64(0, shared - f->places[person]);
    if (work == 0) return over + (f->tail[at] > 0);
    return over + work - 1 + (f->tail[at] > 0) + (shared > 0);
}

static i64 room_crowd(const Traffic *f, i64 room, i64 t) {
    const i64 use = f->room_use[room * f->units + t];
    return use == 0 ? 0 : use - 1 + (f->room_tail[room * f->units + t] > 0);
}

/* Whether a person works longer than allowed on a day or in its week. */
static int overworked(const Traffic *f, i64 person, i64 day) {
    const i64 at = person * f->weeks + f->week_of_day[day];
    return f->day_minutes[person * f->days + day] > f->day_cap[person] || f->week_minutes[at] > f->week_cap[person];
}

/* The units in which these claims meet others, one more for each that is too much for its day or week. */
i64 crowded(const Traffic *f, const Claim *claims, i64 count) {
    i64 total = 0;
    for (const Claim *c = claims; c < claims + count; c++) {
        const int room = c->kind == ROOM;
        for (i64 t = c->start; t < min64(c->free, f->units); t++) total += (room ? room_crowd : crowd)(f, c->who, t) > 0;
        if (c->kind == ORDINARY) total += overworked(f, c->who, c->start / f->per_day);
    }
    return total;
}

/* Makes every crowded unit dearer by `step`, and the days of those who work too long by `part`. */
void dearer(const Traffic *f, i64 step, i64 part) {
    for (i64 person = 0; person < f->people; person++) {
        i64 *extra = f->extra + person * f->units;
        for (i64 t = 0; t < f->units; t++) extra[t] += step * min64(crowd(f, person, t), 3);
        for (i64 day = 0; day < f->days; day++)
            if (overworked(f, person, day)) add(extra, day * f->per_day, (day + 1) * f->per_day, part);
    }
    for (i64 room = 0; room < f->rooms; room++)
        for (i64 t = 0; t < f->units; t++) f->room_extra[room * f->units + t] += step * min64(room_crowd(f, room, t), 3);
}

/* What one day costs, from t to end. Most units have come to cost nothing: a division is dear. */
static void price_day(const Traffic *f, i64 person, i64 t, i64 end, int full, i64 rate, i64 *one, i64 *many) {
    const i64 row = person * f->units, places = max64(1, f->places[person]);
    for (; t < end; t++) {
        const i64 held = f->work[row + t] + f->tail[row + t], shared = f->shared[row + t], extra = f->extra[row + t];
        one[t] = extra + (held || shared || full ? rate : 0);
        many[t] = (extra ? extra / places : 0) + (held || shared >= places ? rate : 0);
    }
}

static void price_room_day(const Traffic *f, i64 room, i64 t, i64 end, i64 rate, i64 *one) {
    for (const i64 row = room * f->units; t < end; t++)
        one[t] = f->room_extra[row + t] + (f->room_use[row + t] || f->room_tail[row + t] ? rate : 0);
}

/* sums[t]: all before t, days that do not matter left out. */
static void sum_up(const Traffic *f, const i64 *matters, const i64 *row, i64 *sums) {
    i64 total = 0;
    for (i64 day = 0; day < f->days; day++) {
        if (!matters[day]) continue;
        for (i64 t = day * f->per_day; t < (day + 1) * f->per_day; t++) {
            sums[t] = total;
            total += row[t];
        }
        sums[(day + 1) * f->per_day] = total;
    }
}

static int is_full(const Traffic *f, i64 person, i64 day, i64 least) {
    return f->day_minutes[person * f->days + day] + least > f->day_cap[person]
           || f->week_minutes[person * f->weeks + f->week_of_day[day]] + least > f->week_cap[person];
}

/* The prices of some people (`least`: the fewest minutes that each could be asked for) on the days that matter: `rate`
 * for a unit that others hold, and what it has come to cost. cover: [ordinary or shared, person, unit]; begins: sums of
 * all before. */
void price_people(const Traffic *f, const i64 *people, const i64 *least, i64 count, const i64 *matters, i64 rate,
                  i64 *cover, i64 *begins) {
    for (i64 i = 0; i < count; i++) {
        i64 *one = cover + i * f->units, *many = cover + (count + i) * f->units;
        for (i64 day = 0; day < f->days; day++)
            if (matters[day])
                price_day(f, people[i], day * f->per_day, (day + 1) * f->per_day, is_full(f, people[i], day, least[i]),
                          rate, one, many);
        sum_up(f, matters, one, begins + i * (f->units + 1));
        sum_up(f, matters, many, begins + (count + i) * (f->units + 1));
    }
}

void price_rooms(const Traffic *f, const i64 *rooms, i64 count, const i64 *matters, i64 rate, i64 *cover, i64 *begins) {
    for (i64 i = 0; i < count; i++) {
        i64 *one = cover + i * f->units;
        for (i64 day = 0; day < f->days; day++)
            if (matters[day]) price_room_day(f, rooms[i], day * f->per_day, (day + 1) * f->per_day, rate, one);
        sum_up(f, matters, one, begins + i * (f->units + 1));
    }
}
