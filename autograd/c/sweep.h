/* The backward pass: sort, then the chain rule. The order is that of reverse.py, so that the sums are the same bit for bit.

Whatever is out of the ordinary (a loose node, a hook, a number assigned after the forward pass, a root made inside no_grad()) is
noticed while sorting, before any gradient has been touched, and left to reverse.py. */

#ifndef STEPGRAD_SWEEP_H
#define STEPGRAD_SWEEP_H

#include "look.h"
#include "plain.h"

#if defined(__GNUC__) || defined(__clang__)
#define PREFETCH(p) __builtin_prefetch(p)
#else
#define PREFETCH(p) ((void)0)
#endif

enum { AHEAD = 8 }; /* nodes that the sweep asks the memory for before it needs them */

typedef struct {
    Node *v;
    Py_ssize_t next; /* the index of the parent to look at next */
} Visit;

typedef struct {
    Node **order; /* interior nodes, parents before children */
    Visit *stack;
    Py_ssize_t done, order_size, depth, stack_size;
    int special; /* somebody in this process has hooks, or the like: look for them */
    int zero;    /* set the gradients to 0 on the way: only if nothing can be found that stops the sort */
} Sort;

static PyObject *name_hooks, *name_stale, *name_exists;
static PyObject *half_way; /* of turns.py: not empty while Python runs a pass */
static PyObject *special;  /* SPECIAL of reverse.py */

/* Whether a node has something in its dictionary that a pass has to heed. */
static int has_extras(Node *v) {
    if (v->dict == NULL)
        return 0;
    PyObject *hooks = PyDict_GetItemWithError(v->dict, name_hooks);
    if (hooks != NULL && PyTuple_Check(hooks) && PyTuple_Size(hooks) > 0)
        return 1;
    PyObject *stale = PyDict_GetItemWithError(v->dict, name_stale);
    return stale != NULL && stale != Py_None;
}

static inline Node **parents_of(Node *v, Py_ssize_t *count) {
    if (v->n == MANY) {
        *count = v->many->n;
        return v->many->parents;
    }
    *count = v->n;
    return v->p;
}

/* Begin with a node; 0 if it is out of the ordinary, -1 if there is no memory. */
static inline int enter(Sort *sort, Node *v) {
    if (v->n == LOOSE || (sort->special && has_extras(v)))
        return 0;
    if (sort->depth == sort->stack_size) {
        Py_ssize_t size = sort->stack_size ? 2 * sort->stack_size : 256;
        Visit *stack = PyMem_Realloc(sort->stack, (size_t)size * sizeof(Visit));
        if (stack == NULL)
            return -1;
        sort->stack = stack;
        sort->stack_size = size;
    }
    v->flags |= VISITED;
    if (sort->zero) {
        v->grad = 0.0;
        v->flags = (uint8_t)((v->flags & ~GRAD_ASSIGNED) | GRAD_SET);
    }
    if (v->n <= 2) {
        PREFETCH(v->p[0]);
        if (v->n == 2)
            PREFETCH(v->p[1]);
    }
    sort->stack[sort->depth].v = v;
    sort->stack[sort->depth++].next = 0;
    return 1;
}

static int topological(Sort *sort, Node *root) {
    int answer = enter(sort, root);
    while (answer == 1 && sort->depth) {
        Visit *top = &sort->stack[sort->depth - 1];
        Node *v = top->v, *next = NULL;
        Py_ssize_t count, i = top->next;
        Node **parents = parents_of(v, &count);
        while (i < count) {
            Node *p = parents[i++];
            if (p->n == 0) {
                if (sort->special && has_extras(p))
                    return 0;
            } else if (!(p->flags & VISITED)) {
                next = p;
                break;
            }
        }
        top->next = i;
        if (next != NULL)
            answer = enter(sort, next);
        else {
            sort->depth--;
            if (sort->done == sort->order_size) {
                Py_ssize_t size = sort->order_size ? 2 * sort->order_size : 256;
                Node **order = PyMem_Realloc(sort->order, (size_t)size * sizeof(Node *));
                if (order == NULL) {
                    sort->depth++;
                    return -1;
                }
                sort->order = order;
                sort->order_size = size;
            }
            sort->order[sort->done++] = v;
        }
    }
    return answer;
}

static inline void contribute(Node *parent, double contribution) {
    parent->grad += contribution;
    if ((parent->flags & (GRAD_SET | GRAD_ASSIGNED)) != GRAD_SET) /* a leaf that no pass has reached yet */
        parent->flags = (uint8_t)((parent->flags & ~(GRAD_UNRECORDED | GRAD_ASSIGNED)) | GRAD_SET);
}

