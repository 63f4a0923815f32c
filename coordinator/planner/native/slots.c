/* Which starts are possible at all: for each shape and day, the starts with somebody and some room free for it. */
#include "kernel.h"

/* What slots_of reads; see assemble.py. Runs are [row, unit] with units + 1 columns: how many units from there are free. */
typedef struct {
    i64 shapes, width, people, days, units, per_day, step, weeks, outside_preferred;
    const i64 *length, *names, *candidates, *work, *room_ptr, *room_list, *needs_room;
    const i64 *part_ptr, *part_name, *part_start, *part_length, *part_shared;
    const i64 *ordinary, *sharing, *after, *staff_turn;
    const i64 *room_free, *room_after, *room_turn;
    const i64 *patient, *preferred, *touchable, *open;
    const i64 *day_left, *week_left, *week_of_day;
} Source;

typedef struct {
    i64 *ptr, *t, *mask, *room, *cost;
} Slots;

/* For each row and unit: how many units from there on are free without a break. */
void runs(const unsigned char *free, i64 rows, i64 units, i64 *out) {
    for (i64 row = 0; row < rows; row++) {
        const unsigned char *in = free + row * units;
        i64 *to = out + row * (units + 1);
        to[units] = 0;
        for (i64 t = units - 1; t >= 0; t--) to[t] = in[t] ? to[t + 1] + 1 : 0;
    }
}

/* Whether a person is free for all parts of a need name of a visit that starts at t. */
static int can(const Source *s, i64 person, i64 shape, i64 name, i64 t) {
    const i64 row = person * (s->units + 1);
    for (i64 i = s->part_ptr[shape]; i < s->part_ptr[shape + 1]; i++) {
        if (s->part_name[i] != name) continue;
        const i64 start = t + s->part_start[i], length = s->part_length[i], end = start + length;
        if (s->part_shared[i]) {
            if (s->sharing[row + start] < length) return 0;
        } else if (s->ordinary[row + start] < length
                   || s->after[row + end] < min64(s->staff_turn[person], s->units - end)) {
            return 0;
        }
    }
    return 1;
}

static i64 rooms_at(const Source *s, i64 shape, i64 t) {
    const i64 length = s->length[shape], end = t + length;
    i64 mask = 0;
    for (i64 i = s->room_ptr[shape]; i < s->room_ptr[shape + 1]; i++) {
        const i64 room = s->room_list[i], row = room * (s->units + 1);
        if (s->room_free[row + t] >= length && s->room_after[row + end] >= min64(s->room_turn[room], s->units - end))
            mask |= (i64)1 << room;
    }
    return mask;
}

/* Whether the person's day and week still hold the minutes of a name. */
static int minutes_allow(const Source *s, i64 person, i64 work, i64 day) {
    return work == 0 || (work <= s->day_left[person * s->days + day]
                         && work <= s->week_left[person * s->weeks + s->week_of_day[day]]);
}

static int people_at(const Source *s, i64 shape, i64 day, i64 t, i64 *masks) {
    for (i64 name = 0; name < s->names[shape]; name++) {
        const i64 wanted = s->candidates[shape * s->width + name], work = s->work[shape * s->width + name];
        masks[name] = 0;
        for (i64 person = 0; person < s->people; person++)
            if (wanted >> person & 1 && minutes_allow(s, person, work, day) && can(s, person, shape, name, t))
                masks[name] |= (i64)1 << person;
        if (masks[name] == 0) return 0;
    }
    return 1;
}

static i64 add_day(const Source *s, i64 shape, i64 day, const Slots *out, i64 n) {
    const i64 length = s->length[shape];
    for (i64 start = 0; start + length <= s->per_day; start += s->step) {
        const i64 t = day * s->per_day + start;
        if (s->patient[t] < length || !s->touchable[t] || !s->touchable[t + length]) continue;
        const i64 rooms = s->needs_room[shape] ? rooms_at(s, shape, t) : -1;
        if (rooms == 0 || !people_at(s, shape, day, t, out->mask + n * s->width)) continue;
        out->t[n] = t;
        out->room[n] = rooms;
        out->cost[n] = s->preferred[t] >= length ? 0 : s->outside_preferred;
        n++;
    }
    return n;
}

/* Fills all slots, by shape and day, and returns how many there are. */
i64 slots_of(const Source *s, const Slots *out) {
    i64 n = 0;
    for (i64 shape = 0; shape < s->shapes; shape++) {
        for (i64 day = 0; day < s->days; day++) {
            out->ptr[shape * s->days + day] = n;
            if (s->open[day]) n = add_day(s, shape, day, out, n);
        }
    }
    out->ptr[s->shapes * s->days] = n;
    return n;
}
