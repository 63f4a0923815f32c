"""How clients subscribe: links that open them, what they call themselves, and how late they may be."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Links:
    """A feed's address in each form; the one-click links hand the address to that company."""

    https: str
    webcal: str
    google: str
    outlook: str
    outlook_work: str


def links(address: str, name: str) -> Links:
    """The links to subscribe to an address; `name` is the calendar's."""
    webcal = "webcal://" + address.split("://", 1)[1]
    url, title = quote(address, safe=""), quote(name, safe="")
    return Links(
        https=address,
        webcal=webcal,
        google=f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
        outlook=f"https://outlook.live.com/calendar/0/addfromweb?url={url}&name={title}",
        outlook_work=f"https://outlook.office.com/calendar/0/addfromweb?url={url}&name={title}",
    )


@dataclass(frozen=True, slots=True)
class Client:
    """A calendar client: `marks` are what its User-Agent holds, `late` how long it may take to notice a change."""

    name: str
    late: str
    marks: tuple[str, ...]


CLIENTS = (
    Client("Google Calendar", "12 to 24 hours", ("google-calendar-importer", "google")),
    Client("Outlook on the web", "3 to 24 hours", ("exchange", "owa")),
    Client("Outlook for Windows or Mac", "up to 3 hours", ("outlook", "microsoft office")),
    Client("Apple Calendar", "5 minutes to 1 week, as set in the app; iCloud up to 24 hours",
           ("dataaccessd", "calendaragent", "calendarstore", "ical/", "icloud", "remindd")),
    Client("Thunderbird", "30 minutes", ("thunderbird", "lightning")),
    Client("DAVx⁵ or ICSx⁵", "as set in the app, 1 day at first", ("icsx5", "davx5")),
    Client("vdirsyncer", "when it is run", ("vdirsyncer",)),
    Client("Evolution", "30 minutes", ("evolution",)),
)  # fmt: skip
"""How late they may be is what their makers and users report; nobody but the client decides."""

UNKNOWN = "another client"


def client_of(agent: str) -> str:
    """The client's name by the User-Agent that it sent; only this name is kept, never the header."""
    lower = agent.lower()
    return next((client.name for client in CLIENTS if any(mark in lower for mark in client.marks)), UNKNOWN)
