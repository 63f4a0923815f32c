"""The doctor: looks at an installation from outside, changes nothing, and says what to do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from coordinator.delivery import tls_look
from coordinator.delivery.encrypted import is_here
from coordinator.delivery.log_host import LogHost
from coordinator.delivery.provider import Provider
from coordinator.delivery.smtp import SmtpMailer
from coordinator.domain.clinic_time import minute_at, skipped, zone_named
from coordinator.domain.errors import InvalidInput
from coordinator.services import contact_keys, secret_keys
from coordinator.store import audit, inspection
from coordinator.store.unit_of_work import Database


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what was seen; where it is not well, the text ends in the remedy."""

    subject: str
    is_well: bool
    text: str


@dataclass(frozen=True, slots=True)
class Installation:
    """What the doctor looks at. `smtp_url` None is no mail server; `base_url` is how people reach the site.

    `provider` None is no sign-in by OpenID Connect. `tls_trouble` looks at a host's port.
    """

    database: Database
    smtp_url: str | None
    mail_from: str
    base_url: str
    data_dir: Path
    provider: Provider | None = None
    trusts_proxies: bool = False
    calendar_hosts: tuple[str, ...] = ()
    log_url: str | None = None
    tls_trouble: Callable[[str, int], str | None] = tls_look.trouble_at

    @property
    def secret_file(self) -> Path:
        """Where the secret key is unless the environment has it."""
        return self.data_dir / "secret-key"

    @property
    def old_secrets_file(self) -> Path:
        """The secret keys of earlier times."""
        return self.data_dir / "old-secret-keys"


def examine(installation: Installation) -> Iterator[Finding]:
    """Each finding as soon as it is made; a mail server may take five seconds."""
    yield _data_folder(installation.data_dir)
    yield _secret_key(installation)
    yield from _database(installation.database)
    yield _time_zones()
    yield _address(installation)
    if installation.base_url.startswith("https://"):
        yield _proxy(trusts_proxies=installation.trusts_proxies)
    yield _mail(installation)
    yield _log_host(installation.log_url)
    yield _calendars(installation.calendar_hosts)
    if installation.provider is not None:
        yield _provider(installation.provider)


