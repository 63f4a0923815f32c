"""A real provider of identities for tests, in a process of its own (identity_server.py), as tests see it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

CLIENT, CLIENT_SECRET = "coordinator-in-tests", "a-secret-that-only-tests-know"


class Running:
    """The provider as tests see it. `behave` says how it is to answer from now on; `reset` makes it honest again."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"

    def reset(self, now: datetime) -> None:
        """Honest, and with the test's clock."""
        self._tell("reset", {"now": now.timestamp()})

    def behave(self, **how: Any) -> None:
        """See `State`; what is not named stays as it was."""
        self._tell("behave", how)

    def rotate(self) -> None:
        """Signs with a new key from now on; the old one is published no more."""
        self._tell("rotate", {})

    def asked(self) -> list[str]:
        """The paths that were asked for since it was reset."""
        return list(requests.get(f"{self.issuer}/control/asked", timeout=10).json())

    def sign_in(self, url: str, email: str, *, refuses: bool = False) -> str:
        """Types the address into the page at `url`; where the browser is sent then."""
        assert requests.get(url, timeout=10).status_code == 200
        typed = {"email": email} | ({"no": "1"} if refuses else {})
        answer = requests.post(url, typed, timeout=10, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def _tell(self, what: str, data: dict[str, Any]) -> None:
        assert requests.post(f"{self.issuer}/control/{what}", json=data, timeout=10).status_code == 200


@contextmanager
def running() -> Iterator[Running]:
    """A provider that runs until the end of the block."""
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("identity_server.py")],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            yield Running(int(process.stdout.readline()))
        finally:
            process.kill()
