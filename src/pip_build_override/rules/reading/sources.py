"""Source tables: entries that specify the source of a requirement."""

from __future__ import annotations

import os
import re
from typing import Any, Callable, Mapping

from ..place import Place, choice, did_you_mean, listing, toml_text
from ..standards import NAME, normalise
from ..tables import Alternative, Source
from .paths import ARCHIVES, name_in
from .requirement import RequirementError, is_bound, marker_of, read_specifier
from .values import kind_of, refuse_misplaced, text_entry

_WAYS: Mapping[str, tuple[str, ...]] = {
    "from": ("name", "marker", "borrow", "specifier", "else", "allow-sdist"),
    "path": ("name", "marker"),
    "requirement": ("hashes",),
}
_FROM = ("target", "oldest")
_FLAGS = ("borrow", "allow-sdist")
_KEYS = tuple(dict.fromkeys([*_WAYS, *(key for keys in _WAYS.values() for key in keys)]))
_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}


def read_entry(value: Any, key: str, place: Place, folder: str, replaced: str = "") -> Alternative:
    """Read one requirement or source table.

    Args:
        value: The entry.
        key: Key in the package table, for messages, such as ``add`` or ``replace.numpy``.
        place: Place of the package table.
        folder: Absolute directory that a relative ``path`` is relative to.
        replaced: The declared name, as written, that the entry replaces.

    Raises:
        OverrideError: If it is neither, or contains an error.
    """
    if isinstance(value, str):
        requirement = text_entry(value, key, place, replaced)
        return Alternative(requirement.name, requirement.text, requirement.marker, requirement.extras)
    if isinstance(value, dict):
        return _Reader(value, key, place, folder, replaced).read()
    raise place.error(
        f"{key}: expected a requirement in quotes or a source table, found {kind_of(value)}",
        _instead_of(value, replaced),
        kind="wrong-type",
    )


