"""Tables of which none wins, and that say different things about one requirement of one package.

These are two groups of one file, and two included files of which neither includes the other. If the
files alone show it, they are refused before anything is downloaded. If it takes a version or an
interpreter, ``planning.select`` refuses the build.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Iterator, NoReturn, Sequence

from ..frozen import Frozen
from .place import Place, toml_key
from .tables import ONE_OF, SETTINGS, Constraint, Table, same_package, wins

if TYPE_CHECKING:
    from .tables import Alternative, Removal

_WHOLE = ""


class Statement(Frozen):
    """What a table says about one name.

    Attributes:
        key: The key: one about requirements, or one of ``SETTINGS``.
        name: Normalised name of the requirement, empty for the whole list; or the name of the setting.
        marker: Marker under which it holds.
        content: What it says.
        puts: For the whole list, the names in it.
    """

    key: str
    name: str
    marker: str
    content: object
    puts: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """What it is about, for a message."""
        if self.key in SETTINGS.values():
            return f"{self.key}.{toml_key(self.name)}" if self.name else self.key
        return self.name or "all build requirements"

    def is_about_that_of(self, other: Statement) -> bool:
        """Return whether both are about the same thing, on some interpreter for certain."""
        if self.marker and other.marker and self.marker != other.marker:
            return False
        ours, others = self.key in SETTINGS.values(), other.key in SETTINGS.values()
        if ours or others:
            return (self.key, self.name) == (other.key, other.name)
        for whole, part in ((self, other), (other, self)):
            if whole.name == _WHOLE:
                return part.key != "constrain" or part.name in whole.puts
        return self.name == other.name


def refuse_ties(tables: Sequence[Table], place: Place) -> None:
    """Raise an error if two tables contradict each other, and no table wins over both.

    Args:
        tables: All tables of a file and of those that it includes.
        place: Place of the file.

    Raises:
        OverrideError: If there are two such tables; the message names both.
    """
    every = [table for table in tables if table.name == "*"]
    named: dict[tuple[str, frozenset[str]], list[Table]] = {("*", frozenset()): []}
    for table in tables:
        if table.name != "*":
            named.setdefault(same_package(table.name, table.specifier), []).append(table)
    said = {id(table): tuple(_statements(table)) for table in tables}
    for (name, versions), own in named.items():
        # Whether tables for different versions meet is known only if a version is.
        matching = own if versions else [*every, *own]
        others = [*matching, *named.get((name, frozenset()), ()), *every] if len(matching) > 1 else ()
        for one, other in combinations(matching, 2):
            if wins(one, other) or wins(other, one) or (one.file == other.file and not one.group):
                continue
            _refuse_two_environments(one, other, others, name, place)
            for ours in said[id(one)]:
                for theirs in said[id(other)]:
                    if not ours.is_about_that_of(theirs):
                        continue
                    if one.file == other.file:
                        _refuse_groups(one, other, ours, name, place)
                    if not _say_the_same(said[id(one)], said[id(other)], ours.name) and not any(
                        wins(third, one) and wins(third, other) and _decides(said[id(third)], ours)
                        for third in others
                    ):
                        _refuse_files(one, other, ours if ours.name else theirs, name, place)


def _refuse_two_environments(
    one: Table, other: Table, others: Sequence[Table], name: str, place: Place
) -> None:
    """Raise an error if two tables have one of the keys each that exclude each other.

    Args:
        one: A table.
        other: A table that it does not win over, nor the other way round.
        others: All tables that are certainly for that package.
        name: The package that both are for.
        place: Place of the file.

    Raises:
        OverrideError: If they do, and no table that wins over both has one of these keys.
    """
    keys = [_key_of_environment(table) for table in (one, other)]
    if (
        all(keys)
        and keys[0] != keys[1]
        and not any(
            wins(third, one) and wins(third, other) and _key_of_environment(third) for third in others
        )
    ):
        raise place.error(
            f"{one.where} sets {keys[0]} for {_of(name)}, and {other.where} sets {keys[1]}, which"
            " excludes it; neither table wins over the other",
            f"remove {keys[0]} or {keys[1]}",
            kind="conflicting-rules",
        )


def _key_of_environment(table: Table) -> str:
    """Return which key about the build environment a table has, as it has one of the two at most."""
    return next((key for key, _, _ in table.settings if key in ONE_OF), "")


def _statements(table: Table) -> Iterator[Statement]:
    if table.requires is not None:
        puts = frozenset(entry.name for entry in table.requires)
        yield Statement("requires", _WHOLE, "", table.requires, puts)
    for name, alternatives in table.replace:
        for marker in {entry.marker for entry in alternatives}:
            yield Statement("replace", name, marker, alternatives)
    entries: list[tuple[str, Alternative | Removal | Constraint]] = []
    entries += (("remove", removal) for removal in table.remove)
    entries += (("add", entry) for entry in table.add)
    entries += (("constrain", limit) for limit in table.constrain)
    for key, entry in entries:
        yield Statement(key, entry.name, entry.marker, entry)
    for setting, name, content in table.settings:
        yield Statement(setting, name, "", content)


def _say_the_same(one: Sequence[Statement], other: Sequence[Statement], name: str) -> bool:
    return {each for each in one if each.name == name} == {each for each in other if each.name == name}


def _decides(said: Sequence[Statement], asked: Statement) -> bool:
    """Return whether a table that wins says something about that, on every interpreter."""
    return any(not each.marker and each.is_about_that_of(asked) for each in said)


def _of(name: str) -> str:
    return "every package" if name == "*" else name


def _refuse_groups(one: Table, other: Table, said: Statement, name: str, place: Place) -> NoReturn:
    raise Place(place.shown, table=one.where).error(
        f"{other.where} is also about {said.label} of {_of(name)}, and no group wins over another",
        f"remove {said.label} from one of the two groups, or {name} from its packages",
        kind="conflicting-rules",
    )


def _refuse_files(one: Table, other: Table, said: Statement, name: str, place: Place) -> NoReturn:
    first, second = sorted((one.where, other.where))
    raise place.error(
        f"{first} and {second} say different things about {said.label} of {_of(name)}, and neither file"
        " includes the other",
        f"remove it from one of the two files, or say it in {place.shown}, which wins over both",
        kind="conflicting-rules",
    )
