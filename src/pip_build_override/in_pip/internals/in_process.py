"""Filling a build environment in this process, by an installer that newer pips have for that.

pip starts another pip for a build environment unless ``--use-feature inprocess-build-deps`` is given
(26.0 and later). Both install by the same functions. What remains is the options: the other pip reads
its command line, the environment variables and the configuration files once more. So the command line
that pip has made for it is parsed by pip's own parser here, and the installer is used only if
every option that it does not follow has its default. What is on a remote index is looked up once for
all environments, and all else again.
"""

from __future__ import annotations

import logging
import mimetypes
import os
import sys
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Iterator

from . import filling_options, found_candidates, objects
from .filling_options import installer_of

if TYPE_CHECKING:
    from types import ModuleType

    from .protocols import BuildEnvironment, PackageFinder

Fill = Callable[[], None]
"""Fills the environment, or raises an exception."""

_KIND = "InprocessBuildEnvironmentInstaller"
_START = "call_subprocess"
_INSTALL = "_install_impl"
_PAGE = "text/html"
# pip's own level, below which it shows the output of the pips that it starts.
_VERBOSE = 15
_IGNORES_CONSTRAINTS = {"_PIP_IN_BUILD_IGNORE_CONSTRAINTS": "1"}
# What pip sets for the other pip, and what the installer does without being asked.
_FIXED: dict[str, object] = {
    "compile": False,
    "disable_pip_version_check": True,
    "ignore_installed": True,
    "target_dir": "",
    "use_user_site": False,
    "warn_script_location": False,
}
# What the finder is made with, and what pip takes from the session that is used.
_FOLLOWED = frozenset(
    (
        "prefix_path",
        "cert",
        "client_cert",
        "extra_index_urls",
        "find_links",
        "format_control",
        "index_url",
        "no_index",
        "no_proxy_env",
        "prefer_binary",
        "proxy",
        "refresh_package",
        "release_control",
        "trusted_hosts",
    )
)
# What has no effect on what is installed.
_WITHOUT_EFFECT = frozenset(
    (
        "cache_dir",
        "keyring_provider",
        "no_color",
        "no_input",
        "no_python_version_warning",
        "override_externally_managed",
        "progress_bar",
        "quiet",
        "retries",
        "root_user_action",
        "timeout",
    )
)


class Unfinished(Exception):
    """The environment was not filled in this process, because something would have to be built."""


@contextmanager
def offered(
    environment: BuildEnvironment,
    name: str,
    finders: list[PackageFinder],
    attempt: Callable[[Fill], bool],
) -> Iterator[None]:
    """Offer a way to fill a build environment here, when pip is about to start another pip.

    Args:
        environment: pip's build environment.
        name: The name of the pass.
        finders: pip's package finders that may know what is on the indexes. The one that fills the
            environment is added.
        attempt: Takes that way, and returns whether the environment is filled. If not, pip starts
            another one.
    """
    installer = installer_of(environment)
    module = sys.modules.get(type(installer).__module__)
    start = getattr(module, _START, None)
    kind: Any = getattr(module, _KIND, None)
    if module is None or start is None or not hasattr(kind, _INSTALL) or isinstance(installer, kind):
        yield
        return

    # Any, because these are pip's types.
    def in_this_process(command: list[Any], *args: Any, **kwargs: Any) -> Any:
        try:
            variables = kwargs.get("extra_environ")
            fill = _way_of(environment, name, finders, module, command, variables)
        except (AttributeError, ImportError, IndexError, TypeError):
            # A pip that does it in another way.
            fill = None
        if fill is None or args or not attempt(fill):
            return start(command, *args, **kwargs)
        spinner = kwargs.get("spinner")
        if spinner is not None:
            spinner.finish("done")
        return ""

    setattr(module, _START, in_this_process)
    try:
        yield
    finally:
        setattr(module, _START, start)


