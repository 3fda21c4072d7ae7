"""Rules written for other front ends, as far as they can express them, and rules read from uv.

``facts`` is what is known of a package, ``asked`` what the rules ask for it, with literal versions.
Each module that is named after a front end knows what that front end can say; what it cannot say is
listed, and is never replaced by something weaker.
"""
