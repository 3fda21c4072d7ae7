"""``verify``: one good environment, five ways for it to be bad, and nothing else found."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..support.documents import answered
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
INGREDIENT_SIZE = SIZE.replace("numpy.ndarray", "ingredient.Spoon")


def module(target: Target, name: str, before: str, body: str) -> Path:
    """Compile a module for the target's interpreter."""
    asked = (
        "import json, sysconfig as s; print(json.dumps([s.get_path('include'),"
        " s.get_config_var('EXT_SUFFIX')]))"
    )
    include, suffix = json.loads(target.execute(target.python, "-c", asked).succeeded().stdout)
    source = SOURCE.replace("BEFORE", before).replace("BODY", body).replace("NAME", name)
    target.write(source, f"{name}.c")
    path = target.room / f"{name}{suffix}"
    subprocess.run(
        ["cc", "-shared", "-fPIC", f"-I{include}", "-o", str(path), str(target.room / f"{name}.c")],
        check=True,
    )
    return path


def compiled(target: Target, name: str) -> None:
    """Have a distribution installed that is one of the modules."""
    path = module(target, name, *MODULES[name])
    directory = target.room / "compiled"
    directory.mkdir(exist_ok=True)
    wheel = write_wheel(str(directory), name, "1.0", {path.name: ""}, requires=["numpy"])
    target.put(directory / wheel)
    shutil.copyfile(path, target.site_packages / path.name)


def refusing(target: Target, name: str, text: str) -> None:
    """Give an installed distribution a compiled module that refuses to be imported."""
    stem = name.replace("-", "_")
    body = f'PyErr_SetString(PyExc_ImportError, "{text}"); return NULL;'
    path = module(target, f"_of_{stem}", "", body)
    shutil.copyfile(path, target.site_packages / path.name)
    (record,) = target.site_packages.glob(f"{stem}-*.dist-info/RECORD")
    with open(record, "a", encoding="utf-8") as file:
        file.write(f"{path.name},,\n")


def found(target: Target) -> Any:
    """The only finding."""
    (finding,) = answered("verify", verify(target, "--format", "json").failed(1).stdout)["findings"]
    return finding


def do_what_it_says(target: Target, finding: Any) -> None:
    name, *command = shlex.split(finding["command"])
    if finding["override"]:
        assert finding["file"] == command[command.index("--overrides") + 1]
        # A new file, which replaces none.
        assert not (target.room / finding["file"]).exists()
        target.write(finding["override"], finding["file"])
    assert name == "pip-build-override"
    target.execute(*tool(), *command).succeeded()


def distribution(target: Target, name: str, version: str) -> None:
    directory = target.room / "pure"
    directory.mkdir(exist_ok=True)
    wheel = write_wheel(str(directory), name, version, {f"{name}.py": ""})
    target.put(directory / wheel)


def verify(target: Target, *arguments: str) -> Result:
    return target.execute(*tool(), "verify", "--python", target.python, "--timeout", "5", *arguments)


@pytest.mark.seam("none")
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
    answer: Any = answered("verify", result.stdout)
    findings = {finding["distribution"]: finding for finding in answer["findings"]}
    assert len(findings) == len(answer["findings"])
    assert {name: finding["kind"] for name, finding in findings.items()} == {
        "resized": "import-failed",
        "unresolved": "import-failed",
        "crashing": "import-crashed",
        "hanging": "import-hung",
        "built-and-run-on": "abi-mismatch",
    }
    assert findings["resized"]["against"] == "numpy"
    assert findings["resized"]["override"] == (
        '[package."*"]\nreplace.oldest-supported-numpy = "numpy==1.20.1"'
    )
    assert "--set 'resized: numpy@target'" in findings["resized"]["command"]
    assert "--no-binary resized resized==1.0" in findings["resized"]["command"]
    assert findings["unresolved"]["against"] == "torch"
    assert "SIGABRT" in findings["crashing"]["reason"]
    assert findings["built-and-run-on"]["wants"] == "ingredient 3.0"
    assert findings["built-and-run-on"]["override"] == (
        '[package.built-and-run-on]\nreplace.ingredient = "ingredient==1.0"'
    )
    # Three modules more, after the one that fails: what is not tried is not counted as imported.
    (listed,) = target.site_packages.glob("resized-*.dist-info/RECORD")
    with open(listed, "a", encoding="utf-8") as file:
        for letter in "xyz":
            path = module(target, f"resized_{letter}", "", "")
            shutil.copyfile(path, target.site_packages / path.name)
            file.write(f"{path.name},,\n")
    text = verify(target).failed(1).stdout
    assert "5 do not fit; 1 module imported" in text
    assert 'replace.ingredient = "ingredient==1.0"' in text


