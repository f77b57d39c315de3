/* Many lanes with AVX2: see isa.h. */

#if defined(__GNUC__) && defined(__x86_64__)
#define W 4
#define RUN lanes_avx2
#define TARGET "avx2,fma"
#include "isa.h"
#else
typedef int nothing_here;
#endif
