"""The unit of work as the web and the roots name it; only the store looks inside."""

from __future__ import annotations

from coordinator.store.unit_of_work import Database, Work

__all__ = ["Database", "Work"]
