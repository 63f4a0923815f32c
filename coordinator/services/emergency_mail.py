"""Telling administrators by mail that a record was opened in an emergency. The mail names no patient and no reason."""

from __future__ import annotations

from datetime import timedelta

from coordinator.delivery.mail import Mail, TemporaryFailure
from coordinator.services.account_mail import BATCH, LEASE, MOST_TRIES, AccountMail
from coordinator.store import clinics, emergencies, users
from coordinator.store.emergencies import EmergencyMailRecord, EmergencyRecord
from coordinator.store.unit_of_work import Work

SUBJECT = "A record was opened in an emergency at {clinic}"
TEXT = (
    "Hello {name},\n\n{who} has opened the record of somebody else's patient in an emergency at {clinic}."
    " It can be read for an hour. Look at who, whose and why, and review it:\n\n{link}\n"
)


def send_due(means: AccountMail) -> int:
    """Sends what is due, each mail by itself; how many there were."""
    now = means.now()
    with means.database.write() as work:
        mails = [
            (owed.id, owed.tries, _mail(work, owed, means)) for owed in emergencies.lease_mails(work, now, BATCH, LEASE)
        ]
    for mail_id, tries, mail in mails:
        outcome = means.mailer.send(mail)
        again = isinstance(outcome, TemporaryFailure) and tries < MOST_TRIES
        later = means.now() + timedelta(seconds=15 * 2**tries) if again else None
        with means.database.write() as work:
            emergencies.settle_mail(work, mail_id, later)
    return len(mails)


def _mail(work: Work, owed: EmergencyMailRecord, means: AccountMail) -> Mail:
    record = work.session.get_one(EmergencyRecord, owed.emergency_id)
    told = users.known(work, owed.user_id)
    words = {
        "name": told.name,
        "who": users.known(work, record.user_id).name,
        "clinic": clinics.get(work, record.clinic_id).name,
        "link": f"{means.base_url}/emergencies",
    }
    return Mail(f"emergency-{owed.id}", told.email, SUBJECT.format(**words), TEXT.format(**words), means.now())
