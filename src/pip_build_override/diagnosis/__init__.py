"""The diagnosis of failed builds: from their output to the causes, and to the rules that fix them.

It is pure except that it reads its own data files, and is shared by pip and the ``suggest`` command.
"""

from __future__ import annotations

from .failure import Failure
from .findings import Diagnosis, Finding, diagnose
from .reading import read_log
from .remedy import Rules

__all__ = ["Diagnosis", "Failure", "Finding", "Rules", "diagnose", "read_log"]
