"""Typed settings from the environment. A wrong value stops the start with one clear line."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

PREFIX = "COORDINATOR_"
LEAST_SECRET = 32
KEPT_SECRET = "secret-key"  # noqa: S105 (the name of a file)
OLD_SECRETS = "old-secret-keys"
HERE = frozenset({"127.0.0.1", "::1", "localhost"})
LONGEST_NAME = 40
MOST_HOPS = 10

TrustedProxies = int | tuple[IPv4Network | IPv6Network, ...]
"""How many reverse proxies every request passes, or their addresses; 0 is none."""


class SettingsError(Exception):
    """A setting cannot be used; the message names it, the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Identities:
    """The provider of sign-in by OpenID Connect, and how it knows this site. `name` is what people call it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    `smtp_url` None writes mail to `data_dir`/outbox; `imap_url` None reads no answers to invitations; without `sms_url`
    or `chat_url` such messages go by mail. `base_url` is how people reach the site, without a last slash.
    `lease_seconds` is how long a worker that died keeps its jobs, notices and the clock from others. `backups_kept`
    nightly backups stay in `data_dir`/backups. `identities` None is no sign-in by OpenID Connect. What
    `trusted_proxies` say of the client is believed, nobody else. Each user may have `pages_per_minute`, 0 for no limit.
    `calendar_hosts` are the only ones that people's outside calendars may come from; none named is any public address.
    `is_secret_kept` says that the secret key is in `secret_file`. `migrate_database_url` None lets `database_url`
    change the tables, too.
    `log_url` None writes the log to standard error alone.
    """

    database_url: str
    secret_key: str
    smtp_url: str | None
    base_url: str
    data_dir: Path
    mail_from: str
    lease_seconds: int
    backups_kept: int = 14
    imap_url: str | None = None
    sms_url: str | None = None
    chat_url: str | None = None
    identities: Identities | None = None
    trusted_proxies: TrustedProxies = 0
    pages_per_minute: int = 120
    calendar_hosts: tuple[str, ...] = ()
    log_url: str | None = None
    old_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    is_secret_kept: bool = False
    migrate_database_url: str | None = None

    @property
    def serving_role(self) -> str | None:
        """The role of PostgreSQL that serves, where another one owns the tables."""
        return urlsplit(self.database_url).username if self.migrate_database_url else None

    @property
    def secret_file(self) -> Path:
        """Where the secret key is kept unless the environment has it."""
        return self.data_dir / KEPT_SECRET

    @property
    def old_secrets_file(self) -> Path:
        """The secret keys of earlier times, the newest first, one a line; they only read."""
        return self.data_dir / OLD_SECRETS

    @property
    def contact_keys(self) -> Path:
        """The keys of contact fields, the newest first; made by `coordinator keys rotate`."""
        return self.data_dir / "contact-keys"

    @property
    def outbox(self) -> Path:
        """Where mail is written when no mail server is configured."""
        return self.data_dir / "outbox"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings; raises SettingsError. Makes the data folder, and on first run the secret key in it."""
    values = {
        name.removeprefix(PREFIX): value
        for name, value in (os.environ if environ is None else environ).items()
        if name.startswith(PREFIX) and value
    }
    _refuse_unknown(values)
    data_dir = Path(values.get("DATA_DIR", "instance")).absolute()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # patients' data, and mail to them, is in it
    database_url = values.get("DATABASE_URL", f"sqlite:///{data_dir / 'coordinator.db'}")
    return Settings(
        database_url=_database_url(database_url),
        secret_key=_secret_key(values.get("SECRET_KEY"))
        or _kept_secret(data_dir, is_default="DATABASE_URL" not in values),
        smtp_url=_smtp_url(values.get("SMTP_URL")),
        base_url=_base_url(values.get("BASE_URL", "http://127.0.0.1:5000")),
        data_dir=data_dir,
        mail_from=_mail_from(values.get("MAIL_FROM", "Coordinator <coordinator@localhost>")),
        imap_url=_imap_url(values.get("IMAP_URL")),
        sms_url=_gateway_url("SMS_URL", values.get("SMS_URL")),
        chat_url=_gateway_url("CHAT_URL", values.get("CHAT_URL")),
        lease_seconds=_whole("LEASE_SECONDS", values.get("LEASE_SECONDS", "20"), least=1),
        backups_kept=_whole("BACKUPS_KEPT", values.get("BACKUPS_KEPT", "14"), least=0),
        identities=_identities(values),
        trusted_proxies=_proxies(values.get("TRUSTED_PROXIES", "0")),
        pages_per_minute=_whole("PAGES_PER_MINUTE", values.get("PAGES_PER_MINUTE", "120"), least=0),
        log_url=_log_url(values.get("LOG_URL")),
        calendar_hosts=_hosts(values.get("CALENDAR_HOSTS", "")),
        old_secret_keys=_old_secrets(data_dir / OLD_SECRETS),
        is_secret_kept="SECRET_KEY" not in values,
        migrate_database_url=_migrate_url(values.get("MIGRATE_DATABASE_URL"), database_url),
    )


SETTINGS = {
    "DATABASE_URL": "Where the data is: sqlite:///file or postgresql://user:password@host/name.",
    "MIGRATE_DATABASE_URL": "The same database by the role that owns its tables; only migrate and restore use it.",
    "SECRET_KEY": "Signs cookies and the audit chain; at least 32 characters.",
    "SMTP_URL": "The mail server: smtp://user:password@host:587 or smtps://…; without it mail goes to the outbox.",
    "IMAP_URL": "The mailbox of MAIL_FROM, for answers to invitations and mail that came back: imaps://user:password@host/INBOX.",
    "SMS_URL": "The gateway for text messages, as Apprise writes it, with {to} for the number: twilio://…/{to}.",
    "CHAT_URL": "The clinic's chat, as Apprise writes it, with {to} for the person: slack://…/@{to}.",
    "BASE_URL": "How people reach the site, for links in mail and feeds.",
    "DATA_DIR": "The folder for the SQLite database, the outbox and the secret key.",
    "MAIL_FROM": "The sender of mail.",
    "LEASE_SECONDS": "How long a dead worker keeps its work from others.",
    "TRUSTED_PROXIES": "How many reverse proxies every request passes, or their addresses: 1, or 10.0.0.5,10.1.0.0/16.",
    "BACKUPS_KEPT": "How many nightly backups stay in the data folder; 0 makes none.",
    "PAGES_PER_MINUTE": "How many pages a user may open in a minute, and ten times as many in an hour; 0 is no limit.",
    "CALENDAR_HOSTS": "The only servers that people's own calendars are read from: calendar.google.com,.office365.com.",
    "LOG_URL": "The machine that also gets the log: syslog+tls://host:6514, and ?ca=file for an authority of your own.",
    "OIDC_ISSUER": "The provider of sign-in by OpenID Connect, exactly as it names itself: https://….",
    "OIDC_CLIENT_ID": "How the provider knows this site.",
    "OIDC_CLIENT_SECRET": "What this site proves itself to the provider with.",
    "OIDC_NAME": "What people call the provider; it stands on the button of the sign-in page.",
}


def _refuse_unknown(values: Mapping[str, str]) -> None:
    for name in values:
        if name not in SETTINGS:
            known = ", ".join(PREFIX + each for each in SETTINGS)
            raise SettingsError(f"{PREFIX}{name} is not a setting. The settings are {known}.")


def _secret_key(text: str | None) -> str | None:
    if text is not None and len(text) < LEAST_SECRET:
        raise SettingsError(
            f"{PREFIX}SECRET_KEY has {len(text)} characters. Set it to {LEAST_SECRET} or more random characters."
        )
    return text


def _kept_secret(data_dir: Path, *, is_default: bool) -> str:
    if not is_default:
        raise SettingsError(
            f"{PREFIX}SECRET_KEY is required with {PREFIX}DATABASE_URL. Set it to 32 or more random characters."
        )
    file = data_dir / KEPT_SECRET
    if not file.exists():
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
    return file.read_text().strip()


def _old_secrets(file: Path) -> tuple[str, ...]:
    lines = file.read_text().splitlines() if file.exists() else []
    return tuple(each.strip() for each in lines if each.strip())


def _database_url(url: str, name: str = "DATABASE_URL") -> str:
    scheme = url.split(":", 1)[0]
    if scheme == "sqlite":
        return url
    if scheme in {"postgresql", "postgresql+psycopg"}:
        _refuse_open(url, name)
        return "postgresql+psycopg:" + url.split(":", 1)[1]
    raise SettingsError(f"{PREFIX}{name} starts with “{scheme}:”. Use sqlite:///file or postgresql://user@host/name.")


def _migrate_url(url: str | None, serving: str) -> str | None:
    if url is None:
        return None
    found, parts = _database_url(url, "MIGRATE_DATABASE_URL"), urlsplit(serving)
    if found.startswith("sqlite") or not parts.username or urlsplit(url).username in {None, parts.username}:
        raise SettingsError(
            f"{PREFIX}MIGRATE_DATABASE_URL and {PREFIX}DATABASE_URL must name two roles of one PostgreSQL database."
        )
    return found


def _refuse_open(url: str, name: str) -> None:
    """A database on another machine is reached encrypted, and only where its certificate holds."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    hosts = {parts.hostname or "", *asked.get("host", ()), *asked.get("hostaddr", ())} - {""}
    elsewhere = [each for each in hosts if each not in HERE and not each.startswith("/")]
    if elsewhere and asked.get("sslmode") != ["verify-full"]:
        raise SettingsError(
            f"{PREFIX}{name} leads to another machine without encryption that is checked. Add"
            " ?sslmode=verify-full&sslrootcert=system, or the file of the certificate that signed the server's."
        )


