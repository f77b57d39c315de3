/* Dots of the same numbers with different uniform weights, such as the neurons of a layer, all at once.

    z_j = b_j + w_j1 * x_1 + ... + w_jn * x_n

Several z and several vectors of lanes stay in registers, so that each x is read once for all of them. Every lane of every z is
added up in the order in which it is added up alone, so the bits are those of the single dots. `count` is the number of z, `where`
that of x; the operands are the x, then for each z itself, its bias and its weights, which lie in equal steps. */

#ifndef STEPGRAD_LANES_MATMUL_H
#define STEPGRAD_LANES_MATMUL_H

#ifdef __GNUC__
#define UNROLLED _Pragma("GCC unroll 8") /* or what is in arrays would not stay in registers */
#else
#define UNROLLED
#endif

enum { TALL = 4, LANES_WIDE = W == 8 ? 4 : 2 }; /* results, and vectors of lanes, in a tile */

typedef struct {
    const double *at;
    int32_t step;
} Weights;

static inline const Ref *neuron(const Item *p, const Ref *refs, int32_t j) { return refs + p->where + (size_t)j * (p->where + 2); }

static inline Weights weights_of(const LaneCall *c, const Item *p, const Ref *neuron) {
    const Weights w = {c->uniform + neuron[2].value, p->where > 1 ? neuron[3].value - neuron[2].value : 0};
    return w;
}

static inline __attribute__((always_inline)) void tile(const LaneCall *c, const Item *p, const Ref *refs, int32_t j0, int32_t i0,
                                                      const int tall, const int wide, const int exact) {
    vec s[TALL][LANES_WIDE], lost[TALL][LANES_WIDE];
    Weights w[TALL];
    UNROLLED
    for (int j = 0; j < tall; j++) {
        const Ref *z = neuron(p, refs, j0 + j);
        w[j] = weights_of(c, p, z);
        UNROLLED
        for (int i = 0; i < wide; i++) {
            s[j][i] = SPLAT(c->uniform[z[1].value]);
            lost[j][i] = SPLAT(0.0);
        }
    }
    for (int32_t k = 0; k < p->where; k++) {
        const vec *x = slot(c, refs[k].value) + i0;
        UNROLLED
        for (int j = 0; j < tall; j++) {
            const vec of_w = SPLAT(w[j].at[(int64_t)k * w[j].step]);
            UNROLLED
            for (int i = 0; i < wide; i++) {
                const vec product = of_w * x[i];
                if (exact) {
                    vec error;
                    s[j][i] = v_two_sum(s[j][i], product, &error);
                    lost[j][i] += error;
                } else
                    s[j][i] += product;
            }
        }
    }
    UNROLLED
    for (int j = 0; j < tall; j++) {
        vec *out = slot(c, neuron(p, refs, j0 + j)[0].value) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++)
            out[i] = exact ? sel(lost[j][i] == lost[j][i], s[j][i] + lost[j][i], s[j][i]) : s[j][i];
    }
}

/* The same with sums that are exact but for their last rounding, at little more than half the price of an error for each addition.
A sum of `raised` and a product is the product rounded to a multiple of the last place of `raised`, if that is larger than all sums
can become; such multiples are whole numbers, which are added up as whole numbers, and what the rounding has left is added up
beside. `top` is the largest |x| of each lane, `top_w` the largest |w| of each result. 0 if a number is too large, too small or no
number: then nothing has been written. */

#if W == 1
typedef uint64_t uvec;
#else
typedef uint64_t uvec __attribute__((vector_size(8 * W)));
#endif

static inline __attribute__((always_inline)) int split_tile(const LaneCall *c, const Item *p, const Ref *refs, const vec *top,
                                                           const double *top_w, int32_t j0, int32_t i0, const int tall,
                                                           const int wide) {
    vec raised[TALL][LANES_WIDE], rest[TALL][LANES_WIDE];
    uvec whole[TALL][LANES_WIDE];
    Weights w[TALL];
    const vec many = SPLAT(4.0 * (double)(p->where + 1));
    mask fits = SPLAT(0.0) == SPLAT(0.0);
    UNROLLED
    for (int j = 0; j < tall; j++) {
        const Ref *z = neuron(p, refs, j0 + j);
        const vec bias = SPLAT(c->uniform[z[1].value]);
        w[j] = weights_of(c, p, z);
        UNROLLED
        for (int i = 0; i < wide; i++) {
            const vec most = (SPLAT(top_w[j0 + j]) * top[i0 + i] + v_abs(bias)) * many;
            fits = fits & (most < SPLAT(1e290)) & (most > SPLAT(1e-250));
            raised[j][i] = of_bits((bits_of(most) & BITS(0x7ff0000000000000)) + BITS(0x0018000000000000));
            const vec sum = raised[j][i] + bias;
            whole[j][i] = (uvec)bits_of(sum);
            rest[j][i] = bias - (sum - raised[j][i]);
        }
    }
    if (any((mask)(~(ivec)fits & BITS(W == 1 ? 1 : -1))))
        return 0;
    for (int32_t k = 0; k < p->where; k++) {
        const vec *x = slot(c, refs[k].value) + i0;
        UNROLLED
        for (int j = 0; j < tall; j++) {
            const vec of_w = SPLAT(w[j].at[(int64_t)k * w[j].step]);
            UNROLLED
            for (int i = 0; i < wide; i++) {
                const vec product = of_w * x[i], sum = raised[j][i] + product;
                whole[j][i] += (uvec)bits_of(sum);
                rest[j][i] += product - (sum - raised[j][i]);
            }
        }
    }
    UNROLLED
    for (int j = 0; j < tall; j++) {
        vec *out = slot(c, neuron(p, refs, j0 + j)[0].value) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++) {
            const uvec base = (uvec)bits_of(raised[j][i]) * (uint64_t)p->where;
            out[i] = (of_bits((ivec)(whole[j][i] - base)) - raised[j][i]) + rest[j][i];
        }
    }
    return 1;
}

