"""The commands that rebuild what does not fit."""

from __future__ import annotations

import os
import shlex
from typing import Any

import pytest
from pip._vendor.packaging.markers import default_environment

from pip_build_override import records
from pip_build_override.cli import verify
from pip_build_override.verifying.imports import Failure
from pip_build_override.verifying.judging import Built, Environment, Finding, Unchecked

# direct_url.json (PEP 610) -> how pip is asked for the same again.
CAME_FROM = [
    ({}, ["p==1.0"]),
    ({"url": "file:///x/p-1.0.tar.gz", "archive_info": {}}, ["p @ file:///x/p-1.0.tar.gz"]),
    ({"url": "file:///x/p-1.0-py3-none-any.whl", "archive_info": {}}, ["p==1.0"]),
    ({"url": "https://me:secret@host.example/p.zip?token=1"}, ["p @ https://host.example/p.zip"]),
    (
        {
            "url": "https://${USER}:${PASSWORD}@host.example/p",
            "vcs_info": {"vcs": "git", "commit_id": "ab12", "requested_revision": "v1"},
            "subdirectory": "python",
        },
        ["p @ git+https://host.example/p@ab12#subdirectory=python"],
    ),
    (
        {"url": "ssh://git:secret@host.example/p", "vcs_info": {"vcs": "git", "commit_id": "ab12"}},
        ["p @ git+ssh://git@host.example/p@ab12"],
    ),
    ({"url": "https://host.example/p", "vcs_info": {}, "dir_info": None}, ["p==1.0"]),
    ({"url": "https://host.example/p", "vcs_info": {"vcs": "git"}}, ["p==1.0"]),
    ({"url": ["https://host.example/p"]}, ["p==1.0"]),
    ({"url": "https://[::1/p"}, ["p==1.0"]),
    ({"url": "file:///x/p", "dir_info": {}}, ["p @ file:///x/p"]),
    ({"url": "file:///x/p", "dir_info": {"editable": True}}, ["--editable", "file:///x/p"]),
]


@pytest.mark.parametrize(("document", "asked"), CAME_FROM)
def test_rebuilt_from_where_it_came_from(document: dict[str, Any], asked: list[str]) -> None:
    environment = Environment({"distributions": [], "markers": {}}, "/bin/python")
    command = environment.rebuild({"name": "P", "version": "1.0", "direct_url": document})
    assert shlex.split(command)[-len(asked) - 1 :] == ["p", *asked]


def test_a_record_that_its_module_refutes() -> None:
    record = records.Record(
        "p", "1.0", (records.Distribution("numpy", "2.4.6"),), declared=("numpy",), effective=("numpy",)
    )
    p = {"name": "p", "version": "1.0", "direct_url": {}, "requires": ["numpy"], "top_level": ["p"]}
    numpy = {"name": "numpy", "version": "2.4.6", "top_level": ["numpy"]}
    environment = Environment({"distributions": [p, numpy], "markers": {}}, "/bin/python")
    failure = Failure("p", "import-failed", "compiled using NumPy 1.x cannot be run in NumPy 2")
    finding = environment.by_failure(p, failure, record, lambda: True)
    assert isinstance(finding, Finding)
    # The same wheel may be in the cache, under the same rules.
    assert "--no-cache-dir" in finding.command
    others = environment.by_failure(p, failure, None, lambda: True)
    assert isinstance(others, Finding)
    assert "--no-cache-dir" not in others.command

    (built,) = environment.built(p, record)
    assert built.fits
    shown = "\n".join(verify._text("/bin/python", verify.Found([built], [finding], [], [], 1)))
    assert "fits 2.4.6" not in shown


def distribution(name: str, **more: Any) -> dict[str, Any]:
    plain = {"direct_url": {}, "requires": [], "top_level": [name], "record": None, "modules": []}
    return {"name": name, "version": "1.0", **plain, **more}


def judged(
    failure: Failure, *others: dict[str, Any], fails: bool = True, record: Any = None, **more: Any
) -> Any:
    p = distribution("p", **more)
    environment = Environment({"distributions": [p, *others], "markers": {}}, "/bin/python")
    return environment.by_failure(p, failure, record, lambda: fails)


MISSING = Failure("p._c", "import-failed", "No module named 'numpy'", "", "ModuleNotFoundError")
FAILED = Failure("p._c", "import-failed", "numpy.core.multiarray failed to import", "", "ImportError")


def test_a_missing_module() -> None:
    # A part of a package may need what is not installed.
    assert judged(MISSING, fails=False) is None
    finding = judged(MISSING)
    assert isinstance(finding, Finding)
    assert finding.reason == "p._c: No module named 'numpy'"


