"""Copies of pip in which one thing that the shim rests on is not as known, and which work."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

COMMANDS = ("commands/install.py", "commands/wheel.py", "commands/download.py")
PAST_THE_INSTANCE = "type(self).run(self, options, args)"
NEW_NAME = "newly_named"
LOAD_AGAIN = (
    "__import__('pip._internal.pyproject', fromlist=['']).load_pyproject_toml("
    "{}self.req.pyproject_toml_path, self.req.setup_py_path, str(self.req)).requires"
)

Edit = Callable[[Path], None]


@dataclass(frozen=True)
class Alteration:
    """One change of pip, told by what it does.

    Attributes:
        name: of the case.
        seam: what the refusal must name; one of several where they are seen together.
        edits: for each pip that the case is for, by its release or its id.
        package: the mini-project whose build comes by the seam.
    """

    name: str
    seam: tuple[str, ...]
    edits: dict[str, tuple[Edit, ...]] = field(hash=False)
    package: str = "declares-and-asks"

    def apply(self, pip: str, site_packages: Path) -> None:
        """Make the change.

        Args:
            pip: release or id, as in ``edits``.
            site_packages: where the copy of pip is.
        """
        for edit in self.edits[pip]:
            edit(site_packages / "pip" / "_internal")


def substitute(pattern: str, replacement: str, *files: str) -> Edit:
    """Replace all matches of a regular expression, of which each file must have one.

    Args:
        pattern: multi-line.
        replacement: with references to groups.
        files: under ``pip/_internal``.
    """

    def edit(internal: Path) -> None:
        for file in files:
            text, count = re.subn(pattern, replacement, _read(internal / file), flags=re.MULTILINE)
            assert count, f"{pattern} is not in {file}"
            _write(internal / file, text)

    return edit


def rename(word: str, *folders: str) -> Edit:
    """Give something another name wherever it occurs.

    Args:
        word: its name.
        folders: or files, under ``pip/_internal``; all of it by default.
    """

    def edit(internal: Path) -> None:
        changed = 0
        for folder in folders or (".",):
            place = internal / folder
            for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
                text, count = re.subn(rf"\b{word}\b", NEW_NAME, _read(file))
                if count:
                    _write(file, text)
                    changed += count
        assert changed > 1, f"{word} is not there, or nobody uses it"

    return edit


def duplicate(name: str, file: str, *, within: str = "") -> Edit:
    """Add a copy of a function under another name.

    Args:
        name: of the function.
        file: under ``pip/_internal``.
        within: the class that it is a method of, where several have one of that name.
    """

    def edit(internal: Path) -> None:
        text = _read(internal / file)
        start = text.index(f"class {within}") if within else 0
        found = re.compile(rf"^( *)def {name}\(", re.MULTILINE).search(text, start)
        assert found, f"{name} is not in {file}"
        indent = found.group(1)
        # The function ends at the next line that is no deeper, the end of its signature aside.
        after = re.compile(rf"^(?!{indent} |{indent}\)|\s*$)", re.MULTILINE).search(text, found.end())
        end = after.start() if after else len(text)
        body = text[found.start() : end]
        copy = body.replace(f"def {name}(", f"def {NEW_NAME}(", 1)
        _write(internal / file, text[:end].rstrip() + "\n\n" + copy.rstrip() + "\n\n" + text[end:])

    return edit


def bypass(name: str, file: str, *callers: str, within: str = "") -> tuple[Edit, ...]:
    """Leave a function as it is, and have its callers call a copy.

    Args:
        name: of the function.
        file: where it is, under ``pip/_internal``.
        callers: files of those who call it.
        within: the class that it is a method of.
    """
    return (
        substitute(rf"(?<!def )\b{name}\(", f"{NEW_NAME}(", *callers),
        duplicate(name, file, within=within),
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    # The environment's files are hard links to those of its template.
    path.unlink()
    path.write_text(text, encoding="utf-8")
    # What was compiled from the former text must not be taken for it, in a zip neither.
    path.with_suffix(".pyc").unlink(missing_ok=True)


def _both(*edits: Edit) -> dict[str, tuple[Edit, ...]]:
    return {"21.2.4": edits, "26.3": edits}


SDIST = "distributions/sdist.py"
REQUIREMENT = "req/req_install.py"

ALTERATIONS = (
    Alteration(
        "commands are run past the instance",
        ("Command.run",),
        {
            "21.2.4": (
                substitute(r"self\.run\(options, args\)", PAST_THE_INSTANCE, "cli/base_command.py"),
            ),
            "26.3": (
                substitute(r"self\.run\(options, args\)", PAST_THE_INSTANCE, "cli/base_command.py"),
            ),
        },
    ),
    Alteration(
        "commands are made by another name", ("create_command",), _both(rename("create_command"))
    ),
    Alteration(
        "commands are made by somebody else",
        ("create_command",),
        _both(
            *bypass("create_command", "commands/__init__.py", "cli/main.py"),
            substitute(r"import create_command$", f"import {NEW_NAME}", "cli/main.py"),
        ),
    ),
    Alteration(
        "sources are loaded by another name",
        ("load_pyproject_toml",),
        _both(
            substitute(r"def load_pyproject_toml\(self", f"def {NEW_NAME}(self", REQUIREMENT),
            substitute(r"req\.load_pyproject_toml\(", f"req.{NEW_NAME}(", SDIST),
        ),
    ),
    Alteration(
        "sources are loaded by somebody else",
        ("load_pyproject_toml",),
        _both(
            duplicate("load_pyproject_toml", REQUIREMENT),
            substitute(r"req\.load_pyproject_toml\(", f"req.{NEW_NAME}(", SDIST),
        ),
    ),
    Alteration(
        "the static list comes from elsewhere",
        ("install_requirements", "load_pyproject_toml", "pyproject_requires"),
        {
            "21.2.4": (
                substitute(
                    r"pyproject_requires = self\.req\.pyproject_requires",
                    f"pyproject_requires = {LOAD_AGAIN.format('self.req.use_pep517, ')}",
                    SDIST,
                ),
            ),
            "26.3": (
                substitute(
                    r"pyproject_requires = self\.req\.pyproject_requires",
                    f"pyproject_requires = {LOAD_AGAIN.format('')}",
                    SDIST,
                ),
            ),
        },
    ),
    Alteration(
        "the backend is made by another name",
        ("configure_backend", "pep517_backend"),
        {"26.3": (rename("configure_backend"),)},
    ),
    Alteration(
        "the hook is called past the instance",
        ("get_requires_for_build_wheel", "pep517_backend"),
        _both(
            substitute(
                r"backend\.get_requires_for_build_wheel\(\)",
                "type(backend).get_requires_for_build_wheel(backend)",
                SDIST,
            )
        ),
    ),
    Alteration(
        "metadata are prepared by another name",
        ("prepare_distribution_metadata",),
        _both(rename("prepare_distribution_metadata")),
    ),
    Alteration(
        "metadata are prepared by somebody else",
        ("prepare_distribution_metadata",),
        _both(
            duplicate("prepare_distribution_metadata", SDIST),
            substitute(
                r"abstract_dist\.prepare_distribution_metadata\(",
                f"getattr(abstract_dist, '{NEW_NAME}', abstract_dist.prepare_distribution_metadata)(",
                "operations/prepare.py",
            ),
        ),
    ),
    Alteration(
        "sources are unpacked by another name",
        ("ensure_has_source_dir",),
        _both(rename("ensure_has_source_dir")),
    ),
    Alteration(
        "build environments are filled by another name",
        ("install_requirements",),
        {
            "21.2.4": (rename("install_requirements", "build_env.py", SDIST),),
            "26.3": (rename("install_requirements", "build_env", SDIST),),
            "26.3+venv": (rename("install_requirements", "build_env", SDIST),),
        },
    ),
    Alteration(
        "build environments are filled by somebody else",
        ("install_requirements",),
        {
            "21.2.4": bypass("install_requirements", "build_env.py", SDIST),
            "26.3": bypass("install_requirements", "build_env/virtual.py", SDIST),
            "26.3+venv": bypass("install_requirements", "build_env/venv.py", SDIST),
        },
    ),
    Alteration(
        "the place of build environments is kept by another name",
        ("lib_dirs",),
        {
            "21.2.4": (rename("_lib_dirs", "build_env.py"), rename("lib_dirs", "build_env.py")),
            "26.3": (rename("lib_dirs", "build_env"),),
            "26.3+venv": (rename("lib_dirs", "build_env"),),
        },
    ),
    Alteration(
        "cached wheels are looked up by another name",
        ("get_cache_entry",),
        _both(rename("get_cache_entry")),
    ),
    Alteration(
        "cached wheels are looked up by somebody else",
        ("get_cache_entry",),
        _both(*bypass("get_cache_entry", "cache.py", "resolution/resolvelib/factory.py")),
    ),
    Alteration(
        "the place of cached wheels has another name",
        ("get_path_for_link",),
        _both(rename("get_path_for_link")),
    ),
    Alteration(
        "the place of cached wheels comes from another function",
        ("get_path_for_link",),
        _both(
            duplicate("get_path_for_link", "cache.py", within="SimpleWheelCache"),
            substitute(
                r"(self\._(?:wheel|ephem)_cache)\.get_path_for_link\(", rf"\1.{NEW_NAME}(", "cache.py"
            ),
            substitute(r"path = self\.get_path_for_link\(", f"path = self.{NEW_NAME}(", "cache.py"),
        ),
    ),
    Alteration(
        "the place of built wheels has another name",
        ("_get_cache_dir",),
        _both(rename("_get_cache_dir")),
    ),
    Alteration(
        "the place of built wheels comes from another function",
        ("_get_cache_dir",),
        _both(*bypass("_get_cache_dir", "wheel_builder.py", "wheel_builder.py")),
    ),
    Alteration("wheels are built by another name", ("_build_one",), _both(rename("_build_one"))),
    Alteration(
        "wheels are built by somebody else",
        ("_build_one",),
        _both(*bypass("_build_one", "wheel_builder.py", "wheel_builder.py")),
    ),
    Alteration(
        "requirements are resolved by another name",
        ("Resolver.resolve",),
        _both(
            substitute(
                r"def resolve\($",
                f"def {NEW_NAME}(",
                "resolution/base.py",
                "resolution/legacy/resolver.py",
                "resolution/resolvelib/resolver.py",
            ),
            substitute(r"= resolver\.resolve\(", f"= resolver.{NEW_NAME}(", *COMMANDS),
        ),
    ),
    Alteration(
        "requirements are resolved by somebody else",
        ("Resolver.resolve",),
        _both(
            duplicate("resolve", "resolution/resolvelib/resolver.py"),
            substitute(r"= resolver\.resolve\(", f"= resolver.{NEW_NAME}(", *COMMANDS),
        ),
    ),
    Alteration(
        "candidates are judged by another name",
        ("make_link_evaluator",),
        _both(rename("make_link_evaluator")),
        package="ready-made",
    ),
    Alteration(
        "candidates are judged by somebody else",
        ("make_link_evaluator",),
        _both(*bypass("make_link_evaluator", "index/package_finder.py", "index/package_finder.py")),
        package="ready-made",
    ),
    Alteration(
        "the files of a link are kept by another name", ("Link.file_path",), _both(rename("file_path"))
    ),
    Alteration(
        "what is to be checked is kept by another name",
        ("InstallRequirement.requirements_to_check",),
        _both(rename("requirements_to_check")),
    ),
    Alteration(
        "sources are unpacked by another name",
        ("pip._internal.utils.unpacking",),
        _both(rename("unpack_file")),
    ),
    Alteration(
        "isolation is an option of another name",
        ("options.build_isolation",),
        {
            "26.3": (
                substitute('dest="build_isolation"', f'dest="{NEW_NAME}"', "cli/cmdoptions.py"),
                substitute(r"options\.build_isolation", f"options.{NEW_NAME}", "cli/req_command.py"),
            )
        },
    ),
)

# Seen only where a rule narrows run-time requirements.
PAST_THE_PINS = (
    Alteration(
        "wheels are built past the instance",
        ("pep517_backend",),
        _both(
            substitute(
                r"backend\.build_wheel\(",
                "type(backend).build_wheel(backend, ",
                "operations/build/wheel.py",
            )
        ),
    ),
    Alteration(
        "metadata is prepared past the instance",
        ("prepare_metadata",),
        _both(
            substitute(
                r"backend\.prepare_metadata_for_build_wheel\(",
                "type(backend).prepare_metadata_for_build_wheel(backend, ",
                "operations/build/metadata.py",
            )
        ),
    ),
    Alteration(
        "metadata is read from a copy",
        ("prepare_metadata",),
        {
            "26.3": (
                substitute(
                    r"return get_directory_distribution\(self\.metadata_directory\)",
                    "return get_directory_distribution(self.pep517_backend._copied)",
                    REQUIREMENT,
                ),
                substitute(
                    r"^( *)distinfo_dir = backend\.prepare_metadata_for_build_wheel\(metadata_dir\)",
                    r"\1import shutil\n"
                    r"\1hook = backend._call_hook\n"
                    r"\1def copying(name, arguments):\n"
                    r"\1    made = hook(name, arguments)\n"
                    r"\1    copied = backend._copied = metadata_dir + '-copy/' + str(made)\n"
                    r"\1    shutil.copytree(os.path.join(metadata_dir, made), copied)\n"
                    r"\1    return made\n"
                    r"\1backend._call_hook = copying\n"
                    r"\1distinfo_dir = backend.prepare_metadata_for_build_wheel(metadata_dir)",
                    "operations/build/metadata.py",
                ),
            )
        },
    ),
)

# Seen only where an index serves metadata, too.
PAST_WHAT_IS_SERVED = (
    Alteration(
        "served metadata is fetched by another name",
        ("prepare_metadata",),
        {"26.3": (rename("_fetch_metadata_only", "operations/prepare.py"),)},
    ),
    Alteration(
        "served metadata is fetched by somebody else",
        ("_fetch_metadata_only",),
        {
            pip: bypass("_fetch_metadata_only", "operations/prepare.py", "operations/prepare.py")
            for pip in ("24.0", "26.3")
        },
    ),
)

# Seen only where nothing that is asked for tells the version of the target.
NO_LONGER_BEST = Alteration(
    "the best candidate is kept by another name",
    ("best_candidate",),
    {"26.3": (rename("best_candidate"),)},
)

NO_RUNNER = Alteration(
    "commands are run by another function",
    ("runner_with_spinner_message",),
    _both(rename("runner_with_spinner_message")),
)

# Seen only where something is borrowed that needs something else.
PAST_THE_BEST = Alteration(
    "the best candidate is found by somebody else",
    ("find_best_candidate",),
    _both(
        *bypass(
            "find_best_candidate",
            "index/package_finder.py",
            "index/package_finder.py",
            "resolution/resolvelib/factory.py",
        )
    ),
)
