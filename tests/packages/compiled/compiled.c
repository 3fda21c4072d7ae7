#include <Python.h>

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "compiled", NULL, -1, NULL};

PyMODINIT_FUNC
PyInit_compiled(void)
{
    PyObject *module = PyModule_Create(&definition);

    if (module != NULL) {
        PyModule_AddStringConstant(module, "AGAINST", AGAINST);
    }
    return module;
}
