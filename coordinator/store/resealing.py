"""What is sealed in bulk: under a new key, and whether the keys at hand read contact fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import String, select, text, type_coerce, update

from coordinator.store import sealing
from coordinator.store.contact_choices import ContactChoiceRecord
from coordinator.store.contact_keys import KeyRing, Unreadable, ring_of
from coordinator.store.contacts import ContactRecord
from coordinator.store.gateways import GatewayRecord
from coordinator.store.patients import PatientRecord
from coordinator.store.unit_of_work import Work
from coordinator.store.users import UserRecord

SEALED: Mapping[type[PatientRecord | ContactRecord | ContactChoiceRecord | GatewayRecord], tuple[str, ...]] = {
    PatientRecord: ("email", "phone"),
    ContactRecord: ("email", "phone"),
    ContactChoiceRecord: ("phone", "chat"),
    GatewayRecord: ("address",),
}
"""The sealed fields of each table."""


def reseal(work: Work) -> int:
    """Puts every contact field under the newest key; the number of rows.

    Whoever writes meanwhile waits or uses that key already, so that nothing stays under an old one.
    """
    if work.session.get_bind().dialect.name != "sqlite":
        work.session.execute(
            text("LOCK TABLE patients, contacts, contact_choices, gateways IN SHARE ROW EXCLUSIVE MODE")
        )
    number = 0
    for record, names in SEALED.items():
        columns = [getattr(record, name) for name in names]
        for row in work.session.execute(select(record.id, *columns)).all():
            fields = {name: getattr(row, name) for name in names}
            if record is PatientRecord:
                fields["email_mark"] = row.email
            work.session.execute(update(record).where(record.id == row.id).values(**fields))
            number += 1
    return number


def reseal_secrets(work: Work) -> int:
    """Puts the secret of every authenticator app under the newest secret key; the number of them.

    What no key at hand reads stays as it is.
    """
    number = 0
    for user in work.session.scalars(select(UserRecord).where(UserRecord.totp_sealed.is_not(None)).with_for_update()):
        try:
            user.totp_sealed = sealing.seal(work, sealing.unseal(work, user.totp_sealed or ""))
        except sealing.Unsealable:
            continue
        number += 1
    return number


def unreadable(work: Work) -> int:
    """How many contact fields the keys at hand do not read."""
    keys = ring_of(work.session.get_bind().dialect)
    return sum(_is_closed(keys, each) for each in _sealed(work) if each)


def _sealed(work: Work) -> Iterator[str]:
    for record, names in SEALED.items():
        plain = [type_coerce(getattr(record, name), String) for name in names]
        for row in work.session.execute(select(*plain)):
            yield from row


def _is_closed(keys: KeyRing, sealed: str) -> bool:
    try:
        keys.unseal(sealed)
    except Unreadable:
        return True
    return False
