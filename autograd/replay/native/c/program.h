/* A tape as instructions: one for every node, in order, over an array of numbers.

The array holds the constants, then the nodes of the tape, inputs first. Three sorts of sweeps are written for a tape:

    value       the numbers of all nodes, and the guards at their places
    forward     the same, and the partials that are dear (rows.h) are kept
    reverse     for one output: what each node adds to the gradients of its operands, from the last node that the output depends
                on to the first

A row of the table that has no rule in C is an instruction too, at which the interpreter stops and asks Python. */

#ifndef STEPGRAD_PROGRAM_H
#define STEPGRAD_PROGRAM_H

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum { SOLE_FIRST = 1, SOLE_SECOND, BOTH }; /* which of two operands has a gradient */

#define OF_ONE(NAME) F_##NAME,
#define OF_TWO(NAME) F_##NAME,
#define KEPT_ONE(NAME) K_##NAME,
#define KEPT_TWO(NAME) K_##NAME, K_##NAME##_2, K_##NAME##_12,
#define BACK_TWO(NAME) R_##NAME, R_##NAME##_2, R_##NAME##_12,
#define BACK_ONE(NAME) R_##NAME,

/* --- the instructions --------------------------------------------------------------------------------------------- */

enum Forward {
    F_END,
    F_PAUSE, /* time to look for Control-C */
    F_CALL,  /* ask Python for the number of a row ... */
    K_CALL,  /* ... and for its partials */
    F_LT, F_LE, F_GT, F_GE, F_EQ, F_NE, F_IS, /* guards */
    F_SUM, F_MEAN, F_DOT, F_MAXIMUM, F_MINIMUM, F_LOGSUMEXP, K_LOGSUMEXP,
    F_POW_2, /* to the power of the constant 2, whose partial is cheap */
    F_DETACH, /* the number of its operand, which gets no gradient */
    CHEAP_1(OF_ONE) DEAR_1(OF_ONE) CHEAP_2(OF_TWO) DEAR_2(OF_TWO) CHEAP_3(OF_ONE)
    DEAR_1(KEPT_ONE) DEAR_2(KEPT_TWO)
    FORWARD_COUNT
};

enum Reverse {
    R_END,
    R_PAUSE,
    R_KEPT_1, R_KEPT_2, R_KEPT_N, /* by partials that the forward sweep has kept */
    R_SUM, R_MEAN, R_DOT, R_SHARES, R_POW_2,
    CHEAP_1(BACK_ONE) CHEAP_2(BACK_TWO) CHEAP_3(BACK_ONE)
    REVERSE_COUNT
};

typedef struct {
    uint16_t op, n; /* n: the outcome of a guard, or the number of a name that Python is asked for */
    int32_t out;    /* where the result goes; of a guard, its number */
    int32_t a, b;   /* operands; of many operands, the first place in the pool and how many */
    int32_t d;      /* the first of the partials that are kept; the third operand */
} Code;

enum { PAUSE_EVERY = 1 << 18, LONG = 1 << 14 };

typedef struct {
    int32_t first, slots;    /* where the nodes begin, which is the number of constants; and all */
    int32_t inputs, kept;    /* the number of inputs, and of partials that are kept */
    int32_t outputs, asking; /* asking: how many rows Python is asked for */
    double *constants;
    int32_t *pool;           /* the operands of all nodes, as places in the array */
    int32_t *output;         /* the places of the results */
    Code *value, *forward;
    Code **reverse;          /* by output */
    int32_t **idle;          /* by output the inputs that it does not depend on, -1 after the last */
    int32_t length;          /* of `value`, to know whether it takes long */
} Program;

/* --- names of rows to instructions -------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    uint16_t arity, forward, kept, reverse; /* kept: 0 if partials are cheap; arity: 0 for any number */
} Row;

#define ROW(NAME, ARITY) {#NAME, ARITY, F_##NAME, 0, R_##NAME},
#define ROW_1(NAME) ROW(NAME, 1)
#define ROW_2(NAME) ROW(NAME, 2)
#define ROW_3(NAME) ROW(NAME, 3)
#define KEEPS_1(NAME) {#NAME, 1, F_##NAME, K_##NAME, R_KEPT_1},
#define KEEPS_2(NAME) {#NAME, 2, F_##NAME, K_##NAME, R_KEPT_2},

