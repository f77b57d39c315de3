/* Many lanes with AVX-512: see isa.h. */

#if defined(__GNUC__) && defined(__x86_64__)
#define W 8
#define RUN lanes_avx512
#define TARGET "avx512f,avx512dq,avx512vl,avx512bw"
#include "isa.h"
#else
typedef int nothing_here;
#endif
