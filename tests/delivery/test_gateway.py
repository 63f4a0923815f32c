"""Text messages through Apprise, to a gateway that stands on this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from text_server import TextServer, texting

from coordinator.delivery.gateway import Gateway
from coordinator.delivery.mail import PermanentFailure, Sent, TemporaryFailure


@pytest.fixture
def server() -> Iterator[TextServer]:
    with texting() as found:
        yield found


def test_a_text_message_reaches_the_gateway_with_its_number(server: TextServer) -> None:
    assert isinstance(Gateway(server.address).carry("+12065550126", "Reminder: today at 10:00 AM."), Sent)
    assert server.taken == [("/+12065550126", "Reminder: today at 10:00 AM.")]


def test_what_the_gateway_refuses_is_tried_later_and_nothing_is_logged(
    server: TextServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.status = 500
    with caplog.at_level(logging.INFO):
        assert isinstance(Gateway(server.address).carry("+12065550126", "Hello"), TemporaryFailure)
    assert caplog.text == ""


def test_a_gateway_that_is_gone_is_tried_later(server: TextServer) -> None:
    gone = Gateway(server.address)
    server.shutdown()
    server.server_close()
    assert isinstance(gone.carry("+12065550126", "Hello"), TemporaryFailure)


def test_an_address_that_leads_nowhere_is_a_failure_for_good() -> None:
    assert isinstance(Gateway("pigeon://{to}").carry("+12065550126", "Hello"), PermanentFailure)


def test_a_number_cannot_lead_elsewhere(server: TextServer) -> None:
    Gateway(server.address).carry("x@evil.example/?to=y", "Hello")
    assert [path.split("?")[0].count("/") for path, _ in server.taken] == [1]


def test_a_gateway_elsewhere_is_spoken_with_encrypted_alone() -> None:
    outcome = Gateway("json://gateway.example/{to}").carry("+12065550126", "Hello")
    assert isinstance(outcome, PermanentFailure) and "not encrypted" in outcome.reason


def test_a_gateway_that_names_another_is_not_followed(server: TextServer) -> None:
    server.status, server.location = 307, server.address.replace("json:", "http:").replace("{to}", "elsewhere")
    assert isinstance(Gateway(server.address).carry("+12065550126", "Hello"), TemporaryFailure)
    assert len(server.taken) == 1