static void sweep(const Sort *sort) {
    for (Py_ssize_t k = sort->done - 1; k >= 0; k--) {
        Node *v = sort->order[k];
        double v_bar = v->grad;
        if (k >= AHEAD)
            PREFETCH(sort->order[k - AHEAD]);
        v->flags &= ~VISITED;
        if (v->n == 2) {
            contribute(v->p[0], v_bar * v->d[0]);
            contribute(v->p[1], v_bar * v->d[1]);
        } else if (v->n == 1)
            contribute(v->p[0], v_bar * v->d[0]);
        else {
            Many *many = v->many;
            for (Py_ssize_t i = 0; i < many->n; i++)
                contribute(many->parents[i], v_bar * many->partials[i]);
        }
    }
}

/* --- parts of a pass, for those who differentiate without touching any gradient ----------------------------------- */

static void unmark(Sort *sort) {
    for (Py_ssize_t k = 0; k < sort->done; k++)
        sort->order[k]->flags &= (uint8_t)~VISITED;
    for (Py_ssize_t k = 0; k < sort->depth; k++)
        sort->stack[k].v->flags &= (uint8_t)~VISITED;
}

static void forget(Sort *sort) {
    PyMem_Free(sort->order);
    PyMem_Free(sort->stack);
}

/* The leaves below the sorted nodes, each once, marked as visited; NULL without memory. */
static Node **leaves_below(Sort *sort, Py_ssize_t *count) {
    Py_ssize_t size = 64;
    Node **leaves = PyMem_Malloc((size_t)size * sizeof(Node *));
    *count = 0;
    for (Py_ssize_t k = 0; leaves != NULL && k < sort->done; k++) {
        Py_ssize_t n;
        Node **parents = parents_of(sort->order[k], &n);
        for (Py_ssize_t i = 0; i < n; i++) {
            Node *p = parents[i];
            if (p->n != 0 || p->flags & VISITED)
                continue;
            if (*count == size) {
                Node **more = PyMem_Realloc(leaves, (size_t)(size *= 2) * sizeof(Node *));
                if (more == NULL) {
                    for (Py_ssize_t j = 0; j < *count; j++)
                        leaves[j]->flags &= (uint8_t)~VISITED;
                    PyMem_Free(leaves);
                    *count = 0;
                    return NULL;
                }
                leaves = more;
            }
            p->flags |= VISITED;
            leaves[(*count)++] = p;
        }
    }
    return leaves;
}

static PyObject *list_of(Node **nodes, Py_ssize_t count) {
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        Py_INCREF((PyObject *)nodes[i]);
        PyList_SetItem(list, i, (PyObject *)nodes[i]);
    }
    return list;
}

/* The sorted interior nodes below a root, or the leaves, as a list; None if a node is loose. */
static PyObject *sorted_nodes(PyObject *root, int want_leaves) {
    if (!IS_NODE(root) || AS_NODE(root)->n == 0)
        Py_RETURN_NONE;
    Sort sort;
    memset(&sort, 0, sizeof sort);
    Node **leaves = NULL;
    Py_ssize_t count = 0;
    PyObject *found = NULL;
    int answer = topological(&sort, AS_NODE(root));
    if (answer == 1 && want_leaves) {
        leaves = leaves_below(&sort, &count);
        answer = leaves == NULL ? -1 : 1;
        for (Py_ssize_t i = 0; i < count; i++)
            leaves[i]->flags &= (uint8_t)~VISITED;
    }
    unmark(&sort);
    if (answer == 1)
        found = want_leaves ? list_of(leaves, count) : list_of(sort.order, sort.done);
    else
        found = answer == 0 ? new_ref(Py_None) : PyErr_NoMemory();
    PyMem_Free(leaves);
    forget(&sort);
    return found;
}

/* order(root), leaves(root): topological_order and leaves_of of reverse.py, for a root that is no leaf. */
static PyObject *core_order(PyObject *module, PyObject *root) {
    (void)module;
    return sorted_nodes(root, 0);
}

static PyObject *core_leaves(PyObject *module, PyObject *root) {
    (void)module;
    return sorted_nodes(root, 1);
}

typedef struct {
    double grad;
    uint8_t flags;
} Kept;

static inline Kept keep(Node *v) {
    Kept kept = {v->grad, (uint8_t)(v->flags & ~VISITED)};
    v->grad = -0.0; /* a first contribution is that number then, a negative zero too */
    v->flags &= (uint8_t)~(GRAD_SET | GRAD_ASSIGNED | GRAD_UNRECORDED);
    return kept;
}

static inline void put_back(Node *v, Kept kept) {
    v->grad = kept.grad;
    v->flags = kept.flags;
}

