/* Labels: their ways on, what they have still to pay, what their visits of a day cost, and the table that holds them. */
#include "search.h"

#define MEMO_COLUMNS 6

/* The first edge of a node on that day or later. */
static i64 edge_from(const Dag *dag, i64 node, i64 day) {
    i64 low = dag->edge_ptr[node], high = dag->edge_ptr[node + 1];
    while (low < high) {
        const i64 middle = (low + high) / 2;
        if (dag->edge[middle].day < day) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void add_way(Ways *ways, struct Way way) {
    if (ways->count >= ways->space) {
        ways->space = max64(64, 2 * ways->space);
        ways->way = room_for(ways->way, ways->space, sizeof(struct Way));
    }
    ways->way[ways->count++] = way;
}

/* All ways in which a chain can go on at a day: not at all, by one visit, or by several. */
void fill_ways(Search *s, i64 chain, i64 node, i64 day, i64 most) {
    const Dag *dag = s->task->dag[chain];
    Ways *ways = &s->ways[chain];
    ways->count = 0;
    add_way(ways, (struct Way){node, 0, 0, 0, {0}, {0}});
    for (i64 at = 0; at < ways->count; at++) {
        const struct Way from = ways->way[at];
        if (from.members >= most) continue;
        for (i64 e = edge_from(dag, from.node, day); e < dag->edge_ptr[from.node + 1] && dag->edge[e].day == day; e++) {
            const Edge *edge = &dag->edge[e];
            if (dag->togo[0][edge->child] >= FAR) continue;
            if (ways->count >= MOST_WAYS) {
                s->tally[SHORT]++;
                return;
            }
            struct Way to = from;
            to.node = edge->child;
            to.cost += edge->cost;
            to.extra += edge->extra;
            to.rows[to.members] = edge->row;
            to.starts[to.members++] = edge->t;
            add_way(ways, to);
        }
    }
}

/* Twice the least that the rest of the program can cost from a label. */
i64 estimate(const Search *s, const i64 *label, i64 day) {
    const Task *task = s->task;
    const i64 *registers = label + FIRST + task->chains;
    i64 best = 0;
    for (i64 split = 0; split < task->splits; split++) {
        i64 total = 0;
        for (i64 chain = 0; chain < task->chains; chain++) {
            const Dag *dag = task->dag[chain];
            const i64 node = label[FIRST + chain], half = task->halves[split * task->chains + chain];
            i64 togo = dag->togo[half][node];
            if (s->x->count && node < dag->finals)
                togo = max64(togo, linked_togo(s->x, dag, s->rows, registers, chain, node, half, day));
            total += togo;
        }
        best = max64(best, total);
    }
    return best;
}

/* Where the cost of a block is remembered, or would be. */
static i64 *memo_place(const Search *s, const i64 *key) {
    i64 at = (i64)(hash_of(key, MEMO_COLUMNS - 1) & (MEMO - 1));
    for (int tries = 0; tries < 16; tries++, at = (at + 1) & (MEMO - 1)) {
        i64 *place = s->memo + at * MEMO_COLUMNS;
        if (place[0] < 0 || memcmp(place, key, sizeof(i64) * (MEMO_COLUMNS - 1)) == 0) return place;
    }
    return s->memo + at * MEMO_COLUMNS;
}

/* The cost of the child's visits, from memory where nothing but the day bears on it. */
static i64 block(Search *s, i64 plain) {
    const i64 day = s->child[DAY], n = s->child[COUNT], *rows = s->child + s->width, *starts = rows + s->task->most;
    i64 key[MEMO_COLUMNS - 1] = {day, -1, -1, -1, -1};
    for (i64 i = 0; i < n; i++) plain = plain && starts[i] < 0;
    if (!plain || n > MEMO_COLUMNS - 2) return block_cost(s->c, s->rows, s->choices, day, rows, starts, n, s->used);
    memcpy(key + 1, rows, sizeof(i64) * (size_t)n);
    i64 *place = memo_place(s, key);
    if (memcmp(place, key, sizeof key) != 0) {
        const i64 cost = block_cost(s->c, s->rows, s->choices, day, rows, starts, n, s->used);
        memcpy(place, key, sizeof key);
        place[MEMO_COLUMNS - 1] = cost;
    }
    return place[MEMO_COLUMNS - 1];
}

/* The minutes of ordinary work of a person in the block just chosen. */
static i64 worked(const Search *s, i64 person) {
    const Case *c = s->c;
    i64 total = 0;
    for (i64 i = 0; i < s->child[COUNT]; i++) {
        const i64 shape = c->shape[s->visits[i]];
        const struct Option *o = &s->choices->option[i][s->choices->best[i]];
        for (i64 name = 0; name < c->names[shape]; name++)
            if (o->who[name] == person) total += c->work[shape * c->width + name];
    }
    return total;
}

/* The cost of the child's visits on their day (`cost` where they stand alone); notes the minutes of tracked people. */
i64 weigh(Search *s, const i64 *parent, i64 cost) {
    const i64 day = s->child[DAY], tracked = s->task->tracked, *weeks = s->c->week_of_day;
    if (tracked == 0) {
        if (s->child[COUNT] == 1 && s->c->kept_ptr[day] == s->c->kept_ptr[day + 1]) return cost;
        return block(s, 1);
    }
    const i64 first = s->width - tracked;
    const int same_week = parent[DAY] >= 0 && weeks[parent[DAY]] == weeks[day];
    for (i64 i = 0; i < tracked; i++) s->used[s->task->who_is_tracked[i]] = same_week ? parent[first + i] : 0;
    cost = block(s, 0);
    for (i64 i = 0; cost < FAR && i < tracked; i++) {
        const i64 person = s->task->who_is_tracked[i];
        s->child[first + i] = s->used[person] + worked(s, person);
    }
    return cost;
}

static void reindex(Search *s, i64 size) {
    s->index = room_for(s->index, size, sizeof(i64));
    s->index_size = size;
    memset(s->index, 0xff, sizeof(i64) * (size_t)size);
    for (i64 n = 0; n < s->tally[LABELS]; n++) {
        i64 at = (i64)(hash_of(label_at(s, n) + DAY, s->width - DAY) & (uint64_t)(size - 1));
        while (s->index[at] >= 0) at = (at + 1) & (size - 1);
        s->index[at] = n;
    }
}

/* Adds the child as a label, or betters the one with the same state; returns its number. */
i64 store(Search *s) {
    const size_t state = sizeof(i64) * (size_t)(s->width - DAY), whole = sizeof(i64) * (size_t)s->columns;
    if (2 * (s->tally[LABELS] + 1) > s->index_size) reindex(s, max64(1024, 2 * s->index_size));
    i64 at = (i64)(hash_of(s->child + DAY, s->width - DAY) & (uint64_t)(s->index_size - 1));
    for (; s->index[at] >= 0; at = (at + 1) & (s->index_size - 1)) {
        i64 *known = label_at(s, s->index[at]);
        if (memcmp(known + DAY, s->child + DAY, state) != 0) continue;
        if (s->child[COST] < known[COST]) {
            s->child[NEXT] = known[NEXT];
            memcpy(known, s->child, whole);
        }
        return s->index[at];
    }
    const i64 n = s->index[at] = s->tally[LABELS]++;
    if (n >= s->label_space) {
        s->label_space = max64(256, 2 * s->label_space);
        s->labels = room_for(s->labels, s->label_space * s->columns, sizeof(i64));
    }
    s->child[NEXT] = s->heads[s->child[DAY]];
    s->heads[s->child[DAY]] = n;
    memcpy(label_at(s, n), s->child, whole);
    return n;
}