@pytest.mark.parametrize("recorded", [True, False])
def test_no_numpy_at_all(recorded: bool) -> None:
    record = records.Record("p", "1.0", (records.Distribution("numpy", "1.26.0"),))
    assert judged(FAILED, fails=False) is None
    finding = judged(FAILED, record=record if recorded else None)
    assert finding.reason == ("p._c: numpy.core.multiarray failed to import; numpy is not installed")
    assert finding.wants == ("numpy 1.26.0" if recorded else "numpy")
    assert (finding.present, finding.override, finding.command) == ("", "", "")
    other = judged(FAILED, distribution("numpy", version="2.0"))
    assert other.reason.endswith("; it needs another numpy, but numpy 2.0 is installed")


BUILD_TOOLS = (
    records.Distribution("meson", "1.12"),
    records.Distribution("ninja", "1.13"),
    records.Distribution("numpy", "1.26"),
    records.Distribution("tool", "2.0", url="git+https://example.org/tool@abc", direct=True),
)


@pytest.mark.parametrize(
    ("text", "traceback"),
    [
        ("re-building the p meson-python editable wheel package failed", ""),
        ("No such file: 'ninja'", 'File "/s/_p_editable_loader.py", line 352, in _rebuild'),
        ("Command 'cmake' failed", 'File "/s/_editable_skbc_p.py", line 396, in run_checked'),
        ("Command 'cmake' failed", 'File "/s/_p_editable.py", line 96, in rebuild'),
    ],
)
@pytest.mark.parametrize("recorded", [True, False])
def test_an_editable_without_its_build_environment(text: str, traceback: str, recorded: bool) -> None:
    url = {"url": "file:///src/p", "dir_info": {"editable": True}}
    finding = judged(
        Failure("p", "import-failed", text, traceback),
        distribution("meson", version="1.12"),
        distribution("numpy", version="2.0"),
        record=records.Record("p", "1.0", BUILD_TOOLS) if recorded else None,
        editable=True,
        direct_url=url,
        requires=["numpy"],
    )
    assert finding.reason == (
        f"p: {text}; it is rebuilt when it is imported, and its build environment no longer exists"
    )
    words = shlex.split(finding.command)
    if recorded:
        # What is installed already, and what p needs at run time, is left as it is.
        pins = ["ninja==1.13", "tool @ git+https://example.org/tool@abc", "&&"]
        assert words[:7] == ["/bin/python", "-m", "pip", "install", *pins]
        del words[:7]
    if os.name == "posix":
        assert words.pop(0) == "PATH=/bin:$PATH"
    assert words == [
        *("/bin/python", "-m", "pip", "install"),
        *("--no-build-isolation", "--no-deps", "--editable", "file:///src/p"),
    ]


def test_an_editable_of_unknown_origin() -> None:
    text = "re-building the p meson-python editable wheel package failed"
    assert judged(Failure("p", "import-failed", text), editable=True, direct_url={}).command == ""


def built_with(*files: str, linkable: bool = False, name: str = "spoon") -> list[bool]:
    record = records.Record("p", "1.0", (records.Distribution(name, "2.0", linkable=linkable),))
    p = distribution("p", requires=[name])
    other = distribution(name, linkable=list(files))
    environment = Environment({"distributions": [p, other], "markers": {}}, "/bin/python")
    return [one.fits for one in environment.built(p, record)]


def test_only_what_has_an_abi_is_compared() -> None:
    assert built_with() == []
    assert built_with(linkable=True) == [False]
    assert built_with("spoon/include/spoon.h") == [False]
    assert built_with("spoon/lib/libspoon.so.1") == [False]
    assert built_with("spoon/_c.cpython-311-x86_64-linux-gnu.so", "spoon.libs/libm-1.so.6") == []
    assert built_with(name="numpy") == [False]
    assert built_with("setuptools/x.h", linkable=True, name="setuptools") == []


def test_a_new_file_has_a_new_name(tmp_path: Any) -> None:
    environment = Environment({"distributions": [], "markers": {}}, "/bin/python", str(tmp_path))
    names = []
    for _ in range(3):
        names.append(environment.file)
        (tmp_path / environment.file).write_text("", encoding="utf-8")
    assert names == ["build-overrides.toml", "build-overrides-2.toml", "build-overrides-3.toml"]


