"""The worker's composition root: APScheduler as the clock, mail by lease, planning in a child process.

Any number of workers may run. Notices and planning jobs are leased one by one; what must happen once for all (closing
old proposals) is done by the one that holds the lease named `clock`.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from config import Settings
from coordinator.cli_planning import PlanningProcess
from coordinator.cli_store import database_of
from coordinator.delivery.gateway import Gateway
from coordinator.delivery.mail import Mailer
from coordinator.delivery.mail_process import MailProcess
from coordinator.delivery.mailbox import ImapMailbox, Mailbox, MailboxError
from coordinator.delivery.outbox import OutboxMailer
from coordinator.delivery.smtp import SmtpMailer
from coordinator.services import busy, emergency_mail
from coordinator.services.account_mail import AccountMail, send_due
from coordinator.services.housekeeping import keep_house
from coordinator.services.incoming_mail import collect
from coordinator.services.notice_delivery import Courier, deliver_due
from coordinator.services.notice_lookahead import look_ahead
from coordinator.services.safekeeping import keep_safe
from coordinator.services.trouble import frames
from coordinator.store import (
    leases,
    schema,  # noqa: F401 (loads every table: rows of one name rows of others)
)
from coordinator.store.unit_of_work import Database

Clock = Callable[[], datetime]

NOTICE_SECONDS = 1
ACCOUNT_MAIL_SECONDS = 2
SAFEKEEPING_SECONDS = 60
WATCH_SECONDS = 0.5
MAILBOX_SECONDS = 30
CALENDAR_SECONDS = 5
LOOKAHEAD_SECONDS = 20
BATCH = 100
SECONDS_PER_MAIL = 10.0


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Worker:
    """One running worker. `name` is unique among all that run."""

    name: str
    database: Database
    courier: Courier
    account_mail: AccountMail
    clock: Clock
    lease_seconds: int
    stop: threading.Event
    folder: Path
    backups_kept: int
    mailbox: Mailbox | None = None
    calendar_hosts: tuple[str, ...] = ()

    def deliver(self) -> None:
        """Delivers until nothing is due."""
        while not self.stop.is_set() and deliver_due(self.courier, BATCH) == BATCH:
            pass

    def mail_accounts(self) -> None:
        """Sends invitations and links for new passwords, and tells of records that were opened in an emergency."""
        send_due(self.account_mail)
        emergency_mail.send_due(self.account_mail)

    def keep_safe(self) -> None:
        """Makes the night's backup where it is due, and exports the heads of the audit chains."""
        keep_safe(self.database, self.folder, self.name, self.clock(), kept=self.backups_kept)

    def tick(self) -> None:
        """Takes or prolongs the clock, and keeps house while holding it."""
        now = self.clock()
        with self.database.write() as work:
            holds = leases.take(work, "clock", self.name, now, now + timedelta(seconds=self.lease_seconds))
        if holds:
            keep_house(self.database, now)

    def read_mail(self) -> None:
        """Reads answers to invitations and mail that came back, where no other worker does."""
        now = self.clock()
        if self.mailbox is None:
            return
        with self.database.write() as work:
            holds = leases.take(work, "mailbox", self.name, now, now + timedelta(seconds=self.lease_seconds))
        if not holds:
            return
        try:
            collect(self.database, self.mailbox, now)
        except MailboxError as error:
            _log().warning("mailbox.unreadable", reason=str(error))

    def read_calendars(self) -> None:
        """Reads private calendars whose time has come, where no other worker does."""
        now = self.clock()
        with self.database.write() as work:
            holds = leases.take(work, "busy", self.name, now, now + timedelta(seconds=self.lease_seconds))
        if holds:
            busy.read_due(self.database, self.clock, hosts=self.calendar_hosts)

    def look_ahead(self) -> None:
        """Owes what rules tell that nobody published, where no other worker does."""
        now = self.clock()
        with self.database.write() as work:
            holds = leases.take(work, "lookahead", self.name, now, now + timedelta(seconds=self.lease_seconds))
        if holds:
            look_ahead(self.database, now)

    def leave(self) -> None:
        """Gives the clock back, and ends the process that sends."""
        if self.courier.many is not None:
            self.courier.many.stop()
        with self.database.write() as work:
            for lease in ("clock", "mailbox", "busy", "lookahead"):
                leases.give_back(work, lease, self.name)
        self.database.dispose()