/* The largest sizes of x in each lane, and of the weights of each result. */
static void largest_sizes(const LaneCall *c, const Item *p, const Ref *refs, const Extent e, vec *top, double *top_w) {
    for (int32_t i = 0; i < e.n; i++)
        top[i] = SPLAT(0.0);
    for (int32_t k = 0; k < p->where; k++) {
        const vec *x = slot(c, refs[k].value);
        for (int32_t i = 0; i < e.n; i++) {
            const vec size = v_abs(x[i]);
            top[i] = sel(top[i] >= size, top[i], size); /* a nan stays, or comes */
        }
    }
    for (int32_t j = 0; j < p->count; j++) {
        const Weights w = weights_of(c, p, neuron(p, refs, j));
        double most = 0.0;
        for (int32_t k = 0; k < p->where; k++) {
            const double size = fabs(w.at[(int64_t)k * w.step]);
            most = most >= size ? most : size;
        }
        top_w[j] = most;
    }
}

#define TILES(TALL_, WIDE_, EXACT) tile(c, p, refs, j, i, TALL_, WIDE_, EXACT)
enum { MOST_SPLIT = 1024 }; /* results whose largest weights have room on the stack */

static void run_matmul(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    vec top[BLOCK / W];
    double top_w[MOST_SPLIT];
    int32_t i = 0;
    const int split = p->n & EXACT && p->count <= MOST_SPLIT;
    if (split)
        largest_sizes(c, p, refs, e, top, top_w);
    for (; i + LANES_WIDE <= e.n; i += LANES_WIDE) {
        int32_t j = 0;
        if (p->n & EXACT) {
            for (; j + TALL / 2 <= p->count; j += TALL / 2)
                if (!split || !split_tile(c, p, refs, top, top_w, j, i, TALL / 2, LANES_WIDE))
                    TILES(TALL / 2, LANES_WIDE, 1);
            for (; j < p->count; j++)
                if (!split || !split_tile(c, p, refs, top, top_w, j, i, 1, LANES_WIDE))
                    TILES(1, LANES_WIDE, 1);
        } else {
            for (; j + TALL <= p->count; j += TALL)
                TILES(TALL, LANES_WIDE, 0);
            for (; j < p->count; j++)
                TILES(1, LANES_WIDE, 0);
        }
    }
    for (; i < e.n; i++)
        for (int32_t j = 0; j < p->count; j++) {
            if (!(p->n & EXACT))
                TILES(1, 1, 0);
            else if (!split || !split_tile(c, p, refs, top, top_w, j, i, 1, 1))
                TILES(1, 1, 1);
        }
}

