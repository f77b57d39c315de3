/* Many lanes with NEON, which every 64-bit ARM has: see isa.h. */

#if defined(__GNUC__) && defined(__aarch64__)
#define W 2
#define RUN lanes_neon
#include "isa.h"
#else
typedef int nothing_here;
#endif
