"""A plan: the effective build requirements of one package, and the changes that produced them."""

from __future__ import annotations

from ...frozen import Frozen
from ..tables import AS_OF, PINS, SETTINGS, Package
from .select import Selection
from .settle import Answer, Question


class Change(Frozen):
    """One change that a rule made, or could not make.

    Attributes:
        kind: ``replace``, ``remove``, ``add``, ``constrain``, ``requires``, ``note``, or the key of a
            setting, such as ``env``.
        name: Normalised name of the requirement; empty for ``requires``; for a setting, the name below
            the key, or empty if it has none.
        before: Declared lines that the rule acts on; for a pin, what the package is built with.
        after: New requirements, as messages show them, or the constraint, or the setting; for a pin,
            the requirement once it is known.
        where: File and table of the rule.
        reason: Reason for the change; the whole text of a note.
        tables: Each table or line that the rule is in.
        because: Why the table of the rule exists, in the words of its author; often empty.
    """

    kind: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    where: str
    reason: str = ""
    tables: tuple[str, ...] = ()
    because: str = ""

    def describe(self) -> str:
        """Return a description of the change, on one line."""
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
            # A backend may ask for what is declared already.
            was = ", ".join(dict.fromkeys(self.before))
            return f"requires replaced by {after or 'nothing'} (was {was or 'nothing'})"
        if self.kind == PINS and self.before:
            return f"pins {after} (built with {', '.join(self.before)})"
        if self.kind == AS_OF and self.reason:
            return f"{after} ({self.reason})"
        if self.kind in SETTINGS.values():
            return after
        return self.reason


class Unused(Frozen):
    """A rule in force for a name that is not declared.

    Attributes:
        name: The name.
        where: File and table of the rule.
        key: The key of the rule, such as ``replace.numpy``.
        added: The entries of ``add`` that would install what it replaces with, in TOML syntax.
    """

    name: str
    where: str
    key: str
    added: str = ""


class Plan(Frozen):
    """The requirements to install into the build environment of one package.

    Attributes:
        package: The package.
        selection: The rules for it.
        static: Effective static list; unchanged lines are verbatim.
        hook: Effective list of the backend's hook; None if the hook has not been called.
        constraints: Limits on the whole environment, as lines of a constraints file.
        changes: Changes, in the order static, hook, add, constrain.
        unused: Rules for undeclared names; decided only if ``is_complete``.
        touched: Normalised names that rules add, replace or constrain.
        settled: The source tables in force, each with its answer.
        told: Effective requirements that messages show in another form, each with that form.
        hashes: Normalised names, each with the allowed hashes of its file.
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
    def is_complete(self) -> bool:
        """Whether all requirements are known: from the hook, or by a rule that replaces them all."""
        return self.hook is not None or bool(self.selection.of("requires"))

    @property
    def exact(self) -> tuple[tuple[str, str], ...]:
        """Constraints that exclude other builds of a settled version, each with its file and table."""
        return tuple(
            (answer.exact, question.where) for question, answer in self.settled if answer.exact
        )

    def shown(self, requirement: str) -> str:
        """Return an effective requirement as messages show it."""
        return dict(self.told).get(requirement, requirement)
