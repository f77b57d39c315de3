/* A tape as items for many lanes (lanes.h): which numbers need a slot, for how long, and in which one they lie. */

#ifndef STEPGRAD_LANES_WRITE_H
#define STEPGRAD_LANES_WRITE_H

#include "lanes.h"

/* The lists of rows, and what partials that are computed again read; the vectors themselves are not needed here. */
#define W 1
#ifdef _MSC_VER
#define __attribute__(x)
#endif
#include "rows.h"

#include "lane_rows.h"
#undef W
#include "lane_ops.h"

enum { NEEDS_OUT = 8, NEEDS_ALL = 15 };

typedef struct {
    const char *name;
    uint16_t arity, op, kept, back, needs; /* arity: 0 for any number; kept: 0 if partials are cheap */
} LaneRow;

#define CHEAP_LANES(NAME, ARITY) {#NAME, ARITY, L_##NAME, 0, L_BACK_##NAME, NEEDS_##NAME},
#define CHEAP_LANES_1(NAME) CHEAP_LANES(NAME, 1)
#define CHEAP_LANES_2(NAME) CHEAP_LANES(NAME, 2)
#define CHEAP_LANES_3(NAME) CHEAP_LANES(NAME, 3)
#define DEAR_LANES_1(NAME) {#NAME, 1, L_##NAME, L_KEPT_##NAME, L_BACK_KEPT, 0},
#define DEAR_LANES_2(NAME) {#NAME, 2, L_##NAME, L_KEPT_##NAME, L_BACK_KEPT, 0},

static const LaneRow lane_table[] = {
    LANE_CHEAP_1(CHEAP_LANES_1) LANE_CHEAP_2(CHEAP_LANES_2) LANE_CHEAP_3(CHEAP_LANES_3)
    LANE_DEAR_1(DEAR_LANES_1) LANE_DEAR_2(DEAR_LANES_2)
    {"sum", 0, L_SUM, 0, L_BACK_SUM, 0},
    {"mean", 0, L_MEAN, 0, L_BACK_MEAN, 0},
    {"dot", 0, L_DOT, 0, L_BACK_DOT, 7},
    {"maximum", 0, L_MAXIMUM, 0, L_BACK_SHARES, NEEDS_ALL},
    {"minimum", 0, L_MINIMUM, 0, L_BACK_SHARES, NEEDS_ALL},
    {"logsumexp", 0, L_LOGSUMEXP, L_LOGSUMEXP, L_BACK_KEPT, 0},
    {"detach", 1, L_DETACH, 0, L_DETACH, 0},
    {"pick", 0, L_PICK, 0, L_BACK_PICK, 7},
};

static const LaneRow *lane_row_named(const char *name) {
    for (size_t i = 0; i < sizeof lane_table / sizeof *lane_table; i++)
        if (strcmp(lane_table[i].name, name) == 0)
            return &lane_table[i];
    return NULL;
}

/* What a program is written from: the columns of a tape, and where its inputs come from and its results go. Operands are nodes,
or -1 - k for constant k. */
typedef struct {
    int32_t nodes, inputs, outputs, guards, constants;
    const uint16_t *op;
    const int64_t *start, *operands;
    const LaneRow **rows;
    const uint8_t *source, *wanted; /* per input: an enum Source; whether its gradient is wanted */
    const int32_t *from;            /* per input: a place in the pool, a column of the index, a column of the data */
    const uint8_t *destination;     /* per result: an enum Destination */
    const int32_t *to;
    const int64_t *output;
    const int64_t *guard;           /* per guard: relation (0 is <), left, right, outcome, after */
    int exact;                      /* sums with their rounding errors */
    /* found here: */
    int32_t uniforms;               /* inputs that are uniform, then constants */
    int32_t *uniform_of;            /* per input: its number among the uniforms; -1 */
    int32_t *pool_of;               /* per uniform that is an input: its place in the pool */
    uint8_t *needs;                 /* per node: whether its gradient is wanted */
} LaneSource;

