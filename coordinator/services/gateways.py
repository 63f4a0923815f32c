"""A clinic's own gateways for text messages and chat: kept sealed, tried out, and looked up when a message leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from coordinator.delivery.gateway import Carrier
from coordinator.delivery.mail import Outcome, Sent
from coordinator.delivery.own_gateway import Guard, OwnGateway, service_name
from coordinator.domain.actor import Access, Actor
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import InvalidInput, NotAllowed, NotFound
from coordinator.domain.phone import dialed
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, gateways
from coordinator.store.gateways import Known
from coordinator.store.unit_of_work import Work

CHANNELS = ("sms", "chat")
GUARD = Guard()
MOST = 500
TRIAL = "A test message. Nothing is to be done."


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """What an administrator sees of a channel; clinic time. `service` empty: the clinic has no gateway of its own."""

    channel: str
    service: str = ""
    saved_by: str = ""
    saved: datetime | None = None


@dataclass(frozen=True, slots=True)
class TypedGateway:
    """An address that may be used, and the name of its service."""

    address: str
    service: str


def lines(work: Work, actor: Actor) -> tuple[GatewayLine, ...]:
    """Each channel with the clinic's own gateway, where there is one; never an address."""
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    found = gateways.known(work, actor.clinic_id)
    return tuple(
        GatewayLine(channel, each.service, each.saved_by, local(each.saved_at, zone))
        if (each := found.get(channel))
        else GatewayLine(channel)
        for channel in CHANNELS
    )


def read(address: str) -> TypedGateway:
    """An address as it was typed; asks where its server is. Raises InvalidInput for one that is not to be used."""
    text = address.strip()
    if not text:
        raise InvalidInput("The address is missing. Copy it as Apprise's list writes it.", "address")
    if len(text) > MOST or not text.isprintable():
        raise InvalidInput(f"This is no address: it has more than {MOST} characters, or odd ones.", "address")
    return TypedGateway(text, service_name(text, GUARD))


def keep(work: Work, actor: Actor, now: datetime, channel: str, typed: TypedGateway) -> None:
    """Keeps a gateway for a channel, in the place of the one before. Raises NotAllowed and NotFound."""
    _allow(actor, channel)
    clinics.lock(work, actor.clinic_id)
    gateways.save(work, actor.clinic_id, typed.address, Known(channel, typed.service, actor.name, now))
    _note(work, actor, now, "gateway.save", {"channel": channel, "service": typed.service})


def drop(work: Work, actor: Actor, now: datetime, channel: str) -> None:
    """Forgets the gateway of a channel: the installation's is used again. Raises NotAllowed and NotFound."""
    _allow(actor, channel)
    clinics.lock(work, actor.clinic_id)
    if not gateways.remove(work, actor.clinic_id, channel):
        raise NotFound("The clinic has no gateway of its own for this.")
    _note(work, actor, now, "gateway.remove", {"channel": channel})


def trial(work: Work, actor: Actor, channel: str, to: str) -> tuple[Carrier, str]:
    """What a test message leaves through, and to whom; the caller sends TRIAL by it and notes the outcome.

    Raises NotAllowed, NotFound, and InvalidInput for somebody who cannot be reached so.
    """
    _allow(actor, channel)
    found = carrier(work, actor.clinic_id, channel, {})
    if found is None:
        raise NotFound("The clinic has no gateway of its own for this.")
    recipient = dialed(to) if channel == "sms" else to.strip()[:100]
    if not recipient:
        said = "Write a number like 206-555-0126." if channel == "sms" else "Write a name in the chat."
        raise InvalidInput(f"There is nobody to send a test message to. {said}", "to")
    return found, recipient


def note_trial(work: Work, actor: Actor, now: datetime, channel: str, outcome: Outcome) -> None:
    """Puts on record that a test message was sent, and whether it left."""
    _note(work, actor, now, "gateway.test", {"channel": channel, "taken": isinstance(outcome, Sent)})


def told(outcome: Outcome) -> tuple[str, str]:
    """What is said of a test message, and how."""
    if isinstance(outcome, Sent):
        return "The gateway took the test message. It should arrive within a minute.", "success"
    return f"The test message did not leave: {outcome.reason}", "danger"


def carrier(work: Work, clinic_id: int, channel: str, of_installation: Mapping[str, Carrier]) -> Carrier | None:
    """What a clinic's messages leave through: its own gateway, else the installation's, if any. Raises Unreadable."""
    own = gateways.address(work, clinic_id, channel)
    return of_installation.get(channel) if own is None else OwnGateway(own, GUARD)


def _allow(actor: Actor, channel: str) -> None:
    if actor.access is not Access.ADMINISTRATOR:
        raise NotAllowed("Only an administrator sets a clinic's gateways. Ask one of your clinic.")
    if channel not in CHANNELS:
        raise NotFound("There is no such way of sending.")


def _note(work: Work, actor: Actor, now: datetime, action: str, detail: Mapping[str, object]) -> None:
    audit.append(work, actor, now, action, "clinic", actor.clinic_id, dict(detail))
