"""One file per feature, one plain function per use case.

Each takes the unit of work, the actor and the time as arguments and returns domain or view dataclasses, never rows.
"""
