/* One instruction set: the interpreter of many lanes for W, as `RUN`. The file that includes this sets W, RUN, and TARGET in the
words of gcc and clang if it is more than what every machine has. */

#ifdef _MSC_VER
#define __attribute__(x)
#define restrict __restrict
#endif

#include <math.h>
#include <stdint.h>
#include <string.h>
#if W > 1 && (defined(__x86_64__) || defined(__i386__))
#include <immintrin.h>
#endif

#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors are passed between functions of this file alone */
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

#ifdef TARGET
#define PRAGMA(...) _Pragma(#__VA_ARGS__)
#ifdef __clang__
#define PUSH(T) PRAGMA(clang attribute push(__attribute__((target(T))), apply_to = function))
#else
#define PUSH(T) PRAGMA(GCC push_options) PRAGMA(GCC target(T))
#endif
PUSH(TARGET)
#endif

#include "lanes_run.h"

void RUN(const LaneProgram *program, const LaneCall *call, int64_t from, int32_t count) {
    run_block(program, call, from, count);
}

#ifdef TARGET
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
