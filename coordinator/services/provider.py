"""The provider of identities as the web names it; delivery alone looks inside."""

from __future__ import annotations

from coordinator.delivery.provider import Asked, Identity, Provider, ProviderTrouble

__all__ = ["Asked", "Identity", "Provider", "ProviderTrouble"]
