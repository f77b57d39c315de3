/* Dots of the same numbers with different uniform weights, such as the neurons of a layer, all at once.

    z_j = b_j + w_j1 * x_1 + ... + w_jn * x_n

Several z and several vectors of lanes stay in registers, so that each x is read once for all of them. Every lane of every z is
added up in the order in which it is added up alone, so the bits are those of the single dots. `count` is the number of z, `where`
that of x; the operands are the x, then for each z itself, its bias and its weights, which lie in equal steps. */

#ifndef STEPGRAD_LANES_MATMUL_H
#define STEPGRAD_LANES_MATMUL_H

enum { TALL = 4, SPLIT_TALL = 2, LANES_WIDE = W == 8 ? 4 : 2 }; /* results, and vectors of lanes, in a tile */
enum { WEIGHTS_TALL = W == 1 ? 1 : 2, WEIGHTS_WIDE = W == 8 ? 8 : W == 4 ? 2 : 1 }; /* results and x in a tile of gradients */

typedef struct {
    const double *at;
    int32_t step;
} Weights;

static inline const Ref *neuron(const Item *p, const Ref *refs, int32_t j) { return refs + p->where + (size_t)j * (p->where + 2); }

static inline Weights weights_of(const LaneCall *c, const Item *p, const Ref *neuron) {
    const Weights w = {c->uniform + neuron[2].value, p->where > 1 ? neuron[3].value - neuron[2].value : 0};
    return w;
}

/* s + a * b */
static inline vec added(vec s, vec a, vec b, const int fast) { return fast ? v_fused(a, b, s) : s + a * b; }

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
                if (exact) {
                    vec error;
                    s[j][i] = v_two_sum(s[j][i], of_w * x[i], &error);
                    lost[j][i] += error;
                } else
                    s[j][i] = v_fused(of_w, x[i], s[j][i]);
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
The sum begins at `raised`, which is so large that it stays between two powers of 2. So all sums are multiples of one number, their
differences have no rounding error, and neither has what is left of a product, which is added up beside. `top` is the largest |x| of
each lane, `top_w` the largest |w| of each result. 0 if a number is too large, too small or no number: then nothing has been
written. */

