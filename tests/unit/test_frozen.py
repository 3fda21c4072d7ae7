"""Light records behave as frozen dataclasses do."""

from __future__ import annotations

from typing import Any

import pytest

from pip_build_override.frozen import Frozen, fields, replace


class Place(Frozen):
    name: str
    line: int = 1
    tags: tuple[str, ...] = ()


class Corner(Place):
    side: str = "left"


class Plain(Place):
    pass


@pytest.mark.parametrize(
    "place",
    [
        Place("a", 2, ("x",)),
        Place("a", tags=("x",), line=2),
        Place(line=2, tags=("x",), name="a"),
    ],
)
def test_fields_by_position_and_by_name(place: Place) -> None:
    assert (place.name, place.line, place.tags) == ("a", 2, ("x",))
    assert place == Place("a", 2, ("x",))
    assert hash(place) == hash(Place("a", 2, ("x",)))
    assert repr(place) == "Place(name='a', line=2, tags=('x',))"


def test_defaults_and_inherited_fields() -> None:
    assert vars(Place("a")) == {"name": "a", "line": 1, "tags": ()}
    assert vars(Corner("a", side="right")) == {"name": "a", "line": 1, "tags": (), "side": "right"}
    assert fields(Corner) == ("name", "line", "tags", "side")
    assert fields(Plain) == fields(Place) == ("name", "line", "tags")


def test_only_records_of_one_class_are_equal() -> None:
    assert Place("a") != Place("b")
    assert Place("a") != Plain("a")
    assert Place("a") != {"name": "a", "line": 1, "tags": ()}


@pytest.mark.parametrize(
    ("args", "kwargs", "problem"),
    [
        ((), {}, r"missing \['name'\]"),
        (("a", 1, (), "more"), {}, "by position 4"),
        (("a",), {"name": "b"}, r"twice \['name'\]"),
        (("a", 1, ()), {"name": "b"}, r"twice \['name'\]"),
        (("a",), {"lime": 2}, r"unknown \['lime'\]"),
        ((), {"nam": "a"}, r"missing \['name'\].*unknown \['nam'\]"),
    ],
)
def test_wrong_arguments(args: tuple[Any, ...], kwargs: dict[str, Any], problem: str) -> None:
    with pytest.raises(TypeError, match=f"^Place takes name, line, tags;.*{problem}"):
        Place(*args, **kwargs)


def test_cannot_be_changed() -> None:
    place = Place("a")
    with pytest.raises(AttributeError, match="Place.line cannot be changed"):
        place.line = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="Place.line cannot be deleted"):
        del place.line
    assert place == Place("a")


def test_a_copy_with_changes() -> None:
    assert replace(Place("a", 2), name="b") == Place("b", 2)
    with pytest.raises(TypeError, match=r"unknown \['lime'\]"):
        replace(Place("a"), lime=2)