def _way_of(
    environment: BuildEnvironment,
    name: str,
    finders: list[PackageFinder],
    module: ModuleType,
    command: list[Any],
    variables: dict[str, str] | None,
) -> Fill | None:
    """Return what does the same as a command that starts another pip; None if that is not certain."""
    prefix = getattr(environment, "_prefixes", {}).get(name)
    if prefix is None or command[0] != sys.executable or command[2] != "install":
        return None
    if variables not in (None, {}, _IGNORES_CONSTRAINTS) or _is_shown():
        return None
    if not all(isinstance(argument, str) for argument in command):
        # pip hides secrets in objects of its own.
        return None
    told = filling_options.parsed(command[3:])
    if told is None:
        return None
    other, parsed, requirements = told
    ignored = {"constraints"} if variables else set()
    if parsed.prefix_path != prefix.path or not _follows(parsed, other.parser.defaults, ignored):
        return None
    installer: Any = installer_of(environment)
    session = installer.finder._link_collector.session
    sources = getattr(sys.modules.get("pip._internal.index.sources"), "_FlatDirectorySource", None)
    if not isinstance(getattr(sources, "_paths_to_urls", None), dict):
        return None

    def fill() -> None:
        with ExitStack() as stack:
            stack.enter_context(import_module("pip._internal.utils.logging").capture_logging())
            # The other pip has no terminal to ask for a password.
            stack.enter_context(_set_to(session.auth, "prompting", False))
            # A build may have put another file there.
            stack.enter_context(_set_to(sources, "_paths_to_urls", {}))
            finder = other._build_package_finder(options=parsed, session=session)
            for earlier in finders:
                found_candidates.take_over(earlier, finder)
            own = getattr(module, _KIND)(finder=finder, build_tracker=None, wheel_cache=None)
            _let_through_wheels_only(own._preparer)
            getattr(own, _INSTALL)(requirements, prefix)
            finders.append(finder)

    return fill


def _is_shown() -> bool:
    """Return whether the output of another pip would be shown, or written to a log."""
    return logging.getLogger("pip.subprocessor").isEnabledFor(_VERBOSE) or any(
        isinstance(handler, logging.FileHandler) for handler in logging.getLogger().handlers
    )


def _follows(parsed: Any, defaults: dict[str, object], ignored: set[str]) -> bool:
    """Return whether the installer does what options say.

    Args:
        parsed: pip's options, with what environment variables and configuration files set.
        defaults: The defaults of pip itself.
        ignored: The names of those that the other pip does not follow.
    """
    for name, value in vars(parsed).items():
        if name in _FOLLOWED or name in _WITHOUT_EFFECT or name in ignored:
            continue
        if name in _FIXED:
            if value != _FIXED[name]:
                return False
        # pip appends to some lists of defaults.
        elif value != defaults.get(name) or (isinstance(value, (dict, list, set)) and value):
            return False
    urls = [parsed.index_url, *parsed.extra_index_urls]
    # pip keeps what it has read of an index or a page. A build may have changed a local one.
    return (bool(parsed.no_index) or all(map(_is_remote, urls))) and all(
        _is_remote(link) or _is_without_pages(link) for link in parsed.find_links
    )


def _is_remote(url: str) -> bool:
    return url.startswith(("https:", "http:"))


def _is_without_pages(link: str) -> bool:
    """Return whether there are no pages with further links in a directory."""
    path = filling_options.local_path(link)
    if not os.path.isdir(path):
        return not path
    return all(mimetypes.guess_type(name, strict=False)[0] != _PAGE for name in os.listdir(path))


def _let_through_wheels_only(preparer: Any) -> None:
    original = preparer.prepare_linked_requirement

    def prepare(req: Any, *args: Any, **kwargs: Any) -> Any:
        if not objects.link_of(req).is_wheel:
            raise Unfinished(str(req))
        return original(req, *args, **kwargs)

    preparer.prepare_linked_requirement = prepare


@contextmanager
def _set_to(owner: Any, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
