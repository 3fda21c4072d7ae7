"""What ``explain`` asks for: the plans of some packages, and no build."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterable, Iterator

from ... import switch
from ...files import write_json
from ...urls import without_secrets_in

if TYPE_CHECKING:
    from ...diagnosis import Failure
    from ...files import Json
    from .environments import Environments
    from .explanation import ExplainedBuild, Unexplained


class Explained:
    """The request of ``explain``, and the answer that is written for it.

    Args:
        environments: the environments that this pip fills.

    Attributes:
        wanted: whether this pip runs for ``explain``.
        asks_hooks: whether build backends are asked for their requirements, too.
        names: normalised names of the packages whose ready-made wheels are ignored.
    """

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self._path = os.environ.get(switch.EXPLAIN, "")
        self.wanted = bool(self._path)
        self.asks_hooks = bool(os.environ.get(switch.EXPLAIN_HOOKS))
        self.names: frozenset[str] = frozenset()
        self._packages: list[ExplainedBuild | Unexplained] = []

    @property
    def here(self) -> bool:
        """Whether the plans of this pip are asked for, which must be the outermost one."""
        return self.wanted and self._environments.outermost

    @property
    def runs_backends(self) -> bool:
        """Whether any build backend is run at all."""
        return self.asks_hooks or not self.wanted

    def look_at(self, names: Iterable[str]) -> None:
        """Ignore the ready-made wheels of these packages from now on, and of no others."""
        self.names = frozenset(names)

    @contextmanager
    def with_ready_made(self) -> Iterator[None]:
        """Let pip consider the ready-made wheels of all packages in the context."""
        names, self.names = self.names, frozenset()
        try:
            yield
        finally:
            self.names = names

    def add(self, package: ExplainedBuild | Unexplained) -> None:
        """Add one package to the answer, and write it."""
        from .explanation import Explanation

        self._packages.append(package)
        self.write(Explanation(tuple(self._packages)).to_json())

    def fail(self, failures: Iterable[Failure]) -> None:
        """Write what is known of builds that failed, in place of the answer."""
        from .explanation import FailedExplanation

        self.write(FailedExplanation(tuple(failures)).to_json())

    def write(self, answer: Json) -> None:
        """Write the whole answer."""
        write_json(self._path, without_secrets_in(answer))
