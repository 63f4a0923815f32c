"""Text messages and chat out, through Apprise: one address for each way, with {to} where the recipient goes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import apprise

from coordinator.delivery.encrypted import is_here
from coordinator.delivery.mail import Outcome, PermanentFailure, Sent, TemporaryFailure

TO = "{to}"
SECONDS = 4.0
"""How long a service may take to be reached, and again to answer."""


class Carrier(Protocol):
    """A way of sending short messages. `carry` answers for every failure with an outcome and raises nothing."""

    def carry(self, to: str, text: str) -> Outcome:
        """Sends one, now."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A service that Apprise knows. `address` is as in its documentation, with {to} in the recipient's place."""

    address: str

    def carry(self, to: str, text: str) -> Outcome:
        """Sends one; the service is given 4 seconds to be reached and 4 to answer."""
        service = service_at(self.address, to)
        if service is None:
            return PermanentFailure("The gateway's address cannot be used. Set it anew.")
        if not _is_encrypted(service):
            return PermanentFailure("The gateway's address is not encrypted. Set the one that is.")
        return handed_over(service, text)


def handed_over(service: apprise.NotifyBase, text: str) -> Outcome:
    """What became of a text that is given to a service now."""
    if service.notify(body=text):
        return Sent("taken by the gateway")
    return TemporaryFailure("The gateway did not take it.")


def service_at(address: str, to: str) -> apprise.NotifyBase | None:
    """The service that an address leads to, with the recipient in its place; None where Apprise knows none."""
    # Its log would hold numbers, texts and the gateway's secret.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    straight = apprise.AppriseAsset(http_redirects=False)  # a number is told to the gateway and to nobody it names
    return apprise.Apprise.instantiate(address.replace(TO, quote(to, safe="+")), asset=straight)


def _is_encrypted(service: apprise.NotifyBase) -> bool:
    """Whether what is sent is encrypted, or does not leave this machine. `protocol` names a service's open forms."""
    opened = service.protocol or ()
    is_open = service.schema in ((opened,) if isinstance(opened, str) else opened)
    return not is_open or is_here(str(getattr(service, "host", "")))
