"""Text messages and chat out, through Apprise: one address for each way, with {to} where the recipient goes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import apprise

from coordinator.delivery.mail import Outcome, PermanentFailure, Sent, TemporaryFailure

TO = "{to}"


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
        service = _service(self.address, to)
        if service is None:
            return PermanentFailure("The gateway's address cannot be used. Set it anew.")
        if service.notify(body=text):
            return Sent("taken by the gateway")
        return TemporaryFailure("The gateway did not take it.")


def is_usable(address: str) -> bool:
    """Whether an address has a place for the recipient and leads to a service that Apprise knows."""
    return TO in address and _service(address, "+12065550126") is not None


def _service(address: str, to: str) -> apprise.NotifyBase | None:
    # Its log would hold numbers, texts and the gateway's secret.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return apprise.Apprise.instantiate(address.replace(TO, quote(to, safe="+")))
