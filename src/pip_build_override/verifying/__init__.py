"""Checks whether installed distributions fit what they were built against.

``in_target_listing`` and ``in_target_importing`` are run by the interpreter of the target environment
and need only its standard library; everything else is run by ours.
"""
