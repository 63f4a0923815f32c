"""Fetching outside calendars: every way inside is refused, and every answer has its limits."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from coordinator.delivery.guarded import Guard, checked, fetch, is_outside
from coordinator.domain.errors import InvalidInput

CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2002:a00:1::", "::127.0.0.1", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_no_outside(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "142.250.72.14", "2a00:1450:4001:80b::200e"])
def test_addresses_on_the_internet_are_outside(address: str) -> None:
    assert is_outside(address)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/x.ics", "gopher://127.0.0.1/", "javascript:alert(1)", "/etc/passwd",
        "",
        "https://", "https://[::1", "https://user:password@example.org/x.ics", "https://example.org:99999/",
        "http://example.org/x.ics",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_calendar_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        checked(url)


def test_webcal_means_https() -> None:
    assert checked(" webcal://example.org/x.ics ") == "https://example.org/x.ics"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x.ics", "https://localhost/x.ics", "https://2130706433/x.ics", "https://0x7f.1/x.ics",
        "https://0/x.ics", "https://[::1]/x.ics", "https://[::ffff:127.0.0.1]/x.ics", "https://169.254.169.254/latest",
        "https://127.1/x.ics", "https://[fe80::1]/x.ics",
    ],
)  # fmt: skip
def test_every_way_of_writing_an_address_inside_is_refused_before_a_connection_is_made(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"private network|no server called"):
        fetch(url)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8080])
def test_other_ports_are_refused(port: int) -> None:
    with pytest.raises(InvalidInput, match=f"port {port}"):
        fetch(f"https://example.org:{port}/x.ics")


def test_nothing_is_fetched_without_encryption() -> None:
    with pytest.raises(InvalidInput, match="begins with https"):
        fetch("http://calendar.example/x.ics", guard=Guard(resolve=lambda _host, _port: ["8.8.8.8"]))


def test_a_name_with_one_address_inside_among_others_is_refused() -> None:
    guard = Guard(resolve=lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(InvalidInput, match="private network"):
        fetch("https://calendar.example/x.ics", guard=guard)


Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[str, Guard, list[str]]]:
    """A server that answers so: its address by a name, a guard that lets it be reached, the names it was asked by."""
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["Host"])
            answer(self)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        port = server.server_port
        guard = Guard(
            ports=frozenset({port}),
            schemes=frozenset({"http"}),
            is_allowed=lambda address: address == "127.0.0.1",
            resolve=lambda host, _port: ["127.0.0.1"] if host == "calendar.example" else ["10.0.0.1"],
            seconds=3,
        )
        try:
            yield f"http://calendar.example:{port}", guard, hosts
        finally:
            server.shutdown()


def sends(body: bytes, *headers: tuple[str, str], status: int = 200) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_calendar_is_fetched_from_the_address_that_was_checked() -> None:
    with serving(sends(CALENDAR, ("ETag", '"1"'))) as (site, guard, hosts):
        found = fetch(f"{site}/x.ics?key=1", guard=guard)
    assert (found.content, found.etag) == (CALENDAR, '"1"')
    assert hosts == [site.removeprefix("http://")]


def test_a_calendar_that_is_as_it_was_is_not_sent_again() -> None:
    with serving(sends(b"", status=304)) as (site, guard, _):
        assert fetch(f"{site}/x.ics", '"1"', guard).content is None


def test_a_name_that_answers_differently_the_second_time_leads_nowhere_else() -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    with serving(sends(CALENDAR)) as (site, guard, _):
        once = replace(guard, resolve=lambda _host, _port: answers.pop(0))
        assert fetch(f"{site}/x.ics", guard=once).content == CALENDAR
    assert answers == [["10.0.0.1"]]


@pytest.mark.parametrize(
    "target", ["http://inside.example/", "http://169.254.169.254/latest/", "file:///etc/passwd", "//[::1]/"]
)
def test_a_redirect_inside_is_refused(target: str) -> None:
    with serving(sends(b"", ("Location", target), status=302)) as (site, guard, hosts), pytest.raises(InvalidInput):
        fetch(f"{site}/x.ics", guard=replace(guard, ports=guard.ports | {80, 443}))
    assert len(hosts) == 1


def test_a_redirect_to_a_server_that_is_not_listed_is_refused() -> None:
    with serving(lambda handler: sends(b"", ("Location", f"http://other.example:{port}/"), status=302)(handler)) as (
        site, guard, hosts,
    ):  # fmt: skip
        port = site.rpartition(":")[2]
        listed = replace(guard, hosts=("calendar.example",))
        with pytest.raises(InvalidInput, match=r"not read from other\.example, only from calendar\.example"):
            fetch(f"{site}/x.ics", guard=listed)
        with pytest.raises(InvalidInput, match="not read from calendar"):
            fetch(f"{site}/x.ics", guard=replace(guard, hosts=(".calendar.example", "lendar.example")))
    assert len(hosts) == 1, "the second was refused before anything was asked"


def test_redirects_come_to_an_end() -> None:
    looping = serving(sends(b"", ("Location", "/again"), status=302))
    with looping as (site, guard, hosts), pytest.raises(InvalidInput, match="without end"):
        fetch(f"{site}/x.ics", guard=guard)
    assert len(hosts) == 4


def test_a_gzip_bomb_is_unpacked_no_further_than_allowed() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, 9)
    with serving(sends(bomb, ("Content-Encoding", "gzip"))) as (site, guard, _):
        began = time.monotonic()
        with pytest.raises(InvalidInput, match="more than 5 MB"):
            fetch(f"{site}/x.ics", guard=guard)
    assert time.monotonic() - began < 5


def test_a_packed_calendar_is_unpacked_and_a_damaged_one_refused() -> None:
    for body, damaged in ((gzip.compress(CALENDAR), False), (b"no gzip", True)):
        with serving(sends(body, ("Content-Encoding", "gzip"))) as (site, guard, _):
            if damaged:
                with pytest.raises(InvalidInput, match="damaged"):
                    fetch(f"{site}/x.ics", guard=guard)
            else:
                assert fetch(f"{site}/x.ics", guard=guard).content == CALENDAR


def test_an_answer_that_drips_is_left() -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(100):
                handler.wfile.write(b"x")
                time.sleep(0.1)

    with serving(drip) as (site, guard, _):
        began = time.monotonic()
        with pytest.raises(InvalidInput, match="too slowly"):
            fetch(f"{site}/x.ics", guard=replace(guard, seconds=0.5))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_server_that_refuses_is_quoted(status: int) -> None:
    with serving(sends(b"", status=status)) as (site, guard, _), pytest.raises(InvalidInput, match=str(status)):
        fetch(f"{site}/x.ics", guard=guard)
