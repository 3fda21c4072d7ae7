"""The wheels of pip's cache: what was looked up, what may be used, what is kept where."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import records
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.state.cached_wheels import Approved, CachedWheels
from pip_build_override.in_pip.state.pip_command import PipCommand

from .fakes import SDIST, WHEEL, Link, Options

APPROVED = Approved("digest", Manifest("digest"), Link())  # type: ignore[arg-type]


def test_look_ups() -> None:
    cached = CachedWheels()
    cached.note_looked_up(SDIST)
    assert cached.was_looked_up(SDIST)
    assert not cached.was_looked_up(WHEEL)


def test_a_look_up_is_led_elsewhere_meanwhile() -> None:
    cached = CachedWheels()
    assert cached.lead("/key") == "/key"
    with cached.led_to("below"):
        assert not cached.was_led
        assert cached.lead("/key") == os.path.join("/key", "below")
    assert cached.was_led
    assert cached.lead("/key") == "/key"
    with cached.led_to("below"):
        pass
    # The last one did not come by us.
    assert not cached.was_led
    with pytest.raises(ValueError, match="mine"), cached.led_to("below"):
        raise ValueError("mine")
    assert cached.lead("/key") == "/key"


def test_what_may_be_used() -> None:
    cached = CachedWheels()
    path = "/cache/x-1.0-py3-none-any.whl"
    link: Any = Link(f"file://{path}")
    assert not cached.any_approved
    assert cached.approved(link) is None
    cached.approve(path, APPROVED)
    assert cached.any_approved
    assert cached.approved(link) is APPROVED
    remote: Any = Link(WHEEL)
    assert cached.approved(remote) is None
    assert cached.approved(None) is None


@pytest.mark.parametrize(
    ("document", "known"), [("ours", True), ("of another version", False), ("none", False)]
)
@pytest.mark.parametrize("approve", [True, False])
def test_the_record_in_a_wheel(tmp_path: Path, document: str, known: bool, approve: bool) -> None:
    path = str(tmp_path / "x-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x-1.0.dist-info/METADATA", "Name: x\nVersion: 1.0\n")
        archive.writestr("x-1.0.dist-info/RECORD", "x-1.0.dist-info/RECORD,,\n")
    if document != "none":
        records.put_into_wheel(path, records.to_cyclonedx(records.Record("x", "1.0"), ""))
    if document == "of another version":
        content = {}
        with zipfile.ZipFile(path) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, b"[]" if name.endswith(".json") else data)
    cached = CachedWheels()
    if approve:
        cached.approve(path, APPROVED)
    link: Any = Link(f"file://{path}")
    record = cached.record_of(link)
    assert (record is not None) is (known and approve)
    assert record is None or record.name == "x"
    assert cached.record_of(None) is None


def test_places() -> None:
    cached, build = CachedWheels(), object()
    cached.choose_place("/key/below", build, "/key")  # type: ignore[arg-type]
    assert cached.place("/key/below") == (build, "/key")
    assert cached.place("/key") is None


@pytest.mark.parametrize(
    ("name", "caches", "builds"),
    [("install", True, True), ("wheel", True, True), ("download", False, False), ("lock", True, False)],
)
def test_what_commands_do(name: str, caches: bool, builds: bool) -> None:
    command = PipCommand(name, Options())
    assert command.caches_wheels is caches
    assert command.builds_wheels is builds


@pytest.mark.parametrize(
    ("directory", "path", "inside"),
    [
        ("/cache", "/cache/wheels/ab/x.whl", True),
        ("/cache", "/cache/http/x.whl", False),
        ("/cache", "/cache/wheels-of-mine/x.whl", False),
        ("/cache", "", False),
        (None, "/cache/wheels/x.whl", False),
        (None, "/wheels/x.whl", False),
    ],
)
def test_what_is_in_the_cache(directory: str | None, path: str, inside: bool) -> None:
    assert PipCommand("install", Options(cache_dir=directory)).is_in_cache(path) is inside