typedef struct {
    const LaneSource *s;
    LaneProgram *p;
    int32_t items, refs, items_max, refs_max;
    int reverse;
    /* things that live in slots: the value of node i is thing i, its gradient thing nodes + i, its partials follow */
    int32_t things;
    int32_t *born, *dies, *slot, *kept_of, *count_of; /* count_of: how many slots in a row */
    uint8_t *begun; /* whether a gradient has had its first contribution; per node, then per uniform */
    uint8_t *reached;
    /* long sums take up their terms one by one, as they are computed; and where the gradient of such a sum is known before, a term
    goes back at once, with everything that nothing else waits for: its numbers are needed no more */
    int32_t *pending, *long_sum, *taken; /* contributions that are missing; the long sum that a node is a term of; terms taken */
    int32_t *ready, ready_count;         /* a heap of nodes that can go back, the last one on top */
    uint8_t *back;                       /* whether a node has gone back */
    int32_t *leader, *follower; /* of dots that are computed together: the first one, and the next one; -1 */
} Writer;

static int is_uniform(const LaneSource *s, int64_t o) { return o < 0 || (o < s->inputs && s->source[o] == UNIFORM); }

static int32_t number_of_uniform(const LaneSource *s, int64_t o) {
    return o < 0 ? s->uniforms - s->constants + (int32_t)(-1 - o) : s->uniform_of[o];
}

static Item *add_item(Writer *w, uint16_t op) {
    if (w->items == w->items_max) {
        int32_t more = w->items_max ? 2 * w->items_max : 64;
        Item *items = realloc(w->p->items, (size_t)more * sizeof *items);
        if (items == NULL)
            return NULL;
        w->p->items = items;
        w->items_max = more;
    }
    Item *item = &w->p->items[w->items++];
    memset(item, 0, sizeof *item);
    item->op = op;
    item->refs = w->refs;
    item->out = item->bar = item->kept = -1;
    return item;
}

static void lives(Writer *w, int32_t thing) {
    int32_t now = w->items - 1;
    if (w->born[thing] < 0)
        w->born[thing] = now;
    w->dies[thing] = now;
}

/* An operand of the item that has just been added. With `back` it receives a contribution; `read`: its number is used. */
static int add_ref(Writer *w, int64_t o, int back, int read) {
    const LaneSource *s = w->s;
    if (w->refs == w->refs_max) {
        int32_t more = w->refs_max ? 2 * w->refs_max : 128;
        Ref *refs = realloc(w->p->refs, (size_t)more * sizeof *refs);
        if (refs == NULL)
            return -1;
        w->p->refs = refs;
        w->refs_max = more;
    }
    Ref *r = &w->p->refs[w->refs++];
    int uniform = is_uniform(s, o), takes = back && o >= 0 && s->needs[o];
    r->uniform = (uint8_t)uniform;
    r->value = uniform ? number_of_uniform(s, o) : (int32_t)o; /* the thing: its slot is put in later */
    r->bar = takes ? (uniform ? r->value : s->nodes + (int32_t)o) : -1;
    r->column = 0;
    r->store = r->last = 0;
    if (takes) {
        uint8_t *begun = uniform ? &w->begun[s->nodes + r->value] : &w->begun[o];
        r->store = !*begun;
        *begun = 1;
        if (!uniform)
            lives(w, s->nodes + (int32_t)o);
    }
    if (!uniform && read)
        lives(w, (int32_t)o);
    return 0;
}

static int write_guard(Writer *w, int32_t g) {
    const int64_t *guard = w->s->guard + 5 * g;
    Item *item = add_item(w, (uint16_t)(L_LT + guard[0]));
    if (item == NULL)
        return -1;
    item->n = (uint16_t)guard[3];
    item->where = g;
    item->count = 2;
    return add_ref(w, guard[1], 0, 1) < 0 || add_ref(w, guard[2], 0, 1) < 0 ? -1 : 0;
}

static int32_t operands_of(const LaneSource *s, int32_t i) { return (int32_t)(s->start[i + 1] - s->start[i]); }

/* --- dots that are computed together --------------------------------------------------------------------------------- */