def _instead_of(value: Any, replaced: str) -> str:
    """Return a hint for a value that is neither a string nor a table."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return f"write {', '.join(map(toml_text, value))} without the inner brackets"
    if replaced and type(value) in (int, float):
        return f"write {toml_text(f'{replaced}=={value}')}"
    return f"write a requirement in quotes, such as {toml_text((replaced or 'NAME') + '>=1.20')}"


class _Reader:
    """One source table, and the place that its errors refer to."""

    def __init__(
        self, value: dict[str, Any], key: str, place: Place, folder: str, replaced: str
    ) -> None:
        self.value = value
        self.key = key
        self.place = place
        self.folder = folder
        self.replaced = replaced

    def read(self) -> Alternative:
        way = self.way()
        for option in self.value:
            self.check_type(option)
        if way == "requirement":
            return self.requirement()
        if way == "path":
            return self.path()
        return self.source()

    def error(self, message: str, hint: str, *, kind: str) -> Exception:
        return self.place.error(f"{self.key}: {message}", hint, kind=kind)

    def way(self) -> str:
        """Return the key that names the source, if all other keys are valid with it.

        Raises:
            OverrideError: If the keys are not valid together.
        """
        for option in self.value:
            refuse_misplaced(option, self.place, f"{self.key}: ")
            if option not in _KEYS:
                from .source_slips import refuse_key

                refuse_key(
                    option,
                    self.value,
                    _KEYS,
                    self.key,
                    self.place,
                    self.replaced,
                )
        ways = [way for way in _WAYS if way in self.value]
        if not ways:
            raise self.error(
                "a source table needs one of from, path and requirement",
                self.examples(),
                kind="invalid-source",
            )
        if len(ways) > 1:
            raise self.error(
                f"{listing(ways)} exclude each other",
                f"keep one of {listing(ways)}",
                kind="conflicting-keys",
            )
        for option in self.value:
            if option != ways[0] and option not in _WAYS[ways[0]]:
                raise self.error(
                    f"{option} cannot be used with {ways[0]}",
                    f"leave {option} out; with {ways[0]}, a source table takes"
                    f" {listing(_WAYS[ways[0]])}",
                    kind="conflicting-keys",
                )
        return ways[0]

    def examples(self) -> str:
        """Return a hint with the kinds of source tables, for the name in this one."""
        name = self.value.get("name")
        name = name if isinstance(name, str) and re.fullmatch(NAME, name) else ""
        # A name is needed, except for a replacement of the same name.
        before = f"name = {toml_text(name or 'NAME')}, " if name or not self.replaced else ""
        requirement = toml_text(f"{name or self.replaced or 'NAME'}==1.20.1")
        return (
            f'write {{ {before}from = "target" }}, {{ {before}path = "…" }} or a requirement such as'
            f" {requirement}"
        )

    def check_type(self, option: str) -> None:
        value = self.value[option]
        if option in _FLAGS:
            if not isinstance(value, bool):
                raise self.error(
                    f"{option}: expected true or false, found {kind_of(value)}",
                    f"write {option} = true",
                    kind="wrong-type",
                )
        elif option != "hashes" and not isinstance(value, str):
            raise self.error(
                f"{option}: expected a string, found {kind_of(value)}",
                f"write {option} = {self.example_of(option, value)}",
                kind="wrong-type",
            )

    def example_of(self, option: str, value: Any) -> str:
        """Return a value of the right type for a key."""
        examples = {
            "from": "target",
            "marker": "python_version < '3.12'",
            "specifier": ">=1.20",
            "else": "declared" if self.replaced else "oldest",
            "requirement": f"{self.replaced or 'NAME'}==1.20.1",
            "path": str(value) if type(value) in (int, float) else "…",
        }
        return toml_text(examples.get(option, "NAME"))

    def requirement(self) -> Alternative:
        hashes = self.value.get("hashes", [])
        if not isinstance(hashes, list) or not all(isinstance(item, str) for item in hashes):
            raise self.error(
                "hashes must be a list of strings", 'write hashes = ["sha256:…"]', kind="wrong-type"
            )
        if not hashes:
            raise self.error(
                "a requirement in a source table needs hashes",
                f'add hashes = ["sha256:…"], or write only {toml_text(self.value["requirement"])}',
                kind="invalid-source",
            )
        for item in hashes:
            algorithm, _, digits = item.partition(":")
            if not re.fullmatch(f"[0-9a-f]{{{_DIGITS.get(algorithm, 0)}}}", digits) or not digits:
                raise self.error(
                    f"{toml_text(item)} is not a hash",
                    "write sha256: and 64 lowercase hexadecimal digits; the algorithms are"
                    f" {listing(_DIGITS)}",
                    kind="invalid-value",
                )
        found = text_entry(self.value["requirement"], self.key, self.place, self.replaced)
        allowed = tuple(sorted(set(hashes)))
        return Alternative(found.name, found.text, found.marker, found.extras, hashes=allowed)

    def path(self) -> Alternative:
        written = self.value["path"]
        path = os.path.normpath(os.path.join(self.folder, written))
        if not written.strip():
            raise self.error(
                "path is empty", "write the path of a wheel, sdist or directory", kind="invalid-source"
            )
        file = os.path.basename(path)
        endings = [len(end) for end in ARCHIVES if file.lower().endswith(end)]
        guess = file[: len(file) - sum(endings[:1])].split("-")[0].replace("_", "-")
        guess = guess if re.fullmatch(NAME, guess) else "NAME"
        name = self.name(f"{{ name = {toml_text(guess)}, path = {toml_text(written)} }}")
        _check_file(path, written, name, self.key, self.place)
        # Imported here, because few files need it and it would slow down every start of ``run``.
        from pathlib import Path

        return Alternative(name, f"{name} @ {Path(path).as_uri()}", self.marker(), path=path)

    def source(self) -> Alternative:
        origin = self.value["from"]
        if origin not in _FROM:
            near = did_you_mean(origin, _FROM)
            raise self.error(
                f"from is {toml_text(origin)}; it must be {choice(map(toml_text, _FROM))}",
                f'did you mean from = "{near}"?' if near else 'write from = "target"',
                kind="invalid-value",
            )
        for option in ("borrow", "else"):
            if self.value.get(option) and origin != "target":
                raise self.error(
                    f'{option} works only with from = "target"',
                    f"leave {option} out",
                    kind="conflicting-keys",
                )
        if self.value.get("borrow") and self.value.get("allow-sdist"):
            raise self.error(
                "a borrowed distribution is not built, so allow-sdist has no effect",
                "leave allow-sdist out",
                kind="conflicting-keys",
            )
        name = self.name(f'{{ name = "numpy", from = "{origin}" }}')
        source = Source(
            origin,
            borrow=self.value.get("borrow", False),
            specifier=self.specifier(name),
            otherwise=self.otherwise(name),
            allow_sdist=self.value.get("allow-sdist", False),
        )
        return Alternative(name, name, self.marker(), source=source)

    def name(self, example: str) -> str:
        name: str = self.value.get("name", self.replaced)
        if not name:
            raise self.error(
                "a source table needs a name here", f"write {example}", kind="invalid-source"
            )
        if not re.fullmatch(NAME, name):
            plain = re.match(NAME, name.strip())
            raise self.error(
                f"{toml_text(name)} is not the name of a distribution",
                f"write name = {toml_text(plain[0] if plain else 'NAME')}; the version is that of the"
                " source",
                kind="invalid-name",
            )
        return normalise(name)

    def marker(self) -> str:
        try:
            return marker_of(self.value["marker"]) if "marker" in self.value else ""
        except RequirementError as error:
            raise self.error(
                error.problem, self.corrected("marker", error, marker_of), kind="invalid-source"
            ) from None

    def corrected(self, option: str, error: RequirementError, read: Callable[[str], str]) -> str:
        """Return the hint for a value; the corrected value, if nothing else is wrong with it."""
        if error.swap is None:
            return error.hint
        text = self.value[option].replace(*error.swap, 1)
        try:
            read(text)
        except RequirementError:
            return error.hint
        return f"write {option} = {toml_text(text)}"

    def specifier(self, name: str) -> str:
        if "specifier" not in self.value:
            return ""
        try:
            return ",".join(sorted(read_specifier(self.value["specifier"]).split(",")))
        except RequirementError as error:
            version = self.value["specifier"].strip()
            example = f">={version}" if is_bound(version) else ">=1.20"
            hint = (
                self.corrected("specifier", error, read_specifier)
                or f"write specifier = {toml_text(example)}"
            )
            raise self.error(f"specifier: {error.problem}", hint, kind="invalid-source") from None

    def otherwise(self, name: str) -> str:
        value: str = self.value.get("else", "")
        if "else" not in self.value or value == "oldest":
            return value
        if value == "declared":
            if not self.replaced:
                raise self.error(
                    'else = "declared" works only in replace',
                    f'write else = "oldest", or a requirement such as else = "{name}>=1.20"',
                    kind="invalid-source",
                )
            return value
        found = text_entry(value, f"{self.key}: else", self.place)
        if found.name != name or found.marker:
            declared = 'else = "declared", ' if self.replaced else ""
            own = toml_text(found.text if found.name == name else f"{name}>=1.20")
            raise self.error(
                f"else = {toml_text(value)} "
                + ("has a marker" if found.marker else f"is not a requirement of {name}"),
                f'write {declared}else = "oldest" or a requirement of {name} such as else = {own}',
                kind="invalid-requirement",
            )
        return found.text


def _check_file(path: str, written: str, name: str, key: str, place: Place) -> None:
    """Raise an error if a path does not exist, or is for another distribution (PEP 427, PEP 625)."""
    if not os.path.exists(path):
        raise place.error(
            f"{key}: there is no {path}",
            f"correct path = {toml_text(written)}, which is relative to the directory of the overrides"
            " file",
            kind="file-not-found",
        )
    if os.path.isdir(path):
        return
    file = os.path.basename(path)
    if not file.lower().endswith(ARCHIVES):
        raise place.error(
            f"{key}: {file} is not a wheel, an sdist or a directory",
            f"give the path of a directory, or of a file that ends in {choice(ARCHIVES)}",
            kind="invalid-source",
        )
    if file.lower().endswith(".whl"):
        if file.count("-") not in (4, 5):
            raise place.error(
                f"{key}: {file} is not a valid wheel file name",
                "give the wheel the name that it was built with: NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
                kind="invalid-source",
            )
        fits = normalise(file.split("-")[0]) == name
        other = file.split("-")[0]
    else:
        fits = normalise(file).startswith(f"{name}-")
        other = name_in(file) or file.split("-")[0]
    if not fits:
        raise place.error(
            f"{key}: {file} is not a distribution of {name}",
            f"write {{ name = {toml_text(other)}, path = {toml_text(written)} }}, or correct the path",
            kind="invalid-source",
        )
