/* Many lanes in plain C, for every machine: see isa.h. */

#define W 1
#define RUN lanes_portable
#include "isa.h"
