"""Every feature's pages. A new feature adds its line here and its endpoints to access.py."""

from __future__ import annotations

from coordinator.web import assets, feeds, health, sign_in, theme

BLUEPRINTS = (
    assets.blueprint,
    feeds.blueprint,
    health.blueprint,
    sign_in.blueprint,
    theme.blueprint,
)
