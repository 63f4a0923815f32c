"""Subscribing: every link carries the whole address, and clients are known by what they call themselves."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from coordinator.calendars.qr import draw
from coordinator.calendars.subscribing import UNKNOWN, client_of, links

ADDRESS = "https://clinic.example/calendars/abc-DEF_123.ics"


def test_links_carry_the_address_in_the_form_each_wants() -> None:
    found = links(ADDRESS, "Ben, at work & home")
    assert found.https == ADDRESS
    assert found.webcal == ADDRESS.replace("https", "webcal")
    assert parse_qs(urlsplit(found.google).query)["cid"] == [found.webcal]
    for outlook in (found.outlook, found.outlook_work):
        assert parse_qs(urlsplit(outlook).query) == {"url": [ADDRESS], "name": ["Ben, at work & home"]}


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("Google-Calendar-Importer", "Google Calendar"),
        ("Microsoft.Exchange/15.20 (EmailCalendarSync)", "Outlook on the web"),
        ("Microsoft Office/16.0 (Microsoft Outlook Internet Calendar)", "Outlook for Windows or Mac"),
        ("iOS/17.1 (21B80) dataaccessd/1.0", "Apple Calendar"),
        ("macOS/14.1 (23B74) CalendarAgent/1000", "Apple Calendar"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.5.0", "Thunderbird"),
        ("vdirsyncer/0.19.2", "vdirsyncer"),
        ("", UNKNOWN),
        ("curl/8.0", UNKNOWN),
    ],
)
def test_clients_are_known_by_what_they_call_themselves(agent: str, client: str) -> None:
    assert client_of(agent) == client


def test_a_qr_code_is_svg_that_a_strict_page_accepts() -> None:
    svg = draw(ADDRESS)
    assert svg.startswith("<svg ")
    assert 'class="qr"' in svg
    assert "style=" not in svg
    assert ADDRESS not in svg
