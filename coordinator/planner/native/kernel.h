/* What the compiled parts of the planner share. Every number is an int64_t, and every struct is a row of eight-byte
 * fields (numbers and pointers), so that Python can fill it as one array: the order of fields here and in case.py,
 * chain_frame.py and crossing.py must agree. Times are units of the grid, sets of people and rooms are bit masks. */
#ifndef COORDINATOR_KERNEL_H
#define COORDINATOR_KERNEL_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t i64;

#define FAR ((i64)1 << 40)   /* no cost and no time comes near it */
#define NAMES 8              /* need names of one visit at most */
#define MEMBERS 6            /* visits of one day at most */
#define OPTIONS 3000         /* options of one visit on one day at most */
#define STEPS 200000         /* steps of the search of one day at most */
#define CHAINS 24            /* chains of one program at most */
#define STAMP 4096           /* a moment is day * STAMP + unit within the day */

enum { STARTS = 1, ENDS = 2 };   /* what of a visit's time minutes between days hang on: see `timed` in assemble.py */

static inline i64 min64(i64 a, i64 b) { return a < b ? a : b; }
static inline i64 max64(i64 a, i64 b) { return a > b ? a : b; }

/* The lowest member of a set that is not empty. */
static inline i64 first_of(uint64_t set) { return __builtin_ctzll(set); }

/* One enrollment among everything that is taken; see case.py. */
typedef struct {
    i64 days, units, width, per_day, unit, slot, max_per_day;
    const i64 *slot_ptr, *slot_t, *slot_mask, *slot_room, *slot_cost;
    const i64 *length, *names, *work, *part_ptr, *part_name, *part_start, *part_length, *part_shared;
    const i64 *shape, *not_before, *not_after, *timed, *previous_t, *previous_who, *day_cost;
    i64 gaps;
    const i64 *gap_from, *gap_to, *gap_least, *gap_most;
    const i64 *kept_ptr, *kept_start, *kept_end;
    i64 people;
    const i64 *staff_turn, *room_turn, *day_left, *week_left, *week_of_day;
    i64 weeks, priced;
    const i64 *cover, *begins, *room_cover, *room_begins;
    i64 moved, restaffed, waiting;
} Case;

/* Rows: a visit with the people allowed for each of its names, and its least cost on each day. */
typedef struct {
    i64 count;
    const i64 *visit, *mask;
    i64 *cost;
} Rows;

/* One chain of visits with people chosen for its program-wide needs; see chain_frame.py. */
typedef struct {
    i64 length, sets_width, keep_width;
    const i64 *visit, *first_day, *last_day, *row, *sets, *enter, *leave, *set_cost, *keep_count, *keep_source;
    const i64 *gap_ptr, *gap_slot, *gap_low, *gap_high, *gap_ideal, *gap_least, *gap_most;
    i64 ideal_weight, finish_weight, finish_from, finish_least;
} Chain;

typedef struct {
    i64 child, day, t, row, cost, extra;
} Edge;

/* A chain as a layered graph. togo[half][node]: twice the cost still to pay, with that many halves of the finish. */
typedef struct {
    i64 nodes, edges, finals;   /* nodes from `finals` on have nothing left to place */
    i64 *edge_ptr, *until, *togo[3];
    Edge *edge;
} Dag;

/* Gaps between chains; see crossing.py. */
typedef struct {
    i64 count;
    const i64 *before, *after, *low, *high, *ideal, *ordered, *least, *most, *chain;
    i64 weight;
} Crossing;

/* The options of the visits of one day, and the best choice found. */
typedef struct {
    i64 count[MEMBERS], pick[MEMBERS], best[MEMBERS], room[MEMBERS], best_room[MEMBERS], least[MEMBERS + 1];
    i64 short_of_space, steps;   /* whether some choice was not looked at; steps so far, all days together */
    struct Option { i64 t, rooms, cost, who[NAMES]; } option[MEMBERS][OPTIONS];
} Choices;

/* rows.c */
int next_people(const i64 *masks, i64 names, i64 *who);
i64 price_of_people(const Case *c, i64 shape, i64 t, const i64 *who);
i64 cheapest_rooms(const Case *c, i64 mask, i64 t, i64 length, i64 *price);
i64 change_cost(const Case *c, i64 visit, i64 t);
i64 staff_cost(const Case *c, i64 visit, const i64 *who, i64 names);
i64 slot_least(const Case *c, i64 visit, i64 slot, const i64 *allowed);

/* block.c */
i64 block_cost(const Case *c, const Rows *rows, Choices *out, i64 day, const i64 *members, const i64 *starts, i64 n,
               const i64 *used);

/* crossing.c */
i64 cross_day(const Crossing *x, const Case *c, const i64 *parent, i64 *registers, i64 day, const i64 *visits,
              const i64 *starts, i64 n);
i64 linked_togo(const Crossing *x, const Dag *dag, const Rows *rows, const i64 *registers, i64 chain, i64 node, i64 half,
                i64 day);

/* memory.c */
void *room_for(void *old, i64 count, i64 size);
uint64_t hash_of(const i64 *key, i64 count);

#endif
