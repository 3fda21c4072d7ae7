"""The key of a build environment: each of its ingredients counts, and what does not decide does not."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pip_build_override import switch
from pip_build_override.frozen import fields, replace
from pip_build_override.in_pip.builds import filling_key
from pip_build_override.in_pip.builds.filling_key import Ingredients
from pip_build_override.in_pip.internals import filling_options

PLAIN = Ingredients(
    requirements=("a", "b"),
    constraints=(),
    hashes={},
    touched=(),
    stand_ins=(),
    moment="",
    unlimited=(),
    seen=(),
    pass_name="overlay",
    before="",
    present=(),
    options=(),
    variables={},
    interpreter=("/python", "3.11"),
    files={},
)
CHANGED: dict[str, Any] = {
    # The order decides which version pip's resolver tries first.
    "requirements": ("b", "a"),
    "constraints": ("a<2",),
    "hashes": {"a": ["sha256:ab"]},
    "touched": ("a",),
    "stand_ins": (("torch", "2.0", "/run/torch-2.0-py3-none-any.whl", "ab"),),
    "moment": "2023-01-31",
    "unlimited": ("torch",),
    "seen": ("/target",),
    "pass_name": "normal",
    "before": "ab",
    "present": ("lib",),
    "options": ("index_urls=['https://h']",),
    "variables": {"CC": "gcc"},
    "interpreter": ("/python", "3.12"),
    "files": {"/x.whl": "ab"},
}


def test_every_ingredient_is_tried() -> None:
    assert CHANGED.keys() == set(fields(Ingredients))


@pytest.mark.parametrize("name", CHANGED)
def test_each_ingredient_counts(name: str) -> None:
    assert replace(PLAIN, **{name: CHANGED[name]}).key != PLAIN.key
    assert replace(PLAIN).key == PLAIN.key


def test_variables_that_decide() -> None:
    own = {"CC": "gcc", "PIP_PRE": "1", "PYTHONPATH": "/x"}
    found = filling_key.variables_in(own, "/environment")
    assert found == {**own, "PIP_NO_COMPILE": "0"}
    # What pip and the shim set for a nested pip, and the path of the environment itself.
    nested = {
        **own,
        "PIP_NO_COMPILE": "0",
        "PYTHONPATH": os.pathsep.join([switch.INJECTED, "/x"]),
        "_PIP_STANDALONE_CERT": "/cert",
        switch.RUN_DIRECTORY: "/run",
    }
    assert filling_key.variables_in(nested, "/environment") == found
    inside = filling_key.variables_in({"PATH": "/environment/bin:/bin"}, "/environment")
    assert inside == filling_key.variables_in({"PATH": "/other/bin:/bin"}, "/other")
    assert filling_key.variables_in({"PIP_NO_COMPILE": "1"}, "/e")["PIP_NO_COMPILE"] == "1"


def test_the_interpreter() -> None:
    assert filling_key.interpreter(virtual=True)[1:] == filling_key.interpreter(virtual=False)[1:]


def test_files_count_by_content(tmp_path: Path) -> None:
    wheel = tmp_path / "a-1-py3-none-any.whl"
    wheel.write_bytes(b"1")
    named = [f"a @ {wheel.as_uri()}", "b<2", "c @ https://h/c.whl", "@ no"]
    found = filling_key.contents_of_files(named, [])
    wheel.write_bytes(b"22")
    assert found is not None
    assert list(found) == [str(wheel)]
    assert filling_key.contents_of_files(named, []) != found


def test_places_count_by_the_time_of_a_change(tmp_path: Path) -> None:
    found = filling_key.contents_of_files([], [str(tmp_path)])
    os.utime(tmp_path, (1, 1))
    assert filling_key.contents_of_files([], [str(tmp_path)]) != found


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    assert filling_key.contents_of_files([f"a @ {tmp_path.as_uri()}"], []) is None
    assert filling_key.contents_of_files([f"a @ {(tmp_path / 'none').as_uri()}"], []) is None


class Finder:
    """A finder of pip's that reveals its options."""

    def __init__(self, **options: Any) -> None:
        self.format_control = SimpleNamespace(no_binary={"b", "a"}, only_binary=set())
        self._options = options

    @property
    def find_links(self) -> list[str]:
        return list(self._options.get("find_links", ()))

    @property
    def prefer_binary(self) -> bool:
        return bool(self._options.get("prefer_binary"))

    @property
    def refresh_package(self) -> set[str]:
        return {"x", "y"}

    @property
    def target_python(self) -> object:
        return object()


def _environment(finder: Finder | None, **attributes: Any) -> Any:
    installer = SimpleNamespace(finder=finder, _build_constraints=["bc.txt"])
    return SimpleNamespace(installer=installer, **attributes)


def test_everything_that_a_finder_reveals(tmp_path: Path) -> None:
    found = filling_options.options_of(_environment(Finder()), None)
    assert found == [
        "installer=SimpleNamespace",
        "build-constraint=bc.txt",
        "find_links=[]",
        "format_control=no_binary ['a', 'b']",
        "format_control=only_binary []",
        "format_control=[]",
        "prefer_binary=False",
        """refresh_package=["'x'", "'y'"]""",
    ]
    links = Finder(find_links=[tmp_path.as_uri(), "https://h/", "nowhere"], prefer_binary=True)
    changed = filling_options.options_of(_environment(None), cast(Any, links))
    assert changed is not None
    assert "prefer_binary=True" in changed
    places = filling_options.local_places_of(_environment(None), cast(Any, links))
    assert places == [str(tmp_path)]


def test_an_environment_of_an_unknown_kind() -> None:
    assert filling_options.options_of(_environment(None), None) is None
    assert filling_options.places_of_pass(_environment(None), "overlay") is None
    virtual = _environment(None, _prefixes={"overlay": SimpleNamespace(path="/e/overlay")})
    assert filling_options.places_of_pass(virtual, "overlay") == ("/e", "/e/overlay")
    assert filling_options.places_of_pass(virtual, "normal") is None
    assert filling_options.places_of_pass(_environment(None, _env_path="/e"), "x") == ("/e", "/e")
