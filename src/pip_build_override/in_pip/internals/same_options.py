"""The words of a command line with which another pip finds the same files, and builds them alike.

pip itself passes some of them to the pips that fill build environments, but not all: those get its
proxy, its certificates and its limits only from 26.2 on.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional, Tuple

from . import objects
from .unknown_pip import unknown_pip

if TYPE_CHECKING:
    from .protocols import InstallRequirement, Options, PackageFinder

    Word = Tuple[str, Optional[str]]

_WHEEL = "pip._internal.commands.wheel"
_RUNNABLE = ("pip._internal.utils.misc", "pip._internal.build_env")

# Options that have one value, by the attribute of the parsed options.
_VALUES = (
    ("--cert", "cert"),
    ("--client-cert", "client_cert"),
    ("--proxy", "proxy"),
    ("--timeout", "timeout"),
    ("--retries", "retries"),
    ("--resume-retries", "resume_retries"),
    ("--keyring-provider", "keyring_provider"),
)
_FLAGS = (
    ("--no-proxy-env", "no_proxy_env"),
    ("--ignore-requires-python", "ignore_requires_python"),
    ("--check-build-dependencies", "check_build_deps"),
    ("--no-deps", "ignore_dependencies"),
)
_LISTS = (
    ("--use-feature", "features_enabled"),
    ("--use-deprecated", "deprecated_features_enabled"),
    ("--constraint", "constraints"),
    ("--build-constraint", "build_constraints"),
)
# Words for setup.py and for build backends. To say one again is not the same, so what the other pip
# reads from its environment is left out.
_ADDED = (("--global-option", "global_options"), ("--build-option", "build_options"))
_PATHS = ("--cert", "--client-cert", "--constraint", "--build-constraint")

_OF_FINDER = ("format_control", "index_urls", "find_links", "trusted_hosts", "prefer_binary")


def runnable_pip() -> str:
    """Return what an interpreter has to be given to run the pip that runs now.

    This is what pip starts itself with: a script in its directory from 22.3 on, and before that the
    directory. A pip in a zip file is run from there.
    """
    for name in _RUNNABLE:
        # The modules differ, and not every pip has loaded both.
        known: Callable[[], str] | None = getattr(sys.modules.get(name), "get_runnable_pip", None)
        if known is not None:
            return os.fsdecode(known())
    return str(Path(str(import_module("pip").__file__)).resolve().parent)


def words(options: Options, finder: PackageFinder) -> tuple[str, ...]:
    """Return the options for ``pip wheel``, each as one word.

    Args:
        options: The options of the command.
        finder: pip's finder, which knows those in requirement files as well.

    Raises:
        OverrideError: If this pip has not all that is read here.
    """
    missing = [f"PackageFinder.{name}: missing" for name in _OF_FINDER if not hasattr(finder, name)]
    if missing:
        raise unknown_pip(missing)
    parser = _parser()
    given = (*_of_finder(finder), *_of_options(options))
    inherited = list(_settings(parser.get_default_values()))
    found = []
    for option, value in given:
        if not parser.has_option(option):
            continue
        if (option, value) in inherited:
            inherited.remove((option, value))
            continue
        found.append(option if value is None else f"{option}={value}")
    return tuple(found)


def configured_sections() -> frozenset[str]:
    """Return the sections that pip's configuration files have; "global" is for all commands."""
    parser = _parser()
    # This has it read the files.
    parser.get_default_values()
    found = set()
    for name, value in parser.config.items():
        # Newer pips have one table for each file.
        for key in value if isinstance(value, dict) else (name,):
            found.add(key.partition(".")[0])
    # Variables have a section of their own.
    return frozenset(found - {":env:"})


def _parser() -> Any:
    command = import_module(_WHEEL).WheelCommand("wheel", "")
    return command.parser


def _of_finder(finder: PackageFinder) -> Iterator[Word]:
    """Yield what pip passes to the pips that it starts, also if it comes from a requirement file."""
    for name in ("no_binary", "only_binary"):
        formats = getattr(finder.format_control, name)
        yield f"--{name.replace('_', '-')}", ",".join(sorted(formats)) or ":none:"
    if not finder.index_urls:
        yield "--no-index", None
    for number, url in enumerate(finder.index_urls):
        yield "--extra-index-url" if number else "--index-url", _absolute(url)
    for link in finder.find_links:
        yield "--find-links", _absolute(link)
    for host in finder.trusted_hosts:
        yield "--trusted-host", host
    if finder.prefer_binary:
        yield "--prefer-binary", None
    yield from _pre_releases(finder)


def _pre_releases(finder: PackageFinder) -> Iterator[Word]:
    control = getattr(finder, "release_control", None)
    if control is None:
        # pip before 26.0 knows only all of them or none.
        if getattr(finder, "allow_all_prereleases", False):
            yield "--pre", None
        return
    ordered = list(control.get_ordered_args())
    everything = ":all:" in control.all_releases and ("all_releases", ":all:") not in ordered
    if everything and not ordered:
        yield "--pre", None
        return
    # pip accepts --pre with neither of the two others.
    for name, value in [("all_releases", ":all:")] * everything + ordered:
        yield f"--{name.replace('_', '-')}", value


def _of_options(options: Options) -> Iterator[Word]:
    for option, name in _VALUES:
        value = getattr(options, name, None)
        if value not in (None, ""):
            yield option, _absolute(value) if option in _PATHS else str(value)
    for option, name in _FLAGS:
        if getattr(options, name, None):
            yield option, None
    for option, name in _LISTS:
        for value in getattr(options, name, None) or ():
            yield option, _absolute(value) if option in _PATHS else str(value)
    before = getattr(options, "uploaded_prior_to", None)
    if before is not None:
        yield "--uploaded-prior-to", before.isoformat()
    if options.cache_dir:
        yield "--cache-dir", _absolute(options.cache_dir)
    elif options.cache_dir is not None:
        # None is a directory that somebody else owns, of which the other pip warns as well.
        yield "--no-cache-dir", None
    if options.build_isolation in (False, "off"):
        yield "--no-build-isolation", None
    by_pep517 = getattr(options, "use_pep517", None)
    if by_pep517 is not None:
        yield "--use-pep517" if by_pep517 else "--no-use-pep517", None
    yield from _settings(options)


def _settings(options: Options) -> Iterator[Word]:
    """Yield the options of which a second mention would change the meaning."""
    for option, name in _ADDED:
        for value in getattr(options, name, None) or ():
            yield option, str(value)
    for word in settings(options):
        yield "--config-settings", word


def settings(given: Options | InstallRequirement) -> tuple[str, ...]:
    """Return what is given to build backends, as words for ``--config-settings``.

    Args:
        given: The options of a command, or one requirement, which has its own or those of the command.
    """
    return tuple(
        f"{key}={value}"
        for key, values in objects.config_settings(given).items()
        for value in (values if isinstance(values, list) else [values])
    )


def _absolute(place: str) -> str:
    """Return a path as one that is the same in each directory, and a URL as it is."""
    return os.path.abspath(place) if "://" not in place and os.path.exists(place) else place
