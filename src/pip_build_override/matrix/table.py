"""The table ``[matrix]``: which versions are combined, as the user writes it."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import Any, Iterable, Sequence

from ..rules.place import Place, choice, did_you_mean, listing, toml_key, toml_text
from ..rules.reading.matrix_outline import check_outline
from ..rules.reading.requirement import RequirementError, is_version, read_specifier
from ..rules.reading.values import kind_of
from ..rules.standards import NAME, normalise

NIGHTLY = "nightly"
WORDS = ("oldest", "minors", "latest", NIGHTLY)
"""The words that stand for versions; the rest are versions, or all that begin alike (``1.26.*``)."""

BUILD_WORDS = ("latest", "oldest", "same", NIGHTLY)
WINDOWS = ("declared", "spec0", "nep29")
CELLS = ("edges", "each", "all")
_OTHERS = {
    "newest": "latest",
    "highest": "latest",
    "last": "latest",
    "max": "latest",
    "lowest": "oldest",
    "first": "oldest",
    "min": "oldest",
    "minor": "minors",
    "dev": NIGHTLY,
    "main": NIGHTLY,
}
_STARRED = re.compile(r"[0-9]+(?:\.[0-9]+)*\.\*", re.ASCII)
_PYTHON = re.compile(r"3\.[0-9]+", re.ASCII)


@dataclass(frozen=True)
class Exclusion:
    """Cells that are left out.

    Attributes:
        python: A specifier for the minor version of Python; empty for every one.
        versions: Pairs of a varied name and a specifier for the version that the cell runs with.
        reason: Why, as the user writes it.
    """

    python: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    @property
    def text(self) -> str:
        """What it excludes, in words."""
        parts = [f"Python {self.python}"] if self.python else []
        return ", ".join([*parts, *(f"{name} {specifier}" for name, specifier in self.versions)])


@dataclass(frozen=True)
class Matrix:
    """What is combined.

    Attributes:
        place: Where it is written, for messages.
        vary: Pairs of a normalised name and what stands for its versions when the cell runs.
        build: What stands for the versions that are built against; None if that is not given.
        python: The minor versions of Python; None for those that the project declares.
        window: Which releases count: ``declared``, ``spec0`` or ``nep29``.
        groups: Dependency groups (PEP 735) that are installed for the tests.
        extras: Extras of the project that are.
        command: The command that tests.
        cells: ``edges``, ``each`` or ``all``.
        exclude: The cells that are left out.
        given: The keys whose values are those of the command line.
    """

    place: Place
    vary: tuple[tuple[str, tuple[str, ...]], ...] = ()
    build: tuple[str, ...] | None = None
    python: tuple[str, ...] | None = None
    window: str = "declared"
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    cells: str = "edges"
    exclude: tuple[Exclusion, ...] = ()
    given: tuple[str, ...] = ()

    def place_of(self, key: str) -> Place:
        """Return the place of the value of a key, for messages: its option, or the table."""
        return Place(f"--{key}") if key in self.given else self.place


def read_matrix(value: Any, place: Place) -> Matrix:
    """Read the table.

    Args:
        value: The value of the key ``matrix``, as parsed from TOML.
        place: The place of the file.

    Raises:
        OverrideError: If it contains an error.
    """
    check_outline(value, place)
    here = place.at("matrix")
    vary = _read_vary(value.get("vary", {}), here)
    return Matrix(
        here,
        vary,
        build=_read_build(value["build"], here) if "build" in value else None,
        python=_read_python(value.get("python", "declared"), here),
        window=_one_of("window", value.get("window", WINDOWS[0]), WINDOWS, here),
        groups=_names("groups", value.get("groups", []), here),
        extras=_names("extras", value.get("extras", []), here),
        command=_read_command(value.get("command", []), here),
        cells=_one_of("cells", value.get("cells", CELLS[0]), CELLS, here),
        exclude=_read_exclude(value.get("exclude", []), [name for name, _ in vary], here),
    )


def with_options(
    matrix: Matrix, vary: Sequence[str] = (), build: str | None = None, python: str | None = None
) -> Matrix:
    """Return the table with what the command line says instead.

    Args:
        matrix: The table.
        vary: Each ``NAME=VERSION,VERSION``; if there is any, nothing else is varied.
        build: Versions to build against, separated by commas.
        python: Versions of Python, separated by commas.

    Raises:
        OverrideError: If one of them contains an error.
    """
    if vary:
        place = Place("--vary")
        given: dict[str, Any] = {}
        for text in vary:
            name, _, words = text.partition("=")
            if not _is_name(name.strip()) or not _parts(words):
                bare = re.match(NAME, name.strip())
                raise place.error(
                    f"{shlex.quote(text)} is not a name, an equals sign and versions",
                    f"write --vary {bare[0] if bare else 'numpy'}=oldest,latest",
                    kind="usage",
                )
            given.setdefault(name.strip(), []).extend(_parts(words))
        matrix = replace(matrix, vary=_read_vary(given, place))
    if build is not None:
        matrix = replace(matrix, build=_read_build(_parts(build) or "", Place("--build")))
    if python is not None:
        pythons = python if python == "declared" else _parts(python) or [""]
        matrix = replace(matrix, python=_read_python(pythons, Place("--python")))
    options = {"vary": bool(vary), "build": build is not None, "python": python is not None}
    return replace(matrix, given=tuple(key for key, used in options.items() if used))


def specifier_of(text: str) -> str:
    """Return a specifier for a version, or for all that begin alike; a specifier is itself."""
    return f"=={text}" if is_version(text) or _STARRED.fullmatch(text) else text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _near(word: str, known: Sequence[str]) -> str:
    other = _OTHERS.get(word.lower(), "")
    return other if other in known else did_you_mean(word, known)


def _one_of(key: str, value: Any, values: Sequence[str], here: Place) -> str:
    if value not in values:
        near = _near(value, values) if isinstance(value, str) else ""
        shown = toml_text(value) if isinstance(value, str) else kind_of(value)
        raise here.error(
            f"{key} is {shown}; it must be {choice(map(toml_text, values))}",
            _written_hint(key, near or values[0]),
            kind="invalid-value",
        )
    return str(value)


def _list(key: str, value: Any, here: Place, example: Sequence[str]) -> list[Any]:
    """Return a list that must have an entry."""
    if isinstance(value, list) and value:
        return value
    found = "an empty list" if value == [] else kind_of(value)
    wanted = [value] if isinstance(value, str) and value else list(example)
    raise here.error(
        f"{key}: expected a list with an entry, found {found}",
        _list_hint(key, wanted),
        kind="wrong-type",
    )


def _written_hint(key: str, value: str) -> str:
    return f"write {key} = {toml_text(value)}"


def _list_hint(key: str, values: Sequence[str]) -> str:
    return f"write {key} = [{', '.join(map(toml_text, values))}]"


def _vary_hint(name: str) -> str:
    return _list_hint(f"vary.{normalise(name)}", ("oldest", "latest"))


def _read_vary(value: Any, here: Place) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        names = value if isinstance(value, list) else [value]
        name = next((each for each in names if isinstance(each, str) and _is_name(each)), "numpy")
        raise here.error(
            f"vary: expected a name and its versions, found {kind_of(value)}",
            _vary_hint(name),
            kind="wrong-type",
        )
    seen: dict[str, str] = {}
    found = []
    for key, words in value.items():
        if not _is_name(key):
            bare = re.match(NAME, key.strip())
            raise here.error(
                f"vary: {toml_text(key)} is not the name of a distribution",
                _vary_hint(bare[0] if bare else "numpy"),
                kind="invalid-name",
            )
        name = normalise(key)
        if name in seen:
            raise here.error(
                f"vary.{toml_key(seen[name])} and vary.{toml_key(key)} are the same name ({name})",
                f"write all its versions in one list: vary.{name} = […]",
                kind="duplicate-name",
            )
        seen[name] = key
        full = f"vary.{toml_key(key)}"
        if isinstance(words, dict) and len(words) == 1:
            # TOML reads the dots in a name as nested tables.
            dotted = ".".join((key, *words))
            raise here.error(
                f"vary.{dotted} is not a name with versions", _vary_hint(dotted), kind="dotted-name"
            )
        entries = _list(full, words, here, ("oldest", "latest"))
        found.append((name, _unique(_word(full, entry, WORDS, here) for entry in entries)))
    return tuple(found)


def _word(key: str, value: Any, words: Sequence[str], here: Place) -> str:
    """Return a word for versions, a version, or the beginning of versions with a star."""
    if isinstance(value, str) and (
        value in words or is_version(value) or _STARRED.fullmatch(value) is not None
    ):
        return value
    if not isinstance(value, str):
        shown, near = f"expected a version in quotes, found {kind_of(value)}", ""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            near = f"{value}.*"
    else:
        shown = f"{toml_text(value)} is neither a version nor one of {listing(map(toml_text, words))}"
        near = _near(value, words)
        release = re.match(r"[=~v]*([0-9]+(?:\.[0-9]+)*)(?:\.x)?(?:,.*)?$", value)
        if not near and release is not None:
            # The option has an equals sign of its own.
            near = release[1] if value.startswith("=") else f"{release[1]}.*"
    raise here.error(f"{key}: {shown}", _word_hint(near or "latest"), kind="invalid-value")


def _word_hint(word: str) -> str:
    return f"write {toml_text(word)} there"


def _read_build(value: Any, here: Place) -> tuple[str, ...]:
    entries = [value] if isinstance(value, str) else _list("build", value, here, ("latest",))
    return _unique(_word("build", entry, BUILD_WORDS, here) for entry in entries)


def _read_python(value: Any, here: Place) -> tuple[str, ...] | None:
    if value == "declared":
        return None
    if isinstance(value, str) and not _PYTHON.fullmatch(value):
        near = _near(value, ("declared",))
        if near:
            raise here.error(
                f"python is {toml_text(value)}", _written_hint("python", near), kind="invalid-value"
            )
    return _unique(_minor(entry, here) for entry in _list("python", value, here, ("3.11",)))


def _minor(value: Any, here: Place) -> str:
    if isinstance(value, str) and _PYTHON.fullmatch(value):
        return value
    shown = toml_text(value) if isinstance(value, str) else kind_of(value)
    found = re.search(r"3\.?([0-9]+)", str(value))
    # 3.10 as a number is 3.1.
    instead = f"3.{found[1]}" if found and found[1] != "1" else "3.10"
    raise here.error(
        f"python: {shown} is not a minor version of Python 3, in quotes",
        _word_hint(instead),
        kind="invalid-value",
    )


def _names(key: str, value: Any, here: Place) -> tuple[str, ...]:
    if value == []:
        return ()
    entries = _list(key, value, here, ("test",))
    for entry in entries:
        if not isinstance(entry, str) or not _is_name(entry):
            shown = toml_text(entry) if isinstance(entry, str) else kind_of(entry)
            bare = re.search(NAME, entry) if isinstance(entry, str) else None
            raise here.error(
                f"{key}: {shown} is not a name",
                _word_hint(bare[0] if bare else "test"),
                kind="invalid-name",
            )
    return _unique(map(normalise, entries))


def _read_command(value: Any, here: Place) -> tuple[str, ...]:
    if value == []:
        return ()
    if isinstance(value, str) and value.strip():
        raise here.error(
            "command: expected a list of words, found a string",
            _list_hint("command", _split(value)),
            kind="wrong-type",
        )
    words = _list("command", value, here, ("pytest", "-q"))
    for word in words:
        if not isinstance(word, str) or not word:
            raise here.error(
                f"command: expected words in quotes, found {kind_of(word) if word != '' else 'none'}",
                _list_hint("command", [str(each) for each in words if each != ""]),
                kind="wrong-type",
            )
    return tuple(words)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _read_exclude(value: Any, varied: Sequence[str], here: Place) -> tuple[Exclusion, ...]:
    if isinstance(value, dict):
        raise here.error(
            "exclude: expected a list of tables, found a table",
            "write exclude = [{ … }]",
            kind="wrong-type",
        )
    if not isinstance(value, list):
        raise here.error(
            f"exclude: expected a list of tables, found {kind_of(value)}",
            f"write exclude = [{_example(varied)}]",
            kind="wrong-type",
        )
    return tuple(_exclusion(entry, varied, here) for entry in value)


def _example(varied: Sequence[str]) -> str:
    name = varied[0] if varied else "numpy"
    return f'{{ python = "3.13", {toml_key(name)} = "<2.1" }}'


def _exclusion(value: Any, varied: Sequence[str], here: Place) -> Exclusion:
    if not isinstance(value, dict):
        raise here.error(
            f"exclude: expected tables, found {kind_of(value)}",
            f"write {_example(varied)} there",
            kind="wrong-type",
        )
    reason = value.get("reason", "")
    if not isinstance(reason, str):
        raise here.error(
            f"exclude: reason is {kind_of(reason)}, not a text",
            "write the reason in quotes",
            kind="wrong-type",
        )
    python, versions = "", []
    for key, text in value.items():
        name = normalise(key)
        if key == "reason":
            continue
        if key != "python" and name not in varied:
            known = ("python", *varied, "reason")
            near = did_you_mean(key, known)
            raise here.error(
                f"exclude: {toml_key(key)} is not varied",
                f"did you mean {near}?" if near else f"the keys are {listing(known)}",
                kind="unknown-key",
            )
        if key == "python":
            python = _excluded(key, text, "3.13", here)
        else:
            versions.append((name, _excluded(key, text, "<2.1", here)))
    if not python and not versions:
        raise here.error(
            "exclude: a table that names neither a Python nor a version excludes everything",
            f"write {_example(varied)} there",
            kind="invalid-value",
        )
    return Exclusion(python, tuple(versions), reason)


def _excluded(key: str, value: Any, example: str, here: Place) -> str:
    """Return the specifier that an exclusion gives for a name, or for Python."""
    if isinstance(value, str) and value.strip():
        text = value.strip()
        if key == "python" and _PYTHON.fullmatch(text):
            return f"=={text}.*"
        try:
            return read_specifier(specifier_of(text))
        except RequirementError as error:
            problem = f"{toml_text(value)} is not a version or a specifier: {error.problem}"
    else:
        problem = "expected a version or a specifier in quotes" + (
            "" if value == "" else f", found {kind_of(value)}"
        )
    raise here.error(
        f"exclude: {toml_key(key)}: {problem}",
        _written_hint(toml_key(key), example),
        kind="invalid-value",
    )


def _is_name(text: str) -> bool:
    return re.fullmatch(NAME, text) is not None


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
