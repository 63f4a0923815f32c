"""Which connections may do without encryption: those that do not leave this machine."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address


def is_here(host: str) -> bool:
    """Whether a host is this machine, by its number or as `localhost`; any other name may lead elsewhere."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host.lower().rstrip(".") == "localhost"
