/* A chain of visits as a layered graph: every way to place it on days, and what is still to pay from each state.
 *
 * A node of layer k says: the first k visits are placed. Its key holds the set of people chosen for the running course
 * and the moments of those visits that later ones of the chain still refer to. Edges place the next visit. What is still
 * to pay is exact for the chain alone, so it never overstates the cost of the whole program. */
#include "kernel.h"

typedef struct {
    const Chain *chain;
    const Case *c;
    const Rows *rows;
    Dag *dag;
    i64 *keys, *table;
    i64 width, node_space, edge_space, table_size, layer;   /* layer: the first node of the layer being made */
} Builder;

static void rehash(Builder *b, i64 size) {
    b->table = room_for(b->table, size, sizeof(i64));
    b->table_size = size;
    memset(b->table, 0xff, sizeof(i64) * (size_t)size);
    for (i64 node = b->layer; node < b->dag->nodes; node++) {
        i64 at = (i64)(hash_of(b->keys + node * b->width, b->width) & (uint64_t)(size - 1));
        while (b->table[at] >= 0) at = (at + 1) & (size - 1);
        b->table[at] = node;
    }
}

static i64 new_node(Builder *b, const i64 *key) {
    Dag *dag = b->dag;
    if (dag->nodes + 2 > b->node_space) {
        b->node_space *= 2;
        b->keys = room_for(b->keys, b->node_space * b->width, sizeof(i64));
        dag->edge_ptr = room_for(dag->edge_ptr, b->node_space + 1, sizeof(i64));
    }
    memcpy(b->keys + dag->nodes * b->width, key, sizeof(i64) * (size_t)b->width);
    return dag->nodes++;
}

static i64 find_node(Builder *b, const i64 *key) {
    i64 at = (i64)(hash_of(key, b->width) & (uint64_t)(b->table_size - 1));
    for (; b->table[at] >= 0; at = (at + 1) & (b->table_size - 1))
        if (memcmp(b->keys + b->table[at] * b->width, key, sizeof(i64) * (size_t)b->width) == 0) return b->table[at];
    const i64 node = b->table[at] = new_node(b, key);
    if (2 * (b->dag->nodes - b->layer) > b->table_size) rehash(b, 2 * b->table_size);
    return node;
}

static void window(const Chain *ch, i64 k, const i64 *key, i64 *low, i64 *high) {
    *low = max64(ch->first_day[k], 0);
    *high = ch->last_day[k];
    for (i64 g = ch->gap_ptr[k]; g < ch->gap_ptr[k + 1]; g++) {
        const i64 day = key[1 + ch->gap_slot[g]] / STAMP;
        *low = max64(*low, day + ch->gap_low[g]);
        *high = min64(*high, day + ch->gap_high[g]);
    }
}

static i64 gap_cost(const Chain *ch, i64 k, const i64 *key, i64 day) {
    i64 total = 0;
    for (i64 g = ch->gap_ptr[k]; g < ch->gap_ptr[k + 1]; g++)
        if (ch->gap_ideal[g] < FAR) total += llabs(day - key[1 + ch->gap_slot[g]] / STAMP - ch->gap_ideal[g]);
    return total * ch->ideal_weight;
}

/* Whether a start is within the minutes that gaps to remembered visits ask for. */
static int minutes_ok(const Builder *b, i64 k, const i64 *key, i64 t) {
    const Chain *ch = b->chain;
    for (i64 g = ch->gap_ptr[k]; g < ch->gap_ptr[k + 1]; g++) {
        const i64 moment = key[1 + ch->gap_slot[g]];
        if (moment % STAMP == 0) continue;
        const i64 minutes = (t - (moment / STAMP * b->c->per_day + moment % STAMP)) * b->c->unit;
        if (minutes < ch->gap_least[g] || minutes > ch->gap_most[g]) return 0;
    }
    return 1;
}

/* Adds one edge; its child is found or made. */
static void link_edge(Builder *b, i64 k, const i64 *key, i64 chosen, Edge edge) {
    const Chain *ch = b->chain;
    i64 child[8] = {0}, moment = edge.day * STAMP;
    if (edge.t >= 0 && b->c->timed[ch->visit[k]] & ENDS)
        moment += edge.t + b->c->length[b->c->shape[ch->visit[k]]] - edge.day * b->c->per_day;
    child[0] = ch->leave[k] ? 0 : chosen;
    for (i64 slot = 0; slot < ch->keep_count[k + 1]; slot++) {
        const i64 source = ch->keep_source[(k + 1) * ch->keep_width + slot];
        child[1 + slot] = source < 0 ? moment : key[1 + source];
    }
    edge.child = find_node(b, child);
    if (b->dag->edges >= b->edge_space) {
        b->edge_space *= 2;
        b->dag->edge = room_for(b->dag->edge, b->edge_space, sizeof(Edge));
    }
    b->dag->edge[b->dag->edges++] = edge;
}

/* The edges of one node on one day under one set of people: one, or where minutes matter one for each start. */
static void expand_set(Builder *b, i64 k, const i64 *key, i64 set, Edge edge) {
    const Case *c = b->c;
    const i64 visit = b->chain->visit[k];
    if (!c->timed[visit]) {
        link_edge(b, k, key, set, edge);
        return;
    }
    const i64 *ptr = c->slot_ptr + c->shape[visit] * c->days + edge.day;
    for (i64 slot = ptr[0]; slot < ptr[1]; slot++) {
        edge.t = c->slot_t[slot];
        edge.cost = slot_least(c, visit, slot, b->rows->mask + edge.row * c->width);
        if (edge.cost < FAR && minutes_ok(b, k, key, edge.t)) link_edge(b, k, key, set, edge);
    }
}

