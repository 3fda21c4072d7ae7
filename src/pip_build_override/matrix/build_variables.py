"""The environment variables of the builds of a matrix, and which of them decide what is built."""

from __future__ import annotations

import os
import shutil
from typing import Container, Iterator, Mapping

from .. import switch
from ..command_line import CommandLine
from ..rules.lines import name_of
from ..rules.standards import normalise

OF_PIP = frozenset(
    (
        # Where distributions come from.
        *("cert", "client_cert", "default_timeout", "extra_index_url", "find_links", "index_url"),
        *("keyring_provider", "no_index", "proxy", "pypi_url", "resume_retries", "retries", "timeout"),
        *("trusted_host", "uploaded_prior_to"),
        # Which of them are used.
        *("build_constraint", "constraint", "no_binary", "only_binary", "pre", "prefer_binary"),
        *("all_releases", "only_final"),
        # How they are resolved and built.
        *("config_settings", "config_setting", "use_deprecated", "use_feature", "build_option"),
        "global_option",
        # Where pip keeps what it needs.
        *("cache_dir", "no_cache_dir", "config_file"),
    )
)
"""The options of pip that a build takes from variables of the user, in lower case.

All others are left out: ``PIP_TARGET``, ``PIP_NO_DEPS`` or ``PIP_REQUIREMENT`` would make the command
another one, and ``PIP_NO_BUILD_ISOLATION`` would leave nothing to override.
"""

_ONLY_FOR_SPEED = frozenset(
    ("cache_dir", "no_cache_dir", "default_timeout", "timeout", "retries", "resume_retries", "cert")
)

# What leads to another Python than the one that builds: of the tests, or of this process.
_OF_PYTHON = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT")

_COMPILING = frozenset(
    (
        # The programs: make's names, which setuptools, meson, CMake and Cargo read.
        *("AR", "AS", "CC", "CPP", "CXX", "F77", "F90", "FC", "LD", "LDSHARED", "LDCXXSHARED", "NM"),
        *("RANLIB", "STRIP", "PKG_CONFIG", "RUSTC", "RUSTC_WRAPPER", "SWIG", "NVCC", "CUDACXX"),
        # Their options.
        *("ARFLAGS", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "CUDAFLAGS", "FCFLAGS", "FFLAGS", "LDFLAGS"),
        *("OPT", "BASECFLAGS", "RUSTFLAGS"),
        # Where compilers and linkers search on their own.
        *("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH", "LIBRARY_PATH"),
        *("LD_LIBRARY_PATH", "LD_RUN_PATH", "DYLD_LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"),
        *("INCLUDE", "LIB", "LIBPATH", "CL", "_CL_", "LINK", "_LINK_"),
        *("PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR", "CONDA_PREFIX"),
        # The platform that is built for.
        *("ARCHFLAGS", "MACOSX_DEPLOYMENT_TARGET", "SDKROOT", "DEVELOPER_DIR", "_PYTHON_HOST_PLATFORM"),
        *("_PYTHON_SYSCONFIGDATA_NAME", "AUDITWHEEL_PLAT", "VSCMD_ARG_TGT_ARCH"),
        # What reproducible builds write instead of the time.
        "SOURCE_DATE_EPOCH",
    )
)
# Families of variables: of build backends, of what they call, and of numpy's own builds.
_FAMILIES = (
    *("BLAS", "CARGO_", "CIBW_", "CMAKE", "CUDA_", "CYTHON", "DISTUTILS", "FLIT_", "HATCH_", "LAPACK"),
    *("MATURIN_", "MESON", "MKL", "MPI", "NINJA", "NPY_", "OPENBLAS", "PBR_", "PDM_BUILD", "POETRY_"),
    *("PYO3_", "SCIKIT_BUILD", "SETUPTOOLS", "SKBUILD", "VERSIONEER"),
)
# Found on PATH by backends if no variable names one.
_PROGRAMS = (
    *("cc", "c++", "gcc", "g++", "clang", "clang++", "cl", "gfortran", "ld", "swig", "rustc", "cmake"),
    *("meson", "ninja", "nvcc", "pkg-config"),
)
# Variables whose value is a command, so that the program need not be one of these.
_NAMES_OF_PROGRAMS = ("CC", "CXX", "FC", "F77", "F90", "LD", "LDSHARED", "AR", "NVCC", "CYTHON")


def for_build(environment: Mapping[str, str], overrides: str, rules: CommandLine) -> dict[str, str]:
    """Return the environment variables of a pip that builds a wheel.

    Args:
        environment: The environment variables of the user.
        overrides: Absolute path of the overrides file of the build.
        rules: Rules of a ``run`` above that stay in force.
    """
    variables = plain(environment)
    variables[switch.SWITCH] = overrides
    if rules:
        variables[switch.COMMAND_LINE] = rules.dump()
    variables["PYTHONPATH"] = switch.with_injected({})
    return variables


def plain(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the same for a pip without the override."""
    kept = {
        name: value
        for name, value in environment.items()
        if name not in _OF_PYTHON and not name.startswith("_PIP_") and _option(name) in (None, *OF_PIP)
    }
    # It installs nothing, so it need not be in a virtual environment.
    return {**kept, "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def rules_above(environment: Mapping[str, str], name: str, built: Container[str]) -> CommandLine:
    """Return the rules that a ``run`` above was given, without those that the matrix decides instead.

    Args:
        environment: The environment variables.
        name: The normalised name of the project.
        built: The names of what is built against.
    """
    given = CommandLine.load(environment.get(switch.COMMAND_LINE, ""))
    kept = []
    for text in given.set:
        package, _, requirement = text.partition(":")
        if normalise(package.strip()) != name or name_of(requirement.strip()) not in built:
            kept.append(text)
    # Its limits are for every package, so they are less specific than what the matrix decides.
    return CommandLine(given.constrain, tuple(kept), given.as_of)


def deciding(environment: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """Yield the variables, and the programs, on which the content of a wheel depends, sorted.

    Args:
        environment: The environment variables.
        name: The normalised name of the project. Many projects have variables that begin with it.
    """
    own = name.replace("-", "_").upper() + "_"
    for variable in sorted(environment):
        upper = variable.upper()
        if upper in _COMPILING or upper.startswith((*_FAMILIES, own)):
            yield variable, environment[variable]
    named = [environment[name].split() for name in _NAMES_OF_PROGRAMS if environment.get(name)]
    for program in dict.fromkeys((*_PROGRAMS, *(words[0] for words in named if words))):
        path = shutil.which(program, path=environment.get("PATH"))
        if path:
            # All of PATH would be too much: it differs from one terminal to the next.
            real = os.path.realpath(path)
            status = os.stat(real)
            # An upgrade puts another compiler in the same place.
            yield f"program {program}", f"{real} {status.st_size} {status.st_mtime_ns}"


def decides(option: str) -> bool:
    """Return whether an option of pip, as ``pip config list`` shows it, decides what is built with."""
    name = _normal(option.rpartition(".")[2])
    return name in OF_PIP and name not in _ONLY_FOR_SPEED


def _option(variable: str) -> str | None:
    """Return the option of pip that a variable is for, or None if it is for something else."""
    return _normal(variable[4:]) if variable[:4].upper() == "PIP_" else None


def _normal(option: str) -> str:
    return option.lower().replace("-", "_")