/* Whether the operands of dot i are uniform weights in equal steps, all with a gradient or none, numbers of lanes, and a uniform
bias. */
static int is_neuron(const LaneSource *s, int32_t i) {
    const int64_t *o = s->operands + s->start[i];
    int32_t n = operands_of(s, i), half = n / 2;
    if (s->rows[s->op[i]]->op != L_DOT || half < 2 || !is_uniform(s, o[n - 1]))
        return 0;
    int32_t step = is_uniform(s, o[0]) && is_uniform(s, o[1]) ? number_of_uniform(s, o[1]) - number_of_uniform(s, o[0]) : 0;
    for (int32_t k = 0; k < half; k++)
        if (!is_uniform(s, o[k]) || is_uniform(s, o[half + k]) ||
            number_of_uniform(s, o[k]) != number_of_uniform(s, o[0]) + k * step ||
            (o[k] >= 0 && s->needs[o[k]]) != (o[0] >= 0 && s->needs[o[0]]))
            return 0;
    return 1;
}

static int same_inputs(const LaneSource *s, int32_t i, int32_t j) {
    int32_t n = operands_of(s, i), half = n / 2;
    const int64_t *a = s->operands + s->start[i], *b = s->operands + s->start[j];
    return operands_of(s, j) == n && memcmp(a + half, b + half, (size_t)half * sizeof *a) == 0 &&
           (a[0] >= 0 && s->needs[a[0]]) == (b[0] >= 0 && s->needs[b[0]]);
}

/* Find them: all of them stand where the first of them stands, because all it needs is there. */
static int find_layers(Writer *w) {
    const LaneSource *s = w->s;
    int32_t *latest = malloc(((size_t)s->nodes + 1) * sizeof *latest), *last = malloc(((size_t)s->nodes + 1) * sizeof *last);
    for (int32_t i = 0; latest && last && i < s->nodes; i++)
        latest[i] = w->leader[i] = w->follower[i] = -1;
    for (int32_t i = s->inputs; latest && last && i < s->nodes; i++) {
        if (!is_neuron(s, i))
            continue;
        int64_t first = s->operands[s->start[i] + operands_of(s, i) / 2];
        int32_t leader = latest[first];
        if (leader >= 0 && same_inputs(s, leader, i)) {
            w->leader[leader] = w->leader[i] = leader;
            w->follower[last[leader]] = i;
            last[leader] = i;
        } else {
            latest[first] = i;
            last[i] = i;
        }
    }
    int done = latest && last ? 0 : -1;
    free(latest), free(last);
    return done;
}

/* The numbers, or with `back` the gradients, of all dots together with `leader`. */
static int write_layer(Writer *w, int32_t leader, int back) {
    const LaneSource *s = w->s;
    int32_t n = operands_of(s, leader), half = n / 2, count = 0, at = w->items;
    for (int32_t i = leader; i >= 0; i = w->follower[i])
        count += !back || w->begun[i];
    if (count == 0)
        return 0;
    Item *item = add_item(w, back ? L_BACK_MATMUL : L_MATMUL);
    if (item == NULL)
        return -1;
    item->n = s->exact ? EXACT : 0;
    item->count = count;
    item->where = half;
    for (int32_t k = 0; k < half; k++)
        if (add_ref(w, s->operands[s->start[leader] + half + k], back, 1) < 0)
            return -1;
    for (int32_t i = leader; i >= 0; i = w->follower[i]) {
        if (back && !w->begun[i])
            continue;
        const int64_t *o = s->operands + s->start[i];
        if (add_ref(w, i, 0, 0) < 0)
            return -1;
        Ref *z = &w->p->refs[w->refs - 1];
        if (back) {
            z->bar = s->nodes + i;
            lives(w, s->nodes + i);
        } else
            lives(w, i);
        if (add_ref(w, o[n - 1], back, 1) < 0)
            return -1;
        for (int32_t k = 0; k < half; k++)
            if (add_ref(w, o[k], back, 1) < 0)
                return -1;
    }
    w->p->items[at].count = count;
    return 0;
}

/* --- long sums ------------------------------------------------------------------------------------------------------- */

enum { LONG_SUM = 16 };

static int is_long_sum(const LaneSource *s, int32_t i) {
    return i >= s->inputs && s->rows[s->op[i]]->op == L_SUM && operands_of(s, i) >= LONG_SUM;
}

