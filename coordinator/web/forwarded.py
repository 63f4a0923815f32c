"""Who the client is where reverse proxies stand before the site.

Anybody can write X-Forwarded-For, so each proxy adds to its end whom it saw, and only the entries of proxies that are
trusted count. The client's address and scheme are put right here, before anything reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Trusted = int | Sequence[IPv4Network | IPv6Network]
"""How many proxies every request passes, or their addresses."""


class Forwarded:
    """A WSGI application before another."""

    def __init__(self, inner: WSGIApplication, trusted: Trusted) -> None:
        self.inner = inner
        self.trusted = trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chain = _entries(environ.get("HTTP_X_FORWARDED_FOR", ""))
        environ["REMOTE_ADDR"], hops = client(self.trusted, environ.get("REMOTE_ADDR", ""), chain)
        schemes = _entries(environ.get("HTTP_X_FORWARDED_PROTO", "").lower())
        # Most proxies replace the scheme where they add to the addresses, so there may be fewer of them.
        if hops and schemes and (scheme := schemes[-min(hops, len(schemes))]) in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        return self.inner(environ, start_response)


def client(trusted: Trusted, peer: str, chain: Sequence[str]) -> tuple[str, int]:
    """The client's address and how many proxies were believed; `chain` is X-Forwarded-For, the nearest entry last.

    Where fewer proxies than are trusted have left their entry, or one that is no address, nobody is believed.
    """
    if isinstance(trusted, int):
        found = _address(chain[-trusted]) if 0 < trusted <= len(chain) else None
        return (peer, 0) if found is None else (str(found), trusted)
    seen, hops = _address(peer), 0
    while seen is not None and hops < len(chain) and any(seen in each for each in trusted):
        before = _address(chain[-1 - hops])
        if before is None:
            break
        seen, hops = before, hops + 1
    return (str(seen), hops) if hops else (peer, 0)


def _entries(header: str) -> list[str]:
    return [each for part in header.split(",") if (each := part.strip())]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address of an entry, which may have a port: 192.0.2.1:443, [2001:db8::1]:443."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
