/* The memory of nodes. Freed nodes are kept to be used again, because a program builds graph after graph: to ask Python for each
node costs more than the operation itself, wakes its collector, and has the system hand out every page anew.

They are kept in slabs: at most 64 nodes that lie side by side, and a bit for each that is free. New nodes are taken from one slab,
in the order of their addresses, until it is used up, and then from the first slab of which half is free. So neighbours in a graph
are neighbours in memory, in whatever order earlier graphs were freed. A list of free nodes is shuffled after some time, and then
a large graph waits for memory at each node: it takes twice as long.

A slab that is free as a whole, and beyond those that are kept, gives its memory back. So does now and then half of what no graph
has needed for some time. */

#ifndef STEPGRAD_SLABS_H
#define STEPGRAD_SLABS_H

enum {
    SLAB_MAX = 64,     /* nodes of a slab: 6 KB */
    STEP_MAX = 256,    /* bytes between neighbours */
    KEPT_MAX = 917504, /* nodes that are kept in slabs that are free as a whole: 88 MB */
    TRIM_EVERY = 16384 /* slabs that become free as a whole between two trims */
};

typedef struct {
    char *first;   /* the node with the lowest address */
    uint64_t free; /* a bit for each node that is free */
    uint32_t step; /* bytes from one node to the next */
    uint8_t size;  /* nodes; 0 once it has given its memory back */
    uint8_t until; /* so many nodes have to be freed until it has room, or is free as a whole */
    uint32_t after; /* the next slab that has given its memory back, of one that has */
} Slab;

/* Slab 0 has no nodes. What is freed as a Value but was made as something else (`__class__` was assigned) comes to it. */
static Slab *slabs, *taken; /* all of them, and the one that nodes are taken from */
static uint64_t *roomy;     /* a bit for each slab, but the one taken from, that has room: at least half of it is free */
static uint32_t slab_count, slabs_size, lowest; /* `lowest`: no word before this one of `roomy` has a bit */
static uint32_t empty_slab; /* one that has given its memory back; 0 for none */
static Py_ssize_t kept, least_kept; /* nodes in slabs of `roomy` that are free as a whole; the fewest since the last trim */
static int until_trim = TRIM_EVERY;

static inline int lowest_bit(uint64_t bits) { /* of at least one */
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(bits);
#else
    int i = 0;
    for (; !(bits & 0xFF); bits >>= 8)
        i += 8;
    for (; !(bits & 1); bits >>= 1)
        i++;
    return i;
#endif
}

static inline Node *node_at(const Slab *slab, int place) { return (Node *)(slab->first + (size_t)place * slab->step); }
static inline uint64_t whole(const Slab *slab) { return ~(uint64_t)0 >> (SLAB_MAX - slab->size); }
static inline uint8_t enough(const Slab *slab) { return slab->size / 2 + 1; }

static void set_roomy(uint32_t i, int has_room) {
    uint64_t bit = (uint64_t)1 << i % 64;
    roomy[i / 64] = has_room ? roomy[i / 64] | bit : roomy[i / 64] & ~bit;
    if (has_room && i / 64 < lowest)
        lowest = i / 64;
}

/* The first slab with room; 0 if there is none. */
static uint32_t first_roomy(void) {
    for (; lowest < slabs_size / 64; lowest++)
        if (roomy[lowest] != 0)
            return 64 * lowest + (uint32_t)lowest_bit(roomy[lowest]);
    return 0;
}

/* The number of a slab without nodes; -1 if there is no memory. */
static int64_t new_slab(void) {
    if (empty_slab != 0) {
        uint32_t i = empty_slab;
        empty_slab = slabs[i].after;
        return i;
    }
    if (slab_count == slabs_size) {
        uint32_t size = slabs_size ? 2 * slabs_size : 64;
        uint64_t *words = size < SLAB_NUMBERS ? PyMem_Realloc(roomy, size / 8) : NULL;
        if (words == NULL)
            return -1;
        roomy = words;
        ptrdiff_t i = taken - slabs;
        Slab *more = PyMem_Realloc(slabs, size * sizeof(Slab));
        if (more == NULL)
            return -1;
        slabs = more;
        taken = slabs + i;
        memset(roomy + slabs_size / 64, 0, (size - slabs_size) / 8);
        slabs_size = size;
    }
    return slab_count++;
}