def _data_folder(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding("data folder", True, f"{folder} can be written.")
    except OSError as error:
        text = f"{folder} cannot be written: {error.strerror}. Give it to the user that runs Coordinator."
        return Finding("data folder", False, text)


def _secret_key(installation: Installation) -> Finding:
    for file in (installation.secret_file, installation.old_secrets_file):
        if file.exists() and file.stat().st_mode & 0o077:
            return Finding("secret key", False, f"{file} can be read by others. Run chmod 600 {file}.")
    if not installation.secret_file.exists():
        return Finding("secret key", True, "It comes from the environment.")
    return Finding("secret key", True, f"{installation.secret_file} can be read by its owner alone.")


def _database(database: Database) -> Iterator[Finding]:
    look = inspection.look(database)
    if look.trouble:
        yield Finding("database", False, f"It cannot be used: {look.trouble}. Check COORDINATOR_DATABASE_URL.")
        return
    yield Finding("database", True, f"{look.server} answers.")
    if look.is_wal_trap:
        text = f"{look.server} can corrupt a database in WAL mode. Stop whatever else has it open, then start again."
        yield Finding("journal", False, text)
    yield _tables(look)
    if not database.is_sqlite:
        yield _rights(look)
    if look.tables == look.needed:
        yield from _log_key(database)
        yield _contact_fields(database)


def _log_key(database: Database) -> Iterator[Finding]:
    if secret_keys.waiting(database):
        yield Finding("audit log", False, audit.UNFINISHED)
    if found := secret_keys.strange(database):
        text = f"That of clinic {found[0]} ends under no secret key at hand. {contact_keys.REMEDY}"
        yield Finding("audit log", False, text)


def _contact_fields(database: Database) -> Finding:
    closed = contact_keys.unreadable(database)
    if closed:
        return Finding("contact fields", False, f"{closed} are under a key that is not here. {contact_keys.REMEDY}")
    return Finding("contact fields", True, "The keys at hand read them all.")


def _tables(look: inspection.Look) -> Finding:
    if look.from_the_future:
        text = f"They are at revision {look.tables}, made by a newer Coordinator. Install that version."
        return Finding("tables", False, text)
    if look.tables != look.needed and not look.rights.changes_tables:
        text = "They are not of this version, and this role may not change them. Run coordinator migrate."
        return Finding("tables", False, text)
    if look.tables is None:
        return Finding("tables", True, "There are none yet; coordinator init or coordinator demo makes them.")
    if look.tables != look.needed:
        return Finding("tables", True, f"They are at {look.tables}; the next start brings them to {look.needed}.")
    return Finding("tables", True, f"They are at revision {look.tables}, as this version needs them.")


def _rights(look: inspection.Look) -> Finding:
    if look.rights.changes_tables:
        return Finding("rights", True, "This role may change the tables, which serving does not need: docs/running.md.")
    if look.rights.changes_log:
        return Finding("rights", False, "This role may change what the audit log holds. Run coordinator migrate.")
    return Finding("rights", True, "This role may read and write rows, and only add to the audit log.")


def _time_zones() -> Finding:
    try:
        # Clocks there skip 2:30 that night; a time zone database that is not there knows no such thing.
        if skipped(minute_at(date(2026, 3, 8), time(2, 30)), zone_named("America/Los_Angeles")):
            return Finding("time zones", True, f"{len(available_timezones())} zones are known.")
    except InvalidInput:
        pass
    return Finding("time zones", False, "The time zone database is missing. Install the package tzdata.")


def _address(installation: Installation) -> Finding:
    base_url = installation.base_url
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        try:
            trouble = installation.tls_trouble(host, parts.port or 443)
        except tls_look.Unreached as unreached:
            text = f"People reach the site at {base_url}; from here it cannot be looked at: {unreached}."
            return Finding("address", True, text)
        if trouble:
            return Finding("address", False, f"{base_url}: {trouble}. Set the proxy to TLS 1.2 and 1.3.")
    if parts.scheme == "https" or is_here(host):
        return Finding("address", True, f"People reach the site at {base_url}.")
    text = f"{base_url} is not encrypted, and feeds are secret addresses. Use https and set COORDINATOR_BASE_URL."
    return Finding("address", False, text)


def _proxy(*, trusts_proxies: bool) -> Finding:
    """Coordinator speaks plain HTTP, so that an address with https has a proxy before it."""
    if trusts_proxies:
        return Finding("proxy", True, "What trusted proxies say of where a request comes from is believed.")
    text = (
        "The audit log says of everybody that they come from the proxy. Set COORDINATOR_TRUSTED_PROXIES, mostly to 1."
    )
    return Finding("proxy", False, text)


def _mail(installation: Installation) -> Finding:
    if installation.smtp_url is None:
        text = f"No mail server is set; mail is written to {installation.data_dir / 'outbox'}."
        return Finding("mail server", True, text)
    trouble = SmtpMailer(installation.smtp_url, installation.mail_from, seconds=5).try_out()
    if trouble:
        return Finding("mail server", False, f"{trouble} Check COORDINATOR_SMTP_URL.")
    return Finding("mail server", True, f"{urlsplit(installation.smtp_url).hostname} takes our mail.")


def _log_host(url: str | None) -> Finding:
    if url is None:
        text = "The log goes to standard error alone. Set COORDINATOR_LOG_URL to send it to another machine, too."
        return Finding("log host", True, text)
    host = LogHost(url)
    trouble = host.try_out()
    if trouble:
        return Finding("log host", False, f"{host.host}, port {host.port}: {trouble}. Check COORDINATOR_LOG_URL.")
    said = "answers" if host.is_tls else "is sent the log; whether it arrives nobody tells"
    return Finding("log host", True, f"{host.host}, port {host.port}, {said}.")


def _calendars(hosts: tuple[str, ...]) -> Finding:
    if hosts:
        return Finding("outside calendars", True, f"They are read from {', '.join(hosts)} and nowhere else.")
    text = "They are read from any public address. Name the servers that people use in COORDINATOR_CALENDAR_HOSTS."
    return Finding("outside calendars", True, text)


def _provider(provider: Provider) -> Finding:
    trouble = provider.try_out(datetime.now(UTC))
    if trouble:
        return Finding("sign-in provider", False, f"{provider.issuer}: {trouble} Check COORDINATOR_OIDC_ISSUER.")
    text = f"{provider.issuer} answers. It must send people back to {provider.return_url}."
    return Finding("sign-in provider", True, text)
