"""The lines in which any version of pip, uv or ``build`` reports what it is doing.

From 22.0 on, pip prints the output of a failure in a box that ends with ``[end of output]``; on a
stream that supports only ASCII it prints the same lines without the box. Earlier pips print it between
``Complete output`` and a row of dashes. With ``--verbose`` the output comes first, without a box.
"""

from __future__ import annotations

import re

INDENTATION = " \t│├╰─▶>|"
"""The characters that may precede a line: those of pip's and uv's boxes, including the ASCII ones."""

STEPS = (
    r"Installing (?:build|backend) dependencies|Getting requirements to build (?:wheel|editable|sdist)"
    r"|Preparing (?:editable |wheel )?metadata|Checking if build backend supports build_editable"
)

STRUCTURE = re.compile(
    r"""
      (?:(?=(?:Processing|Obtaining)\s(?P<source>[^(\s](?:[^(]*[^(\s])?)))?
      (?:Collecting|Processing|Obtaining)\s(?P<collecting>[^\s;]+)(?:.*\(from\s(?P<by>[^)]{1,300})\))?
    | (?:Downloading|Using\scached)\s(?P<file>\S+)
    | \u00d7\s(?P<failed>\S.{1,300}?)\sdid\snot\srun\ssuccessfully
    | (?P<ascii>(?:[Ii]nstalling|Getting|Preparing|Checking|Building|pip|python)\s.{1,300}?)
        \sdid\snot\srun\ssuccessfully
    | (?P<step>"""
    + STEPS.replace(" ", r"\s")
    + r"""
        |Building\s(?:wheel|editable)\sfor\s(?P<building>[^\s:]+)
        |Running\ssetup\.py\s(?:install|develop|bdist_wheel|clean|egg_info)\sfor\s(?P<running>[^\s:]+)
      )\b(?P<rest>.*)
    | Running\scommand\s(?P<command>.*)
    | (?P<box>\[\d+\slines?\sof\soutput\])
    | (?P<bare>See\sabove\sfor\soutput)
    | (?P<end>\[end\sof\soutput\])
    | (?:ERROR:\s)?(?P<old>Command\serrored\sout\swith\sexit\sstatus)
    | (?P<invoked>command:)\s(?P<line>.*)
    | cwd:\s(?P<cwd>.*)
    | (?P<complete>Complete\soutput\s\(\d+\slines?\):)
    | (?P<dashes>-{40}$)
    | (?:ERROR:\s+)?Failed\sbuilding\s(?:wheel|editable)\sfor\s(?P<unbuilt>\S+)
    | (?:ERROR:\s+)?Failed\sto\sbuild\s'(?P<quoted>[^']+)'
    | \u00d7?\s*Failed\sto\s(?:build|download\sand\sbuild)\s`(?P<uv>[^`]+)`
    | (?P<invoking>ERROR\sBackend\ssubprocess\sexited|ERROR:?\sBackend\s'.*'\sis\snot\savailable)
    | (?P<changed>[A-Za-z0-9][\w.-]*)(?:\s\S+)?:\s(?P<change>\S.*\S)\s{3}\[(?P<place>[^][]+)\]$
    | pip-build-override:\s(?P<own>[A-Za-z0-9][\w.-]*)\s(?P<own_version>v?\d[\w.!+]*)\s(?P<told>.*)
    | (?P<contains>build\senvironment:)$
    | hint:\s(?P<offer>write\sinto|add\sto)\s.+:$
    | (?:WARNING:\s)?pip-build-override:\s
        (?P<idle>.{1,300}\s(?:
            was\snot\sinstalled\sinto
            | declares\sno\sbuild\srequirement
            | replaces\sthe\swhole\slist\sof
        )\s.*)
    | Successfully\sinstalled\s(?P<installed>.+)
    """,
    re.VERBOSE | re.ASCII,
)

_ARCHIVE = re.compile(r"(?P<stem>.+)\.(?:tar\.(?:gz|bz2|xz|lzma)|tgz|zip)$")


def strip(text: str) -> str:
    """Return a line without its indentation and the side of a box."""
    return text.lstrip(INDENTATION)


def name_asked_for(requirement: str) -> str:
    """Return the name in a requirement that pip prints after ``Collecting``, or "" for a path."""
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    return found[0] if found and "/" not in requirement and "\\" not in requirement else ""


def sdist_in(path: str) -> tuple[str, str] | None:
    """Return the name and version in the file name of an sdist, or None for any other file."""
    file_name = path.partition("#")[0].rpartition("/")[2]
    found = _ARCHIVE.match(file_name)
    if found is None:
        return None
    # The version follows the last dash before a digit, or before a v and a digit.
    parts = re.match(r"(?P<name>.+?)-(?P<version>v?\d[^-]*(?:-\d+)?)$", found["stem"], re.ASCII)
    return (parts["name"], parts["version"]) if parts else None


def fills_environment(step: str) -> bool:
    """Return whether this step or command, which failed, runs a pip of its own."""
    return bool(re.search(r"(?:[Ii]nstall\w* (?:build|backend) dependencies|\bpip\S* install\b)", step))
