"""The names of the kinds of errors and warnings, and what each stands for.

A name never changes its meaning, so that scripts may rely on it. ``docs/findings.md`` is made from this
table and from the known kinds of failed builds. A pip does not load it: there, a kind is only its name.
"""

from __future__ import annotations

import re
from typing import Collection, NamedTuple

from .errors import OverrideError


class Kind(NamedTuple):
    """One kind of errors or warnings.

    Attributes:
        symptom: What its messages say; "…" stands for anything. If they have little in common, two of
            them, with " / " between them.
        cause: The cause.
        remedy: What to do.
    """

    symptom: str
    cause: str
    remedy: str


GROUPS: dict[str, dict[str, Kind]] = {
    "The overrides file": {
        "file-not-found": Kind(
            "there is no such overrides file / there is no …",
            "A file or a directory that the command, the variable or the overrides file names does"
            " not exist.",
            "Correct the path. In an overrides file, it is relative to the directory of that file.",
        ),
        "unreadable-file": Kind(
            "the overrides file cannot be read: … / the file is not UTF-8",
            "A file exists, but this user may not read it, it is not text in UTF-8, or it can be"
            " read only once, such as a pipe.",
            "Save it as a regular file in UTF-8 that this user may read.",
        ),
        "file-writable-by-others": Kind(
            "everybody may write to this file / this file belongs to another user",
            "Others can change the overrides file, and so choose code that pip runs. For root, a"
            " file that everybody may write to is an error; anything else is a warning.",
            "Take their permission away, with the `chmod` of the hint, or use a copy of your own.",
        ),
        "toml-syntax": Kind(
            "not valid TOML: …",
            "The file is not valid TOML.",
            "Correct the line that the message names; it often says how.",
        ),
        "wrong-file": Kind(
            "this looks like the output of pip, not like an overrides file / there is no table […]"
            " in it",
            "The file exists, but is not what the command or the variable needs.",
            "Name the right file, or write into it what the hint says.",
        ),
        "unknown-key": Kind(
            "unknown key … / unknown setting …",
            "A table, or the file itself, has a key that has no meaning there, mostly a misspelt one.",
            "Correct it: the hint has the key that was probably meant, or lists those there are.",
        ),
        "misplaced-key": Kind(
            "… is not a rule for one package / … is a rule for a package",
            "The key exists, but not in this table.",
            "Move it to the table in the hint.",
        ),
        "wrong-type": Kind(
            "expected a list, found … / expected true or false, found …",
            "A value has another type than its key takes.",
            "Write it as in the hint. [The overrides file](overrides-file.md) lists the types.",
        ),
        "invalid-value": Kind(
            "… is …; it must be …",
            "A value has the right type, but is not one that its key takes, or would change nothing.",
            "Write one of the values in the hint.",
        ),
        "dotted-name": Kind(
            "TOML reads the dots in … as nested tables",
            "A name with dots, such as `zope.interface`, is not in quotes.",
            "Put it in quotes, or write a dash in place of each dot.",
        ),
        "invalid-requirement": Kind(
            "… is not a requirement: …",
            "A requirement, a specifier or a marker is not valid (PEP 508, PEP 440), or is more than"
            " its key takes, such as a constraint with a URL.",
            "Correct it; the hint has the right form where it is known.",
        ),
        "invalid-name": Kind(
            "… is not the name of a requirement / … is not a package: …",
            "Where the name of a package belongs, there is something else.",
            "Write the name of the package, in a header with its versions if need be.",
        ),
        "duplicate-name": Kind(
            "… are tables for the same package, because names are compared in normalised form",
            "Two keys, tables or list entries are for the same name: `A.b`, `a-b` and `a_b` are one.",
            "Put both into one.",
        ),
        "invalid-source": Kind(
            "a source table needs one of from, path and requirement / … is not a wheel, an sdist or"
            " a directory",
            "A source table is not complete, or its `path` is not a distribution of that name.",
            "Write it as in the hint. [Source tables](source-tables.md) has all forms.",
        ),
        "invalid-include": Kind(
            "include names … / files include each other: …",
            "`include` names a URL, a `.txt` file, a file twice, or a file that includes this one.",
            "Remove that entry, or name a `.toml` file on this machine.",
        ),
        "conflicting-keys": Kind(
            "… of one table both name … / … exclude each other",
            "Two keys of one table cannot both be in force.",
            "Remove one of them.",
        ),
        "conflicting-rules": Kind(
            "…; no version satisfies both / … say different things about …",
            "Two rules for one package contradict each other, and none of them wins.",
            "Remove one of them, or write in the including file which one is right.",
        ),
        "no-rules": Kind(
            "there is no rule in this file, so it changes nothing",
            "A warning: a file, a table or a group has no rule. For a group, an error.",
            "Write a rule, or remove the table.",
        ),
    },
    "The command and its surroundings": {
        "usage": Kind(
            "no such option: … / there is no COMMAND to run",
            "A command, an option or an argument is missing, unknown or not allowed there.",
            "Correct the command as in the hint; `--help` shows its options.",
        ),
        "package-not-found": Kind(
            "pip finds no release of it at all / pip finds only … to … of it",
            "pip finds no sdist of a requirement that is to be explained.",
            "Check its spelling, the package index and the network connection.",
        ),
        "no-answer": Kind(
            "pip gave no answer / the build backend gave no answer: …",
            "A pip was asked which releases there are, or what a package declares, and failed.",
            "Run the command in the hint, and see what it prints.",
        ),
        "unwritable-file": Kind(
            "… cannot be written: …",
            "This user may not write a file or a directory, or there is no space left.",
            "Name another file, make room, or set TMPDIR to another directory.",
        ),
        "file-not-replaced": Kind(
            "this file is not …, so it is not overwritten / … was not written by pip-build-override",
            "The file to be written exists, and is somebody else's.",
            "Name another file, or move this one away.",
        ),
        "file-changed": Kind(
            "… has changed since it was read / this file was changed during the search",
            "A file changed while the command ran, or was emptied by the shell before it.",
            "Run the command again, and let nothing else write the file meanwhile.",
        ),
        "already-running": Kind(
            "… is locked by another pip-build-override install or uninstall",
            "Another command works on the same environment or project.",
            "Wait until it has ended.",
        ),
        "program-not-started": Kind(
            "… cannot be run: …",
            "The command after `--` does not exist, or this user may not run it.",
            "Correct its name or its path.",
        ),
        "program-failed": Kind(
            "tox ended with status … / the sdist of … cannot be made: …",
            "A program that the command needs has failed.",
            "See its output or its log, which the message names.",
        ),
        "tool-not-installed": Kind(
            "…, which runs the cells, is not installed for … / there is no C compiler …",
            "A program or a package that the command needs is not installed, or is too old.",
            "Install it; the hint has the command.",
        ),
        "unusable-python": Kind(
            "… cannot be run: … / there is no interpreter at …",
            "An interpreter is missing, does not start, has no pip, or is older than Python 3.8.",
            "Name another with `--python`, or repair that one.",
        ),
        "wrong-python": Kind(
            "session … has Python …, and the cell is for …",
            "An interpreter works, but is not the one that a report or a cell is for.",
            "Use the interpreter that the message names.",
        ),
        "hook-not-installed": Kind(
            "… was started, and …; every file is restored / … is managed by another tool",
            "The start-up hook cannot be installed or removed, or does not load.",
            "Use `pip-build-override run`, which installs nothing.",
        ),
        "no-record": Kind(
            "… has no record of a build: …",
            "A wheel or a package has no record of its build: it was not built under an override, or"
            ' with `record = "none"`.',
            "Build it again under an override.",
        ),
        "not-repeatable": Kind(
            "… was built twice, with different contents / … cannot be repeated: …",
            "A record does not have all that is needed to repeat a build.",
            "Build it as the hint says, and freeze that build.",
        ),
        "may-differ": Kind(
            "the hash of … is not known / … was built for it, and its record does not say with what",
            "A warning of `freeze` or `export`: a later build, or one of another release, may differ.",
            "Name releases or commits, which do not change.",
        ),
    },
    "Whether an override is in force": {
        "unknown-pip": Kind(
            "pip … has internals that pip-build-override does not know",
            "This pip is newer than this version of pip-build-override, or was changed. Nothing is"
            " installed, because a rule might not act.",
            "Use a pip that is known, or upgrade pip-build-override.",
        ),
        "unknown-build": Kind(
            "… has internals that pip-build-override does not know",
            "The same for `build` (pypa/build).",
            "Use a `build` that is known, or upgrade pip-build-override.",
        ),
        "broken-shim": Kind(
            "pip-build-override is broken … / … cannot be loaded …, so no override would be in force",
            "Files of pip-build-override are missing or damaged, or do not run on this Python.",
            "Reinstall pip-build-override, or unset the variable.",
        ),
        "shim-not-loaded": Kind(
            "no pip below … loaded the shim, so no override was in force / a pip below … ran without"
            " the shim",
            "A pip was started with `-I`, `-E` or `-S`, without PYTHONPATH, or in an environment"
            " without the start-up hook; or the command started no pip.",
            "Start it without these options, and pass PYTHONPATH on to it; `pip-build-override"
            " status` says whether an interpreter loads the shim.",
        ),
        "shim-replaced": Kind(
            "pip-build-override was replaced while this pip ran",
            "The command itself installed another version of pip-build-override.",
            "Run it again.",
        ),
        "hook-not-there": Kind(
            "no start-up hook is installed / the start-up hook in … does not load",
            "`status` finds no start-up hook, or one that does not load.",
            "Run `pip-build-override install`, or use `pip-build-override run`.",
        ),
        "not-switched-on": Kind(
            "… is not set",
            "`status` finds that the variable that names the overrides file is not set.",
            "Set it, or use `pip-build-override run --overrides FILE`.",
        ),
        "hook-lost": Kind(
            "this pip has replaced or removed …, which loads pip-build-override",
            "A warning: a package that was installed has a `sitecustomize` of its own.",
            "Install the hook again.",
        ),
        "isolated-pip": Kind(
            "a pip … was run with --isolated, which ignores all PIP_ variables",
            "pip's own `--isolated` also ignores the variable that names the overrides file.",
            "Remove `--isolated` from the command.",
        ),
        "other-rules": Kind(
            "this run is below another pip-build-override run / a program that pip-build-override"
            " run started …, which would replace the overrides given to run",
            "Two sets of rules are given for one run.",
            "Give all of them in one place.",
        ),
        "rules-lost": Kind(
            "the rules that the outer pip wrote for this one are missing or invalid",
            "The temporary directory of a run was changed while it ran.",
            "Run the command again, and let nothing remove files of a run.",
        ),
        "not-reached": Kind(
            "… built … itself, without pip, so … not in force in that build",
            "A front end that the shim does not reach built a package for which there may be a rule.",
            "Build it with pip or `build`; [Front ends](front-ends.md) says how for each of them.",
        ),
        "unsupported-rule": Kind(
            "… cannot be in force in … / uv, which fills the build environment of …, cannot be told …",
            "A rule cannot be in force in this front end.",
            "Build the package with pip, or remove the rule.",
        ),
        "not-expressible": Kind(
            "… cannot be said for … / not imported: …",
            "`export` or `import` found something for which the other form has no words.",
            "Build these packages with pip, or write the rule by hand.",
        ),
    },
    "Builds": {
        "unknown-name": Kind(
            "the name of … is not known before it is built, so no table can be chosen for it",
            "The file has tables for named packages, and a target has no name until it is built.",
            'Name it: `NAME @ URL`, or `-e "URL#egg=NAME"`.',
        ),
        "unknown-version": Kind(
            "the version of … is not known before it is built, and this table is for …",
            "A table is for some versions only, and nothing says which version this is.",
            "Pin the package, or use a table without a version.",
        ),
        "name-mismatch": Kind(
            "the sources are named …, but …",
            "A table was chosen by a name that the built metadata does not have.",
            "Ask for the package by its own name, and name its table so.",
        ),
        "version-mismatch": Kind(
            "the tables for … were chosen for version …, but …",
            "A table was chosen by a version that the built metadata does not have.",
            "Use a table without a version.",
        ),
        "unused-rule": Kind(
            "… declares no build requirement …, so … has no effect / … was not installed into the"
            " build environment of …, so constraining it had no effect",
            'A rule has nothing to act on. A warning with `unused = "warn"`, and always for'
            " `constrain`.",
            "Correct the name in the rule, or remove the rule.",
        ),
        "unused-table": Kind(
            "packages were built, but no table for a named package was used",
            "No package that was built has one of the names, or one of the versions, in the file.",
            "Correct the name or the versions in the header of the table.",
        ),
        "other-version": Kind(
            "a pip that this command started has built packages with another version of"
            " pip-build-override",
            "Two versions of pip-build-override were used in one run, and do not read what the other"
            " one wrote.",
            "Install the same version for both.",
        ),
        "not-isolated": Kind(
            "… is built without build isolation, so it has no build environment",
            "`--no-build-isolation` is in force for a package that has a table. For rules that are"
            " for every package, a warning.",
            "Leave the option out for this package.",
        ),
        "setup-py-only": Kind(
            "… has only a setup.py and is built …",
            "A project without a pyproject.toml would be built without a build environment.",
            "Use `--use-pep517`, and leave out the option that the message names.",
        ),
        "ready-made-wheel": Kind(
            "pip uses a ready-made wheel of …, so nothing is overridden in it",
            "A package with a table is installed from a wheel, so it is not built.",
            "Set `no-binary = true` in its table to build it from source.",
        ),
        "wrong-requirement": Kind(
            "… must be built with …, but its build environment … / the build environment of …"
            " contains …, which … excludes",
            "What is in the build environment is not what the rules ask for.",
            "Do what the hint says; often, another requirement brings that version.",
        ),
        "environment-changed": Kind(
            "… its build backend changed the build environment while it ran: …",
            "What was in the build environment is not there any more.",
            "Put what the backend installs into the rules, so that it need not.",
        ),
        "target-visible": Kind(
            "… takes … away from …, whose build would still import …",
            "With `system-site-packages` or a `build-environment`, a build could import what a rule"
            " replaces, removes or excludes.",
            "Uninstall it there, install the same version there, or remove that key.",
        ),
        "target-changed": Kind(
            "… its build wrote into the target environment / … its build changed …, a file of …",
            "A build has written into the environment that `system-site-packages` or `borrow` lets"
            " it use.",
            "Reinstall what that file belongs to, and build without that key.",
        ),
        "wrong-import": Kind(
            "… would be imported from …, because of code that Python runs at its start",
            "A `.pth` file or a `sitecustomize` puts other modules before those of the build"
            " environment.",
            "Remove that code from the environment.",
        ),
        "unusable-environment": Kind(
            "… is not an environment: it has no interpreter / … into which nothing is installed, and"
            " which lacks …",
            "A `build-environment` is not one, is of another Python, or lacks requirements.",
            "Install there what the message lists, or create the environment again.",
        ),
        "unresolved-source": Kind(
            "…, so there is no version to build against / … is not installed yet (…), so it cannot"
            " be borrowed",
            "Nothing answers a source table: the target does not have the distribution, or no"
            " release satisfies it.",
            "Install it first, add an `else`, or write a version in place of the source table.",
        ),
        "unsettled-target": Kind(
            "… was prepared with …, but the target environment will contain …",
            "The version that the target will have changed after a package was built or prepared"
            " with another one.",
            "Add `NAME==VERSION` to the command or to a constraints file, or install NAME first.",
        ),
        "unknown-upload-time": Kind(
            "… does not say when … was uploaded",
            "`as-of`, a window of releases or `--as-of` needs times that the index, or the source,"
            " does not have.",
            "Use an index that has them (PEP 700), or write a day in place of `release`.",
        ),
        "backend-installs": Kind(
            "… its build backend itself downloaded … / a pip that the build backend of … started …",
            "A build backend fetches packages by itself, which would not follow the rules.",
            "Put what it fetches into `add`, so that pip installs it.",
        ),
        "hash-mismatch": Kind(
            "a build requirement of … does not match its hash in a rule",
            "The index serves another file than the one whose hash a rule has.",
            "Find out why, before you put the hash of the new file into the rule.",
        ),
        "pin-failed": Kind(
            "… is built without …, so … cannot pin it to a version",
            "`pin-compatible` cannot narrow a run-time requirement.",
            "Correct the name or the specifier, or remove it. See [Pins](pins.md).",
        ),
        "regenerate-failed": Kind(
            "… is not generated again, because … / … was to be generated again by Cython …",
            "`regenerate` cannot generate a file again, or its result was not compiled.",
            "Do what the hint says, or remove `regenerate`.",
        ),
        "stale-generated-code": Kind(
            "… generated by Cython … before this build and compiled unchanged, so … had no effect",
            "A rule is about Cython, but the sdist contains C code that another Cython generated. An"
            ' error with `generated = "error"`.',
            "Set `regenerate = true`, or build from a checkout of the repository.",
        ),
        "abi-mismatch": Kind(
            "… is built against …, and will run with …",
            "A wheel does not run with a version that is installed with it. In `verify`, this is by"
            ' its record. An error with `mismatch = "error"`.',
            "Build it again with the rule in the hint.",
        ),
        "import-failed": Kind(
            "… does not fit: …",
            "`verify` cannot import a module.",
            "Use the rule in the answer.",
        ),
        "import-crashed": Kind(
            "the interpreter was killed by …",
            "The interpreter crashed when `verify` imported a module.",
            "Use the rule in the answer.",
        ),
        "import-hung": Kind(
            "the import did not end within … seconds",
            "The import of a module did not end in time.",
            "Raise `--timeout`, or use the rule in the answer.",
        ),
        "editable-rebuild": Kind(
            "… is installed as editable, and … rebuilds it when it is imported",
            "A warning: the editable installation needs its build environment after pip has deleted"
            " it.",
            "Install it as in the hint, with what it is built with in the environment.",
        ),
        "stale-build-files": Kind(
            "… contains results of an earlier build: …",
            "Compiled files of an earlier build lie in the sources, and might be used again.",
            "Remove them.",
        ),
        "sources-changed": Kind(
            "… must be prepared a second time, …, but the backend has written to …",
            "A backend changed files of the project, so the second preparation would start from"
            " others.",
            "Restore those files, and do what the hint says.",
        ),
        "record-not-written": Kind(
            "cannot put a record into the wheel of …",
            "The wheel that a backend built cannot be changed.",
            'Set `record = "none"`.',
        ),
    },
    "Failed builds, the matrix and the demo": {
        "unknown-failure": Kind(
            "…, for an unknown reason",
            "A build failed, and its output has nothing that is known.",
            "Use [`fix`](fix.md), which tries rules.",
        ),
        "requirement-not-found": Kind(
            "cannot find …, which … requires",
            "pip cannot find a build requirement.",
            "Use a version that exists, and check the index and the network connection.",
        ),
        "requirements-conflict": Kind(
            "…; no version satisfies … / …, and pip cannot find such a version",
            "Two build requirements exclude each other.",
            "Loosen one of the rules that the message names.",
        ),
        "build-requirement-failed": Kind(
            "its build requirement … does not build",
            "A build requirement is itself built from source, and failed.",
            "See what is said about that package.",
        ),
        "not-fixed": Kind(
            "… is not fixed: … / this table already has the rules with which … builds on its own",
            "`fix` found no rules with which a package builds, or cannot write them so that they act.",
            "See what was ruled out, above the message, or run the command in its hint.",
        ),
        "invalid-project": Kind(
            "… is not a table / … has no such …",
            "The pyproject.toml of a project is not valid, or lacks what the matrix needs.",
            "Correct it; the message names the key and the standard.",
        ),
        "impossible-matrix": Kind(
            "no cell of the matrix can be run / there is nothing to vary",
            "Versions, interpreters and limits leave nothing to run, or contradict each other.",
            "Name other versions, or another Python.",
        ),
        "cell-failed": Kind(
            "tests failed / built with something else",
            "A cell that nox runs has not passed. The message has its state and the reason.",
            "See its log.",
        ),
        "demo-failed": Kind(
            "the build with the override failed / the build with pip alone works with …",
            "A step of `demo` failed, or did not show what it is there to show.",
            "See the output above.",
        ),
    },
}
"""All kinds by their names, in the groups in which the documentation lists them."""

KINDS = {name: kind for group in GROUPS.values() for name, kind in group.items()}

_NAMED = re.compile(r" \[([a-z0-9][a-z0-9.+-]*)\]\Z")


def without_kind(line: str, more: Collection[str] = ()) -> tuple[str, str]:
    """Return a line of a printed message without the name of its kind, and the name.

    Args:
        line: The line.
        more: Other names that may be there.

    Returns:
        The line, and "" if there is no name at its end.
    """
    found = _NAMED.search(line)
    if found is None or (found[1] not in KINDS and found[1] not in more):
        return line, ""
    return line[: found.start()], found[1]


def read_printed(text: str, *, otherwise: str) -> OverrideError:
    """Return the error that another process has printed.

    Args:
        text: The message as it was printed, without the prefix, and with its hint.
        otherwise: The kind of a message that has none.
    """
    message, _, hint = text.partition("\nhint: ")
    first, line_end, rest = message.partition("\n")
    first, kind = without_kind(first)
    return OverrideError(f"{first}{line_end}{rest}", kind=kind or otherwise, hint=hint)
