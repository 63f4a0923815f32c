"""Every feature's pages. A new feature adds its line here and its endpoints to access.py."""

from __future__ import annotations

from coordinator.web import (
    assets,
    enrollments,
    feeds,
    health,
    notices,
    proposals,
    schedule,
    sign_in,
    theme,
    today,
    visits,
)

BLUEPRINTS = (
    assets.blueprint,
    enrollments.blueprint,
    feeds.blueprint,
    health.blueprint,
    notices.blueprint,
    proposals.blueprint,
    schedule.blueprint,
    sign_in.blueprint,
    theme.blueprint,
    today.blueprint,
    visits.blueprint,
)
