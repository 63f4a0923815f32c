"""A clinic's own gateway: which addresses it may have, and that none leads inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from text_server import TextServer, texting

from coordinator.delivery.mail import Outcome, PermanentFailure, Sent, TemporaryFailure
from coordinator.delivery.own_gateway import Guard, OwnGateway, service_name
from coordinator.domain.errors import InvalidInput

SID, TOKEN = "AC" + "0123456789abcdef" * 2, "fedcba9876543210" * 2
TWILIO = f"twilio://{SID}:{TOKEN}@+12065550100/{{to}}"


def outside(_host: str, _port: int) -> Sequence[str]:
    return ["93.184.215.14"]


def inside(_host: str, _port: int) -> Sequence[str]:
    return ["93.184.215.14", "10.0.0.8"]


def nowhere(_host: str, _port: int) -> Sequence[str]:
    raise OSError("no such host")


OUTSIDE = Guard(resolve=outside)
LOCAL = Guard(is_allowed=lambda _: True, needs_tls=False)


@pytest.fixture
def server() -> Iterator[TextServer]:
    with texting() as found:
        yield found


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (TWILIO, "Twilio"),
        ("rockets://user:secret@chat.example.org/{to}", "Rocket.Chat"),
        ("jsons://gateway.example.org/send/{to}?rto=600", "JSON"),
    ],
)
def test_a_service_is_known_by_its_address(address: str, name: str) -> None:
    assert service_name(address, OUTSIDE) == name


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (TWILIO.replace("{to}", "+12065550126"), "needs {to}"),
        ("jsons://{to}/send", "needs {to}"),
        ("jsons://{to}.example.org/send/{to}", "needs {to}"),
        ("pigeon://example.org/{to}", "No service is known"),
        ("json://gateway.example.org/{to}", "not encrypted"),
        ("rocket://user:secret@chat.example.org/{to}", "not encrypted"),
        ("jsons://gateway.example.org/{to}?verify=no", "certificates unchecked"),
        ("mailtos://user:secret@example.org/{to}", "E-Mail cannot be used for one clinic"),
        ("matrixs://user:secret@example.org/{to}", "Matrix cannot be used for one clinic"),
    ],
)
def test_what_is_not_to_be_used_is_refused_with_the_reason(address: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as refused:
        service_name(address, OUTSIDE)
    assert "secret" not in str(refused.value)


def test_no_address_leads_into_a_private_network() -> None:
    address = "jsons://gateway.example.org/{to}"
    with pytest.raises(InvalidInput, match="leads into a private network"):
        service_name(address, Guard(resolve=inside))
    with pytest.raises(InvalidInput, match="There is no server called"):
        service_name(address, Guard(resolve=nowhere))
    for inner in ("127.0.0.1", "169.254.169.254", "[::1]", "localhost"):
        with pytest.raises(InvalidInput):
            service_name(f"jsons://{inner}/{{to}}", Guard())


def outcome(address: str, guard: Guard) -> Outcome:
    return OwnGateway(address, guard).carry("+12065550126", "Hello")


def test_where_it_leads_is_looked_at_each_time(server: TextServer) -> None:
    assert isinstance(outcome(server.address, LOCAL), Sent)
    assert isinstance(outcome(server.address, replace(LOCAL, is_allowed=lambda _: False)), PermanentFailure)
    assert isinstance(outcome(server.address, replace(LOCAL, resolve=nowhere)), TemporaryFailure)
    assert isinstance(outcome(server.address, Guard()), PermanentFailure)
    assert server.taken == [("/+12065550126", "Hello")]


def test_no_redirect_is_followed(server: TextServer) -> None:
    server.status, server.location = 307, "/elsewhere"
    assert isinstance(outcome(server.address, LOCAL), TemporaryFailure)
    assert [path for path, _ in server.taken] == ["/+12065550126"]
