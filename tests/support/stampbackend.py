"""A PEP 517 and PEP 660 build backend that writes into a wheel which versions it was built with.

The wheel holds one module, named as the distribution. Its ``STAMP`` maps every distribution that was
in the build environment to its version, as the metadata and, where they differ or come in several
copies, as the imports saw it. ``NESTED`` holds the stamps of those of them that were built by this
backend themselves, ``NOTES`` what their modules say of themselves in ``NOTE``.

It reads ``[project]`` (name, version, dependencies) and ``[tool.stamp]``, in which

- ``name``, ``version``: stand for those of ``[project]``;
- ``wheel-requires``, ``editable-requires``: what the hooks ask for (the latter: as the former);
- ``imports``: modules without which the backend cannot work, in the hook ``imports-in`` and after it;
- ``fail-in``: the hook that fails, with ``fail-with = "NAME VERSION"`` only where that is there;
- ``pins``: distributions that the metadata require in just the version that is there;
- ``keeps``: a file in the sources, written if it is not there yet, with the versions that are there;
  its content is put into the wheel as ``KEPT``;
- ``compiles``: the name of a compiled module that the wheel contains, too;
- ``metadata-name``, ``metadata-version``: what the metadata say instead, under ``lie-with`` likewise;
- ``shows``: environment variables; with it, a file beside ``STAMP_LOG`` gets the variables and the
  config_settings that each hook was given, and the wheel those of its own as ``SHOWN``;
- ``fetches``: "NAME VERSION" that the backend brings into ``.eggs`` while it builds, as old
  setuptools did.

Each value is on one line and is written as JSON would be, so that no TOML reader is needed.
The environment variable ``STAMP_LOG`` names a file to which each call of a hook adds a line.

Three processes of each build load this module, thousands in a run of the tests. So each of them imports
no more than its hook needs, and ``importlib.metadata``, which takes as long to load as all the rest, is
done without.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator, Mapping

    Settings = Any  # PEP 517's config_settings

ASKED_BY_PIP_ONLY = ("pip",)


def read_settings(path: str = "pyproject.toml") -> dict[str, Any]:
    """Read ``[project]`` and ``[tool.stamp]``, the latter over the former.

    Args:
        path: of the pyproject.toml, whose values in those tables each stand on one line.
    """
    tables: dict[str, dict[str, Any]] = {}
    table = None
    with open(path, encoding="utf-8") as lines:
        for line in map(str.strip, lines):
            if line.startswith("["):
                table = line.strip("[]")
            elif table in ("project", "tool.stamp") and "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                tables.setdefault(table, {})[key.strip()] = json.loads(value)
    settings = dict(tables.get("project", {}))
    settings.update(tables.get("tool.stamp", {}))
    return settings


def write_wheel(
    directory: str,
    name: str,
    version: str,
    files: Mapping[str, str],
    *,
    requires: Iterable[str] = (),
    extras: Iterable[str] = (),
) -> str:
    """Write a pure wheel whose bytes depend on nothing but the arguments.

    Args:
        directory: where to put it.
        name: of the distribution.
        version: of the distribution.
        files: path in the wheel -> text.
        requires: lines of Requires-Dist.
        extras: lines of Provides-Extra.

    Returns:
        Its file name, as PEP 427 has it.
    """
    import zipfile

    stem = "{}-{}".format(name.replace("-", "_"), version)
    metadata = metadata_text(name, version, requires, extras)
    contents = dict(files)
    contents[stem + ".dist-info/METADATA"] = metadata
    contents[stem + ".dist-info/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: stampbackend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = stem + ".dist-info/RECORD"
    contents[record] = (
        "".join(
            f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in contents.items()
        )
        + f"{record},,\n"
    )
    wheel = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, wheel), "w") as archive:
        for path, text in contents.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return wheel


def metadata_text(
    name: str, version: str, requires: Iterable[str] = (), extras: Iterable[str] = ()
) -> str:
    """The core metadata, version 2.1.

    Args:
        name: of the distribution.
        version: of the distribution.
        requires: lines of Requires-Dist.
        extras: lines of Provides-Extra.
    """
    lines = ["Metadata-Version: 2.1", "Name: " + name, "Version: " + version]
    lines += ["Provides-Extra: " + extra for extra in extras]
    lines += ["Requires-Dist: " + line for line in requires]
    return "\n".join(lines) + "\n"


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """PEP 517's hook of that name."""
    return list(_enter("get_requires_for_build_wheel", config_settings).get("wheel-requires", []))


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """PEP 660's hook of that name."""
    settings = _enter("get_requires_for_build_editable", config_settings)
    return list(settings.get("editable-requires", settings.get("wheel-requires", [])))


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    """PEP 517's hook of that name."""
    return _write_metadata(
        _enter("prepare_metadata_for_build_wheel", config_settings), metadata_directory
    )


