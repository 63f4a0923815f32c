"""Sending the mails with links to set a password. They are apart from the notices: no log may show what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from coordinator.delivery.mail import Mail, Mailer, TemporaryFailure
from coordinator.services import account_links
from coordinator.store import accounts, clinics, users
from coordinator.store.accounts import AccountLinkRecord
from coordinator.store.unit_of_work import Database, Work

BATCH = 20
LEASE = timedelta(minutes=2)
MOST_TRIES = 8

TEXTS = {
    "invitation": (
        "Your account at {clinic}",
        "Hello {name},\n\nyou have been given an account at {clinic}. Choose a password to open it:\n\n{link}\n\n"
        "The link works for seven days, once. If you did not expect this, tell the person who looks after the"
        " accounts there.\n",
    ),
    "recovery": (
        "A new password for {clinic}",
        "Hello {name},\n\nsomebody asked for a new password for your account at {clinic}. Choose one here:\n\n"
        "{link}\n\n"
        "The link works for an hour, once. If it was not you, do nothing: your password stays as it is.\n",
    ),
}


@dataclass(frozen=True, slots=True)
class AccountMail:
    """One worker's means of sending them; `base_url` is how people reach the site."""

    database: Database
    mailer: Mailer
    now: Callable[[], datetime]
    base_url: str


def send_due(means: AccountMail) -> int:
    """Sends what is due, each mail by itself; how many there were."""
    now = means.now()
    with means.database.write() as work:
        mails = [
            (link.id, link.mail_tries, _mail(work, link, means.base_url, now))
            for link in accounts.lease_mails(work, now, BATCH, LEASE)
            if link.used_at is None and link.expires_at > now
        ]
    for link_id, tries, mail in mails:
        outcome = means.mailer.send(mail)
        again = isinstance(outcome, TemporaryFailure) and tries < MOST_TRIES
        later = means.now() + timedelta(seconds=15 * 2**tries) if again else None
        with means.database.write() as work:
            accounts.settle_mail(work, link_id, later)
    return len(mails)


def _mail(work: Work, link: AccountLinkRecord, base_url: str, now: datetime) -> Mail:
    user, clinic = users.known(work, link.user_id), clinics.get(work, link.clinic_id)
    subject, text = TEXTS[link.kind]
    told = {
        "name": user.name,
        "clinic": clinic.name,
        "link": f"{base_url}/set-password/{account_links.token_of(work, link)}",
    }
    return Mail(f"account-{link.id}", user.email, subject.format(**told), text.format(**told), now)
