"""A plan: the effective build requirements of one package, and each change that led to them."""

from __future__ import annotations

from ...frozen import Frozen
from ..tables import Package
from .select import Selection
from .settle import Answer, Question


class Change(Frozen):
    """One thing that a rule did, or could not do.

    :param kind: ``replace``, ``remove``, ``add``, ``constrain``, ``requires`` or ``note``.
    :param name: normalised name of the requirement; empty for ``requires``.
    :param before: declared lines that gave way.
    :param after: requirements that came in, as messages show them, or the constraint.
    :param where: file and table of the rule.
    :param reason: why; of a note, all there is to say.
    :param tables: the tables or lines of the rule, one by one.
    """

    kind: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    where: str
    reason: str = ""
    tables: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return the change in words, on one line."""
        after = ", ".join(self.after)
        if self.kind == "replace":
            return f"{self.name} -> {after}"
        if self.kind == "remove":
            return f"{self.name} removed"
        if self.kind == "add":
            return f"{after} added"
        if self.kind == "constrain":
            return f"constrained to {after}"
        if self.kind == "requires":
            was = ", ".join(self.before)
            return f"requires replaced by {after or 'nothing'} (was {was or 'nothing'})"
        return self.reason


class Unused(Frozen):
    """A rule in force for a name that is declared nowhere; ``key`` as ``replace.numpy``."""

    name: str
    where: str
    key: str


class Plan(Frozen):
    """What is to be installed into the build environment of one package.

    :param static: effective static list; untouched lines are verbatim.
    :param hook: effective list of the backend's hook; None where it has not been asked.
    :param constraints: limits on the whole environment, as lines of a constraints file.
    :param changes: in the order static, hook, add, constrain.
    :param unused: rules for undeclared names; complete only once the hook has been asked.
    :param touched: normalised names that rules put in, replaced or constrained.
    :param settled: the source tables in force, each with what it came to.
    :param told: effective requirements that messages show otherwise, each with what they show.
    :param hashes: normalised names, each with the hashes of which its file must have one.
    """

    package: Package
    selection: Selection
    static: tuple[str, ...]
    hook: tuple[str, ...] | None
    constraints: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    unused: tuple[Unused, ...] = ()
    touched: frozenset[str] = frozenset()
    settled: tuple[tuple[Question, Answer], ...] = ()
    told: tuple[tuple[str, str], ...] = ()
    hashes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def exact(self) -> tuple[tuple[str, str], ...]:
        """Constraints that keep other builds of a settled version out, each with its file and table."""
        return tuple(
            (answer.exact, question.where) for question, answer in self.settled if answer.exact
        )

    def shown(self, requirement: str) -> str:
        """Return an effective requirement as messages have it."""
        return dict(self.told).get(requirement, requirement)