/* The gradients of the weights of `tall` results by `wide` x: sums over lanes, in the declared order. */
static inline __attribute__((always_inline)) void weights_tile(const LaneCall *c, const Item *p, const Ref *refs, const Extent e,
                                                              int32_t j0, int32_t k0, const int tall, const int wide) {
    vec s[TALL][TALL][PER_GROUP];
    const vec *bar[TALL], *x[TALL];
    int32_t first[TALL], step[TALL];
    vec *parts[TALL][TALL];
    double *total[TALL][TALL];
    UNROLLED
    for (int j = 0; j < tall; j++) {
        const Ref *z = neuron(p, refs, j0 + j);
        bar[j] = slot(c, z[0].bar);
        first[j] = z[2].bar;
        step[j] = p->where > 1 ? z[3].bar - z[2].bar : 0;
    }
    UNROLLED
    for (int k = 0; k < wide; k++)
        x[k] = slot(c, refs[k0 + k].value);
    UNROLLED
    for (int j = 0; j < tall; j++)
        UNROLLED
        for (int k = 0; k < wide; k++) {
            int store = p->n & ALL_STORE, last = p->n & ALL_LAST;
            int64_t at = first[j] + (int64_t)(k0 + k) * step[j];
            if (!(p->n & ALIKE)) {
                const Ref w = neuron(p, refs, j0 + j)[2 + k0 + k];
                store = w.store, last = w.last;
            }
            parts[j][k] = (vec *)(c->parts + at * PARTS);
            total[j][k] = e.last && last ? &c->totals[at] : NULL;
            UNROLLED
            for (int q = 0; q < PER_GROUP; q++)
                s[j][k][q] = store && e.first ? SPLAT(0.0) : parts[j][k][q];
        }
    for (int32_t i = 0; i < e.full; i += PER_GROUP)
        UNROLLED
        for (int q = 0; q < PER_GROUP; q++)
            UNROLLED
            for (int j = 0; j < tall; j++)
                UNROLLED
                for (int k = 0; k < wide; k++)
                    s[j][k][q] += bar[j][i + q] * x[k][i + q];
    if (e.full < e.n)
        UNROLLED
        for (int q = 0; q < PER_GROUP; q++)
            UNROLLED
            for (int j = 0; j < tall; j++)
                UNROLLED
                for (int k = 0; k < wide; k++)
                    s[j][k][q] += sel(e.valid[q], bar[j][e.full + q] * x[k][e.full + q], SPLAT(0.0));
    UNROLLED
    for (int j = 0; j < tall; j++)
        UNROLLED
        for (int k = 0; k < wide; k++) {
            if (total[j][k] != NULL)
                *total[j][k] = total_of(s[j][k]);
            else
                UNROLLED
                for (int q = 0; q < PER_GROUP; q++)
                    parts[j][k][q] = s[j][k][q];
        }
}

/* The gradient of one x from all results, the last one first. */
static inline __attribute__((always_inline)) void inputs_tile(const LaneCall *c, const Item *p, const Ref *refs, const int32_t *ks,
                                                             int32_t i0, const int tall, const int wide) {
    vec s[TALL][LANES_WIDE];
    UNROLLED
    for (int k = 0; k < tall; k++) {
        const vec *to = slot(c, refs[ks[k]].bar) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++)
            s[k][i] = refs[ks[k]].store ? SPLAT(0.0) : to[i];
    }
    for (int32_t j = p->count - 1; j >= 0; j--) {
        const Ref *z = neuron(p, refs, j);
        const Weights w = weights_of(c, p, z);
        const vec *bar = slot(c, z[0].bar) + i0;
        UNROLLED
        for (int k = 0; k < tall; k++) {
            const vec of_w = SPLAT(w.at[(int64_t)ks[k] * w.step]);
            UNROLLED
            for (int i = 0; i < wide; i++)
                s[k][i] += bar[i] * of_w;
        }
    }
    UNROLLED
    for (int k = 0; k < tall; k++) {
        vec *to = slot(c, refs[ks[k]].bar) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++)
            to[i] = s[k][i];
    }
}

enum { WEIGHTS_TALL = W == 1 ? 1 : W == 8 ? 4 : 2, WEIGHTS_WIDE = W == 8 ? 4 : W == 4 ? 2 : 1 };

static void back_matmul(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    if (neuron(p, refs, 0)[2].bar >= 0) {
        int32_t j = 0;
        for (; j + WEIGHTS_TALL <= p->count; j += WEIGHTS_TALL) {
            int32_t k = 0;
            for (; k + WEIGHTS_WIDE <= p->where; k += WEIGHTS_WIDE)
                weights_tile(c, p, refs, e, j, k, WEIGHTS_TALL, WEIGHTS_WIDE);
            for (; k < p->where; k++)
                weights_tile(c, p, refs, e, j, k, WEIGHTS_TALL, 1);
        }
        for (; j < p->count; j++)
            for (int32_t k = 0; k < p->where; k++)
                weights_tile(c, p, refs, e, j, k, 1, 1);
    }
    int32_t ks[TALL], found = 0;
    for (int32_t k = 0; k <= p->where; k++) {
        if (k < p->where && refs[k].bar >= 0)
            ks[found++] = k;
        if (found == TALL || k == p->where) {
            int32_t i = 0;
            if (found == TALL)
                for (; i + LANES_WIDE <= e.n; i += LANES_WIDE)
                    inputs_tile(c, p, refs, ks, i, TALL, LANES_WIDE);
            for (; i < e.n; i++)
                for (int32_t one = 0; one < found; one++)
                    inputs_tile(c, p, refs, ks + one, i, 1, 1);
            found = 0;
        }
    }
    for (int32_t j = p->count - 1; j >= 0; j--) {
        const Ref *z = neuron(p, refs, j);
        const vec *bar = slot(c, z[0].bar);
        CONTRIBUTE(z[1], bar[i]);
    }
}

#endif
