"""Fetching an outside calendar without being led inside: where an address leads is checked each time, and pinned."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

from coordinator.domain.errors import InvalidInput

MOST_OCTETS = 5 * 1024 * 1024
MOST_REDIRECTS = 3
SECONDS = 15.0
AGENT = "Coordinator (busy times; reads times only)"
HTTPS = frozenset({"https"})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_outside(text: str) -> bool:
    """Whether a numeric address lies on the open internet, also where it hides another one inside."""
    address: Address = ipaddress.ip_address(text.split("%", 1)[0])
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if hidden is None and address in _NAT64:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return is_outside(str(hidden))
        if address in ipaddress.ip_network("::/96") or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, port: int) -> Sequence[str]:
    """Every numeric address of a host."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be fetched; `hosts` as `checked` takes them. Tests let it reach their own servers."""

    ports: frozenset[int] = frozenset({443})
    schemes: frozenset[str] = HTTPS
    hosts: Sequence[str] = ()
    is_allowed: Callable[[str], bool] = is_outside
    resolve: Callable[[str, int], Sequence[str]] = resolve
    seconds: float = SECONDS
    most_octets: int = MOST_OCTETS
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A calendar's bytes; `content` None: it has not changed since the `etag` that was given."""

    content: bytes | None
    etag: str


def checked(url: str, schemes: frozenset[str] = HTTPS, hosts: Sequence[str] = ()) -> str:
    """The address as it is kept: webcal means https. Raises InvalidInput for what cannot be a calendar's.

    `hosts` are the only ones that calendars may come from, `.example.org` being all below it; none named is any.
    """
    text = url.strip()
    parts = _split(f"https://{text.split('://', 1)[1]}" if text.lower().startswith("webcal://") else text)
    if parts.scheme not in schemes or not parts.hostname:
        raise InvalidInput("An address of a calendar begins with https:// or webcal://. Copy it anew.", "address")
    if parts.username or parts.password:
        raise InvalidInput("An address with a name and a password in it is not kept. Use a secret address.", "address")
    if hosts and not any(_is_of(parts.hostname, each) for each in hosts):
        raise InvalidInput(
            f"Calendars are not read from {parts.hostname}, only from {', '.join(hosts)}. Ask whoever runs this site to"
            " allow it, or hand in a file.",
            "address",
        )
    return parts.geturl()


def _is_of(host: str, allowed: str) -> bool:
    named = host.lower().rstrip(".")
    return named.endswith(allowed) if allowed.startswith(".") else named == allowed


def fetch(url: str, etag: str = "", guard: Guard | None = None) -> Fetched:
    """Fetches a calendar; raises InvalidInput, with a sentence for the person whose calendar it is."""
    guard = guard or Guard()
    deadline = time.monotonic() + guard.seconds
    target = checked(url, guard.schemes, guard.hosts)
    for _ in range(MOST_REDIRECTS + 1):
        status, location, found = _ask(target, etag, guard, deadline)
        if found is not None:
            return found
        if status not in (301, 302, 303, 307, 308) or not location:
            raise InvalidInput(f"The calendar's server answers with {status}. Check the address.", "address")
        target = checked(urljoin(target, location), guard.schemes, guard.hosts)
    raise InvalidInput("The address leads from one to another without end. Use the last one.", "address")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
        return parts
    except ValueError:
        raise InvalidInput("This is no address. Copy it anew.", "address") from None


def _pin(parts: SplitResult, guard: Guard) -> tuple[str, int]:
    """The one numeric address to connect to: a name that is asked twice may answer differently the second time."""
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if port not in guard.ports:
        raise InvalidInput(f"Calendars are not fetched from port {port}. Use an address without one.", "address")
    try:
        found = guard.resolve(host, port)
    except (OSError, UnicodeError):
        raise InvalidInput(f"There is no server called {host}. Check the address.", "address") from None
    if not found or not all(guard.is_allowed(each) for each in found):
        raise InvalidInput(f"{host} leads into a private network, which is not fetched from.", "address")
    return found[0], port


def _ask(url: str, etag: str, guard: Guard, deadline: float) -> tuple[int, str, Fetched | None]:
    parts = _split(url)
    pinned = _pin(parts, guard)
    connection = _Pinned(parts, pinned, guard, deadline)
    headers = {"User-Agent": AGENT, "Accept": "text/calendar, */*;q=0.5", "Accept-Encoding": "gzip"}
    if etag:
        headers["If-None-Match"] = etag
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if answer.status == 304 and etag:
            return 304, "", Fetched(None, etag)
        if answer.status != 200:
            return answer.status, answer.getheader("Location", ""), None
        return 200, "", Fetched(_body(connection, answer, guard, deadline), answer.getheader("ETag", "")[:200])
    except ssl.SSLError as error:
        raise InvalidInput(f"The server cannot be trusted: TLS failed ({error.reason}).", "address") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = "answers too slowly" if isinstance(error, TimeoutError) else "cannot be reached"
        raise InvalidInput(f"The calendar's server {said}. Check the address.", "address") from error
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was checked, whatever the name says by now."""

    def __init__(self, parts: SplitResult, pinned: tuple[str, int], guard: Guard, deadline: float) -> None:
        super().__init__(parts.hostname or "", pinned[1])
        self._pinned, self._deadline = pinned, deadline
        self._context = guard.context if parts.scheme == "https" else None

    def connect(self) -> None:
        plain = socket.create_connection(self._pinned, timeout=_left(self._deadline))
        self._open = self.sock = (
            plain if self._context is None else self._context.wrap_socket(plain, server_hostname=self.host)
        )

    def still(self, seconds: float) -> None:
        """How long the next piece may take; the answer goes on reading when this has let go of the socket."""
        self._open.settimeout(seconds)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _body(connection: _Pinned, answer: http.client.HTTPResponse, guard: Guard, deadline: float) -> bytes:
    """The content, unpacked as it comes, and no more of it than is allowed."""
    encoding = answer.getheader("Content-Encoding", "identity").lower().strip()
    if encoding not in ("identity", "gzip", ""):
        raise InvalidInput(f"The server packs its answer as “{encoding[:20]}”, which is not read.", "address")
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    whole = bytearray()
    while True:
        connection.still(_left(deadline))
        piece = answer.read1(65536)
        if not piece:
            return bytes(whole)
        try:
            whole += unpack.decompress(piece, guard.most_octets + 1 - len(whole)) if unpack else piece
        except zlib.error:
            raise InvalidInput("The server's answer is damaged. Try again later.", "address") from None
        if len(whole) > guard.most_octets:
            most = guard.most_octets // 1024 // 1024
            raise InvalidInput(f"The calendar has more than {most} MB. Export less of it.", "address")