static int begin_slabs(void) {
    if (slabs == NULL && new_slab() < 0) {
        PyErr_NoMemory();
        return -1;
    }
    memset(slabs, 0, sizeof(Slab));
    slabs[0].until = enough(slabs);
    taken = slabs;
    return 0;
}

/* One more slab with room; -1 with an error. Python may run its collector here, and finalisers that make and free nodes. */
static int add_slab(void) {
    Node *nodes[SLAB_MAX];
    ptrdiff_t step = 0;
    int size = 0;
    for (; size < SLAB_MAX; size++) {
        nodes[size] = PyObject_GC_New(Node, value_type);
        if (nodes[size] == NULL)
            break;
        Py_DECREF((PyObject *)value_type); /* it is no object yet */
        if (size == 0)
            continue;
        ptrdiff_t further = (char *)nodes[size] - (char *)nodes[size - 1];
        if (size == 1 && further > 0 && further < STEP_MAX)
            step = further;
        if (further != step) { /* it does not lie beside the others: Python will hand it out again */
            PyObject_GC_Del(nodes[size]);
            break;
        }
    }
    int64_t i = size ? new_slab() : -1;
    if (i < 0) {
        while (size)
            PyObject_GC_Del(nodes[--size]);
        PyErr_NoMemory();
        return -1;
    }
    PyErr_Clear(); /* some are enough */
    for (int k = 0; k < size; k++) {
        nodes[k]->slab = (uint32_t)i;
        nodes[k]->place = k;
    }
    Slab *slab = &slabs[i];
    slab->first = (char *)nodes[0];
    slab->step = (uint32_t)step;
    slab->size = (uint8_t)size;
    slab->free = whole(slab);
    set_roomy((uint32_t)i, 1);
    kept += size;
    return 0;
}

/* Go on to another slab; -1 with an error. */
static int next_slab(void) {
    uint32_t i = first_roomy();
    if (i == 0) {
        if (add_slab() < 0)
            return -1;
        i = first_roomy();
    }
    if (taken->free != 0 || i == 0) /* finalisers have freed nodes, or gone on already */
        return 0;
    taken->until = enough(taken);
    taken = &slabs[i];
    set_roomy(i, 0);
    if (taken->free == whole(taken))
        kept -= taken->size;
    if (kept < least_kept)
        least_kept = kept;
    return 0;
}

/* Memory for a node; NULL with an error. */
static inline Node *take_node(void) {
    while (taken->free == 0)
        if (next_slab() < 0)
            return NULL;
    int place = lowest_bit(taken->free);
    taken->free &= taken->free - 1;
    return node_at(taken, place);
}

/* The last node first, so that Python hands them out in the order of their addresses. */
static void give_back(uint32_t i) {
    Slab *slab = &slabs[i];
    set_roomy(i, 0);
    while (slab->size)
        PyObject_GC_Del(node_at(slab, --slab->size));
    slab->free = 0;
    slab->after = empty_slab;
    empty_slab = i;
}

static void trim(void) {
    Py_ssize_t spare = least_kept / 2;
    for (uint32_t i = slab_count - 1; i > 0 && spare > 0; i--) {
        Slab *slab = &slabs[i];
        if (slab != taken && slab->size && slab->free == whole(slab)) {
            spare -= slab->size;
            kept -= slab->size;
            give_back(i);
        }
    }
    least_kept = kept;
    until_trim = TRIM_EVERY;
}

/* After as many nodes of a slab have been freed as it was waiting for. */
static void slab_has_room(Node *v) {
    Slab *slab = &slabs[v->slab];
    if (v->slab == 0) {
        slab->free = 0; /* nothing can be taken from it, even while it is the one that nodes are taken from */
        slab->until = enough(slab);
        PyObject_GC_Del(v);
    } else if (slab != taken) {
        set_roomy(v->slab, 1);
        if (slab->free != whole(slab))
            slab->until = slab->size - enough(slab);
        else if (kept + slab->size > KEPT_MAX)
            give_back(v->slab);
        else {
            kept += slab->size;
            if (--until_trim == 0)
                trim();
        }
    }
}

static inline void free_node(Node *v) {
    Slab *slab = &slabs[v->slab];
    slab->free |= (uint64_t)1 << v->place;
    if (--slab->until == 0)
        slab_has_room(v);
}

#endif