static void find_long_sums(Writer *w) {
    const LaneSource *s = w->s;
    for (int32_t i = 0; i < s->nodes; i++)
        w->long_sum[i] = -1;
    for (int32_t i = s->inputs; i < s->nodes; i++) {
        int last = s->rows[s->op[i]]->op == L_PICK;
        for (int64_t k = s->start[i]; k < s->start[i + 1]; k++) {
            int64_t o = s->operands[k];
            if (o >= s->inputs && is_long_sum(s, i))
                w->long_sum[o] = i; /* of the last one, if there are several */
            if (o >= 0 && w->reached[i] && s->needs[i] && s->needs[o] && !(last && k == s->start[i + 1] - 1) &&
                s->rows[s->op[i]]->op != L_DETACH)
                w->pending[o]++;
        }
    }
    for (int32_t k = 0; k < s->outputs; k++)
        if (s->output[k] >= 0)
            w->pending[s->output[k]]++;
}

/* Add a term to a long sum. */
static int take_term(Writer *w, int32_t sum, int64_t term) {
    Item *item = add_item(w, L_SUM_ADD);
    if (item == NULL)
        return -1;
    if (w->kept_of[sum] < 0)
        w->kept_of[sum] = w->things++;
    item->n = w->s->exact ? EXACT : 0;
    item->count = 1;
    item->out = sum;
    item->kept = w->kept_of[sum];
    item->where = w->taken[sum]++ > 0; /* whether there is a sum already */
    int32_t kept = item->kept;
    if (add_ref(w, term, 0, 1) < 0)
        return -1;
    lives(w, sum);
    lives(w, kept);
    return 0;
}

/* What is left of a long sum at its own place. */
static int end_sum(Writer *w, int32_t i) {
    const LaneSource *s = w->s;
    for (int64_t k = s->start[i]; k < s->start[i + 1]; k++) {
        int64_t o = s->operands[k];
        if (o >= s->inputs && w->long_sum[o] == i)
            w->long_sum[o] = -1; /* it has been taken, once */
        else if (take_term(w, i, o) < 0)
            return -1;
    }
    Item *item = add_item(w, L_SUM_END);
    if (item == NULL)
        return -1;
    item->n = s->exact ? EXACT : 0;
    item->out = i;
    item->kept = w->kept_of[i];
    int32_t kept = item->kept;
    w->kept_of[i] = -1;
    lives(w, i);
    lives(w, kept);
    return 0;
}

static void now_ready(Writer *w, int32_t i) {
    int32_t k = w->ready_count++;
    for (; k && w->ready[(k - 1) / 2] < i; k = (k - 1) / 2)
        w->ready[k] = w->ready[(k - 1) / 2];
    w->ready[k] = i;
}

static int32_t last_ready(Writer *w) {
    int32_t top = w->ready[0], i = w->ready[--w->ready_count], k = 0;
    for (;;) {
        int32_t child = 2 * k + 1;
        if (child >= w->ready_count)
            break;
        if (child + 1 < w->ready_count && w->ready[child + 1] > w->ready[child])
            child++;
        if (w->ready[child] <= i)
            break;
        w->ready[k] = w->ready[child];
        k = child;
    }
    w->ready[k] = i;
    return top;
}

/* The contribution of node i to its operands has been written. */
static void has_gone_back(Writer *w, int32_t i) {
    const LaneSource *s = w->s;
    w->back[i] = 1;
    const LaneRow *row = s->rows[s->op[i]];
    for (int64_t k = s->start[i]; k < s->start[i + 1] - (row->op == L_PICK); k++) {
        int64_t o = s->operands[k];
        if (o >= s->inputs && row->op != L_DETACH && s->needs[o] && --w->pending[o] == 0 && !w->back[o] && w->leader[o] < 0)
            now_ready(w, (int32_t)o);
    }
}

static int write_back(Writer *w, int32_t i);

/* Node i has been computed: the long sum that it is a term of takes it up, and it goes back if it can. */
static int go_on(Writer *w, int32_t i) {
    const LaneSource *s = w->s;
    int32_t sum = w->long_sum[i];
    if (sum < 0)
        return 0;
    if (take_term(w, sum, i) < 0)
        return -1;
    if (!w->reverse || !s->needs[i] || !w->reached[i] || !w->begun[sum] || w->pending[sum] != 0 || w->pending[i] != 1 ||
        w->leader[i] >= 0)
        return 0;
    Item *item = add_item(w, L_BACK_SUM);
    if (item == NULL)
        return -1;
    item->count = 1;
    item->bar = s->nodes + sum;
    if (add_ref(w, i, 1, 0) < 0)
        return -1;
    lives(w, s->nodes + sum);
    w->pending[i] = 0;
    w->ready_count = 0;
    now_ready(w, i);
    while (w->ready_count) {
        int32_t next = last_ready(w);
        if (write_back(w, next) < 0)
            return -1;
        has_gone_back(w, next);
    }
    return 0;
}

