"""What other code an environment runs when Python starts, apart from our start-up hook.

A file that Python runs at every start, in each program, is where attacks on installed packages put
their code. Nothing here judges: it is listed, with what it imports and the package that it is from.
"""

from __future__ import annotations

import ast
import os
from dataclasses import asdict, dataclass
from typing import Iterator

from .. import switch
from ..files import Json, read_whole
from . import block, owners
from .target import StartFiles

_CALLS = ("__import__", "compile", "eval", "exec", "import_module")


@dataclass(frozen=True)
class Other:
    """A file that is not ours, of which Python runs code at its start.

    Attributes:
        file: Path of the file.
        kind: ``.pth``, ``.start``, ``sitecustomize`` or ``usercustomize``.
        package: Name and version of the installed package that it is from; None if none lists it.
        imports: Modules that it imports, or what a ``.start`` file calls; None if it cannot be read.
        calls: Which of ``exec`` and similar functions it calls, so that it may run more than is shown.
    """

    file: str
    kind: str
    package: str | None
    imports: tuple[str, ...] | None
    calls: tuple[str, ...]

    def to_json(self) -> Json:
        """Return a JSON object."""
        imports = None if self.imports is None else list(self.imports)
        return {**asdict(self), "imports": imports, "calls": list(self.calls)}


def others(files: StartFiles, prefix: str) -> list[Other]:
    """Return what an interpreter runs at its start, except for our start-up hook.

    A hook of another version, or one that somebody has changed, is returned as well.

    Args:
        files: Where it looks for it.
        prefix: The directory of its environment.
    """
    found = []
    for path, kind in _files(files):
        code = _lines(path, kind)
        if code == []:
            continue
        imports, calls = (None, ()) if code is None else _of(code, kind)
        owner = owners.owner_of(path, os.path.dirname(path), prefix)
        found.append(Other(path, kind, owner, imports, calls))
    return found


def _files(files: StartFiles) -> Iterator[tuple[str, str]]:
    """Yield files that may have code, with their kinds, in the order in which Python reads them."""
    for directory in dict.fromkeys(map(os.path.abspath, files.directories)):
        try:
            names = sorted(os.listdir(directory))
        except OSError:
            continue
        for name in names:
            suffix = os.path.splitext(name)[1]
            if suffix in (block.PTH, block.START):
                yield os.path.join(directory, name), suffix
    for path in files.sitecustomize:
        # The one of ``run`` is there only now.
        if os.path.dirname(path) != switch.INJECTED:
            yield path, block.SITECUSTOMIZE
    for path in files.usercustomize:
        yield path, "usercustomize"


def _lines(path: str, kind: str) -> list[str] | None:
    """Return the pieces of code that Python runs from a file, apart from ours; None if unreadable.

    Of a ``.start`` file these are the names of what is called.
    """
    try:
        content = read_whole(path) or b""
    except OSError:
        return None
    if kind in (block.PTH, block.START):
        if content == block.own_files("").get(os.path.basename(path)):
            return []
        # As site.py splits them, which knows more line ends than bytes do.
        lines = [line for line in content.decode("utf-8-sig", "replace").splitlines() if line.strip()]
        if kind == block.PTH:
            return [line for line in lines if line.startswith(("import ", "import\t"))]
        return [line.strip() for line in lines if not line.strip().startswith("#")]
    if kind == block.SITECUSTOMIZE:
        content = block.without_unchanged(content)
    return [content.decode("utf-8-sig", "replace")] if content.strip() else []


def _of(code: list[str], kind: str) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return the modules that code imports, None if it is not Python, and what runs more code."""
    if kind == block.START:
        return tuple(code), ()
    imports: dict[str, None] = {}
    calls = set()
    for piece in code:
        try:
            nodes = list(ast.walk(ast.parse(piece)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None, ()
        for node in nodes:
            if isinstance(node, ast.Import):
                imports.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom):
                imports["." * node.level + (node.module or "")] = None
            elif isinstance(node, ast.Call):
                name = _name_of(node.func)
                if name:
                    calls.add(name)
                    imports.update(_imported_by(node))
    return tuple(imports), tuple(sorted(calls))


def _name_of(function: ast.expr) -> str:
    """Return the name of a function that runs more code than a reader sees; "" for any other."""
    if isinstance(function, ast.Name) and function.id in _CALLS:
        return function.id
    # re.compile and the like are not these.
    if isinstance(function, ast.Attribute) and function.attr in _CALLS and function.attr != "compile":
        return function.attr
    return ""


def _imported_by(call: ast.Call) -> dict[str, None]:
    named = [each.value for each in call.args[:1] if isinstance(each, ast.Constant)]
    if _name_of(call.func) not in ("__import__", "import_module"):
        return {}
    return {name: None for name in named if isinstance(name, str)}