static const Row table_rows[] = {
    CHEAP_1(ROW_1) CHEAP_2(ROW_2) CHEAP_3(ROW_3) DEAR_1(KEEPS_1) DEAR_2(KEEPS_2)
    {"sum", 0, F_SUM, 0, R_SUM},
    {"mean", 0, F_MEAN, 0, R_MEAN},
    {"dot", 0, F_DOT, 0, R_DOT},
    {"maximum", 0, F_MAXIMUM, 0, R_SHARES},
    {"minimum", 0, F_MINIMUM, 0, R_SHARES},
    {"logsumexp", 0, F_LOGSUMEXP, K_LOGSUMEXP, R_KEPT_N},
    {"detach", 1, F_DETACH, 0, R_END},
};

static const Row to_2 = {"pow", 2, F_POW_2, 0, R_POW_2};
static const Row asked = {"", 0, F_CALL, K_CALL, R_KEPT_N};

static const Row *row_named(const char *name) {
    for (size_t i = 0; i < sizeof table_rows / sizeof *table_rows; i++)
        if (strcmp(table_rows[i].name, name) == 0)
            return &table_rows[i];
    return &asked;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

typedef struct {
    uint16_t op, outcome;
    int32_t left, right, after; /* places in the array; how many nodes come before it */
} Guard;

/* The columns of a tape, as they were handed over and found to be sound. */
typedef struct {
    Py_ssize_t nodes, guards;
    const uint16_t *op;
    const int64_t *start;
    const Row **rows; /* by number of a name */
    const Guard *guard;
    unsigned char *wanted; /* by node: whether its gradient is needed */
} Columns;

static void free_program(Program *p) {
    free(p->constants);
    free(p->pool);
    free(p->output);
    free(p->value);
    free(p->forward);
    if (p->reverse != NULL)
        for (int32_t k = 0; k < p->outputs; k++)
            free(p->reverse[k]);
    if (p->idle != NULL)
        for (int32_t k = 0; k < p->outputs; k++)
            free(p->idle[k]);
    free(p->idle);
    free(p->reverse);
    memset(p, 0, sizeof *p);
}

/* The row of node i: that of its name, but for what is quicker with a certain constant. */
static const Row *row_of(const Program *p, const Columns *c, Py_ssize_t i) {
    const Row *row = c->rows[c->op[i]];
    if (row->forward == F_pow) {
        int32_t exponent = p->pool[c->start[i] + 1];
        if (exponent < p->first && p->constants[exponent] == 2.0)
            return &to_2;
    }
    return row;
}

/* The instruction of node i in a forward sweep. */
static Code instruction(const Program *p, const Columns *c, Py_ssize_t i, int keeping, int32_t kept) {
    const Row *row = row_of(p, c, i);
    int32_t start = (int32_t)c->start[i], count = (int32_t)(c->start[i + 1] - c->start[i]);
    const int32_t *operands = p->pool + start;
    Code code = {row->forward, c->op[i], p->first + (int32_t)i, start, count, kept};
    if (row->arity) {
        code.a = operands[0];
        code.b = count > 1 ? operands[1] : 0;
        if (count > 2)
            code.d = operands[2];
    }
    if (keeping && row->kept) {
        code.op = row->kept;
        if (row->arity == 2)
            code.op += (uint16_t)((c->wanted[operands[0]] ? SOLE_FIRST : 0) + (c->wanted[operands[1]] ? SOLE_SECOND : 0) - 1);
    }
    return code;
}

/* How many partials node i keeps. */
static int32_t keeps(const Program *p, const Columns *c, Py_ssize_t i) {
    const Row *row = row_of(p, c, i);
    const int32_t *operands = p->pool + c->start[i];
    if (!row->kept || !c->wanted[p->first + i])
        return 0;
    return row->arity == 2 ? c->wanted[operands[0]] + c->wanted[operands[1]]
                           : (int32_t)(c->start[i + 1] - c->start[i]);
}

/* A forward sweep; NULL if there is no memory. Its length is put into *length. */
static Code *write_forward(const Program *p, const Columns *c, int keeping, int32_t *length) {
    size_t most = (size_t)(c->nodes - p->inputs + c->guards), pauses = most / PAUSE_EVERY;
    Code *code = malloc((most + pauses + 1) * sizeof *code), *at = code;
    if (code == NULL)
        return NULL;
    Py_ssize_t g = 0;
    int32_t kept = 0, steps = 0;
    for (Py_ssize_t i = p->inputs; i <= c->nodes; i++) {
        for (; g < c->guards && (c->guard[g].after <= i || i == c->nodes); g++)
            *at++ = (Code){c->guard[g].op, c->guard[g].outcome, (int32_t)g, c->guard[g].left, c->guard[g].right, 0};
        if (i == c->nodes)
            break;
        int32_t more = keeps(p, c, i);
        *at++ = instruction(p, c, i, keeping && more, kept);
        kept += more;
        if (++steps == PAUSE_EVERY) {
            *at++ = (Code){F_PAUSE, 0, 0, 0, 0, 0};
            steps = 0;
        }
    }
    *at = (Code){F_END, 0, 0, 0, 0, 0};
    *length = (int32_t)(at - code);
    return code;
}

/* The nodes that an output depends on, parents first, in the engine's order from that root; -1 if there is no memory. */
static int64_t order_from(const Program *p, const Columns *c, int32_t output, int32_t *order) {
    int64_t depth = 0, count = 0, root = output - p->first;
    unsigned char *state = calloc((size_t)c->nodes + 1, 1); /* 1 while the parents of a node are being done, then 2 */
    int32_t *stack = malloc(((size_t)c->start[c->nodes] + (size_t)c->nodes + 1) * sizeof *stack);
    if (state == NULL || stack == NULL)
        count = -1;
    else if (root >= p->inputs)
        stack[depth++] = (int32_t)root;
    while (depth > 0) {
        int32_t v = stack[--depth];
        if (state[v] == 1)
            order[count++] = v;
        if (state[v] != 0) {
            state[v] = 2;
            continue;
        }
        state[v] = 1;
        stack[depth++] = v;
        if (row_of(p, c, v)->forward != F_DETACH)
            for (int64_t k = c->start[v + 1] - 1; k >= c->start[v]; k--)
                if (p->pool[k] - p->first >= p->inputs && state[p->pool[k] - p->first] == 0)
                    stack[depth++] = p->pool[k] - p->first;
    }
    free(state);
    free(stack);
    return count;
}

/* The reverse sweep of an output, and the inputs that it does not reach; NULL if there is no memory. The tape is in the order of its
first output. */
static Code *write_reverse(const Program *p, const Columns *c, int32_t output, int32_t **idle) {
    size_t most = (size_t)(c->nodes - p->inputs);
    Code *code = malloc((most + most / PAUSE_EVERY + 1) * sizeof *code), *at = code;
    unsigned char *reached = calloc((size_t)p->slots, 1);
    int32_t *order = malloc((most + 1) * sizeof *order), *kept = malloc(((size_t)c->nodes + 1) * sizeof *kept);
    int64_t count = (int64_t)most;
    *idle = malloc(((size_t)p->inputs + 1) * sizeof **idle);
    if (order != NULL && output != p->output[0])
        count = order_from(p, c, output, order);
    else if (order != NULL)
        for (int64_t k = 0; k < count; k++)
            order[k] = (int32_t)(p->inputs + k);
    if (code == NULL || reached == NULL || order == NULL || kept == NULL || *idle == NULL || count < 0) {
        free(code);
        free(reached);
        free(order);
        free(kept);
        free(*idle);
        *idle = NULL;
        return NULL;
    }
    kept[p->inputs] = 0;
    for (int32_t i = p->inputs; i < c->nodes; i++)
        kept[i + 1] = kept[i] + keeps(p, c, i);
    int32_t steps = 0;
    reached[output] = 1;
    while (count > 0) {
        Py_ssize_t i = order[--count];
        if (!reached[p->first + i] || !c->wanted[p->first + i])
            continue;
        const Row *row = row_of(p, c, i);
        const int32_t *operands = p->pool + c->start[i];
        int32_t operand_count = (int32_t)(c->start[i + 1] - c->start[i]);
        for (int32_t k = 0; k < operand_count; k++)
            reached[operands[k]] = 1;
        *at = instruction(p, c, i, 0, kept[i]);
        at->op = row->reverse;
        if (row->arity == 2 && row->reverse != R_POW_2) {
            int which = (c->wanted[operands[0]] ? SOLE_FIRST : 0) + (c->wanted[operands[1]] ? SOLE_SECOND : 0);
            if (row->reverse != R_KEPT_2)
                at->op += (uint16_t)(which - 1);
            else if (which != BOTH) {
                at->op = R_KEPT_1;
                at->a = operands[which - 1];
            }
        }
        at++;
        if (++steps == PAUSE_EVERY) {
            *at++ = (Code){R_PAUSE, 0, 0, 0, 0, 0};
            steps = 0;
        }
    }
    free(order);
    free(kept);
    *at = (Code){R_END, 0, 0, 0, 0, 0};
    int32_t many = 0;
    for (int32_t i = 0; i < p->inputs; i++)
        if (!reached[p->first + i])
            (*idle)[many++] = p->first + i;
    (*idle)[many] = -1;
    free(reached);
    return code;
}

#endif
