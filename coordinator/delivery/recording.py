"""A mailer for tests: it keeps what it is given and answers what it is told."""

from __future__ import annotations

from collections.abc import Callable

from coordinator.delivery.mail import Mail, Outcome, Sent


class RecordingMailer:
    """Keeps every mail in `sent` whose answer was `Sent`, and every mail in `tried`."""

    def __init__(self, answer: Callable[[Mail], Outcome] = lambda _mail: Sent()) -> None:
        self.answer = answer
        self.tried: list[Mail] = []
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> Outcome:
        """Records the mail and answers."""
        self.tried.append(mail)
        outcome = self.answer(mail)
        if isinstance(outcome, Sent):
            self.sent.append(mail)
        return outcome

    def close(self) -> None:
        """Nothing is held."""