static int write_node(Writer *w, int32_t i) {
    const LaneSource *s = w->s;
    const LaneRow *row = s->rows[s->op[i]];
    if (is_long_sum(s, i))
        return end_sum(w, i);
    if (w->leader[i] >= 0)
        return w->leader[i] == i ? write_layer(w, i, 0) : 0;
    int keeps = w->reverse && row->kept && s->needs[i] && w->reached[i];
    Item *item = add_item(w, keeps ? row->kept : row->op);
    if (item == NULL)
        return -1;
    item->n = s->exact ? EXACT : 0;
    item->count = operands_of(s, i);
    item->out = i;
    if (keeps) {
        item->kept = w->kept_of[i] = w->things;
        w->count_of[w->things] = item->count;
        w->things++;
    }
    int32_t kept = item->kept;
    for (int64_t k = s->start[i]; k < s->start[i + 1]; k++)
        if (add_ref(w, s->operands[k], 0, 1) < 0)
            return -1;
    lives(w, i);
    if (kept >= 0)
        lives(w, kept);
    return 0;
}

static int write_back(Writer *w, int32_t i) {
    const LaneSource *s = w->s;
    const LaneRow *row = s->rows[s->op[i]];
    if (w->back[i])
        return 0;
    if (w->leader[i] >= 0)
        return w->leader[i] == i ? write_layer(w, i, 1) : 0;
    if (!w->begun[i])
        return 0;
    Item *item = add_item(w, row->back);
    if (item == NULL)
        return -1;
    item->n = s->exact ? EXACT : 0;
    item->count = operands_of(s, i);
    item->out = i;
    item->bar = s->nodes + i;
    item->kept = w->kept_of[i];
    int32_t kept = item->kept, item_count = item->count, half = item_count / 2;
    for (int32_t k = 0; k < operands_of(s, i); k++) {
        int64_t o = s->operands[s->start[i] + k];
        int read = row->arity ? row->needs >> k & 1 : row->needs != 0;
        if (row->back == L_BACK_DOT) { /* a factor is read if the other one has a gradient */
            int64_t other = k < half ? s->operands[s->start[i] + half + k] : k < 2 * half ? s->operands[s->start[i] + k - half] : -1;
            read = other >= 0 && s->needs[other];
        }
        if (is_long_sum(s, i) && o >= s->inputs && w->back[o])
            continue; /* it has gone back */
        int index = row->back == L_BACK_PICK && k == item_count - 1; /* has no gradient */
        if (add_ref(w, o, !index, read) < 0)
            return -1;
    }
    if (is_long_sum(s, i))
        w->p->items[w->items - 1].count = w->refs - w->p->items[w->items - 1].refs;
    lives(w, s->nodes + i);
    if (row->needs & NEEDS_OUT)
        lives(w, i);
    if (kept >= 0)
        lives(w, kept);
    return 0;
}

/* Results that depend on an input whose gradient is wanted send theirs back. */
static void find_reached(Writer *w) {
    const LaneSource *s = w->s;
    for (int32_t k = 0; k < s->outputs; k++)
        if (s->output[k] >= 0)
            w->reached[s->output[k]] = 1;
    for (int32_t i = s->nodes - 1; i >= s->inputs; i--)
        if (w->reached[i])
            for (int64_t k = s->start[i]; k < s->start[i + 1]; k++)
                if (s->operands[k] >= 0)
                    w->reached[s->operands[k]] = 1;
}

