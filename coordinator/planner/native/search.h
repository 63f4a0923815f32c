/* What the two files of the search share. */
#ifndef COORDINATOR_SEARCH_H
#define COORDINATOR_SEARCH_H

#include "kernel.h"

#define MEMO 8192        /* blocks that are remembered */
#define MOST_WAYS 4096   /* ways of one chain on one day: more only where minutes matter for several visits of a day */

/* What is searched; see single.py. halves[split][chain]: how many halves of the finish a chain bears in a split. */
typedef struct {
    i64 chains, splits, tracked, most, beam, most_labels, most_tried;
    i64 finish_weight, finish_from, finish_least;
    Dag **dag;
    const i64 *halves, *who_is_tracked;
} Task;

/* Columns of a label; from FIRST on: nodes, registers, week minutes of tracked people, rows of its visits, starts. */
enum { COST, PARENT, NEXT, COUNT, DAY, FIRST };

/* What a search tells: see single.py. */
enum { BEST_COST, LEFT_BEHIND, TRIED, SHORT, LINES, STOPPED, LABELS };

/* The ways in which one chain can go on at a day: its node then, its visits' cost, the rest of the cost, its visits. */
typedef struct {
    i64 count, space;
    struct Way { i64 node, cost, extra, members, rows[MEMBERS], starts[MEMBERS]; } *way;
} Ways;

typedef struct {
    const Case *c;
    const Rows *rows;
    const Task *task;
    const Crossing *x;
    i64 *tally;
    i64 (*stop)(void);
    i64 *labels, *index, *heads, *memo, *used, *child, *order;
    i64 width, columns, label_space, index_size, best, ask_at;
    i64 visits[MEMBERS];
    Choices *choices;
    Ways *ways;
} Search;

static inline i64 *label_at(const Search *s, i64 n) { return s->labels + n * s->columns; }

void fill_ways(Search *s, i64 chain, i64 node, i64 day, i64 most);
i64 estimate(const Search *s, const i64 *label, i64 day);
i64 weigh(Search *s, const i64 *parent, i64 cost);
i64 store(Search *s);

#endif
