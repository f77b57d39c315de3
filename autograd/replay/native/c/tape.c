/* The interpreter of tapes as a module: kernel.h for one input, with the bits of the engine. */

#define Py_LIMITED_API 0x030B0000 /* the stable ABI: one binary for Python 3.11 and all later ones */
#include <Python.h>
#include <structmember.h>
#include <stddef.h>

#ifdef Py_GIL_DISABLED
#error "this extension relies on Python's global lock; without one tapes are replayed by emitted Python"
#endif

#include "kernel.h"

static int add_type(PyObject *module, PyType_Spec *spec, const char *name) {
    PyObject *type = PyType_FromSpec(spec);
    if (type == NULL)
        return -1;
    int done = PyModule_AddObjectRef(module, name, type);
    Py_DECREF(type);
    return done;
}

/* The names of the rows that have a rule in C. */
static int add_names(PyObject *module) {
    PyObject *names = PyFrozenSet_New(NULL);
    for (size_t i = 0; names != NULL && i < sizeof table_rows / sizeof *table_rows; i++) {
        PyObject *name = PyUnicode_FromString(table_rows[i].name);
        if (name == NULL || PySet_Add(names, name) < 0)
            Py_CLEAR(names);
        Py_XDECREF(name);
    }
    int done = names != NULL ? PyModule_AddObjectRef(module, "names", names) : -1;
    Py_XDECREF(names);
    return done;
}

static struct PyModuleDef tape_module = {PyModuleDef_HEAD_INIT, "autograd.replay.native._tape",
                                         "The interpreter of tapes, compiled: see kernel.py.", -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__tape(void) {
    PyObject *module = PyModule_Create(&tape_module);
    word_value = PyUnicode_InternFromString("value");
    word_grad = PyUnicode_InternFromString("value_and_grad");
    word_jacobian = PyUnicode_InternFromString("jacobian");
    if (module == NULL || !word_value || !word_grad || !word_jacobian || add_names(module) < 0 ||
        add_type(module, &kernel_spec, "Kernel") < 0)
        Py_CLEAR(module);
    return module;
}
