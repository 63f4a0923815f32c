"""How a person wants to be told: the channel, consent to text messages, and STOP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from coordinator.domain.actor import Actor, system
from coordinator.domain.clinic_time import zone_named
from coordinator.domain.errors import InvalidForm, NotFound
from coordinator.domain.phone import dialed
from coordinator.services.visit_cards import local
from coordinator.store import audit, clinics, contact_choices, patient_queries, sealing
from coordinator.store.contact_choices import ContactChoiceRecord
from coordinator.store.notice_people import Recipient
from coordinator.store.unit_of_work import Work

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
"""What ends text messages, alone in an answer: the words that carriers in the United States ask for."""


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A person's choice; clinic time. `channel` empty follows each rule. `phone` is the patient's or their own."""

    name: str
    kind: str
    channel: str
    phone: str
    chat: str
    consented: datetime | None
    noted_by: str
    stopped: datetime | None

    @property
    def may_text(self) -> bool:
        """Whether text messages are consented to, and not stopped since."""
        return self.consented is not None and self.stopped is None


@dataclass(frozen=True, slots=True)
class TypedChoice:
    """The form. `consents` is whether the person agrees to text messages. A patient's phone is kept elsewhere."""

    channel: str
    consents: bool
    phone: str = ""
    chat: str = ""


def of_patient(work: Work, actor: Actor, now: datetime, patient_id: int) -> ChoiceView:
    """A patient's choice; raises NotFound."""
    record = patient_queries.one(work, actor.clinic_id, patient_id)
    audit.append(work, actor, now, "patient.read", "patient", patient_id, {"what": "telling"})
    return _view(work, actor, record.name, Recipient("patient", patient_id), record.phone)


def of_actor(work: Work, actor: Actor) -> ChoiceView:
    """One's own choice."""
    return _view(work, actor, actor.name, _myself(actor), "")


def choose_for_patient(work: Work, actor: Actor, now: datetime, patient_id: int, typed: TypedChoice) -> None:
    """Keeps what a patient said; raises NotFound and InvalidForm."""
    record = patient_queries.one(work, actor.clinic_id, patient_id)
    if typed.channel in ("app", "chat"):
        raise InvalidForm({"channel": "Patients are told by mail or text message. Choose one of them."})
    _keep(work, actor, now, Recipient("patient", patient_id), typed, record.phone)


def choose(work: Work, actor: Actor, now: datetime, typed: TypedChoice) -> None:
    """Keeps one's own choice; raises InvalidForm."""
    _keep(work, actor, now, _myself(actor), typed, typed.phone)


def incoming_address(work: Work, clinic_id: int) -> str:
    """The secret part of the address to which the clinic's gateway sends what people answer."""
    return sealing.mark(work, f"text-messages:{clinic_id}")


def answered(work: Work, now: datetime, clinic_id: int, secret: str, phone: str, text: str) -> bool:
    """Takes an answer to a text message: STOP ends them for everybody of that number. Whether it did.

    Raises NotFound for an address that is not the clinic's.
    """
    if not compare_digest(secret.encode(), incoming_address(work, clinic_id).encode()):
        raise NotFound("There is no such address.")
    number = dialed(phone)
    if text.strip().rstrip(".!").upper() not in STOP_WORDS or number is None:
        return False
    clinics.lock(work, clinic_id)
    for recipient in _reached_at(work, clinic_id, number):
        choice = contact_choices.edit(work, clinic_id, recipient.kind, recipient.id)
        choice.stopped_at = choice.stopped_at or now
        audit.append(work, system(clinic_id), now, "contact.stop", recipient.kind, recipient.id)
    return True


def _reached_at(work: Work, clinic_id: int, number: str) -> list[Recipient]:
    patients = patient_queries.phones(work, clinic_id)
    found = [Recipient("patient", key) for key, phone in patients if phone and dialed(phone) == number]
    others = contact_choices.with_phone(work, clinic_id)
    return found + [Recipient(kind, key) for kind, key, phone in others if dialed(phone) == number]


def _keep(work: Work, actor: Actor, now: datetime, who: Recipient, typed: TypedChoice, phone: str) -> None:
    wrong = _faults(typed, phone)
    if wrong:
        raise InvalidForm(wrong)
    clinics.lock(work, actor.clinic_id)
    choice = contact_choices.edit(work, actor.clinic_id, who.kind, who.id)
    choice.channel, choice.chat = typed.channel, typed.chat
    choice.phone = "" if who.kind == "patient" else typed.phone
    _note_consent(choice, actor, now, typed.consents)
    detail = {"channel": typed.channel or "as the rules say", "texts": typed.consents}
    audit.append(work, actor, now, "contact.choose", who.kind, who.id, detail)


def _note_consent(choice: ContactChoiceRecord, actor: Actor, now: datetime, consents: bool) -> None:
    """Consent is noted once, and anew after a STOP; taking it back is a STOP."""
    if consents and not choice.may_text:
        choice.consented_at, choice.consent_noted_by, choice.stopped_at = now, actor.name, None
    elif not consents and choice.may_text:
        choice.stopped_at = now


def _faults(typed: TypedChoice, phone: str) -> dict[str, str]:
    found = {}
    if typed.channel not in ("", "mail", "sms", "chat", "app"):
        found["channel"] = "There is no such way. Choose one from the list."
    if typed.channel == "sms" and not typed.consents:
        found["consents"] = "Text messages need consent. Ask for it, then tick this."
    if typed.channel == "sms" and dialed(phone) is None:
        found["phone"] = "There is no number that can be dialed. Write it like 206-555-0126."
    if typed.channel == "chat" and not typed.chat:
        found["chat"] = "The name in the chat is missing. Fill it in."
    return found


def _myself(actor: Actor) -> Recipient:
    """Whom messages know the actor as: the member of staff, else the user."""
    return Recipient("staff", actor.staff_id) if actor.staff_id else Recipient("user", actor.user_id or 0)


def _view(work: Work, actor: Actor, name: str, who: Recipient, phone: str) -> ChoiceView:
    zone = zone_named(clinics.get(work, actor.clinic_id).timezone)
    found = contact_choices.of_people(work, actor.clinic_id, who.kind, [who.id]).get(who.id)
    if found is None:
        return ChoiceView(name, who.kind, "", phone, "", None, "", None)
    consented, stopped = (local(each, zone) if each else None for each in (found.consented_at, found.stopped_at))
    return ChoiceView(
        name, who.kind, found.channel, phone or found.phone, found.chat, consented, found.consent_noted_by, stopped
    )
