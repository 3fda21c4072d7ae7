"""``verify``: one good environment, five ways for it to be bad, and nothing else found."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..support.environments import Result, Target, tool
from ..support.stampbackend import write_wheel
from ..support.wheelhouse import ingredient_wheel

pytestmark = pytest.mark.pips(only=("21.2.4", "26.3"))

# An extension module without any header of a library: what happens at its import is in BODY.
SOURCE = """
#include <Python.h>
BEFORE
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "NAME", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_NAME(void)
{
    BODY
    return PyModule_Create(&definition);
}
"""
SIZE = (
    "numpy.ndarray size changed, may indicate binary incompatibility."
    " Expected 96 from C header, got 80 from PyObject"
)
# Compiled here, and really imported: name -> what is before the module, and at its import.
MODULES = {
    "good": ("", ""),
    "resized": ("", f'PyErr_SetString(PyExc_ValueError, "{SIZE}"); return NULL;'),
    "unresolved": ("extern void _ZN2at10of_old_torchEv(void);", "_ZN2at10of_old_torchEv();"),
    "crashing": ("#include <stdlib.h>", "abort();"),
    "hanging": ("#include <unistd.h>", "for (;;) sleep(1);"),
}


def compiled(target: Target, name: str) -> Path:
    """Compile one of the modules for the target's interpreter, and make a wheel of it."""
    asked = (
        "import json, sysconfig as s; print(json.dumps([s.get_path('include'),"
        " s.get_config_var('EXT_SUFFIX')]))"
    )
    include, suffix = json.loads(target.execute(target.python, "-c", asked).succeeded().stdout)
    before, body = MODULES[name]
    source = SOURCE.replace("BEFORE", before).replace("BODY", body).replace("NAME", name)
    target.write(source, f"{name}.c")
    module = target.room / f"{name}{suffix}"
    subprocess.run(
        ["cc", "-shared", "-fPIC", f"-I{include}", "-o", str(module), str(target.room / f"{name}.c")],
        check=True,
    )
    directory = target.room / "compiled"
    directory.mkdir(exist_ok=True)
    # An optional part that wants what is not here is no misfit.
    wheel = write_wheel(str(directory), name, "1.0", {f"{name}{suffix}": ""}, requires=["numpy"])
    target.put(directory / wheel)
    shutil.copyfile(module, target.site_packages / module.name)
    return module


def distribution(target: Target, name: str, version: str) -> None:
    directory = target.room / "pure"
    directory.mkdir(exist_ok=True)
    wheel = write_wheel(str(directory), name, version, {f"{name}.py": ""})
    target.put(directory / wheel)


def verify(target: Target, *arguments: str) -> Result:
    return target.execute(*tool(), "verify", "--python", target.python, "--timeout", "5", *arguments)


def test_one_good_and_five_broken(target: Target) -> None:
    distribution(target, "numpy", "1.20.1")
    distribution(target, "torch", "2.2.0")
    for name in MODULES:
        compiled(target, name)
    # The fifth, by its record: ingredient goes back to an older release behind its back.
    overrides = '[settings]\nrecord = "all"\n'
    target.override(overrides, "install", "built-and-run-on", "declares").succeeded()
    target.override(overrides, "install", "ingredient==1.0").succeeded()

    result = verify(target, "--format", "json").failed(1)
    answer: Any = json.loads(result.stdout)
    found = {finding["distribution"]: finding for finding in answer["findings"]}
    assert len(found) == len(answer["findings"])
    assert {name: finding["kind"] for name, finding in found.items()} == {
        "resized": "import",
        "unresolved": "import",
        "crashing": "crash",
        "hanging": "hang",
        "built-and-run-on": "record",
    }
    assert found["resized"]["against"] == "numpy"
    assert found["resized"]["override"] == '[package.resized]\nreplace.numpy = "numpy==1.20.1"'
    assert "--no-binary resized resized==1.0" in found["resized"]["command"]
    assert found["unresolved"]["against"] == "torch"
    assert "SIGABRT" in found["crashing"]["reason"]
    assert found["built-and-run-on"]["wants"] == "ingredient 3.0"
    assert found["built-and-run-on"]["override"] == (
        '[package.built-and-run-on]\nreplace.ingredient = "ingredient==1.0"'
    )
    text = verify(target).failed(1).stdout
    assert "5 do not fit" in text
    assert 'replace.numpy = "numpy==1.20.1"' in text


def test_what_was_suggested_puts_it_right(target: Target) -> None:
    overrides = '[settings]\nrecord = "all"\n'
    target.put(ingredient_wheel(target.room / "older", "1.0"))
    target.override(overrides, "install", "built-and-run-on").succeeded()
    (finding,) = json.loads(verify(target, "--format", "json").failed(1).stdout)["findings"]
    target.write(finding["override"], "build-overrides.toml")
    _, _, command = finding["command"].partition("pip-build-override ")
    target.execute(*tool(), *command.split()).succeeded()
    result = verify(target).succeeded()
    assert "built-and-run-on 1.0: built against ingredient 1.0, fits 1.0" in result.stdout
