"""The commands that build anew what does not fit."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from pip_build_override import records
from pip_build_override.cli import verify
from pip_build_override.verifying.imports import Failure
from pip_build_override.verifying.judging import Environment, Finding

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
def test_built_anew_from_where_it_came_from(document: dict[str, Any], asked: list[str]) -> None:
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
    failure = Failure("p", "import", "compiled using NumPy 1.x cannot be run in NumPy 2")
    finding = environment.by_failure(p, failure, record, lambda: True)
    assert isinstance(finding, Finding)
    # The same wheel may be in the cache, under the same rules.
    assert "--no-cache-dir" in finding.command
    others = environment.by_failure(p, failure, None, lambda: True)
    assert isinstance(others, Finding)
    assert "--no-cache-dir" not in others.command

    (built,) = environment.built(p, record)
    assert built.fits
    shown = "\n".join(verify._text("/bin/python", [built], [finding], [], 1))
    assert "fits 2.4.6" not in shown
