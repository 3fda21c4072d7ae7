"""The commands that build anew what does not fit."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from pip_build_override.verifying.judging import Environment

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