static int write_items(Writer *w) {
    const LaneSource *s = w->s;
    int32_t g = 0, sum = 0;
    Item *columns = NULL;
    for (int32_t i = 0; i < s->inputs; i++)
        if (s->source[i] == COLUMN) {
            if (columns == NULL && (columns = add_item(w, L_COLUMNS)) == NULL)
                return -1;
            if (add_ref(w, i, 0, 1) < 0)
                return -1;
            Ref *r = &w->p->refs[w->refs - 1];
            r->column = s->from[i];
            if (columns->count++ == 0)
                columns->n = IN_A_ROW;
            else if (r->column != r[-1].column + 1)
                columns->n = 0;
        }
    for (int32_t i = 0; i < s->inputs; i++) {
        if (s->source[i] != GATHER)
            continue;
        Item *item = add_item(w, L_GATHER);
        if (item == NULL)
            return -1;
        item->out = i;
        item->where = s->from[i];
        lives(w, i);
    }
    for (int32_t k = 0; w->reverse && k < s->outputs; k++) {
        if (s->output[k] < 0 || !s->needs[s->output[k]])
            continue;
        Item *item = add_item(w, (uint16_t)(L_SEED_SUMMED + s->destination[k]));
        if (item == NULL)
            return -1;
        item->where = s->to[k];
        item->count = 1;
        if (add_ref(w, s->output[k], 1, 0) < 0)
            return -1;
        w->pending[s->output[k]]--;
    }
    for (int32_t i = s->inputs; i <= s->nodes; i++) {
        for (; g < s->guards && (s->guard[5 * g + 4] <= i || i == s->nodes); g++)
            if (write_guard(w, g) < 0)
                return -1;
        if (i < s->nodes && (write_node(w, i) < 0 || go_on(w, i) < 0))
            return -1;
    }
    for (int32_t k = 0; k < s->outputs; k++) {
        Item *item = add_item(w, (uint16_t)(L_SUMMED + s->destination[k]));
        if (item == NULL)
            return -1;
        item->where = s->to[k];
        item->kept = s->destination[k] == SUMMED ? -2 - sum++ : -1; /* no slot: the number of a sum */
        item->count = 1;
        if (add_ref(w, s->output[k], 0, 1) < 0)
            return -1;
    }
    if (!w->reverse)
        return 0;
    for (int32_t i = s->nodes - 1; i >= s->inputs; i--)
        if (write_back(w, i) < 0)
            return -1;
    for (int32_t i = s->inputs - 1; i >= 0; i--) {
        if (s->source[i] == UNIFORM || !w->begun[i])
            continue;
        Item *item = add_item(w, s->source[i] == GATHER ? L_BAR_GATHER : L_BAR_COLUMN);
        if (item == NULL)
            return -1;
        item->bar = s->nodes + i;
        item->where = s->from[i];
        lives(w, s->nodes + i);
    }
    return 0;
}

/* Slots: at every item, those who are born get one that is free, then those who die give theirs back. What needs several in a row
gets them at the end, and keeps them. */
static int give_slots(Writer *w) {
    int32_t n = w->items, *first = malloc(((size_t)n + 1) * sizeof *first), *next = malloc((size_t)w->things * sizeof *next + 4);
    int32_t *ends = malloc(((size_t)n + 1) * sizeof *ends), *after = malloc((size_t)w->things * sizeof *after + 4);
    int32_t *free_slots = malloc((size_t)w->things * sizeof *free_slots + 4), count = 0, slots = 0;
    if (!first || !next || !ends || !after || !free_slots) {
        free(first), free(next), free(ends), free(after), free(free_slots);
        return -1;
    }
    for (int32_t k = 0; k <= n; k++)
        first[k] = ends[k] = -1;
    for (int32_t t = w->things - 1; t >= 0; t--) {
        if (w->born[t] < 0)
            continue;
        next[t] = first[w->born[t]];
        first[w->born[t]] = t;
        after[t] = ends[w->dies[t]];
        ends[w->dies[t]] = t;
    }
    for (int32_t k = 0; k < n; k++) {
        for (int32_t t = first[k]; t >= 0; t = next[t]) {
            if (w->count_of[t] > 1) {
                w->slot[t] = slots;
                slots += w->count_of[t];
            } else
                w->slot[t] = count ? free_slots[--count] : slots++;
        }
        for (int32_t t = ends[k]; t >= 0; t = after[t])
            if (w->count_of[t] <= 1)
                free_slots[count++] = w->slot[t];
    }
    w->p->slots = slots ? slots : 1;
    free(first), free(next), free(ends), free(after), free(free_slots);
    return 0;
}

