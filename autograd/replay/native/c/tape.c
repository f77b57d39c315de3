/* The interpreter of tapes as a module: kernel.h for one input, with the bits of the engine; lanes_object.h for
many at once. */

#define Py_LIMITED_API 0x030B0000 /* the stable ABI: one binary for Python 3.11 and all later ones */
#include <Python.h>
#include <structmember.h>
#include <stddef.h>

#ifdef Py_GIL_DISABLED
#error "this extension relies on Python's global lock; without one tapes are replayed by emitted Python"
#endif

#include "kernel.h"

static PyTypeObject *kernel_type;

#include "front.h"
#include "lanes_object.h"

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec, const char *name) {
    PyObject *type = PyType_FromSpec(spec);
    if (type != NULL && PyModule_AddObjectRef(module, name, type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type; /* kept as long as the process lives */
}

/* A frozen set, or with `ordered` a tuple in their order, of names; -1 with an error. */
static int add_names(PyObject *module, const char *word, const char *(*name)(size_t), size_t n, int ordered) {
    PyObject *list = PyList_New(0), *names = NULL;
    for (size_t i = 0; list != NULL && i < n; i++) {
        if (name(i) == NULL)
            continue;
        PyObject *text = PyUnicode_FromString(name(i));
        if (text == NULL || PyList_Append(list, text) < 0)
            Py_CLEAR(list);
        Py_XDECREF(text);
    }
    if (list != NULL)
        names = ordered ? PyList_AsTuple(list) : PyFrozenSet_New(list);
    Py_XDECREF(list);
    int done = names != NULL ? PyModule_AddObjectRef(module, word, names) : -1;
    Py_XDECREF(names);
    return done;
}

static const char *row_name(size_t i) { return table_rows[i].name; }
static const char *lane_row_name(size_t i) { return lane_table[i].name; }
static const char *isa_name(size_t i) { return isas[i].usable() ? isas[i].name : NULL; }

static struct PyModuleDef tape_module = {PyModuleDef_HEAD_INIT, "autograd.replay.native._tape",
                                         "The interpreter of tapes, compiled: see kernel.py.", -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__tape(void) {
    PyObject *module = PyModule_Create(&tape_module);
    word_value = PyUnicode_InternFromString("value");
    word_grad = PyUnicode_InternFromString("value_and_grad");
    word_jacobian = PyUnicode_InternFromString("jacobian");
    word_gradient = PyUnicode_InternFromString("gradient");
    if (module == NULL || !word_gradient || !word_value || !word_grad || !word_jacobian ||
        add_names(module, "names", row_name, sizeof table_rows / sizeof *table_rows, 0) < 0 ||
        add_names(module, "lane_names", lane_row_name, sizeof lane_table / sizeof *lane_table, 0) < 0 ||
        add_names(module, "isas", isa_name, ISAS, 1) < 0 || (kernel_type = add_type(module, &kernel_spec, "Kernel")) == NULL ||
        add_type(module, &lanes_spec, "Lanes") == NULL || add_type(module, &front_spec, "Front") == NULL)
        Py_CLEAR(module);
    return module;
}