@pytest.mark.seam("none")
def test_what_was_suggested_puts_it_right(target: Target) -> None:
    overrides = '[settings]\nrecord = "all"\n'
    target.put(ingredient_wheel(target.room / "older", "1.0"))
    target.override(overrides, "install", "built-and-run-on").succeeded()
    do_what_it_says(target, found(target))
    result = verify(target).succeeded()
    assert "built-and-run-on 1.0: built against ingredient 1.0, fits 1.0" in result.stdout


@pytest.mark.seam("none")
def test_remedies_are_tried(target: Target) -> None:
    target.override('[settings]\nrecord = "all"\n', "install", "built-and-run-on").succeeded()
    settings = '[settings]\nrecord = "none"\n'
    target.override(settings, "install", "breaks-in-build").succeeded()
    target.override(settings, "install", "ingredient==1.0").succeeded()
    refusing(target, "breaks-in-build", INGREDIENT_SIZE)
    before = sorted(target.temporary.iterdir())
    result = verify(target, "--fix", "--format", "json").failed(1)
    # Where the build itself fails with what is installed, there is no remedy.
    (finding,) = answered("verify", result.stdout)["findings"]
    assert finding["distribution"] == "breaks-in-build"
    assert "a build against what is installed was tried: " in finding["reason"], str(result)
    assert (finding["override"], finding["command"], finding["file"]) == ("", "", "")
    assert target.stamp("built_and_run_on") == {"ingredient": "1.0"}
    assert target.stamp("breaks_in_build") == {"ingredient": "3.0"}
    written = (target.room / "build-overrides-2.toml").read_text(encoding="utf-8")
    assert written == (
        '[package.built-and-run-on]\nreason = "it runs with ingredient 1.0"\n'
        'replace.ingredient = "ingredient==1.0"\n'
    )
    assert "pip-build-override: built-and-run-on 1.0: trying against ingredient 1.0" in result.stderr
    assert sorted(target.temporary.iterdir()) == before


@pytest.mark.quick_on("26.3")
@pytest.mark.seam("none")
def test_a_record_that_tells_of_nothing_needed(target: Target) -> None:
    # What else the table says is needed again.
    overrides = '[package.undeclared]\nadd = ["ingredient==1.0", "mint"]\n'
    target.override(overrides, "install", "undeclared", "ingredient==2.0").succeeded()
    verify(target).succeeded()
    refusing(target, "undeclared", INGREDIENT_SIZE)
    finding = found(target)
    assert (finding["kind"], finding["present"]) == ("import-failed", "2.0")
    assert finding["override"] == ""
    do_what_it_says(target, finding)
    assert target.stamp("undeclared") == {"ingredient": "2.0", "mint": "1.0"}
    verify(target).succeeded()


@pytest.mark.seam("none")
@pytest.mark.parametrize("name", ["declares", "pins", "undeclared"])
def test_rebuilt_whatever_it_declares(target: Target, name: str) -> None:
    settings = '[settings]\nrecord = "none"\n'
    if name == "undeclared":
        settings += '[package.undeclared]\nadd = ["ingredient"]\n'
    target.override(settings, "install", name, "ingredient==2.0").succeeded()
    assert target.stamp(name) == {"ingredient": "3.0"}
    refusing(target, name, INGREDIENT_SIZE)
    do_what_it_says(target, found(target))
    assert target.stamp(name) == {"ingredient": "2.0"}
    verify(target).succeeded()


@pytest.mark.seam("none")
def test_a_part_that_refuses_by_itself_is_a_note(target: Target) -> None:
    directory = target.room / "packages"
    directory.mkdir()
    for name, text in (("whole", ""), ("broken", "raise RuntimeError('no')\n")):
        files = {f"{name}/__init__.py": text}
        body = 'PyErr_SetString(PyExc_ImportError, "set COOKING first"); return NULL;'
        path = module(target, "_tests", "", body)
        files[f"{name}/{path.name}"] = ""
        target.put(directory / write_wheel(str(directory), name, "1.0", files))
        shutil.copyfile(path, target.site_packages / name / path.name)
    answer = answered("verify", verify(target, "--format", "json").failed(1).stdout)
    assert answer["format"] == 2
    assert [finding["distribution"] for finding in answer["findings"]] == ["broken"]
    (note,) = answer["notes"]
    assert (note["distribution"], note["module"]) == ("whole", "whole._tests")
    assert "whole 1.0: note: whole._tests: set COOKING first" in verify(target).failed(1).stdout


@pytest.mark.seam("none")
def test_rebuilt_from_where_it_came_from(target: Target) -> None:
    sdist = shutil.copy(target.index / "declares-1.0.tar.gz", target.room)
    target.run_pip("install", sdist, "ingredient==2.0").succeeded()
    refusing(target, "declares", INGREDIENT_SIZE)
    finding = found(target)
    assert f"'declares @ {Path(sdist).as_uri()}'" in finding["command"]
    do_what_it_says(target, finding)
    assert target.stamp("declares") == {"ingredient": "2.0"}


