"""The pure function that returns the causes of a failure and the rules that fix it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable, Mapping

from ..build_steps import IMPORT
from ..rules.lines import name_of
from ..rules.place import listing
from ..rules.standards import contains, may_contain, normalise
from .failure import Failure
from .generated import cython_for, generated_again
from .modules import distribution_of, gone_since, is_in_a_namespace, is_known, requirement_for
from .pip_internals import as_told
from .remedy import Rules
from .setup_py import imported_at_the_top
from .signatures import AT_IMPORT, NESTED, Hit, Signature, known_signatures

_COMPILER = re.compile(r"error: [Cc]ommand '.*?\b(?:gcc|g\+\+|cc|c\+\+|clang|cl\.exe|link\.exe)\b")


@dataclass(frozen=True)
class Finding:
    """One cause of a failure.

    Attributes:
        signature: Signature that was found.
        says: Text that follows the package in a sentence.
        because: Reason.
        rules: Rules that fix it; empty if no build requirement does.
    """

    signature: Signature
    says: str
    because: str
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True)
class Diagnosis:
    """The causes of a failure, and the remedy.

    Attributes:
        failure: The failure.
        findings: Its causes; empty if it is of no known kind.
        rules: Rules that fix all causes; empty if rules cannot fix one of them.
    """

    failure: Failure
    findings: tuple[Finding, ...]
    rules: Rules

    @property
    def nameless_rules(self) -> Rules:
        """The rules that fix a package whose name is not known; empty for any other package."""
        if self.failure.name or not all(finding.rules for finding in self.findings):
            return Rules()
        return together(finding.rules for finding in self.findings)


def diagnose(failure: Failure, python: str = "") -> Diagnosis:
    """Return the diagnosis of a failure.

    Args:
        failure: The failure.
        python: Minor version of the interpreter, used if the failure itself does not contain it.
    """
    python = failure.python or python
    found: dict[tuple[object, ...], Finding] = {}
    hits = (as_told(hit, failure) for hit in (*failure.hits, *_nested_hits(failure)))
    holding = [hit for hit in hits if _holds(hit.signature, failure)]
    names = {hit.signature.name for hit in holding}
    for hit in holding:
        if names.isdisjoint(hit.signature.unless):
            finding = _finding(hit, failure, python)
            found.setdefault((finding.says, finding.rules), finding)
    findings = tuple(found.values())
    if not failure.name or not all(finding.rules for finding in findings):
        # A cause that cannot be fixed remains, even if the others are fixed.
        return Diagnosis(failure, findings, Rules())
    return Diagnosis(failure, findings, together(finding.rules for finding in findings))


def _holds(signature: Signature, failure: Failure) -> bool:
    if (signature.at == AT_IMPORT) != (failure.step == IMPORT):
        return False
    if signature.raised and _COMPILER.match(failure.error):
        # The exception was caught, and the build failed later, in the compiler.
        return False
    return failure.environment is None or all(
        may_contain(specifier, failure.environment[name])
        for name, specifier in signature.environment
        if name in failure.environment
    )


def _nested_hits(failure: Failure) -> Iterable[Hit]:
    for inner in failure.nested:
        for signature in known_signatures():
            if signature.at == NESTED:
                found = signature.pattern.match(inner.label)
                if found is not None:
                    yield Hit(signature, found.groupdict())


def _finding(hit: Hit, failure: Failure, python: str) -> Finding:
    signature = hit.signature
    # A group of the pattern that did not participate in the match is None.
    caught = {key: value or "" for key, value in hit.caught.items()}
    caught.update(dict.fromkeys(signature.pattern.groupindex.keys() - caught, ""))
    caught["python"] = python or "this"
    numpy = (failure.environment or {}).get("numpy", "")
    caught["cython"] = f'"{cython_for(python, numpy)}"'
    says = _filled(signature.says, caught)
    told = _reason_told(says, failure)
    because = signature.because
    rules = Rules(signature.add, signature.constrain, signature.replace)
    module = caught.get("module", "")
    distribution = distribution_of(module) if module else _filled(signature.provides, caught)
    reason = _why_not_a_module(module, signature, failure) if module else ""
    if signature.regenerate:
        rules, because = generated_again(caught.get("file", ""), failure, python, told)
    elif reason:
        rules, because = Rules(), reason
    elif distribution in (failure.environment or {}):
        rules, because = Rules(), _although_there(distribution, failure)
    elif module:
        caught["distribution"] = distribution
        wanted = requirement_for(distribution, python)
        rules = Rules((wanted, *_also_imported(failure, module, python)), signature.constrain)
    if rules and distribution in failure.removed:
        because = failure.removed[distribution]
    wrong_python = signature.python and python and not contains(signature.python, python)
    # The pip in which it failed knew more than its log shows.
    if told and told not in (_filled(because, caught), *failure.removed.values()):
        rules, because = Rules(), told
    if rules and wrong_python:
        rules, because = Rules(), signature.otherwise or signature.because
    if failure.step == IMPORT and failure.declared is not None:
        rules = _of_declared(rules, failure.declared)
    return Finding(
        signature,
        says,
        _filled(because, caught),
        Rules(
            tuple(_filled(text, caught) for text in rules.add),
            tuple(_filled(text, caught) for text in rules.constrain),
            tuple((_filled(name, caught), _filled(text, caught)) for name, text in rules.replace),
            rules.regenerate,
        ),
    )


def _reason_told(says: str, failure: Failure) -> str:
    """Return the reason that the shim gave in the log of a failure, or "" if it gave none."""
    start = f"{says}: "
    return next((text[len(start) :] for text in failure.told if text.startswith(start)), "")


def _of_declared(rules: Rules, declared: Iterable[str]) -> Rules:
    """Return the rules with only declared names in ``replace``, or with an ``add`` if none is."""
    names = set(map(name_of, declared))
    kept = tuple((name, text) for name, text in rules.replace if name in names)
    if kept or not rules.replace:
        return Rules(rules.add, rules.constrain, kept)
    name, _ = rules.replace[0]
    return Rules((*rules.add, f'{{ name = "{name}", from = "target" }}'), rules.constrain)


def _filled(text: str, caught: Mapping[str, str]) -> str:
    for name, value in caught.items():
        text = text.replace(f"<{name}>", value)
    return text


def _why_not_a_module(module: str, signature: Signature, failure: Failure) -> str:
    """Return why no distribution provides a module that is missing, or "" if one does."""
    top = module.partition(".")[0]
    since = gone_since(module)
    if since:
        return f"Python {since} removed it, and no build requirement restores it"
    if top in failure.own_modules or normalise(top) == normalise(failure.name):
        return "it is one of the package's own modules, but this build does not find it"
    if not distribution_of(module):
        return "it is not known which distribution contains it"
    if signature.name == "missing-module" and "." in module and not is_in_a_namespace(module):
        # Python imports a package before what is in it, and says which of both it does not find.
        return f"{top} is in the build environment, but that release of it does not contain {module}"
    return ""


def _although_there(distribution: str, failure: Failure) -> str:
    """Return the reason if a distribution that provides what is missing is there."""
    version = (failure.environment or {})[distribution]
    there = f"{distribution} {version} is in the build environment"
    if failure.leftovers:
        return (
            f"{there}, but an earlier build left {listing(failure.leftovers)}, which may refer to"
            " another build environment"
        )
    return f"{there}, but this build does not find it there"


def _also_imported(failure: Failure, module: str, python: str) -> Iterable[str]:
    """Yield the other undeclared requirements that setup.py imports, which would be missing next."""
    if failure.setup_py is None:
        # The pip in which it failed had the setup.py. From a log, only known names are taken.
        known = (name for name in failure.offered if is_known(name))
        yield from (requirement_for(name, python) for name in known if name != distribution_of(module))
        return
    if failure.declared is None:
        return
    there = set(map(name_of, failure.declared)) | set(failure.environment or {})
    for other in imported_at_the_top(failure.setup_py):
        distribution = distribution_of(other)
        wanted = distribution and distribution not in there and other not in failure.own_modules
        if wanted and distribution != distribution_of(module):
            yield requirement_for(distribution, python)


def together(rules: Iterable[Rules]) -> Rules:
    """Return the rules that do what all of some rules do."""
    add: dict[str, None] = {}
    constrain: dict[str, None] = {}
    replace: dict[str, str] = {}
    again = False
    for one in rules:
        again = again or one.regenerate
        add.update(dict.fromkeys(one.add))
        constrain.update(dict.fromkeys(one.constrain))
        replace.update(one.replace)
    return Rules(tuple(add), tuple(constrain), tuple(replace.items()), again)