static void expand(Builder *b, i64 k, const i64 *key) {
    const Chain *ch = b->chain;
    i64 low, high;
    window(ch, k, key, &low, &high);
    for (i64 day = low; day <= min64(high, b->c->days - 1); day++) {
        const i64 extra = gap_cost(ch, k, key, day);
        for (i64 set = 0; set < ch->sets[k]; set++) {
            if (!ch->enter[k] && set != key[0]) continue;
            const i64 row = ch->row[k * ch->sets_width + set], cost = b->rows->cost[row * b->c->days + day];
            const i64 paid = ch->enter[k] ? ch->set_cost[k * ch->sets_width + set] : 0;
            if (cost < FAR) expand_set(b, k, key, set, (Edge){0, day, -1, row, cost, extra + paid});
        }
    }
}

/* Goes through the graph backward. */
static void pay_back(const Chain *ch, Dag *dag) {
    for (i64 node = dag->nodes - 1; node >= 0; node--) {
        const int done = node >= dag->finals;
        dag->until[node] = done ? FAR : -1;
        for (i64 half = 0; half < 3; half++) dag->togo[half][node] = done ? 0 : FAR;
        for (i64 e = dag->edge_ptr[node]; e < dag->edge_ptr[node + 1]; e++) {
            const Edge *edge = &dag->edge[e];
            if (dag->togo[0][edge->child] >= FAR) continue;
            dag->until[node] = max64(dag->until[node], edge->day);
            i64 finish = 0;
            if (edge->child >= dag->finals)
                finish = ch->finish_weight * max64(0, max64(edge->day, ch->finish_least) - ch->finish_from);
            for (i64 half = 0; half < 3; half++) {
                const i64 cost = 2 * (edge->cost + edge->extra) + half * finish + dag->togo[half][edge->child];
                dag->togo[half][node] = min64(dag->togo[half][node], cost);
            }
        }
    }
}

void free_dag(Dag *dag) {
    for (i64 half = 0; half < 3; half++) free(dag->togo[half]);
    free(dag->until);
    free(dag->edge_ptr);
    free(dag->edge);
    free(dag);
}

/* The graph of a chain; node 0 is its root (nothing placed). To be freed with free_dag. NULL where it would have more
 * edges than `most`. */
Dag *build_dag(const Chain *chain, const Case *c, const Rows *rows, i64 most) {
    Dag *dag = room_for(NULL, 1, sizeof(Dag));
    memset(dag, 0, sizeof *dag);
    Builder b = {chain, c, rows, dag, NULL, NULL, 1 + chain->keep_width, 512, 2048, 0, 0};
    b.keys = room_for(NULL, b.node_space * b.width, sizeof(i64));
    dag->edge_ptr = room_for(NULL, b.node_space + 1, sizeof(i64));
    dag->edge = room_for(NULL, b.edge_space, sizeof(Edge));
    const i64 root[8] = {0};
    i64 start = new_node(&b, root);
    for (i64 k = 0; k < chain->length; k++) {
        const i64 stop = b.layer = dag->nodes;
        rehash(&b, max64(b.table_size, 256));
        for (i64 node = start; node < stop && dag->edges <= most; node++) {
            i64 key[8];
            memcpy(key, b.keys + node * b.width, sizeof(i64) * (size_t)b.width);
            dag->edge_ptr[node] = dag->edges;
            expand(&b, k, key);
        }
        start = stop;
    }
    dag->finals = start;
    for (i64 node = start; node <= dag->nodes; node++) dag->edge_ptr[node] = dag->edges;
    free(b.keys);
    free(b.table);
    if (dag->edges > most) {
        free_dag(dag);
        return NULL;
    }
    dag->until = room_for(NULL, dag->nodes, sizeof(i64));
    for (i64 half = 0; half < 3; half++) dag->togo[half] = room_for(NULL, dag->nodes, sizeof(i64));
    pay_back(chain, dag);
    return dag;
}

static i64 slot_at(const Case *c, i64 visit, i64 day, i64 t) {
    i64 slot = c->slot_ptr[c->shape[visit] * c->days + day];
    while (c->slot_t[slot] != t) slot++;
    return slot;
}

/* Gives the edges of a graph what they cost by now. Only prices may have changed since it was built: what is possible
 * at some price is possible at any. */
void reprice_dag(Dag *dag, const Chain *chain, const Case *c, const Rows *rows) {
    for (Edge *edge = dag->edge; edge < dag->edge + dag->edges; edge++) {
        const i64 visit = rows->visit[edge->row];
        if (edge->t < 0) edge->cost = rows->cost[edge->row * c->days + edge->day];
        else edge->cost = slot_least(c, visit, slot_at(c, visit, edge->day, edge->t), rows->mask + edge->row * c->width);
    }
    pay_back(chain, dag);
}

/* Twice the least cost of the chain with some halves of the finish. */
i64 togo_of(const Dag *dag, i64 half) { return dag->togo[half][0]; }

i64 edges_of(const Dag *dag) { return dag->edges; }
