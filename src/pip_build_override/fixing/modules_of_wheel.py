"""The modules in a wheel that can be expected to be importable, from the paths of its files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable

from ..rules.standards import normalise

_EXTENSION = re.compile(r"(?P<module>[^.]+)(?:\.(?!py\b)[\w-]+)*\.(?:so|pyd)")
# What some projects install by accident, or for others than their users.
_ELSEWHERE = re.compile(
    r"tests?|testing|docs?|examples?|samples?|demos?|benchmarks?|scripts?|bin|setup|setup_\w+|ez_setup"
    r"|versioneer|conftest|noxfile|tasks|__main__|__pycache__|test_\w+|\w+_tests?"
)
_IN_DATA = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
_METADATA = re.compile(r"[^/]+\.(?:dist-info|data|egg-info)/")


@dataclass(frozen=True)
class Modules:
    """The modules in a wheel.

    Attributes:
        tops: The outermost packages and modules; those whose names begin with an underscore only if
            there are no others.
        compiled: The compiled modules.
        own: The first parts of the names of all its modules.
    """

    tops: tuple[str, ...]
    compiled: tuple[str, ...]
    own: frozenset[str]


def modules_of_wheel(name: str, paths: Iterable[str]) -> Modules:
    """Return the modules in a wheel.

    Args:
        name: The name of its distribution, which may be that of a module that is otherwise left out.
        paths: The paths of the files in it.
    """
    packages: set[str] = set()
    files: set[str] = set()
    compiled: set[str] = set()
    for path in paths:
        path = _IN_DATA.sub("", path)
        *folders, file = path.split("/")
        extension = _EXTENSION.fullmatch(file)
        stem = extension["module"] if extension is not None else file[:-3]
        if _METADATA.match(path) or not (extension is not None or file.endswith(".py")):
            continue
        if not all(part.isidentifier() for part in (*folders, stem)):
            continue
        module = ".".join((*folders, stem) if stem != "__init__" else folders)
        if not module or any(_is_elsewhere(part, name) for part in module.split(".")):
            continue
        if stem == "__init__":
            packages.add(module)
        elif not folders:
            files.add(module)
        # The name of a library that modules are linked with may end in the same way.
        if extension is not None and not (stem.startswith("lib") and file == f"{stem}.so"):
            compiled.add(module)
    outermost = {each for each in packages if not any(above in packages for above in _above(each))}
    tops = outermost | files
    public = {each for each in tops if not each.startswith("_")}
    own = {each.partition(".")[0] for each in (*tops, *compiled)}
    return Modules(tuple(sorted(public or tops)), tuple(sorted(compiled)), frozenset(own))


def _is_elsewhere(part: str, name: str) -> bool:
    return normalise(part) != normalise(name) and _ELSEWHERE.fullmatch(part) is not None


def _above(module: str) -> Iterable[str]:
    parts = module.split(".")
    return (".".join(parts[:number]) for number in range(1, len(parts)))