def test_the_rules_of_the_build_are_kept(tmp_path: Any) -> None:
    swig = records.Change("add", "swig", (), ("swig==4",), "rules.toml: package.p", "")
    record = records.Record(
        "p",
        "1.0",
        (records.Distribution("numpy", "1.26.0"),),
        declared=("numpy",),
        effective=("numpy", "swig==4"),
        changes=(swig,),
        rules="rules.toml",
    )
    p = distribution("p", requires=["numpy"])
    numpy = distribution("numpy", version="2.0")
    environment = Environment(
        {"distributions": [p, numpy], "markers": dict(default_environment())},
        "/bin/python",
        str(tmp_path),
    )
    (built,) = environment.built(p, record)
    for content in (None, '[package.p]\nadd = ["mint"]\n'):
        # Without the file of the build, or with another one of that name.
        if content:
            (tmp_path / "rules.toml").write_text(content, encoding="utf-8")
        (finding,) = environment.by_record(p, [built], record)
        assert finding.override == '[package.p]\nreplace.numpy = "numpy==2.0"\nadd = ["swig==4"]'
        assert f"--overrides {finding.file} -- " in finding.command
        assert finding.file == "build-overrides.toml"
    (tmp_path / "rules.toml").write_text('[package.p]\nadd = ["swig==4"]\n', encoding="utf-8")
    (finding,) = environment.by_record(p, [built], record)
    assert (finding.override, finding.file) == ("", "")
    assert "--overrides rules.toml --set 'p: numpy@target' -- " in finding.command


def test_one_override_is_for_all_that_does_not_fit(tmp_path: Any) -> None:
    two = tuple(records.Distribution(name, "1.23.2", linkable=True) for name in ("numpy", "torch"))
    lines = ("numpy", "torch")
    record = records.Record("p", "1", two, lines, effective=lines, rules="rules.toml")
    p = distribution("p", requires=["numpy", "torch"])
    others = [distribution("numpy", version="2.0"), distribution("torch", version="2.0")]
    environment = Environment(
        {"distributions": [p, *others], "markers": dict(default_environment())},
        "/bin/python",
        str(tmp_path),
    )
    built = list(environment.built(p, record))
    findings = environment.by_record(p, built, record)
    assert [finding.against for finding in findings] == ["numpy", "torch"]
    for finding in findings:
        assert finding.override == (
            '[package.p]\nreplace.numpy = "numpy==2.0"\nreplace.torch = "torch==2.0"'
        )
    assert len({finding.command for finding in findings}) == 1
    (tmp_path / "rules.toml").write_text('[package.q]\nadd = ["swig==4"]\n', encoding="utf-8")
    commands = {finding.command for finding in environment.by_record(p, built, record)}
    (command,) = commands
    assert "--overrides rules.toml --set 'p: numpy@target' --set 'p: torch@target' -- " in command


def test_an_environment_with_nothing_to_judge() -> None:
    says = "has compiled modules, or a record with something that it needs when it runs"
    assert verify._text("/p", verify.Found([], [], [], [], 0)) == [
        f"/p: nothing to check: nothing that is installed there {says}"
    ]
    assert verify._text("/p", verify.Found([], [], [], [Unchecked("s", "1.0", "why")], 0)) == [
        "s 1.0: not checked: why",
        f"/p: nothing to check: nothing else {says}",
    ]
    assert verify._text("/p", verify.Found([], [], [], [], 1)) == [
        "/p: 0 do not fit; 1 module imported"
    ]


def test_one_distribution_is_not_said_to_fit_and_not_to_fit() -> None:
    built = [
        Built("p", "1.0", "numpy", "2.0", "2.0", True, "the same version"),
        Built("p", "1.0", "torch", "2.2", "2.2", True, "the same version"),
        Built("q", "1.0", "numpy", "2.0", "2.0", True, "the same version"),
    ]
    finding = Finding(
        "p", "1.0", "import-failed", "p._c: no", against="numpy", override="[o]", file="b.toml"
    )
    other = Finding("r", "1.0", "import-failed", "r._c: no", override="[o]", file="b.toml", command="c")
    built = verify._consistent(built, [finding, other])
    assert [one.fits for one in built] == [False, True, True]
    lines = verify._text(
        "/bin/python", verify.Found(built, [finding, other], [], [Unchecked("s", "1.0", "why")], 3)
    )
    assert lines == [
        "q 1.0: built against numpy 2.0, fits 2.0",
        "s 1.0: not checked: why",
        "p 1.0: does not fit: p._c: no [import-failed]",
        "  put this into a new file b.toml:",
        "    [o]",
        "r 1.0: does not fit: r._c: no [import-failed]",
        "  then rebuild it:",
        "    c",
        "/bin/python: 2 do not fit; 3 modules imported; 1 not checked",
    ]
