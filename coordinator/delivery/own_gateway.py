"""Gateways whose address somebody typed: services that are known well, encrypted, and never a private network.

Whoever administers one clinic of an installation is not who runs the machine, so what is typed must not lead inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import apprise

from coordinator.delivery.gateway import SECONDS, TO, handed_over, service_at
from coordinator.delivery.guarded import is_outside, resolve
from coordinator.delivery.mail import Outcome, PermanentFailure, TemporaryFailure
from coordinator.domain.errors import InvalidInput

SERVICES = frozenset(
    {
        "46elks", "AWS Simple Notification Service (SNS)", "BulkSMS", "BulkVS", "Cisco Webex Teams", "ClickSend",
        "Clickatell", "D7 Networks", "Discord", "Google Chat", "JSON", "Mattermost", "MessageBird", "Nextcloud Talk",
        "Plivo", "Power Automate / Workflows (for MSTeams)", "Rocket.Chat", "Sinch", "Slack", "Telegram", "Telesign",
        "Telnyx", "Threema Gateway", "Twilio", "VoIPms", "Vonage", "httpSMS",
    }
)  # fmt: skip
"""By Apprise's names. Left out are those that an address can send to wherever it likes (a mail server, Matrix)."""

HOSTED = "{host}"
"""Stands in what Apprise says of a service's address where the server is the clinic's own."""

SOMEBODY = ("+12065550126", "ann")
"""Whom an address is tried with: a service takes numbers, names, or both."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be sent to. Tests let it reach their own servers."""

    services: frozenset[str] = SERVICES
    is_allowed: Callable[[str], bool] = is_outside
    resolve: Callable[[str, int], Sequence[str]] = resolve
    needs_tls: bool = True


class _Unknown(Exception):
    """The server has no address now; it may have one later."""


def service_name(address: str, guard: Guard) -> str:
    """The name of the service that an address leads to; raises InvalidInput for one that is not to be used."""
    before, _, rest = address.partition("://")
    if TO not in rest or TO in before + rest.split("/", 1)[0]:
        raise InvalidInput(
            f"The address needs {TO} where the recipient goes, after the server: twilio://SID:TOKEN@FROM/{TO}.",
            "address",
        )
    service = next(filter(None, (service_at(address, each) for each in SOMEBODY)), None)
    if service is None:
        raise InvalidInput("No service is known by this address. Copy it as Apprise's list writes it.", "address")
    try:
        why = _refusal(service, guard)
    except _Unknown as error:
        why = str(error)
    if why:
        raise InvalidInput(why, "address")
    return str(service.service_name)


@dataclass(frozen=True, slots=True)
class OwnGateway:
    """A clinic's gateway, by the address that is kept for it; looked at anew each time."""

    address: str
    guard: Guard

    def carry(self, to: str, text: str) -> Outcome:
        """Sends one, now; follows no redirect."""
        service = service_at(self.address, to)
        if service is None:
            return PermanentFailure("The gateway's address cannot be used. Save it anew.")
        try:
            why = _refusal(service, self.guard)
        except _Unknown as error:
            return TemporaryFailure(str(error))
        if why:
            return PermanentFailure(why)
        service.redirects = False
        service.socket_connect_timeout = service.socket_read_timeout = SECONDS
        return handed_over(service, text)


def _refusal(service: apprise.NotifyBase, guard: Guard) -> str:
    """Why a service is not to be sent to; empty where it may be. Raises _Unknown where its server is not found."""
    name, encrypted = str(service.service_name), service.secure_protocol or ()
    is_encrypted = service.secure or service.schema in ([encrypted] if isinstance(encrypted, str) else encrypted)
    if name not in guard.services:
        return f"{name} cannot be used for one clinic. Choose another, or ask who runs the installation to set it."
    if guard.needs_tls and not is_encrypted:
        return "This address is not encrypted. Use the form with an s, such as rockets:// for rocket://."
    if guard.needs_tls and not service.verify_certificate:
        return "This address leaves certificates unchecked. Leave out verify=no."
    templates: Sequence[str] = service.templates or ()
    if not any(HOSTED in each for each in templates):
        return ""
    try:
        found = guard.resolve(service.host, service.port or 443)
    except (OSError, UnicodeError):
        raise _Unknown(f"There is no server called {service.host}. Check the address.") from None
    if not found or not all(guard.is_allowed(each) for each in found):
        return f"{service.host} leads into a private network, which is not sent to. Use a server on the internet."
    return ""
