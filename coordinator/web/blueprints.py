"""Every feature's pages. A new feature adds its line here and its endpoints to access.py."""

from __future__ import annotations

from coordinator.web import (
    assets,
    bookings,
    enrollments,
    feed_policy,
    feeds,
    health,
    hours,
    notices,
    patients,
    proposals,
    protocols,
    repairs,
    rooms,
    schedule,
    sign_in,
    team,
    theme,
    time_off,
    today,
    visits,
)

BLUEPRINTS = (
    assets.blueprint,
    bookings.blueprint,
    enrollments.blueprint,
    feed_policy.blueprint,
    feeds.blueprint,
    health.blueprint,
    notices.blueprint,
    proposals.blueprint,
    schedule.blueprint,
    sign_in.blueprint,
    hours.blueprint,
    patients.blueprint,
    protocols.blueprint,
    repairs.blueprint,
    rooms.blueprint,
    team.blueprint,
    theme.blueprint,
    time_off.blueprint,
    today.blueprint,
    visits.blueprint,
)
