"""From what a failed build printed to what is known of it, and to the rules that mend it.

Pure but for its own tables, and the same inside pip and in the ``suggest`` command.
"""

from __future__ import annotations

from .failure import Failure
from .findings import Diagnosis, Finding, diagnose
from .reading import read_log
from .remedy import Rules

__all__ = ["Diagnosis", "Failure", "Finding", "Rules", "diagnose", "read_log"]