def _smtp_url(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not _is_port(parts):
        raise SettingsError(f"{PREFIX}SMTP_URL must look like smtp://user:password@host:587.")
    return url


def _imap_url(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username or not _is_port(parts):
        raise SettingsError(f"{PREFIX}IMAP_URL must look like imaps://user:password@host/INBOX.")
    return url


def _gateway_url(name: str, url: str | None) -> str | None:
    if url is not None and ("{to}" not in url or "://" not in url):
        raise SettingsError(
            f"{PREFIX}{name} must be an address that Apprise knows, with {{to}} where the recipient goes."
        )
    return url


def _is_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


def _mail_from(text: str) -> str:
    address = parseaddr(text)[1]
    if not text.isprintable() or not re.fullmatch(r"[!-?A-~]+@[!-?A-~]+", address):
        raise SettingsError(f"{PREFIX}MAIL_FROM is “{text}”. Write it like Clinic <visits@clinic.example>.")
    return text


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"{PREFIX}BASE_URL is “{url}”. It must start with http:// or https:// and name a host.")
    return url.rstrip("/")


def _identities(values: Mapping[str, str]) -> Identities | None:
    given = {name: values[name] for name in SETTINGS if name.startswith("OIDC_") and name in values}
    if not given:
        return None
    for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
        if name not in given:
            raise SettingsError(f"{PREFIX}{name} is missing. Set it, or none of {PREFIX}OIDC_….")
    issuer = given["OIDC_ISSUER"]
    parts = urlsplit(issuer)
    is_here = parts.scheme == "http" and parts.hostname in HERE
    if not (parts.scheme == "https" or is_here) or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"{PREFIX}OIDC_ISSUER is “{issuer}”. It must be an address that starts with https://.")
    name = given.get("OIDC_NAME", parts.hostname[:LONGEST_NAME])
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise SettingsError(f"{PREFIX}OIDC_NAME must be one line of at most {LONGEST_NAME} characters.")
    return Identities(issuer, given["OIDC_CLIENT_ID"], given["OIDC_CLIENT_SECRET"], name)