static void put_in_slots(Writer *w) {
    memset(w->begun, 0, (size_t)w->s->nodes + (size_t)w->s->uniforms);
    for (int32_t k = w->refs - 1; k >= 0; k--) {
        Ref *r = &w->p->refs[k];
        if (r->uniform && r->bar >= 0) {
            r->last = !w->begun[r->bar];
            w->begun[r->bar] = 1;
        }
    }
    for (int32_t k = 0; k < w->items; k++) {
        Item *item = &w->p->items[k];
        if (item->op != L_BACK_MATMUL)
            continue;
        const Ref *refs = w->p->refs + item->refs + item->where;
        int alike = 1;
        for (int32_t j = 0; j < item->count; j++)
            for (int32_t i = 0; i < item->where; i++) {
                const Ref *one = &refs[j * (item->where + 2) + 2 + i];
                alike &= one->store == refs[2].store && one->last == refs[2].last;
            }
        item->n |= (uint16_t)((alike ? ALIKE : 0) | (refs[2].store ? ALL_STORE : 0) | (refs[2].last ? ALL_LAST : 0));
    }
    for (int32_t k = 0; k < w->items; k++) {
        Item *item = &w->p->items[k];
        item->out = item->out >= 0 ? w->slot[item->out] : -1;
        item->bar = item->bar >= 0 ? w->slot[item->bar] : -1;
        item->kept = item->kept >= 0 ? w->slot[item->kept] : item->kept < -1 ? -2 - item->kept : -1;
    }
    for (int32_t k = 0; k < w->refs; k++) {
        Ref *r = &w->p->refs[k];
        if (!r->uniform) {
            r->value = w->slot[r->value];
            r->bar = r->bar >= 0 ? w->slot[r->bar] : -1;
        }
    }
}

static void free_lane_program(LaneProgram *p) {
    free(p->items);
    free(p->refs);
    memset(p, 0, sizeof *p);
}

/* Write a program; -1 if there is no memory. */
static int write_lanes(const LaneSource *s, LaneProgram *p, int reverse) {
    size_t most = 3 * (size_t)s->nodes + 1;
    Writer w;
    memset(&w, 0, sizeof w);
    memset(p, 0, sizeof *p);
    w.s = s;
    w.p = p;
    w.reverse = reverse;
    w.things = 2 * s->nodes;
    w.born = malloc(most * sizeof *w.born);
    w.dies = malloc(most * sizeof *w.dies);
    w.slot = calloc(most, sizeof *w.slot);
    w.kept_of = malloc(most * sizeof *w.kept_of);
    w.count_of = calloc(most, sizeof *w.count_of);
    w.begun = calloc((size_t)s->nodes + (size_t)s->uniforms + 1, 1);
    w.reached = calloc((size_t)s->nodes + 1, 1);
    int done = -1;
    w.pending = calloc((size_t)s->nodes + 1, sizeof *w.pending);
    w.long_sum = malloc(((size_t)s->nodes + 1) * sizeof *w.long_sum);
    w.taken = calloc((size_t)s->nodes + 1, sizeof *w.taken);
    w.ready = malloc(((size_t)s->nodes + 1) * sizeof *w.ready);
    w.back = calloc((size_t)s->nodes + 1, 1);
    w.leader = malloc(((size_t)s->nodes + 1) * sizeof *w.leader);
    w.follower = malloc(((size_t)s->nodes + 1) * sizeof *w.follower);
    if (w.born && w.dies && w.slot && w.kept_of && w.count_of && w.begun && w.reached && w.leader && w.follower && w.pending &&
        w.long_sum && w.taken && w.ready && w.back &&
        find_layers(&w) == 0) {
        for (size_t k = 0; k < most; k++)
            w.born[k] = w.dies[k] = w.kept_of[k] = -1;
        find_reached(&w);
        find_long_sums(&w);
        if (write_items(&w) == 0 && give_slots(&w) == 0) {
            p->count = w.items;
            put_in_slots(&w);
            p->uniforms = s->uniforms;
            done = 0;
        }
    }
    free(w.born), free(w.dies), free(w.slot), free(w.kept_of), free(w.count_of), free(w.begun), free(w.reached),
        free(w.leader), free(w.follower), free(w.pending), free(w.long_sum), free(w.taken), free(w.ready), free(w.back);
    if (done < 0)
        free_lane_program(p);
    return done;
}

#endif
