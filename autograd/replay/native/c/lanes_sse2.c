/* Many lanes with SSE2, which every x86-64 has: see isa.h. */

#if defined(__GNUC__) && defined(__x86_64__)
#define W 2
#define RUN lanes_sse2
#include "isa.h"
#else
typedef int nothing_here;
#endif
