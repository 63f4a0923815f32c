"""The process that sends long runs: it answers as SmtpMailer does, ends with us, and tells nobody the password."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mail_server import MailServer, running

from coordinator.delivery.mail import Mail, PermanentFailure, Sent, TemporaryFailure, Uncertain
from coordinator.delivery.mail_process import UNANSWERED, MailProcess

SENDER = "Harbor Clinic <clinic@example.org>"
NOW = datetime(2027, 1, 6, 18, 0, tzinfo=UTC)


def mail(key: str, to: str = "pat@example.org") -> Mail:
    return Mail(key, to, "Your visit", "Tomorrow at ten.\n", NOW)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with running() as found:
        yield found


@pytest.fixture
def sender(server: MailServer) -> Iterator[MailProcess]:
    found = MailProcess(server.url, SENDER, 3)
    yield found
    found.stop()


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_one_is_composed_while_the_one_before_is_on_its_way(server: MailServer, sender: MailProcess) -> None:
    mails = [mail(f"m{number}") for number in range(5)]
    for each, coming in zip(mails, [*mails[1:], None], strict=True):
        outcome = sender.hand_over(each, coming)()
        assert isinstance(outcome, Sent)
    assert server.ids == [f"<m{number}@example.org>" for number in range(5)]
    assert server.messages[3].get_content().split() == ["Tomorrow", "at", "ten."]
    pid, before = sender.pid, server.connections
    sender.close()
    assert isinstance(sender.send(mail("another")), Sent)
    assert sender.pid == pid
    assert server.connections == before + 1


def test_what_was_composed_and_is_not_the_next_is_not_sent(server: MailServer, sender: MailProcess) -> None:
    sender.hand_over(mail("first"), mail("skipped"))()
    sender.hand_over(mail("next"))()
    assert server.ids == ["<first@example.org>", "<next@example.org>"]


def test_refusals_are_told_apart_as_they_are_without_the_process(server: MailServer, sender: MailProcess) -> None:
    server.on_recipient = lambda address: {"full@example.org": "451 later", "gone@example.org": "550 no"}.get(
        address, "250 OK"
    )
    assert isinstance(sender.send(mail("a", "full@example.org")), TemporaryFailure)
    assert isinstance(sender.send(mail("b", "gone@example.org")), PermanentFailure)
    assert isinstance(sender.send(mail("c", "two@example.org,more@example.org")), PermanentFailure)
    assert isinstance(sender.hand_over(mail("d"), mail("e", "x\r\nBcc: y@example.org"))(), Sent)
    assert server.ids == ["<d@example.org>"]


def test_a_process_that_is_killed_leaves_it_open_whether_the_mail_left_and_another_takes_the_next(
    server: MailServer, sender: MailProcess
) -> None:
    server.hang_on_data = True
    answer = sender.hand_over(mail("lost"))
    until(lambda: server.ids)
    assert sender.pid is not None
    os.kill(sender.pid, signal.SIGKILL)
    assert answer() == UNANSWERED
    server.hang_on_data = False
    assert isinstance(sender.send(mail("next")), Sent)


def test_a_server_that_hangs_is_given_up_in_time(server: MailServer) -> None:
    server.hang_on_data = True
    sender = MailProcess(server.url, SENDER, 0.3)
    assert isinstance(sender.send(mail("slow")), Uncertain)
    pid = sender.pid
    sender.stop()
    assert pid is not None
    assert sender.pid is None
    assert not lives(pid)


WORKER = """
import sys, time
from datetime import UTC, datetime
from coordinator.delivery.mail import Mail
from coordinator.delivery.mail_process import MailProcess

sender = MailProcess(sys.argv[1], "clinic@example.org", 3)
sender.send(Mail("key", "pat@example.org", "Your visit", "At ten.", datetime.now(UTC)))
print(sender.pid, flush=True)
time.sleep(60)
"""


def test_it_outlives_a_signal_to_all_but_not_its_worker(server: MailServer) -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER, server.url], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        for each in (signal.SIGTERM, signal.SIGINT):
            os.kill(pid, each)
        assert server.url.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        time.sleep(0.1)
        assert lives(pid)
        worker.kill()
    until(lambda: not lives(pid))
    assert len(server.ids) == 1