def _whole(name: str, text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise SettingsError(f"{PREFIX}{name} is “{text}”. It must be a whole number of at least {least}.")
    return int(text)


def _proxies(text: str) -> TrustedProxies:
    if text.isdecimal() and int(text) <= MOST_HOPS:
        return int(text)
    try:
        return tuple(ip_network(each.strip()) for each in text.split(","))
    except ValueError:
        raise SettingsError(
            f"{PREFIX}TRUSTED_PROXIES is “{text}”. Set it to how many proxies every request passes (at most"
            f" {MOST_HOPS}) or to their addresses like 10.0.0.5,10.1.0.0/16."
        ) from None


def _hosts(text: str) -> tuple[str, ...]:
    found = tuple(each.strip().lower() for each in text.split(",") if each.strip())
    for each in found:
        if not re.fullmatch(r"\.?([a-z0-9-]+\.)+[a-z0-9-]*[a-z][a-z0-9-]*", each):
            raise SettingsError(
                f"{PREFIX}CALENDAR_HOSTS names “{each}”. Name servers like calendar.google.com, with a dot before it"
                " for all below: .office365.com."
            )
    return found


def _log_url(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"syslog+tls", "syslog+udp"} or not parts.hostname or not _is_port(parts):
        raise SettingsError(f"{PREFIX}LOG_URL must look like syslog+tls://host:6514.")
    if parts.scheme == "syslog+udp" and parts.hostname not in HERE:
        raise SettingsError(f"{PREFIX}LOG_URL leads to another machine without encryption. Use syslog+tls://host:6514.")
    for file in parse_qs(parts.query).get("ca", ()):
        if not Path(file).is_file():
            raise SettingsError(f"{PREFIX}LOG_URL names {file}, which is not there. Name the authority's certificate.")
    return url