def mailer(settings: Settings) -> Mailer:
    """SMTP where a server is set, the outbox otherwise."""
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, settings.mail_from, SECONDS_PER_MAIL)
    return OutboxMailer(settings.outbox, settings.mail_from)


def carriers(settings: Settings) -> dict[str, Gateway]:
    """The gateways that are set, by channel."""
    found = {"sms": settings.sms_url, "chat": settings.chat_url}
    return {channel: Gateway(address) for channel, address in found.items() if address}


def run(settings: Settings, stop: threading.Event, clock: Clock = utc_now, *, plans: bool = True) -> None:
    """Works until `stop` is set, then ends what is under way and gives back the rest. `plans` False plans nothing."""
    worker = hire(settings, stop, clock)
    scheduler = _scheduler(worker)
    planning = PlanningProcess(settings) if plans else None
    scheduler.start()
    _log().info("worker.start", worker=worker.name)
    try:
        while not stop.wait(WATCH_SECONDS):
            heed_the_clock(scheduler)
            if planning is not None:
                planning.keep_running()
    finally:
        stop.set()
        if planning is not None:
            planning.end()
        scheduler.shutdown(wait=True)
        worker.leave()
        _log().info("worker.stop", worker=worker.name)


def hire(settings: Settings, stop: threading.Event, clock: Clock) -> Worker:
    """A worker under a name of its own."""
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    database = database_of(settings)
    lease = settings.lease_seconds
    # A mail must not outlast its lease, or another worker could send it, too.
    sending = max(lease, SECONDS_PER_MAIL + 1)
    organizer = parseaddr(settings.mail_from)[1]
    courier = Courier(
        database,
        mailer(settings),
        clock,
        name,
        lease,
        sending,
        lambda: not stop.is_set(),
        organizer=organizer,
        base_url=settings.base_url,
        carriers=carriers(settings),
        many=MailProcess(settings.smtp_url, settings.mail_from, SECONDS_PER_MAIL) if settings.smtp_url else None,
    )
    mailbox = ImapMailbox(settings.imap_url) if settings.imap_url else None
    account_mail = AccountMail(database, mailer(settings), clock, settings.base_url)
    folder, kept, hosts = settings.data_dir, settings.backups_kept, settings.calendar_hosts
    return Worker(name, database, courier, account_mail, clock, lease, stop, folder, kept, mailbox, hosts)


def _scheduler(worker: Worker) -> BackgroundScheduler:
    """Interval ticks in UTC: due times are ours, so no tick depends on a zone's changes or on a job store."""
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
    soon = datetime.now(UTC)
    scheduler.add_job(worker.deliver, "interval", seconds=NOTICE_SECONDS, next_run_time=soon, id="notices")
    scheduler.add_job(worker.mail_accounts, "interval", seconds=ACCOUNT_MAIL_SECONDS, next_run_time=soon, id="accounts")
    scheduler.add_job(worker.keep_safe, "interval", seconds=SAFEKEEPING_SECONDS, next_run_time=soon, id="safekeeping")
    every = max(1, worker.lease_seconds // 3)
    scheduler.add_job(worker.tick, "interval", seconds=every, next_run_time=soon, id="clock")
    scheduler.add_job(worker.read_calendars, "interval", seconds=CALENDAR_SECONDS, next_run_time=soon, id="calendars")
    scheduler.add_job(worker.look_ahead, "interval", seconds=LOOKAHEAD_SECONDS, next_run_time=soon, id="lookahead")
    if worker.mailbox is not None:
        scheduler.add_job(worker.read_mail, "interval", seconds=MAILBOX_SECONDS, next_run_time=soon, id="mailbox")
    # A tick that is skipped while the one before it still works is how it should be, and no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler.add_listener(_note_failure, EVENT_JOB_ERROR)
    return scheduler


def heed_the_clock(scheduler: BackgroundScheduler) -> None:
    """Where the machine's clock went back, ticks would wait until it is again what it was: they are due now."""
    now = utc_now()
    for job in scheduler.get_jobs():
        if job.next_run_time - now > job.trigger.interval + timedelta(seconds=WATCH_SECONDS):
            job.modify(next_run_time=now)


def _note_failure(event: JobExecutionEvent) -> None:
    error = event.exception
    _log().error("tick.failure", tick=event.job_id, kind=type(error).__name__, frames=frames(error))


def _log() -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("coordinator.worker")
    return logger
