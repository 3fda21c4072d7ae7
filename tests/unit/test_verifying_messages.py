"""What messages of modules that cannot be imported mean; all of them real."""

from __future__ import annotations

import pytest

from pip_build_override.verifying.messages import is_no_module, meaning

MEANINGS = [
    (
        (
            "numpy.ndarray size changed, may indicate binary incompatibility. Expected 96 from C"
            " header, got 80 from PyObject"
        ),
        "numpy",
        "96 bytes",
    ),
    # lap 0.4.0, built by Cython 0.29 against numpy 1.26.
    (
        "ValueError: numpy.dtype has the wrong size, try recompiling. Expected 88, got 96",
        "numpy",
        "88 bytes",
    ),
    (
        "A module that was compiled using NumPy 1.x cannot be run in\nNumPy 2.4.6 as it may crash.",
        "numpy",
        "numpy 1.x",
    ),
    ("AttributeError: _ARRAY_API not found", "numpy", "numpy 1.x"),
    (
        "RuntimeError: module compiled against API version 0x10 but this version of numpy is 0xe",
        "numpy",
        "numpy 1.23 or later",
    ),
    (
        "RuntimeError: module compiled against API version 0x16 but this version of numpy is 0x15",
        "numpy",
        "numpy 2.5 or later",
    ),
    (
        (
            "RuntimeError: module compiled against ABI version 0x1000009 but this version of numpy is"
            " 0x2000000"
        ),
        "numpy",
        "C API 0x1000009",
    ),
    ("ImportError: numpy.core.multiarray failed to import", "numpy", "another numpy"),
    (
        "ImportError: /x/flash.so: undefined symbol: _ZN3c104cuda9SetDeviceEi",
        "torch",
        "_ZN3c104cuda9SetDeviceEi",
    ),
    ("ImportError: /x/y.so: undefined symbol: PyUnicode_GET", "", "PyUnicode_GET"),
    (
        "ImportError: libcudart.so.11.0: cannot open shared object file: No such file or directory",
        "",
        "libcudart.so.11.0",
    ),
    ("ImportError: DLL load failed while importing _x: The specified procedure", "", "DLL"),
    (
        "ImportError: dlopen(/x.so): symbol not found in flat namespace '_ZN2at4_ops5'",
        "torch",
        "_ZN2at4_ops5",
    ),
    ("ImportError: scipy.spatial does not export expected C function cdist", "scipy", "cdist"),
    ("TypeError: C function scipy.linalg.cython_blas.x has wrong signature", "scipy", "another scipy"),
    (
        "ImportError: Python version mismatch: module was compiled for Python 3.8, but the interpreter",
        "",
        "Python 3.8",
    ),
]


@pytest.mark.parametrize(("text", "module", "wants"), MEANINGS)
def test_what_a_message_means(text: str, module: str, wants: str) -> None:
    found = meaning(f"Traceback (most recent call last):\n  x\n{text}\n")
    assert found is not None
    assert found.module == module
    assert wants in found.wants


@pytest.mark.parametrize("text", ["", "ModuleNotFoundError: No module named 'x'", "KeyError: 'numpy'"])
def test_what_is_not_known(text: str) -> None:
    assert meaning(text) is None


def test_a_library_is_no_module() -> None:
    assert is_no_module("dynamic module does not define module export function (PyInit_libx)")
    assert not is_no_module("undefined symbol: x")
