"""Every page in both themes, at a desk and on a phone: nothing for axe, no fault in the console, no sideways scroll.

The pages are found as a person finds them, by following links from the menu; of pages that differ only in a number one
is enough. Pictures of all are kept under build/screenshots by `make soak`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from house import Site
from playwright.sync_api import expect
from sqlalchemy import select
from surfer import Surfer, Theme

from coordinator.store.patients import PatientRecord
from coordinator.store.visits import VisitRecord

pytestmark = pytest.mark.browser
LEAST_PAGES = {"clinician": 8, "auditor": 8, "administrator": 16}
ASIDE = {
    "schedule-week": "/schedule?view=week&rows=staff",
    "schedule-week-rooms": "/schedule?view=week&rows=rooms",
    "schedule-day-rooms": "/schedule?view=day&rows=rooms",
    "schedule-month": "/schedule?view=month",
    "schedule-list": "/schedule?view=list",
    "draft-empty": "/draft",
    "error-404": "/nowhere",
    "error-403": "/users",
}
"""Pages that the walk along links does not tell from others, and those that no link leads to."""
COLOR_RULES = ("color-contrast", "link-in-text-block")
LEFT_OUT = re.compile(r"/(calendars|static|assets|healthz|readyz|metrics)\b|\.(ics|eml|csv|pdf)(\?|$)")


def shape_of(path: str) -> str:
    """What pages that differ only in a number or in what they filter by have in common."""
    return re.sub(r"\d+", "N", path.split("?")[0].split("#")[0])


def walk(someone: Surfer) -> Iterator[str]:
    """Opens one page of each shape that can be reached by links; yields its path while it is open."""
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        if shape_of(path) in seen or LEFT_OUT.search(path):
            continue
        seen.add(shape_of(path))
        someone.resize("desk")
        someone.go(path)
        links: list[str] = someone.page.locator("a[href^='/']").evaluate_all(
            "all => all.map(a => a.getAttribute('href'))"
        )
        waiting += links
        yield path


def test_every_page_is_accessible_in_both_themes_and_fits_narrow_windows(
    surfer: Callable[..., Surfer],
) -> None:
    grace = surfer("administrator")
    looks = {
        path: [*desk_faults(grace, path), *dark_faults(grace, path), *width_faults(grace, path)] for path in walk(grace)
    }
    assert len(looks) >= LEAST_PAGES["administrator"], list(looks)
    wrong = [fault for faults in looks.values() for fault in faults]
    assert not wrong, "\n".join(wrong)


@pytest.mark.soak
@pytest.mark.parametrize("access", ["clinician", "auditor"])
def test_whoever_may_less_finds_accessible_pages_too(surfer: Callable[..., Surfer], access: str) -> None:
    someone = surfer(access)
    looks = {path: [f"{path}: {fault}" for fault in someone.accessibility_faults()] for path in walk(someone)}
    assert len(looks) >= LEAST_PAGES[access], list(looks)
    wrong = [fault for faults in looks.values() for fault in faults]
    assert not wrong, "\n".join(wrong)


@pytest.mark.soak
def test_every_page_has_its_picture(surfer: Callable[..., Surfer]) -> None:
    grace = surfer("administrator")
    taken = []
    for path in walk(grace):
        taken += [
            shot(grace, path, "desk", "light"),
            shot(grace, path, "desk", "dark"),
            shot(grace, path, "phone", "light"),
            shot(grace, path, "phone", "dark"),
        ]
    assert len(taken) >= 4 * LEAST_PAGES["administrator"]
    assert all(picture.stat().st_size for picture in taken)


@pytest.mark.soak
def test_what_no_link_leads_to_has_its_picture_too(surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    taken = []
    for name, path in ASIDE.items():
        for width in ("desk", "phone"):
            ada.resize(width)
            ada.go(path)
            taken += [shot(ada, name, width, "light"), shot(ada, name, width, "dark")]
    ada.faults.clear()  # browsers log that a page is not there, or not for this reader
    for key, name in (("?", "keys"), ("/", "search")):
        ada.resize("desk")
        ada.go("/")
        ada.page.keyboard.press(key)
        if name == "search":
            ada.page.keyboard.type("ma")
            expect(ada.page.locator("#search-found a").first).to_be_visible()
        for width in ("desk", "phone"):
            taken += [shot(ada, name, width, "light"), shot(ada, name, width, "dark")]
    assert len(taken) == 4 * (len(ASIDE) + 2)
    assert all(picture.stat().st_size for picture in taken)


def shot(someone: Surfer, path: str, width: str, theme: Theme) -> Path:
    """A picture of the open page."""
    someone.resize(width)
    someone.repaint(theme)
    return someone.shoot(f"{name_of(path)}-{width}-{theme}")


def desk_faults(someone: Surfer, path: str) -> list[str]:
    """What axe finds on the open page at a desk, in the light."""
    someone.repaint("light")
    return [f"{path}: {fault}" for fault in someone.accessibility_faults()]


def dark_faults(someone: Surfer, path: str) -> list[str]:
    """What axe finds on the same page in the dark, where nothing but the colors differs."""
    someone.repaint("dark")
    return [f"{path} in the dark: {fault}" for fault in someone.accessibility_faults(COLOR_RULES)]


def width_faults(someone: Surfer, path: str) -> list[str]:
    """Whether a phone, or a desk at 200 %, would have to scroll the open page sideways."""
    someone.repaint("light")
    found = []
    for width in ("phone", "zoomed"):
        someone.resize(width)
        found += [f"{path} is too wide, {width}"] if someone.is_wider_than_its_window() else []
    return found


def name_of(path: str) -> str:
    return shape_of(path).strip("/").replace("/", "-") or "today"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signing_in_is_accessible(surfer: Callable[..., Surfer], theme: Theme) -> None:
    nobody = surfer(None, theme=theme)
    nobody.go("/sign-in")
    nobody.shoot(f"sign-in-{theme}")
    assert nobody.accessibility_faults() == []


def test_a_refused_form_is_accessible_and_keeps_what_was_typed(surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/enrollments/new")
    page.get_by_label("E-mail").fill("nobody")
    page.get_by_text("Only at these hours").first.click()
    page.get_by_role("button", name="Enroll and plan").click()
    expect(page.locator(".field-error", has_text="Type the patient's name")).to_be_visible()
    expect(page.get_by_role("alert").get_by_role("link", name="Paint at least one hour")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("nobody")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    ada.shoot("enroll-refused")
    assert ada.accessibility_faults() == []


def test_a_hostile_name_looks_odd_and_does_nothing(site: Site, surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    hostile = "<script>document.title='broken'</script>\u202e\u0645\u0631\u064a\u0645" + "\U0001f600" * 30
    ada.go("/enrollments/new")
    page.get_by_label("Name", exact=True).fill(hostile)
    page.get_by_text("Group after a program").click()
    page.get_by_role("button", name="Enroll, and plan later").click()
    expect(page.get_by_text("Enrolled. The program waits for a plan.")).to_be_visible()
    ada.shoot("hostile-name")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    rename_newest(site, hostile + "\U0001f600" * 270)  # longer than the form takes: files may bring it
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("\U0001f600" * 300)
    for width in ("desk", "phone", "zoomed"):
        ada.resize(width)
        assert not ada.is_wider_than_its_window(), f"{width}: the program's page"
    ada.go("/patients")
    assert not ada.is_wider_than_its_window(), "zoomed: the list of patients"
    ada.resize("desk")
    ada.go("/")
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()
    assert page.title() != "broken"
    assert not ada.is_wider_than_its_window()


def rename_newest(site: Site, name: str) -> None:
    """Gives the patient who came last another name."""
    database = site.database()
    with database.write() as work:
        newest = work.session.scalars(select(PatientRecord).order_by(PatientRecord.id.desc())).first()
        assert newest is not None
        newest.name = name
    database.dispose()


def test_the_schedule_obeys_its_keys_and_a_phone_begins_with_the_list(surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/schedule?view=day")
    expect(page.locator(".clinic-zone")).to_have_text("Los Angeles time, 3 h behind yours")
    today = page.locator("#schedule-title").inner_text()
    page.keyboard.press("j")
    expect(page.locator("#schedule-title")).not_to_have_text(today)
    page.keyboard.press("k")
    expect(page.locator("#schedule-title")).to_have_text(today)
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Week")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("t")
    page.keyboard.press("d")
    expect(page.locator("#schedule-title")).to_have_text(today)
    ada.settle()
    hidden = page.evaluate(
        """() => ["06:00", "12:00", "18:30"].map((at) => {
            const line = document.createElement("div");
            Grid.moveNow(line, { opens: 8, closes: 18, now: `2027-01-05T${at}` });
            return line.hidden;
        })"""
    )
    assert hidden == [True, False, True], "the line that says now stands inside the hours only"
    ada.resize("phone")
    ada.go("/schedule")
    expect(page.get_by_role("button", name="List")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Rooms")).to_be_hidden()
    page.get_by_role("button", name="Rows, date and filter").click()
    page.get_by_role("button", name="Rooms").click()
    page.get_by_role("button", name="Week").click()
    ada.settle()
    ada.resize("desk")
    ada.go("/schedule")
    expect(page.get_by_role("button", name="Day", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Rooms")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Staff").click()
    ada.settle()


def test_a_clinician_sees_other_peoples_visits_as_busy_times(surfer: Callable[..., Surfer]) -> None:
    ben = surfer("clinician")
    ben.go("/schedule?view=week")
    expect(ben.page.locator(".visit-block.is-busy").first).to_contain_text("Busy")
    names = ben.page.locator(".visit-link").all_inner_texts()
    everything = ben.page.request.get(
        ben.page.evaluate(
            "() => performance.getEntriesByType('resource').map(e => e.name).find(n => n.includes('/schedule/data'))"
        )
    ).json()
    assert all(set(visit) <= {"rows", "start", "end", "busy"} for visit in everything["visits"] if visit.get("busy"))
    assert names, "the clinician's own visits are shown by name"


def test_the_picture_of_the_readme_shows_a_full_day(site: Site, surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator", zone="America/Los_Angeles")
    ada.go(f"/schedule?date={fullest_day(site)}&view=day")
    expect(ada.page.locator(".visit-link").nth(8)).to_be_visible()
    ada.shoot("readme-schedule")


def fullest_day(site: Site) -> str:
    """The day of the coming two weeks with the most visits in rooms."""
    database = site.database()
    with database.read() as work:
        query = select(VisitRecord.starts_at).where(
            VisitRecord.starts_at > datetime.now(UTC), VisitRecord.starts_at < datetime.now(UTC) + timedelta(days=14),
            VisitRecord.room_id.is_not(None), VisitRecord.status == "scheduled",
        )  # fmt: skip
        days = Counter(at.astimezone(ZoneInfo("America/Los_Angeles")).date() for at in work.session.scalars(query))
    database.dispose()
    return str(days.most_common(1)[0][0])


def test_paper_and_phones_show_whole_days_and_months(surfer: Callable[..., Surfer]) -> None:
    ada = surfer("coordinator")
    page = ada.page
    ada.go("/schedule?view=day")
    page.emulate_media(media="print")
    broken = page.locator(".schedule-sheet").evaluate("sheet => getComputedStyle(sheet).breakInside")
    assert broken == "auto", "else the first sheet of paper holds but the title"
    expect(page.locator("#schedule-title")).to_be_visible()
    page.emulate_media(media="screen")
    ada.resize("phone")
    ada.go("/schedule?view=month")
    expect(page.locator(".month th").first).to_have_text("Sun")  # as readers in the US expect
    counts = page.locator(".month .kind")
    expect(counts.first).to_be_visible()
    cut = counts.evaluate_all("all => all.filter(each => each.scrollWidth > each.clientWidth).length")
    assert cut == 0, "a day of the month is cut short"
    assert not page.locator(".month").evaluate("month => month.scrollWidth > month.parentElement.clientWidth")
