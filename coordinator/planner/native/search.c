/* The search over all chains of one program together, day by day.
 *
 * A label says how far each chain is (a node of its graph) after the visits of one day, and what that cost. Labels with
 * the same state keep only the cheapest. Each is judged by its cost plus what its chains have still to pay, which never
 * overstates; what cannot beat the best plan known is dropped, so an exhausted search is a proof. With a beam only the
 * best labels of each day go on, and the least estimate among those left behind is the bound. */
#include "search.h"

#define ASK_EVERY 4096
#define STEPS_A_TRY 64

static i64 finish(const Task *task, i64 day) {
    return task->finish_weight * max64(0, max64(day, task->finish_least) - task->finish_from);
}

/* Puts the picked ways of all chains into the child: its nodes and visits. The sum of costs, or FAR if too many. */
static i64 join(Search *s, const i64 *pick, i64 most, i64 *extra) {
    i64 *rows = s->child + s->width, *starts = rows + s->task->most, n = 0, cost = 0;
    memset(rows, 0xff, sizeof(i64) * (size_t)(2 * s->task->most));
    for (i64 chain = 0; chain < s->task->chains; chain++) {
        const struct Way *way = &s->ways[chain].way[pick[chain]];
        s->child[FIRST + chain] = way->node;
        cost += way->cost;
        *extra += way->extra;
        for (i64 i = 0; i < way->members; i++, n++) {
            if (n >= most) return FAR;
            rows[n] = way->rows[i];
            starts[n] = way->starts[i];
            s->visits[n] = s->rows->visit[way->rows[i]];
        }
    }
    s->child[COUNT] = n;
    return n > 0 ? cost : FAR;
}

static int is_final(const Search *s) {
    for (i64 chain = 0; chain < s->task->chains; chain++)
        if (s->child[FIRST + chain] < s->task->dag[chain]->finals) return 0;
    return 1;
}

/* Counts a try, and what the search of days took as tries too; asks now and then whether to stop. */
static void count_try(Search *s) {
    i64 *tally = s->tally;
    tally[TRIED] += 1 + s->choices->steps / STEPS_A_TRY;
    s->choices->steps %= STEPS_A_TRY;
    if (tally[TRIED] >= s->task->most_tried) tally[STOPPED] = 1;
    if (tally[TRIED] < s->ask_at) return;
    s->ask_at = tally[TRIED] + ASK_EVERY;
    if (s->stop != NULL && s->stop()) tally[STOPPED] = 1;
}

/* Makes the child that the picked ways lead to, and keeps it where it may still beat the best plan. */
static void try_child(Search *s, const i64 *pick, const i64 *parent, i64 number, i64 day, i64 most) {
    const Task *task = s->task;
    i64 extra = 0, *tally = s->tally;
    count_try(s);
    memcpy(s->child, parent, sizeof(i64) * (size_t)s->width);
    s->child[PARENT] = number;
    s->child[DAY] = day;
    i64 cost = join(s, pick, most, &extra);
    if (cost >= FAR) return;
    const i64 first = FIRST + task->chains, *starts = s->child + s->width + task->most;
    const i64 crossed = cross_day(s->x, s->c, parent + first, s->child + first, day, s->visits, starts, s->child[COUNT]);
    if (crossed >= FAR) return;
    const int done = is_final(s);
    const i64 before = parent[COST] + extra + crossed;
    const i64 rest = done ? 2 * finish(task, day) : estimate(s, s->child, day);
    if (2 * (before + cost) + rest >= 2 * tally[BEST_COST]) return;
    cost = weigh(s, parent, cost);
    if (cost >= FAR || 2 * (before + cost) + rest >= 2 * tally[BEST_COST]) return;
    s->child[COST] = before + cost + (done ? finish(task, day) : 0);
    const i64 n = store(s);
    if (done) {
        tally[BEST_COST] = s->child[COST];
        s->best = n;
    }
}

/* All children of a label on one later day. */
static void expand_day(Search *s, const i64 *parent, i64 number, i64 day) {
    const i64 chains = s->task->chains;
    const i64 most = min64(s->task->most, s->c->max_per_day - (s->c->kept_ptr[day + 1] - s->c->kept_ptr[day]));
    i64 pick[CHAINS] = {0}, several = 0, chain = 0;
    if (most <= 0) return;
    for (i64 c = 0; c < chains; c++) {
        fill_ways(s, c, parent[FIRST + c], day, most);
        several += s->ways[c].count - 1;
    }
    if (several == 0) return;
    while (chain < chains && !s->tally[STOPPED]) {
        try_child(s, pick, parent, number, day, most);
        for (chain = 0; chain < chains; chain++) {
            if (++pick[chain] < s->ways[chain].count) break;
            pick[chain] = 0;
        }
    }
}

/* The last day on which some chain must go on. */
static i64 last_day(const Search *s, const i64 *label) {
    i64 last = s->c->days - 1;
    for (i64 chain = 0; chain < s->task->chains; chain++)
        last = min64(last, s->task->dag[chain]->until[label[FIRST + chain]]);
    return last;
}

