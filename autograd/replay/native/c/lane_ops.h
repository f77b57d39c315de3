/* The instructions of many lanes. */

#ifndef STEPGRAD_LANE_OPS_H
#define STEPGRAD_LANE_OPS_H

#define LANE_OP(NAME) L_##NAME,
#define LANE_KEPT(NAME) L_KEPT_##NAME,
#define LANE_BACK(NAME) L_BACK_##NAME,

enum LaneOp {
    L_GATHER, L_COLUMNS, /* an input; all inputs that are columns */
    L_SUMMED, L_SCATTER, L_ROW, /* a result */
    L_LT, L_LE, L_GT, L_GE, L_EQ, L_NE, L_IS, /* guards */
    L_SUM, L_MEAN, L_DOT, L_MAXIMUM, L_MINIMUM, L_LOGSUMEXP, L_PICK, L_DETACH, L_MATMUL,
    L_SUM_ADD, L_SUM_END, /* a sum whose terms are added as soon as they are there */
    LANE_CHEAP_1(LANE_OP) LANE_DEAR_1(LANE_OP) LANE_CHEAP_2(LANE_OP) LANE_DEAR_2(LANE_OP) LANE_CHEAP_3(LANE_OP)
    LANE_DEAR_1(LANE_KEPT) LANE_DEAR_2(LANE_KEPT)
    L_SEED_SUMMED, L_SEED_SCATTER, L_SEED_ROW, /* the gradient of a result to begin with */
    L_BAR_GATHER, L_BAR_COLUMN, /* the gradient of an input, where it goes */
    L_BACK_KEPT, L_BACK_SUM, L_BACK_MEAN, L_BACK_DOT, L_BACK_SHARES, L_BACK_PICK, L_BACK_MATMUL,
    LANE_CHEAP_1(LANE_BACK) LANE_CHEAP_2(LANE_BACK) LANE_CHEAP_3(LANE_BACK)
    LANE_OPS
};

#endif