/* pull(root, wanted, seed): d(root)/d(node) for each of a list of nodes, as `pull` of adjoints.py has it, without touching any
gradient; None if it is not that simple. */
static PyObject *core_pull(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 3 || !IS_NODE(a[0]) || AS_NODE(a[0])->n == 0 || !PyList_CheckExact(a[1]) || !PyFloat_CheckExact(a[2]))
        Py_RETURN_NONE;
    PyObject *wanted = a[1], *found = NULL;
    Py_ssize_t leaf_count = 0, n = Py_SIZE(wanted);
    for (Py_ssize_t i = 0; i < n; i++)
        if (!IS_NODE(PyList_GetItem(wanted, i)))
            Py_RETURN_NONE;
    Sort sort;
    memset(&sort, 0, sizeof sort);
    int answer = topological(&sort, AS_NODE(a[0]));
    Node **leaves = answer == 1 ? leaves_below(&sort, &leaf_count) : NULL;
    Kept *kept = leaves != NULL ? PyMem_Malloc((size_t)(sort.done + leaf_count) * sizeof(Kept)) : NULL;
    double *numbers = kept != NULL ? PyMem_Malloc(((size_t)n + 1) * sizeof(double)) : NULL;
    if (numbers == NULL) {
        for (Py_ssize_t i = 0; i < leaf_count; i++)
            leaves[i]->flags &= (uint8_t)~VISITED;
        unmark(&sort);
    } else {
        for (Py_ssize_t i = 0; i < n; i++) /* whether it is in the graph */
            numbers[i] = AS_NODE(PyList_GetItem(wanted, i))->flags & VISITED;
        for (Py_ssize_t k = 0; k < sort.done; k++)
            kept[k] = keep(sort.order[k]);
        for (Py_ssize_t i = 0; i < leaf_count; i++) {
            kept[sort.done + i] = keep(leaves[i]);
            leaves[i]->flags &= (uint8_t)~VISITED;
        }
        contribute(AS_NODE(a[0]), PyFloat_AsDouble(a[2]));
        sweep(&sort);
        for (Py_ssize_t i = 0; i < n; i++) {
            if (numbers[i] != 0.0)
                numbers[i] = AS_NODE(PyList_GetItem(wanted, i))->grad;
        }
        for (Py_ssize_t k = 0; k < sort.done; k++)
            put_back(sort.order[k], kept[k]);
        for (Py_ssize_t i = 0; i < leaf_count; i++)
            put_back(leaves[i], kept[sort.done + i]);
        found = floats(numbers, n);
    }
    PyMem_Free(leaves);
    PyMem_Free(kept);
    PyMem_Free(numbers);
    forget(&sort);
    if (answer == 0)
        Py_RETURN_NONE;
    return numbers == NULL ? PyErr_NoMemory() : found;
}

/* Run the whole pass; False, and nothing is changed, if it is none for this file. */
static PyObject *whole_pass(Node *root, double seed, int is_special) {
    Sort sort;
    memset(&sort, 0, sizeof sort);
    sort.special = is_special;
    sort.zero = !sort.special && loose_alive == 0;
    if (root->flags & GRAD_UNRECORDED && !(root->flags & GRAD_SET))
        Py_RETURN_FALSE;
    if (root->n == 0) {
        if (sort.special && has_extras(root))
            Py_RETURN_FALSE;
        contribute(root, seed);
        Py_RETURN_TRUE;
    }
    int answer = topological(&sort, root);
    if (answer == 1) {
        if (!sort.zero)
            for (Py_ssize_t k = 0; k < sort.done; k++) {
                sort.order[k]->grad = 0.0;
                sort.order[k]->flags = (uint8_t)((sort.order[k]->flags & ~GRAD_ASSIGNED) | GRAD_SET);
            }
        root->grad = seed;
        sweep(&sort);
    } else
        unmark(&sort);
    forget(&sort);
    if (answer < 0)
        return PyErr_NoMemory();
    return PyBool_FromLong(answer);
}

/* backward(root, seed, special): `quick_pass` of pure_pass.py. */
static PyObject *core_backward(PyObject *module, PyObject *const *a, Py_ssize_t count) {
    (void)module;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "backward(root, seed, special)");
        return NULL;
    }
    if (!IS_NODE(a[0]) || !PyFloat_CheckExact(a[1]))
        Py_RETURN_FALSE;
    return whole_pass(AS_NODE(a[0]), PyFloat_AsDouble(a[1]), a[2] == Py_True);
}

/* _pass_at_once(seed): the same, if nobody looks, nothing is special, and no other pass is half way: so it needs no lock. */
static PyObject *node_pass_at_once(PyObject *self, PyObject *seed) {
    if (Py_SIZE(active) != 0 || Py_SIZE(half_way) != 0 || !PyFloat_CheckExact(seed))
        Py_RETURN_FALSE;
    PyObject *exists = PyObject_GetAttr(special, name_exists);
    if (exists == NULL)
        return NULL;
    Py_DECREF(exists);
    return exists == Py_False ? whole_pass(AS_NODE(self), PyFloat_AsDouble(seed), 0) : new_ref(Py_False);
}

#endif
