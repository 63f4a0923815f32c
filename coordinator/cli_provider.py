"""The provider of sign-in by OpenID Connect, as the settings have it; for the composition roots."""

from __future__ import annotations

from config import Settings
from coordinator.delivery.provider import Provider


def provider_of(settings: Settings) -> Provider | None:
    """The provider, or None where everybody signs in with a password."""
    found = settings.identities
    if found is None:
        return None
    return Provider(found.issuer, found.client_id, found.client_secret, found.name, settings.base_url)
