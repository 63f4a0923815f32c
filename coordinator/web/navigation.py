"""The main menu, and what every page shows around its content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from coordinator.domain.actor import Access
from coordinator.services import app_notices, sign_in
from coordinator.web import publications
from coordinator.web.access import RULES, may
from coordinator.web.context import current_actor, now, reading, signed_in
from coordinator.web.theme import current_theme


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the menu; `icon` is a name of Bootstrap Icons. Pages below `path` and `also` belong to it.

    `begins` names the group that starts with it.
    """

    label: str
    icon: str
    path: str
    begins: str = ""
    also: tuple[str, ...] = ()


MENU = (
    Place("Today", "sun", "/"),
    Place("My day", "person-circle", "/me"),
    Place("Inbox", "inbox", "/inbox", also=("/handoff",)),
    Place("Schedule", "calendar3-week", "/schedule", also=("/visits", "/draft")),
    Place(
        "Patients",
        "people",
        "/patients",
        begins="Programs",
        also=("/enrollments", "/proposals", "/planning", "/emergencies/new"),
    ),
    Place("Enroll", "person-plus", "/enrollments/new"),
    Place("Waiting list", "hourglass-split", "/waiting", also=("/what-if",)),
    Place("Gates", "door-closed", "/gates"),
    Place("Repair", "bandaid", "/repairs/new", also=("/repairs",)),
    Place("Team", "person-badge", "/team", begins="Clinic"),
    Place("Rooms", "door-open", "/rooms"),
    Place("Bookings", "calendar2-range", "/bookings"),
    Place("Protocols", "diagram-3", "/protocols"),
    Place("Insights", "bar-chart", "/insights"),
    Place("Notices", "bell", "/notices", begins="Telling"),
    Place("Feeds", "calendar2-check", "/feeds"),
    Place("Users", "key", "/users", begins="Trust"),
    Place("Audit log", "shield-check", "/audit-log", also=("/emergencies",)),
)


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A line as this reader sees it; `begins` names the group that starts with it."""

    label: str
    icon: str
    path: str
    is_current: bool
    begins: str


def install(app: Flask) -> None:
    """Finds which places there are, and gives templates `menu`, `me`, `may`, `theme` and `my_clinics`."""
    adapter = app.url_map.bind("localhost")
    endpoints = {}
    for place in MENU:
        try:
            endpoints[place.path] = adapter.match(place.path, method="GET")[0]
        except HTTPException:
            continue
    app.extensions["coordinator-menu"] = endpoints
    app.context_processor(_surroundings)
    app.add_template_filter(initials)
    app.add_template_filter(zone_place)
    app.add_template_global(choices_of)


def menu() -> list[MenuLine]:
    """The lines that this reader may use, the current one marked."""
    endpoints = current_app.extensions["coordinator-menu"]
    current = _current(request.path)
    lines, group = [], ""
    for each in MENU:
        group = each.begins or group
        if endpoints.get(each.path) in RULES and may(endpoints[each.path]) and _is_of_use(each.path):
            lines.append(MenuLine(each.label, each.icon, each.path, each.path == current, group))
            group = ""
    return lines


def my_clinics() -> list[sign_in.ClinicChoice]:
    """The clinics that the reader may work in."""
    with reading() as work:
        return sign_in.clinics_of(work, signed_in().user_id)


def told_in_app() -> int:
    """How many messages in the app the reader has not read."""
    with reading() as work:
        return app_notices.unread(work, current_actor(), now())


def choices_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names of ours as choices of a form: the name, and how people read it."""
    return [(name, name.replace("_", " ").replace("-", " ").capitalize()) for name in names]


def initials(name: str) -> str:
    """The first letters of a name's first and last words; a code before it, such as P-1018, is no part of the name."""
    words = [each for each in name.split() if not any(map(str.isdigit, each))] or name.split()
    return "".join(word[0] for word in dict.fromkeys((*words[:1], *words[-1:]))).upper()


def zone_place(zone: str) -> str:
    """America/Los_Angeles as people say it: Los Angeles."""
    return zone.split("/")[-1].replace("_", " ")


def _is_of_use(path: str) -> bool:
    """Whether a page that the reader may open has something for them: a clinician's today is their own day."""
    if path == "/me":
        return signed_in().staff_id is not None
    return path != "/" or signed_in().access is not Access.CLINICIAN


def _current(address: str) -> str:
    """The line that an address belongs to, by its path: the one with the longest path that fits."""
    fitting = [(len(path), place.path) for place in MENU for path in (place.path, *place.also) if _holds(path, address)]
    return max(fitting, default=(0, ""))[1]


def _holds(path: str, address: str) -> bool:
    return address == path or (path != "/" and address.startswith(path + "/"))


def _surroundings() -> dict[str, Any]:
    # `me` is looked up when a template asks: the page that says the database is gone must not ask the database.
    return {
        "menu": menu,
        "me": LocalProxy(_me),
        "may": may,
        "theme": current_theme(),
        "my_clinics": my_clinics,
        "told_in_app": told_in_app,
        "undo_offer": publications.offer,
    }


def _me() -> sign_in.SignedIn | None:
    return signed_in() if current_user.is_authenticated else None
