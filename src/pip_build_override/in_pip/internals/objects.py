"""What is read of pip's own objects, whatever shape a release gives them.

All attributes of a requirement, a link and the options of a command that any module here reads are
listed, and looked for when a command starts: a pip that has lost one is refused before it builds.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any, Iterable

from . import seams
from .unknown_pip import unknown_pip

OF_REQUIREMENT = frozenset(
    (
        "comes_from",
        "constraint",
        "editable",
        "extras",
        "hash_options",
        "link",
        "local_file_path",
        "match_markers",
        "metadata",
        "name",
        "original_link",
        "pep517_backend",
        "pyproject_requires",
        "req",
        "requirements_to_check",
        "source_dir",
        "specifier",
        "unpacked_source_directory",
    )
)
OF_LINK = frozenset(
    (
        "comes_from",
        "file_path",
        "filename",
        "hash",
        "hash_name",
        "is_existing_dir",
        "is_file",
        "is_vcs",
        "is_wheel",
        "is_yanked",
        "url",
        "url_without_fragment",
    )
)
OF_OPTIONS = frozenset(("build_isolation", "cache_dir", "no_color", "quiet", "require_hashes"))


def probe(options: Any) -> None:
    """Look for every attribute that is read.

    Args:
        options: of pip's command.

    Raises:
        OverrideError: naming all that this pip does not have.
    """
    make = getattr(import_module(seams.REQUIREMENT.module), seams.REQUIREMENT.name)
    # Nothing is read from there: it is only to have a link.
    requirement = make("probe @ file:///probe-1.0.tar.gz")
    missing = _missing("InstallRequirement", requirement, OF_REQUIREMENT)
    if not missing:
        missing = _missing("Link", requirement.link, OF_LINK)
    missing += _missing("options", options, OF_OPTIONS)
    if missing:
        raise unknown_pip(missing)


def _missing(shown: str, owner: Any, names: Iterable[str]) -> list[str]:
    return [f"{shown}.{name}: not there" for name in sorted(names) if not _has(owner, name)]


def _has(owner: Any, name: str) -> bool:
    # Not by asking for it: some are properties that cannot be asked yet.
    return name in getattr(owner, "__dict__", ()) or any(
        name in vars(kind) for kind in type(owner).__mro__
    )


def requirements_in(requirement_set: Any) -> list[Any]:
    """List the requirements that pip's resolver has settled on."""
    # The legacy resolver keeps what came without a name apart.
    unnamed = getattr(requirement_set, "unnamed_requirements", [])
    return [*unnamed, *requirement_set.requirements.values()]


def isolates_builds(options: Any) -> bool:
    """Return whether a command builds in environments of their own, but for setup.py alone."""
    return options.build_isolation not in (False, "off")


def knows_setup_py() -> bool:
    """Return whether this pip can build by setup.py alone, as those before 25.3 can."""
    module, name = seams.LOAD.module, seams.LOAD.name.partition(".")[0]
    requirement = getattr(import_module(module), name)
    return "use_pep517" in inspect.signature(requirement).parameters
