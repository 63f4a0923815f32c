"""Where a request ends is never in doubt: what two servers could read differently is refused (request smuggling)."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_served import Web, pages_of

HEAD = b"POST /sign-in HTTP/1.1\r\nHost: clinic.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: clinic.example\r\n\r\n"
DOUBTFUL = {
    "two lengths": b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "a length with a sign": b"Content-Length: +5\r\n\r\nemail",
    "a length that is none": b"Content-Length: 5x\r\n\r\nemail",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks under a cloak": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"X-One: 1\r\n two\r\nContent-Length: 0\r\n\r\n",
    "a chunk's size that is none": b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nemail\r\n0\r\n\r\n",
}


@pytest.fixture(scope="module")
def web(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The pages as they are served, of a database with nobody in it."""
    folder = tmp_path_factory.mktemp("bounds")
    shutil.copyfile(sqlite_template, folder / "coordinator.db")
    with pages_of(f"sqlite:///{folder / 'coordinator.db'}", folder) as web:
        yield web


def answers(web: Web, request: bytes) -> list[bytes]:
    """The status lines that come back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        whole = b""
        while piece := line.recv(65536):
            whole += piece
    return [each for each in whole.split(b"\r\n") if each.startswith(b"HTTP/1.1 ")]


@pytest.mark.parametrize("doubt", sorted(DOUBTFUL))
def test_a_message_whose_end_is_in_doubt_is_refused(web: Web, doubt: str) -> None:
    found = answers(web, HEAD + DOUBTFUL[doubt] + HIDDEN)
    assert len(found) == 1, "what was hidden behind it must not be answered"
    assert int(found[0].split()[1]) in {400, 501}


def test_a_message_that_is_whole_is_answered(web: Web) -> None:
    found = answers(web, b"GET /healthz HTTP/1.1\r\nHost: clinic.example\r\nConnection: close\r\n\r\n")
    assert found == [b"HTTP/1.1 200 OK"]