static int by_value(const void *a, const void *b) {
    const i64 *x = a, *y = b;
    if (x[0] != y[0]) return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

/* The labels of a day that are worth going on with, best estimate first, as (estimate, number) in s->order. */
static i64 bucket(Search *s, i64 day) {
    i64 kept = 0;
    for (i64 n = s->heads[day]; n >= 0; n = label_at(s, n)[NEXT]) kept++;
    s->order = room_for(s->order, 2 * kept, sizeof(i64));
    kept = 0;
    for (i64 n = s->heads[day]; n >= 0; n = label_at(s, n)[NEXT]) {
        const i64 *label = label_at(s, n), value = 2 * label[COST] + estimate(s, label, day);
        if (value >= 2 * s->tally[BEST_COST]) continue;
        s->order[2 * kept] = value;
        s->order[2 * kept++ + 1] = n;
    }
    qsort(s->order, (size_t)kept, 2 * sizeof(i64), by_value);
    return kept;
}

/* Goes on from the labels of one day; what is left behind is tallied. */
static void advance(Search *s, i64 day, i64 *parent) {
    const i64 count = bucket(s, day);
    for (i64 i = 0; i < count; i++) {
        const i64 value = s->order[2 * i], number = s->order[2 * i + 1];
        if (i >= s->task->beam || s->tally[LABELS] > s->task->most_labels || s->tally[STOPPED]) {
            s->tally[LEFT_BEHIND] = min64(s->tally[LEFT_BEHIND], value);
            return;
        }
        memcpy(parent, label_at(s, number), sizeof(i64) * (size_t)s->columns);
        const i64 last = last_day(s, parent);
        for (i64 later = day + 1; later <= last; later++) expand_day(s, parent, number, later);
        if (s->tally[STOPPED]) s->tally[LEFT_BEHIND] = min64(s->tally[LEFT_BEHIND], value);
    }
}

/* One line a visit: its number, its start, its room (-1 by video), and who fills each name. */
static void retrace(Search *s, i64 *lines) {
    const i64 tracked = s->task->tracked, most = s->task->most, wide = 3 + s->c->width;
    for (i64 at = s->best; at >= 0; at = label_at(s, at)[PARENT]) {
        const i64 *label = label_at(s, at), parent = label[PARENT], day = label[DAY];
        for (i64 i = 0; i < tracked; i++) {
            const i64 *before = parent >= 0 ? label_at(s, parent) : NULL;
            const int same = before != NULL && s->c->week_of_day[before[DAY]] == s->c->week_of_day[day];
            s->used[s->task->who_is_tracked[i]] = same ? before[s->width - tracked + i] : 0;
        }
        const i64 *rows = label + s->width;
        block_cost(s->c, s->rows, s->choices, day, rows, rows + most, label[COUNT], s->used);
        for (i64 i = 0; i < label[COUNT]; i++) {
            const struct Option *o = &s->choices->option[i][s->choices->best[i]];
            i64 *line = lines + s->tally[LINES]++ * wide;
            line[0] = s->rows->visit[rows[i]];
            line[1] = o->t;
            line[2] = s->choices->best_room[i];
            memcpy(line + 3, o->who, sizeof(i64) * (size_t)s->c->width);
        }
    }
}

static void release(Search *s, i64 *parent) {
    i64 *all[] = {s->labels, s->index, s->heads, s->memo, s->used, s->child, s->order, parent};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    for (i64 chain = 0; chain < s->task->chains; chain++) free(s->ways[chain].way);
    free(s->choices);
    free(s->ways);
}

static i64 *filled(i64 count, int byte) {
    i64 *memory = room_for(NULL, count, sizeof(i64));
    memset(memory, byte, sizeof(i64) * (size_t)max64(count, 1));
    return memory;
}

/* Searches for a plan cheaper than tally[BEST_COST]; fills `tally` and, where one is found, `lines`. */
void explore(const Case *c, const Rows *rows, const Task *task, const Crossing *x, i64 *tally, i64 *lines,
             i64 (*stop)(void)) {
    Search s = {.c = c, .rows = rows, .task = task, .x = x, .tally = tally, .stop = stop, .best = -1};
    s.width = FIRST + task->chains + x->count + task->tracked;
    s.columns = s.width + 2 * task->most;
    s.heads = filled(c->days, 0xff);
    s.memo = filled(MEMO * 6, 0xff);
    s.used = filled(c->people, 0);
    s.child = filled(s.columns, 0);
    s.choices = room_for(NULL, 1, sizeof(Choices));
    s.choices->short_of_space = s.choices->steps = 0;
    s.ask_at = ASK_EVERY;
    s.ways = room_for(NULL, task->chains, sizeof(Ways));
    memset(s.ways, 0, sizeof(Ways) * (size_t)task->chains);
    i64 *parent = filled(s.columns, 0);
    parent[PARENT] = parent[NEXT] = parent[DAY] = -1;
    for (i64 g = 0; g < x->count; g++) parent[FIRST + task->chains + g] = -1;
    const i64 last = last_day(&s, parent);
    for (i64 day = 0; day <= last; day++) expand_day(&s, parent, -1, day);
    if (tally[STOPPED]) tally[LEFT_BEHIND] = 0;
    for (i64 day = 0; day < c->days; day++) advance(&s, day, parent);
    if (s.best >= 0) retrace(&s, lines);
    tally[SHORT] += s.choices->short_of_space;
    release(&s, parent);
}
