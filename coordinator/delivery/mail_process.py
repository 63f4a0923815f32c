"""Mail by SMTP from a process of its own, so that the next can be seen to while one is on its way.

A thread would not do: composing and speaking SMTP take the interpreter as often as the ledger does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from coordinator.delivery.mail import Composed, Mail, Outcome, TemporaryFailure, Uncertain, composed
from coordinator.delivery.smtp import SmtpMailer

PATIENCE = 5.0
"""Seconds beyond a mail's own before the process counts as hung."""

UNANSWERED = Uncertain("The process that sends mail ended before it answered.")


class MailProcess:
    """Hands mails to one process that keeps one SMTP connection; it is started when there is a mail, and ends with us.

    `url`, `sender` and `seconds` as for `SmtpMailer`. To be used by one thread.
    """

    def __init__(self, url: str, sender: str, seconds: float) -> None:
        self._given = (url, sender, seconds)
        self._sender = sender
        self._ready: tuple[Mail, Composed] | None = None
        self._most = seconds + PATIENCE
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    @property
    def pid(self) -> int | None:
        """The process's number; None where there is none now."""
        return self._process.pid if self._process is not None else None

    def hand_over(self, mail: Mail, coming: Mail | None = None) -> Callable[[], Outcome]:
        """Begins sending; what it answers waits for the outcome, and is to be called before the next mail.

        `coming`, probably the next, is composed while this one is on its way, if there is time.
        """
        ready, self._ready = self._ready, None
        message = ready[1] if ready is not None and ready[0] is mail else mail
        try:
            line = self._line or self._start()
            line.send(message)
        except OSError:
            self._end()
            return lambda: TemporaryFailure("The process that sends mail cannot be started.", server_down=True)
        return lambda: self._answer(line, coming)

    def send(self, mail: Mail) -> Outcome:
        """Sends one mail, and waits."""
        return self.hand_over(mail)()

    def close(self) -> None:
        """Lets the process say goodbye to the server; it stays."""
        if self._line is not None:
            try:
                self._line.send(None)
            except OSError:
                self._end()

    def stop(self) -> None:
        """Ends the process, after the mail that it has in hand."""
        self._end()

    def _start(self) -> Connection:
        ours, theirs = Pipe()
        number = theirs.fileno()
        try:
            command = [sys.executable, "-m", "coordinator.delivery.mail_process", str(number)]
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                command, pass_fds=[number], stdin=subprocess.DEVNULL
            )
        finally:
            theirs.close()
        self._line = ours
        # Not on the command line: the address holds a password, and other users of the machine read command lines.
        ours.send(self._given)
        return ours

    def _answer(self, line: Connection, coming: Mail | None) -> Outcome:
        try:
            if coming is not None and not line.poll():
                with suppress(ValueError):
                    self._ready = coming, composed(coming, self._sender)
            if line.poll(self._most):
                found: Outcome = line.recv()
                return found
        except (EOFError, OSError):
            pass
        if self._process is not None:
            self._process.kill()
        self._end()
        return UNANSWERED

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            try:
                self._process.wait(self._most)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._line = None


def main() -> None:
    """Sends what comes over the line whose number is given, until the other end is closed or its process is gone."""
    # Whoever stops the service signals all its processes; this one ends with the worker, after the mail in hand.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Connection(int(sys.argv[1]))
    try:
        mailer = SmtpMailer(*line.recv())
        while True:
            message: Composed | Mail | None = line.recv()
            if message is None:
                mailer.close()
            else:
                line.send(mailer.send(message) if isinstance(message, Mail) else mailer.send_composed(message))
    except (EOFError, OSError):
        return


if __name__ == "__main__":
    main()