def prepare_metadata_for_build_editable(
    metadata_directory: str, config_settings: Settings = None
) -> str:
    """PEP 660's hook of that name."""
    return _write_metadata(
        _enter("prepare_metadata_for_build_editable", config_settings), metadata_directory
    )


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Any = None
) -> str:
    """PEP 517's hook of that name."""
    settings = _enter("build_wheel", config_settings)
    _fetch(settings)
    return _build(settings, wheel_directory, editable=False)


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Any = None
) -> str:
    """PEP 660's hook of that name."""
    return _build(_enter("build_editable", config_settings), wheel_directory, editable=True)


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    """PEP 517's hook of that name."""
    import io
    import tarfile

    settings = _enter("build_sdist", config_settings)
    stem = "{}-{}".format(settings["name"], settings["version"])
    metadata = metadata_text(settings["name"], settings["version"]).encode()
    with tarfile.open(os.path.join(sdist_directory, stem + ".tar.gz"), "w:gz") as archive:
        archive.add("pyproject.toml", stem + "/pyproject.toml")
        member = tarfile.TarInfo(stem + "/PKG-INFO")
        member.size = len(metadata)
        archive.addfile(member, io.BytesIO(metadata))
    return stem + ".tar.gz"


def _enter(hook: str, given: Settings) -> dict[str, Any]:
    settings = read_settings()
    log = os.environ.get("STAMP_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as lines:
            lines.write("{} {}\n".format(hook, settings["name"]))
    if "shows" in settings:
        variables = {name: os.environ[name] for name in settings["shows"] if name in os.environ}
        settings["shown"] = {"config-settings": given, "env": variables}
        with open(log + ".shown" if log else os.devnull, "a", encoding="utf-8") as lines:
            lines.write(json.dumps([hook, settings["name"], settings["shown"]]) + "\n")
    if hook == settings.get("imports-in", "build_wheel") or hook.startswith("build_"):
        for module in settings.get("imports", []):
            importlib.import_module(module)
    if hook == settings.get("fail-in") and _is_there(settings.get("fail-with")):
        raise SystemExit("stampbackend: told to fail in " + hook)
    if _is_there(settings.get("lie-with")):
        settings["name"] = settings.get("metadata-name", settings["name"])
        settings["version"] = settings.get("metadata-version", settings["version"])
    return settings


def _is_there(distribution: str | None) -> bool:
    if distribution is None:
        return True
    name, version = distribution.split()
    return _versions().get(name) == version


def _versions() -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, version in _distributions():
        found.setdefault(name.lower(), []).append(version)
    return {
        name: _as_imported(name, versions)
        for name, versions in sorted(found.items())
        if name not in ASKED_BY_PIP_ONLY
    }


def _distributions() -> Iterator[tuple[str, str]]:
    """The name and the version of each distribution on the path, as ``importlib.metadata`` has them."""
    for directory in sys.path:
        if not os.path.isdir(directory or os.curdir):
            continue
        for entry in os.listdir(directory or os.curdir):
            path = os.path.join(directory, entry)
            if entry.endswith(".dist-info"):
                yield _name_and_version(os.path.join(path, "METADATA"))
            elif entry.endswith(".egg-info") or (directory.endswith(".egg") and entry == "EGG-INFO"):
                yield _name_and_version(os.path.join(path, "PKG-INFO") if os.path.isdir(path) else path)


def _name_and_version(metadata: str) -> tuple[str, str]:
    headers: dict[str, str] = {}
    with open(metadata, encoding="utf-8") as lines:
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or len(headers) == 2:
                break
            if name in ("Name", "Version"):
                headers[name] = value.strip()
    return headers["Name"], headers["Version"]


def _as_imported(name: str, versions: list[str]) -> str:
    # A distribution that is there in two versions, or whose files are not those of its metadata,
    # must not look like the one that was asked for.
    imported = str(getattr(_module(name), "VERSION", versions[0]))
    if {imported} == set(versions):
        return imported
    return "{} (imported: {})".format(" and ".join(versions), imported)


def _module(name: str) -> Any:
    # Others' packages, such as setuptools, are not ours to import: that has effects.
    if name in ("setuptools", "wheel"):
        return None
    module = name.replace("-", "_")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return None


def _write_metadata(settings: Mapping[str, Any], directory: str) -> str:
    name = "{}-{}.dist-info".format(settings["name"].replace("-", "_"), settings["version"])
    os.mkdir(os.path.join(directory, name))
    _keep(settings)
    with open(os.path.join(directory, name, "METADATA"), "w", encoding="utf-8") as metadata:
        metadata.write(metadata_text(settings["name"], settings["version"], _requires(settings)))
    return name


def _requires(settings: Mapping[str, Any]) -> list[str]:
    pins = [f"{name}=={_versions()[name]}" for name in settings.get("pins", [])]
    return [*settings.get("dependencies", []), *pins]


def _keep(settings: Mapping[str, Any]) -> str:
    path = settings.get("keeps")
    if path is None:
        return ""
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as kept:
            json.dump(_versions(), kept)
    with open(path, encoding="utf-8") as kept:
        return kept.read()


def _build(settings: Mapping[str, Any], directory: str, *, editable: bool) -> str:
    versions = _versions()
    nested = {name: getattr(_module(name), "STAMP", None) for name in versions}
    notes = {name: getattr(_module(name), "NOTE", "") for name in versions}
    module = settings["name"].replace("-", "_")
    constants = {
        "VERSION": settings["version"],
        "STAMP": versions,
        "NESTED": {name: stamp for name, stamp in nested.items() if stamp is not None},
        "EDITABLE": editable,
        "KEPT": _keep(settings),
        "NOTES": notes,
        "SHOWN": settings.get("shown"),
    }
    files = {module + ".py": "".join(f"{name} = {value!r}\n" for name, value in constants.items())}
    if "compiles" in settings:
        files[settings["compiles"]] = ""
    if editable:
        files[f"__editable__.{module}.pth"] = os.getcwd() + "\n"
    return write_wheel(
        directory,
        settings["name"],
        settings["version"],
        files,
        requires=_requires(settings),
    )


def _fetch(settings: Mapping[str, Any]) -> None:
    if "fetches" not in settings:
        return
    name, version = settings["fetches"].split()
    egg = os.path.abspath(os.path.join(".eggs", f"{name}-{version}-py3.egg"))
    os.makedirs(os.path.join(egg, "EGG-INFO"))
    with open(os.path.join(egg, "EGG-INFO", "PKG-INFO"), "w", encoding="utf-8") as metadata:
        metadata.write(metadata_text(name, version))
    with open(os.path.join(egg, name + ".py"), "w", encoding="utf-8") as module:
        module.write(f"VERSION = {version!r}\n")
    sys.path.insert(0, egg)


def _digest(text: str) -> str:
    import base64
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