@pytest.mark.seam("none")
@pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
def test_no_time_at_all(target: Target, seconds: str) -> None:
    verify(target, "--timeout", seconds).refused("--timeout", seconds)


@pytest.mark.seam("none")
@pytest.mark.parametrize(("older", "newer"), [("1.0", "3.0"), ("3.0", "1.0")])
def test_two_dist_infos_of_one_name(target: Target, older: str, newer: str) -> None:
    overrides = '[settings]\nrecord = "all"\n'
    target.override(overrides, "install", "built-and-run-on", f"ingredient=={older}").succeeded()
    target.run_pip("install", "--ignore-installed", f"ingredient=={newer}").succeeded()
    result = verify(target)
    if newer == "1.0":
        result.failed(1)
        assert found(target)["present"] == "1.0"
    else:
        result.succeeded()
        assert "built against ingredient 3.0, fits 3.0" in result.stdout


def package(target: Target, name: str, files: dict[str, str], *, malformed: bool = False) -> None:
    """Install a distribution whose files that end in ``_c`` are compiled, and import nothing."""
    directory = target.room / "packages"
    directory.mkdir(exist_ok=True)
    compiled_files = {}
    for place in [place for place in files if place.endswith("_c")]:
        body = f'PyErr_SetString(PyExc_ImportError, "{files.pop(place)}"); return NULL;'
        path = module(target, "_c", "", body)
        compiled_files[place[:-2] + path.name] = path
    contents = {**files, **dict.fromkeys(compiled_files, "")}
    target.put(directory / write_wheel(str(directory), name, "1.0", contents))
    for place, path in compiled_files.items():
        shutil.copyfile(path, target.site_packages / place)
        path.rename(path.with_name(f"of-{name}"))
    if malformed:
        (record,) = target.site_packages.glob(f"{name.replace('-', '_')}-*.dist-info/RECORD")
        with open(record, "a", encoding="utf-8") as file:
            file.write("a,sha256=b,ten\nb,c,d,e,f\n\n")


@pytest.mark.seam("none")
def test_packages_that_fail_as_a_whole(target: Target) -> None:
    needs = "import not_there\n"
    package(
        target, "in-namespace", {"ns/broken/__init__.py": "raise OSError('no')\n", "ns/broken/_c": "x"}
    )
    package(target, "in-part", {"ns/part/__init__.py": "", "ns/part/_c": "set COOKING first"})
    package(target, "missing", {"missing/__init__.py": needs, "missing/_c": "x"}, malformed=True)
    package(
        target,
        "optional",
        {"optional/__init__.py": "", "optional/a/__init__.py": needs, "optional/a/_c": ""},
    )
    (target.site_packages / "ns" / "part").joinpath("__init__.py").touch()
    answer = answered("verify", verify(target, "--format", "json").failed(1).stdout)
    reasons = {finding["distribution"]: finding["reason"] for finding in answer["findings"]}
    assert reasons == {
        "in-namespace": "ns.broken._c: no",
        "missing": "missing._c: No module named 'not_there'",
    }
    assert [note["distribution"] for note in answer["notes"]] == ["in-part"]


@pytest.mark.seam("none")
def test_what_is_not_looked_at_is_named(target: Target) -> None:
    distribution(target, "lost", "1.0")
    (record,) = target.site_packages.glob("lost-*.dist-info/RECORD")
    record.unlink()
    (target.site_packages / "lost.py").unlink()
    result = verify(target).succeeded()
    assert "lost 1.0: not checked: it has no readable RECORD" in result.stdout
    assert ": nothing to check: nothing else has compiled modules, or a record" in result.stdout


@pytest.mark.seam("none")
def test_an_editable_is_imported(target: Target) -> None:
    source = target.room / "source"
    (source / "kettle").mkdir(parents=True)
    (source / "kettle" / "__init__.py").write_text("import not_there\n", encoding="utf-8")
    directory = target.room / "editables"
    directory.mkdir()
    wheel = write_wheel(str(directory), "kettle", "1.0", {"__editable__.kettle.pth": f"{source}\n"})
    target.put(directory / wheel)
    (information,) = target.site_packages.glob("kettle-*.dist-info")
    (information / "top_level.txt").write_text("kettle\n", encoding="utf-8")
    document = {"url": source.as_uri(), "dir_info": {"editable": True}}
    (information / "direct_url.json").write_text(json.dumps(document), encoding="utf-8")
    assert found(target)["reason"] == "kettle: No module named 'not_there'"
