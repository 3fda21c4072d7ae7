"""Source tables: entries that specify the source of a requirement."""

from __future__ import annotations

import os
import re
from typing import Any, Mapping

from ..place import Place, did_you_mean, listing, toml_text
from ..standards import NAME, normalise
from ..tables import Alternative, Source
from .requirement import RequirementError, marker_of, read_specifier
from .requirement_slips import ARCHIVES
from .values import kind_of, refuse_reserved, text_entry

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
        f"{key}: wanted a requirement in quotes or a source table, found {kind_of(value)}",
        f"write {key} = {_example(value, key, replaced)}",
    )


def _example(value: Any, key: str, replaced: str) -> str:
    version = value if type(value) in (int, float) else "1.20.1"
    text = toml_text(f"{replaced or 'numpy'}=={version}")
    return text if key.startswith("replace") else f"[{text}]"


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

    def error(self, message: str, hint: str) -> Exception:
        return self.place.error(f"{self.key}: {message}", hint)

    def way(self) -> str:
        """Return the key that names the source, if all other keys are valid with it.

        Raises:
            OverrideError: If the keys are not valid together.
        """
        example = toml_text(f"{self.value.get('name') or self.replaced or 'numpy'}==1.20.1")
        for option in self.value:
            refuse_reserved(option, self.place, f"{self.key}: ")
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
                f'write {{ from = "target" }}, {{ path = … }} or a requirement such as {example}',
            )
        if len(ways) > 1:
            raise self.error(f"{listing(ways)} exclude each other", f"keep one of {listing(ways)}")
        for option in self.value:
            if option != ways[0] and option not in _WAYS[ways[0]]:
                raise self.error(
                    f"{option} does not go with {ways[0]}",
                    f"beside {ways[0]} a source table takes {listing(_WAYS[ways[0]])}",
                )
        return ways[0]

    def check_type(self, option: str) -> None:
        value = self.value[option]
        if option in _FLAGS:
            if not isinstance(value, bool):
                raise self.error(
                    f"{option} wants true or false, found {kind_of(value)}", f"write {option} = true"
                )
        elif option != "hashes" and not isinstance(value, str):
            raise self.error(
                f"{option} wants a text, found {kind_of(value)}", f"put the value of {option} in quotes"
            )

    def requirement(self) -> Alternative:
        hashes = self.value.get("hashes", [])
        if not isinstance(hashes, list) or not all(isinstance(item, str) for item in hashes):
            raise self.error("hashes wants a list of texts", 'write hashes = ["sha256:…"]')
        if not hashes:
            raise self.error(
                "a requirement in a source table needs hashes",
                f'write hashes = ["sha256:…"], or just {toml_text(self.value["requirement"])}',
            )
        for item in hashes:
            algorithm, _, digits = item.partition(":")
            if not re.fullmatch(f"[0-9a-f]{{{_DIGITS.get(algorithm, 0)}}}", digits) or not digits:
                raise self.error(
                    f"{toml_text(item)} is not a hash",
                    f"write sha256: and 64 hexadecimal digits in small letters; known are"
                    f" {listing(_DIGITS)}",
                )
        found = text_entry(self.value["requirement"], self.key, self.place, self.replaced)
        allowed = tuple(sorted(set(hashes)))
        return Alternative(found.name, found.text, found.marker, found.extras, hashes=allowed)

    def path(self) -> Alternative:
        written = self.value["path"]
        path = os.path.normpath(os.path.join(self.folder, written))
        if not written.strip():
            raise self.error("path is empty", "write the path of a wheel, sdist or directory")
        file = os.path.basename(path)
        endings = [len(end) for end in ARCHIVES if file.lower().endswith(end)]
        guess = file[: len(file) - sum(endings[:1])].split("-")[0].replace("_", "-")
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
                f"from is {toml_text(origin)}, and can only be {listing(map(toml_text, _FROM))}",
                f'did you mean from = "{near}"?' if near else 'write from = "target"',
            )
        for option in ("borrow", "else"):
            if self.value.get(option) and origin != "target":
                raise self.error(f'{option} goes with from = "target" only', f"leave {option} out")
        if self.value.get("borrow") and self.value.get("allow-sdist"):
            raise self.error(
                "what is borrowed is not compiled, so allow-sdist has no meaning",
                "leave allow-sdist out",
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
            raise self.error("a source table needs a name here", f"write {example}")
        if not re.fullmatch(NAME, name):
            raise self.error(
                f"{toml_text(name)} is not the name of a distribution",
                "name takes a bare name, such as numpy; the version is that of the source",
            )
        return normalise(name)

    def marker(self) -> str:
        try:
            return marker_of(self.value["marker"]) if "marker" in self.value else ""
        except RequirementError as error:
            raise self.error(error.problem, error.hint) from None

    def specifier(self, name: str) -> str:
        if "specifier" not in self.value:
            return ""
        try:
            return ",".join(sorted(read_specifier(self.value["specifier"], "").split(",")))
        except RequirementError as error:
            raise self.error(
                f"specifier: {error.problem}", error.hint or 'write specifier = ">=1.20"'
            ) from None

    def otherwise(self, name: str) -> str:
        value: str = self.value.get("else", "")
        if "else" not in self.value or value == "oldest":
            return value
        if value == "declared":
            if not self.replaced:
                raise self.error(
                    'else = "declared" has a meaning in replace only',
                    f'write else = "oldest" or a requirement, such as "{name}>=1.20"',
                )
            return value
        found = text_entry(value, f"{self.key}: else", self.place)
        if found.name != name or found.marker:
            raise self.error(
                f"else = {toml_text(value)} "
                + ("has a marker" if found.marker else f"is not a requirement of {name}"),
                f'write else = "declared", "oldest" or a requirement of {name} without a marker',
            )
        return found.text


def _check_file(path: str, written: str, name: str, key: str, place: Place) -> None:
    """Raise an error if a path does not exist, or is for another distribution (PEP 427, PEP 625)."""
    if not os.path.exists(path):
        raise place.error(
            f"{key}: there is no {path}",
            f"path = {toml_text(written)} is taken from the folder of the overrides file",
        )
    if os.path.isdir(path):
        return
    file = os.path.basename(path)
    if not file.lower().endswith(ARCHIVES):
        raise place.error(
            f"{key}: {file} is neither a wheel, an sdist nor a directory",
            f"path takes a directory, or a file that ends in one of {', '.join(ARCHIVES)}",
        )
    if file.lower().endswith(".whl"):
        if file.count("-") not in (4, 5):
            raise place.error(
                f"{key}: {file} is not the file name of a wheel",
                "a wheel keeps the name it was built with: NAME-VERSION-PYTHON-ABI-PLATFORM.whl",
            )
        fits = normalise(file.split("-")[0]) == name
    else:
        fits = normalise(file).startswith(f"{name}-")
    if not fits:
        raise place.error(
            f"{key}: {file} is not a distribution of {name}",
            'where the name changes, say so: { name = "…", path = … }',
        )
