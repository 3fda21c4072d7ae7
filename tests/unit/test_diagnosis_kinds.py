"""Lines that real builds have printed, the kind of failure that each shows, and the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from pip_build_override.diagnosis import Rules
from pip_build_override.diagnosis.bounds import Contradiction

from .test_diagnosis_findings import MISSING, diagnosed

CYTHON_3 = {"environment": {"cython": "3.2.4"}}
NUMPY = '{ name = "numpy", from = "target", else = "numpy" }'
COMPILE_ERROR = "Cython.Compiler.Errors.CompileError: x.pyx"


def limited(*limits: str) -> Rules:
    return Rules(constrain=limits)


def added(*texts: str) -> Rules:
    return Rules(add=texts)


@pytest.mark.parametrize(
    ("lines", "python", "kind", "rules"),
    [
        # Cython
        (
            ["x.pyx:1:37: undeclared name not builtin: long", COMPILE_ERROR],
            "3.13",
            "cython-3.1-names",
            limited("cython<3.1"),
        ),
        (
            ["x.pyx:277:12: 'long' is not a constant, variable or function identifier", COMPILE_ERROR],
            "3.12",
            "cython-3.1-names",
            limited("cython<3.1"),
        ),
        (
            ["x.pyx:3:0: 'cpython/string/PyString_AsString.pxd' not found", COMPILE_ERROR],
            "3.12",
            "cython-3.1-modules",
            limited("cython<3.1"),
        ),
        (
            [
                (
                    "x.pyx:9:13: Cannot assign type 'int (void *) except? -1' to 'cb' (alias of"
                    " 'int (*)(void *) noexcept'). Exception values are incompatible. Suggest adding"
                    " 'noexcept' to the type of 'mine'."
                ),
                COMPILE_ERROR,
            ],
            "3.12",
            "cython-3-exceptions",
            limited("cython<3"),
        ),
        # Cython 0.29 does not help there.
        (
            [
                (
                    "x.pyx:435:12: Cannot assign type 'void (*)() except *' to 'void (*)() noexcept'."
                    " Exception values are incompatible."
                ),
            ],
            "3.13",
            "cython-3-exceptions",
            Rules(),
        ),
        (
            ['def f(): print "a"', "^", "x.pyx:1:15: Syntax error in simple statement list"],
            "3.11",
            "cython-3-syntax",
            limited("cython<3"),
        ),
        (
            ["x.pyx:1:8: 'python_string.pxd' not found"],
            "3.11",
            "cython-3-modules",
            limited("cython<3"),
        ),
        # Anything else is taken for Cython 3.
        (["x.pyx:1:8: 'mine.pxd' not found", COMPILE_ERROR], "3.11", "cython-compile-error", None),
        (
            ["x.pyx:1:8: 'numpy/random/bitgen.pxd' not found"],
            "3.11",
            "missing-numpy-declarations",
            added(NUMPY),
        ),
        (
            ["x.pyx:1:8: 'scipy/linalg/cython_blas.pxd' not found"],
            "3.11",
            "missing-declarations",
            added('"scipy"'),
        ),
        # numpy
        (
            ["x.pyx:3:5: 'int_t' is not a type identifier", COMPILE_ERROR],
            "3.12",
            "numpy-2-types",
            limited("numpy<2"),
        ),
        (["x.pyx:3:5: 'int_t' is not a type identifier"], "3.13", "numpy-2-types", Rules()),
        (
            [
                "cdef np.ndarray[np.int_t, ndim=1] ignore",
                "^",
                "-" * 60,
                "hdbscan/_hdbscan_tree.pyx:74:23: Invalid type.",
                COMPILE_ERROR,
            ],
            "3.10",
            "numpy-2-types-of-arguments",
            limited("numpy<2"),
        ),
        (
            ["cdef np.long_t b", "^", "x.pyx:4:5: 'long_t' is not a type identifier"],
            "3.11",
            "numpy-1.25-types",
            limited("numpy<1.25"),
        ),
        # What Cython is to generate, and has generated
        (
            ["cc1: fatal error: _mask.c: No such file or directory"],
            "3.12",
            "missing-generated-file",
            added('"cython<3"'),
        ),
        (
            ["x86_64-linux-gnu-gcc: error: src/x.c: No such file or directory"],
            "3.13",
            "missing-generated-file",
            added('"cython<3.1"'),
        ),
        (
            [
                "x.c: In function '__Pyx_PyInt_As_int':",
                "x.c:41809:27: error: too few arguments to function '_PyLong_AsByteArray'",
            ],
            "3.13",
            "stale-cython-code-of-functions",
            Rules(add=('"cython<3.1"',), regenerate=True),
        ),
        (
            [
                "decrunch.cpp: In function 'int __Pyx_modinit_type_init_code()':",
                "decrunch.cpp:7:9: error: 'PyTypeObject' has no member named 'tp_print'",
            ],
            "3.9",
            "stale-cython-code-of-functions",
            Rules(add=('"cython<3"',), regenerate=True),
        ),
        (
            [
                "x.c: In function 'PyInit_x':",
                "x.c:2897:36: error: 'PyTypeObject' has no member named 'tp_print'",
            ],
            "3.9",
            "stale-cython-code-3.9",
            Rules(add=('"cython<3"',), regenerate=True),
        ),
        # What people have written
        (
            [
                "greenlet.c: In function 'green_clear_exc':",
                "greenlet.c:176:21: error: '_PyErr_StackItem' has no member named 'exc_type'",
            ],
            "3.12",
            "written-for-an-older-python",
            Rules(),
        ),
        (
            ["src/_pickle_33.c:1668:13: error: too few arguments to function '_PyLong_AsByteArray'"],
            "3.13",
            "written-for-an-older-python",
            Rules(),
        ),
        (
            ["ast27/ast.c:7:10: fatal error: code.h: No such file or directory"],
            "3.11",
            "written-for-an-older-python",
            Rules(),
        ),
        (
            ["c/_cffi_backend.c:407:23: error: lvalue required as left operand of assignment"],
            "3.12",
            "assigns-to-a-type",
            Rules(),
        ),
        # setuptools
        (
            [MISSING.format("setuptools.package_index")],
            "3.12",
            "modules-of-setuptools-80.3",
            limited("setuptools<80.3"),
        ),
        (
            [MISSING.format("setuptools.sandbox")],
            "3.12",
            "modules-of-setuptools-80",
            limited("setuptools<80"),
        ),
        (
            ["ImportError: cannot import name 'normalize_path' from 'setuptools.command.test' (/x)"],
            "3.10",
            "modules-of-setuptools-72",
            limited("setuptools<72"),
        ),
        (
            [MISSING.format("pkg_resources.extern")],
            "3.12",
            "modules-of-setuptools-71",
            limited("setuptools<71"),
        ),
        (
            ["ImportError: cannot import name 'packaging' from 'pkg_resources' (/x/__init__.py)"],
            "3.12",
            "packaging-of-pkg-resources",
            limited("setuptools<70"),
        ),
        (
            [MISSING.format("setuptools.dep_util")],
            "3.12",
            "modules-of-setuptools-70",
            limited("setuptools<70"),
        ),
        (
            ["ImportError: cannot import name '_get_unpatched' from 'setuptools.dist' (/x/dist.py)"],
            "3.9",
            "modules-of-setuptools-68",
            limited("setuptools<68"),
        ),
        (
            [MISSING.format("distutils.command.bdist_wininst")],
            "3.11",
            "bdist-wininst",
            limited("setuptools<65"),
        ),
        (
            [MISSING.format("setuptools.command.bdist_wininst")],
            "3.9",
            "setuptools-bdist-wininst",
            limited("setuptools<56"),
        ),
        (
            [MISSING.format("setuptools.ssl_support")],
            "3.9",
            "setuptools-ssl-support",
            limited("setuptools<57.1"),
        ),
        (
            ["TypeError: WheelFile.__init__() takes from 2 to 3 positional arguments but 4 were given"],
            "3.11",
            "old-wheel",
            Rules(replace=(("wheel", '"wheel>=0.34"'),)),
        ),
        # Other backends
        (
            [
                (
                    "flit_core.config.ConfigError: The [tool.flit.metadata] table is gone."
                    " Switch to the standard table or require flit_core<4 to build this package."
                )
            ],
            "3.12",
            "flit-metadata",
            limited("flit-core<4"),
        ),
        (
            ["ValueError: Unable to determine which files to ship inside the wheel using"],
            "3.12",
            "hatchling-files",
            limited("hatchling<1.19"),
        ),
        # pip
        ([MISSING.format("pip.req")], "3.9", "missing-pip-req", added('"pip<10"')),
        ([MISSING.format("pip.req")], "3.10", "missing-pip-req", Rules()),
        (
            ["from pip._internal.download import PipSession", MISSING.format("pip")],
            "3.11",
            "missing-pip-download",
            added('"pip<20"'),
        ),
        ([MISSING.format("pip._internal.download")], "3.12", "missing-pip-download", Rules()),
        (
            [
                "from pip._internal.req import parse_requirements",
                MISSING.format("pip"),
                "from pip.req import parse_requirements",
                MISSING.format("pip"),
            ],
            "3.12",
            "missing-pip-internals",
            added('"pip"'),
        ),
        (
            ["AttributeError: 'ParsedRequirement' object has no attribute 'req'"],
            "3.11",
            "pip-parsed-requirement",
            limited("pip<20.1"),
        ),
        # numpy.distutils
        ([MISSING.format("numpy.distutils")], "3.12", "numpy-distutils", Rules()),
        # Others
        (
            [
                (
                    "distutils.errors.DistutilsError: Command '['/x/bin/python', '-m', 'pip', 'wheel',"
                    " '--no-deps', '-w', '/tmp/x', '--quiet', 'cython>=0.27.3']' returned non-zero exit"
                )
            ],
            "3.12",
            "missing-in-setup-requires",
            added('"cython<3"'),
        ),
        (
            ["x.cpp:1:10: fatal error: nanobind/nanobind.h: No such file or directory"],
            "3.12",
            "missing-headers-of-a-distribution",
            added('"nanobind"'),
        ),
        (
            ["ImportError: cannot import name 'MutableMapping' from 'collections' (/x/__init__.py)"],
            "3.10",
            "abstract-classes-gone-from-collections",
            Rules(),
        ),
        (["KeyError: '__version__'"], "3.13", "version-from-locals", Rules()),
        (
            ["FileNotFoundError: [Errno 2] No such file or directory: 'requirements.txt'"],
            "3.11",
            "file-missing-in-sdist",
            Rules(),
        ),
        (["ValueError: 'x/y.pyx' doesn't match any files"], "3.9", "pyx-missing-in-sdist", Rules()),
        (
            ["SyntaxError: multiple exception types must be parenthesized"],
            "3.11",
            "python-2",
            Rules(),
        ),
    ],
)
def test_a_line_and_its_remedy(lines: list[str], python: str, kind: str, rules: Rules | None) -> None:
    diagnosis = diagnosed(*lines, python=python)
    assert [finding.signature.name for finding in diagnosis.findings] == [kind]
    assert "<" not in diagnosis.findings[0].says.replace("CMake <", "")
    assert diagnosis.rules == (limited("cython<3") if rules is None else rules)
    # Nothing is left of the names of groups.
    assert ">" not in diagnosis.findings[0].because


def test_what_is_no_error_of_cython() -> None:
    hint = "performance hint: x.pyx:3:0: Exception check on 'f' will always require the GIL"
    warning = "warning: x.pyx:1:0: The keyword 'nogil' should appear at the end of the function"
    assert not diagnosed(hint, warning, python="3.12", **CYTHON_3).findings


@pytest.mark.parametrize(
    ("setup_py", "python", "kind", "rules"),
    [
        # As in somecomfort 0.5.0, chumpy 0.70 and others.
        ("from pip.req import parse_requirements", "3.8", "missing-pip-req", added('"pip<10"')),
        ("from pip.req import parse_requirements", "3.10", "missing-pip-req", Rules()),
        (
            "try:\n  from pip._internal.req import p\nexcept ImportError:\n  from pip.req import p",
            "3.12",
            "missing-module",
            added('"pip"'),
        ),
        (
            (
                "try:\n  from pip._internal.download import P\nexcept ImportError:\n"
                "  from pip.download import P"
            ),
            "3.10",
            "missing-pip-download",
            added('"pip<20"'),
        ),
        (
            (
                "try:\n  from pip._internal.network.session import P\nexcept ImportError:\n"
                "  from pip._internal.download import P"
            ),
            "3.12",
            "missing-module",
            added('"pip"'),
        ),
    ],
)
def test_the_part_of_pip_that_a_setup_py_imports(
    setup_py: str, python: str, kind: str, rules: Rules
) -> None:
    line = MISSING.format("pip")
    diagnosis = diagnosed(line, python=python, setup_py=setup_py)
    (finding,) = diagnosis.findings
    assert finding.signature.name == kind
    assert diagnosis.rules == rules
    # Read again from the log of that pip.
    told: Any = (f"{finding.says}: {finding.because}",)
    again = diagnosed(line, python=python, told=told)
    assert again.rules == rules
    assert again.findings[0].because == finding.because


@pytest.mark.parametrize(
    ("added", "text", "wanted"),
    [
        ("cython", '"cython<3"', "cython<3"),
        ("cython>=0.29", '"cython<3"', "cython>=0.29,<3"),
        ("numpy", '{ from = "target" }', {"name": "numpy", "from": "target"}),
        ({"name": "numpy", "from": "target"}, '{ name = "numpy", from = "target" }', None),
    ],
)
def test_what_is_added_takes_the_replacement(added: Any, text: str, wanted: Any) -> None:
    name = added["name"] if isinstance(added, dict) else added[:6].rstrip(">")
    table = Rules(replace=((name, text),)).joined_to({"add": ["six", added]})
    assert table == {"add": ["six", wanted or added]}


@pytest.mark.parametrize("text", ['"cython<3"', '{ from = "target" }'])
def test_what_is_added_excludes_the_replacement(text: str) -> None:
    with pytest.raises(Contradiction) as caught:
        Rules(replace=(("cython", text),)).joined_to({"add": ["cython==3.1"]})
    assert caught.value.entry.strip('"') == "cython==3.1"


def test_a_requirement_that_is_there_already_takes_the_limit() -> None:
    table = Rules(add=('"pip<10"',)).joined_to({"add": ["pip", "six"]})
    assert table == {"add": ["pip<10", "six"]}