static inline __attribute__((always_inline)) int split_tile(const LaneCall *c, const Item *p, const Ref *refs, const vec *top,
                                                           const double *top_w, int32_t j0, int32_t i0, const int tall,
                                                           const int wide) {
    vec raised[SPLIT_TALL][LANES_WIDE], s[SPLIT_TALL][LANES_WIDE], rest[SPLIT_TALL][LANES_WIDE];
    Weights w[SPLIT_TALL];
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
            s[j][i] = raised[j][i] + bias;
            rest[j][i] = bias - (s[j][i] - raised[j][i]);
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
                const vec product = of_w * x[i], sum = s[j][i] + product;
                rest[j][i] = v_plus(rest[j][i], product - v_plus(sum, -s[j][i]));
                s[j][i] = sum;
            }
        }
    }
    UNROLLED
    for (int j = 0; j < tall; j++) {
        vec *out = slot(c, neuron(p, refs, j0 + j)[0].value) + i0;
        UNROLLED
        for (int i = 0; i < wide; i++)
            out[i] = (s[j][i] - raised[j][i]) + rest[j][i];
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
            for (; j + SPLIT_TALL <= p->count; j += SPLIT_TALL)
                if (!split || !split_tile(c, p, refs, top, top_w, j, i, SPLIT_TALL, LANES_WIDE))
                    TILES(SPLIT_TALL, LANES_WIDE, 1);
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

/* The sums of the parts of `wide` numbers, each in the declared order, put at `to` in steps. Where the vectors allow, several are
added up at once, which takes a third of the instructions. */
#if W == 8 && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define SUMS_OF_8
#endif
#endif

static inline __attribute__((always_inline)) void totals_of(vec s[][PER_GROUP], double *to, int32_t step, const int wide) {
#ifdef SUMS_OF_8
    if (wide == 8) {
        vec four[4], two[2];
        UNROLLED
        for (int k = 0; k < 4; k++) /* 0 + 4, 1 + 5, 2 + 6, 3 + 7 of k, and of k + 4 */
            four[k] = __builtin_shufflevector(s[k][0], s[k + 4][0], 0, 1, 2, 3, 8, 9, 10, 11) +
                      __builtin_shufflevector(s[k][0], s[k + 4][0], 4, 5, 6, 7, 12, 13, 14, 15);
        UNROLLED
        for (int k = 0; k < 2; k++) /* (0 + 4) + (2 + 6), (1 + 5) + (3 + 7) of k, k + 2, k + 4, k + 6 */
            two[k] = __builtin_shufflevector(four[k], four[k + 2], 0, 1, 8, 9, 4, 5, 12, 13) +
                     __builtin_shufflevector(four[k], four[k + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        const vec all = __builtin_shufflevector(two[0], two[1], 0, 8, 2, 10, 4, 12, 6, 14) +
                        __builtin_shufflevector(two[0], two[1], 1, 9, 3, 11, 5, 13, 7, 15);
        if (step == 1)
            memcpy(to, &all, sizeof all);
        else
            UNROLLED
            for (int k = 0; k < 8; k++)
                to[(int64_t)k * step] = all[k];
        return;
    }
#endif
    UNROLLED
    for (int k = 0; k < wide; k++)
        to[(int64_t)k * step] = total_of(s[k]);
}

/* The gradients of the weights of `tall` results by `wide` x: sums over lanes, in the declared order. */
static inline __attribute__((always_inline)) void weights_tile(const LaneCall *c, const Item *p, const Ref *refs, const Extent e,
                                                              const vec *const *x, int32_t j0, int32_t k0, const int tall,
                                                              const int wide, const int fast) {
    vec s[WEIGHTS_TALL][WEIGHTS_WIDE][PER_GROUP];
    const vec *bar[WEIGHTS_TALL];
    int64_t at[WEIGHTS_TALL];
    int32_t step[WEIGHTS_TALL];
    UNROLLED
    for (int j = 0; j < tall; j++) {
        const Ref *z = neuron(p, refs, j0 + j);
        bar[j] = slot(c, z[0].bar);
        step[j] = p->where > 1 ? z[3].bar - z[2].bar : 0;
        at[j] = z[2].bar + (int64_t)k0 * step[j];
    }
    const int alike = p->n & ALIKE, store = e.first && p->n & ALL_STORE;
    UNROLLED
    for (int j = 0; j < tall; j++)
        UNROLLED
        for (int k = 0; k < wide; k++) {
            const vec *parts = (const vec *)(c->parts + (at[j] + (int64_t)k * step[j]) * PARTS);
            const int begins = alike ? store : e.first && neuron(p, refs, j0 + j)[2 + k0 + k].store;
            UNROLLED
            for (int q = 0; q < PER_GROUP; q++)
                s[j][k][q] = begins ? SPLAT(0.0) : parts[q];
        }
    for (int32_t i = 0; i < e.full; i += PER_GROUP)
        UNROLLED
        for (int q = 0; q < PER_GROUP; q++)
            UNROLLED
            for (int k = 0; k < wide; k++) {
                const vec of_x = x[k][i + q];
                UNROLLED
                for (int j = 0; j < tall; j++)
                    s[j][k][q] = added(s[j][k][q], bar[j][i + q], of_x, fast);
            }
    if (e.full < e.n)
        UNROLLED
        for (int q = 0; q < PER_GROUP; q++)
            UNROLLED
            for (int j = 0; j < tall; j++)
                UNROLLED
                for (int k = 0; k < wide; k++)
                    s[j][k][q] += sel(e.valid[q], bar[j][e.full + q] * x[k][e.full + q], SPLAT(0.0));
    if (e.last && p->n & ALL_LAST && alike) {
        UNROLLED
        for (int j = 0; j < tall; j++)
            totals_of(s[j], c->totals + at[j], step[j], wide);
        return;
    }
    UNROLLED
    for (int j = 0; j < tall; j++)
        UNROLLED
        for (int k = 0; k < wide; k++) {
            const int64_t here = at[j] + (int64_t)k * step[j];
            if (e.last && !alike && neuron(p, refs, j0 + j)[2 + k0 + k].last)
                c->totals[here] = total_of(s[j][k]);
            else
                UNROLLED
                for (int q = 0; q < PER_GROUP; q++)
                    ((vec *)(c->parts + here * PARTS))[q] = s[j][k][q];
        }
}

/* The gradient of one x from all results, the last one first. */
static inline __attribute__((always_inline)) void inputs_tile(const LaneCall *c, const Item *p, const Ref *refs, const int32_t *ks,
                                                             int32_t i0, const int tall, const int wide, const int fast) {
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
                s[k][i] = added(s[k][i], bar[i], of_w, fast);
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

static inline __attribute__((always_inline)) void back_weights(const LaneCall *c, const Item *p, const Ref *refs, const Extent e,
                                                              const int fast) {
    const vec *x[WEIGHTS_WIDE];
    for (int32_t k = 0; k < p->where;) {
        const int32_t wide = k + WEIGHTS_WIDE <= p->where ? WEIGHTS_WIDE : 1;
        for (int32_t q = 0; q < wide; q++)
            x[q] = slot(c, refs[k + q].value);
        int32_t j = 0;
        for (; j + WEIGHTS_TALL <= p->count; j += WEIGHTS_TALL)
            if (wide == 1)
                weights_tile(c, p, refs, e, x, j, k, WEIGHTS_TALL, 1, fast);
            else
                weights_tile(c, p, refs, e, x, j, k, WEIGHTS_TALL, WEIGHTS_WIDE, fast);
        for (; j < p->count; j++)
            if (wide == 1)
                weights_tile(c, p, refs, e, x, j, k, 1, 1, fast);
            else
                weights_tile(c, p, refs, e, x, j, k, 1, WEIGHTS_WIDE, fast);
        k += wide;
    }
}

static inline __attribute__((always_inline)) void back_inputs(const LaneCall *c, const Item *p, const Ref *refs, const Extent e,
                                                             const int fast) {
    int32_t ks[TALL], found = 0;
    for (int32_t k = 0; k <= p->where; k++) {
        if (k < p->where && refs[k].bar >= 0)
            ks[found++] = k;
        if (found == TALL || k == p->where) {
            int32_t i = 0;
            if (found == TALL)
                for (; i + LANES_WIDE <= e.n; i += LANES_WIDE)
                    inputs_tile(c, p, refs, ks, i, TALL, LANES_WIDE, fast);
            for (; i < e.n; i++)
                for (int32_t one = 0; one < found; one++)
                    inputs_tile(c, p, refs, ks + one, i, 1, 1, fast);
            found = 0;
        }
    }
}

static void back_matmul(const LaneCall *c, const Item *p, const Ref *refs, const Extent e) {
    const int weights = neuron(p, refs, 0)[2].bar >= 0;
    if (p->n & EXACT) {
        if (weights)
            back_weights(c, p, refs, e, 0);
        back_inputs(c, p, refs, e, 0);
    } else {
        if (weights)
            back_weights(c, p, refs, e, 1);
        back_inputs(c, p, refs, e, 1);
    }
    for (int32_t j = p->count - 1; j >= 0; j--) {
        const Ref *z = neuron(p, refs, j);
        const vec *bar = slot(c, z[0].bar);
        CONTRIBUTE(z[1], bar[i]);
    }
}

#endif
