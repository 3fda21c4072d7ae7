/* Asks for the whole C API of the numpy that it is compiled against, so no older one will do. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define NPY_TARGET_VERSION NPY_API_VERSION
#include <numpy/arrayobject.h>

static PyObject *
length(PyObject *module, PyObject *arg)
{
    PyObject *array = PyArray_FROM_O(arg);
    npy_intp size;

    (void)module;
    if (array == NULL) {
        return NULL;
    }
    size = PyArray_SIZE((PyArrayObject *)array);
    Py_DECREF(array);
    return PyLong_FromSsize_t((Py_ssize_t)size);
}

static PyMethodDef methods[] = {
    {"length", length, METH_O, "How many elements an array has."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "on_numpy", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit_on_numpy(void)
{
    PyObject *module;

    import_array();
    module = PyModule_Create(&definition);
    if (module != NULL) {
        PyModule_AddStringConstant(module, "COMPILED_AGAINST", COMPILED_AGAINST);
    }
    return module;
}
