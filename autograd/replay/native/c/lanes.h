/* A tape over many lanes: the same operations on many inputs at once, block by block.

A *lane* is one input; a block has up to BLOCK of them, in groups of 8. Every number of the tape is a vector over the lanes of a
block, in a slot that is used again for other numbers when nothing needs it any more. An operand is a slot, or a *uniform* number,
which is the same for all lanes: a parameter or a constant.

A program is written by lanes_write.h, once, and run by one of the files lanes_*.c, which are the same text (lanes_run.h) for
different instruction sets. Gradients by uniform numbers are summed over lanes in a declared order: 8 parts, of which part p adds
up the lanes p, p + 8, p + 16 and so on as they come, and then ((0+4) + (2+6)) + ((1+5) + (3+7)). So results are the same bit for
bit on every machine. */

#ifndef STEPGRAD_LANES_H
#define STEPGRAD_LANES_H

#include <stddef.h>
#include <stdint.h>

enum { BLOCK = 104, PARTS = 8 };

enum Source { UNIFORM, GATHER, COLUMN };   /* of an input: the pool; the pool, by lane; a column of the data */
enum Destination { SUMMED, SCATTER, ROW }; /* of a result: the pool, summed over lanes; the pool, by lane; a column of `out` */

typedef struct {
    int32_t value;           /* a slot, or the number of a uniform */
    int32_t bar;             /* the slot of its gradient, or the number of a uniform; -1 if none is wanted */
    int32_t column;          /* of an input: its column of the data */
    uint8_t uniform, store;  /* store: this is its first contribution */
    uint8_t last;            /* of a uniform: this is its last contribution */
} Ref;

/* of sums and dots; of the weights of a layer, if they are alike; of columns that are neighbours */
enum Flag { EXACT = 1, ALL_STORE = 2, ALL_LAST = 4, ALIKE = 8, IN_A_ROW = 16 };

typedef struct {
    uint16_t op, n; /* n: the outcome of a guard; what is said in enum Flag */
    int32_t refs, count;
    int32_t out, bar, kept; /* slots: of the result, of its gradient, and the first of its partials */
    int32_t where;          /* of an input or a result: which; of a guard its number */
} Item;

typedef struct {
    int32_t slots, uniforms; /* uniforms: those of the pool first, then constants */
    int32_t count; /* of items */
    Item *items;
    Ref *refs;
} LaneProgram;

/* The arrays of one call. */
typedef struct {
    int64_t lanes;
    int32_t block;          /* lanes of a block: a multiple of 8, at most BLOCK */
    const double *uniform;  /* their numbers */
    double *parts;          /* PARTS sums for every uniform; NULL without a reverse sweep */
    double *totals;         /* in the end their sums, where there are contributions */
    double *pool, *pool_bar;
    const int32_t *index;   /* for GATHER and SCATTER: column k is index[k * lanes] ... */
    const double *data;     /* rows of `width` numbers */
    double *data_bar;
    const int32_t *rows;    /* the row of each lane; NULL: its own number */
    int64_t width, out_width;
    double *out;
    const double *seeds;    /* for results that go to `out`; NULL: 1 each */
    int32_t *left;          /* per lane 0, or 1 + the number of a guard; NULL if there are no guards */
    double *sums;           /* PARTS sums for every result that is summed */
    double *memory;         /* slots */
} LaneCall;

/* Run the items from the first to the last over lanes [from, from + count) of a call. */
typedef void (*RunBlock)(const LaneProgram *, const LaneCall *, int64_t from, int32_t count);

typedef struct {
    const char *name;
    RunBlock run;
    int (*usable)(void);
} Isa;

#endif
