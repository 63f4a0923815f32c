"""Every form and address of the site with what nobody would send: never a 500, never more than two seconds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cast import NOW, SECRET, Cast, add_user
from flask import Flask
from fuzzing import WORD, cases
from hypothesis import given
from hypothesis import strategies as st
from visitor import Visitor

from config import Settings
from coordinator.app import create_app
from coordinator.domain.actor import Access
from coordinator.store.unit_of_work import Database

ROOT = Path(__file__).resolve().parents[2]
FIELDS = sorted(
    {
        name
        for folder in ("templates", "coordinator/web")
        for file in (ROOT / folder).rglob("*.*")
        if file.suffix in {".html", ".py"}
        for name in re.findall(r'(?:name="|form\.\w+\(\s*"|args\.get\(\s*")([\w-]{1,30})"', file.read_text())
    }
)
TYPED = WORD | st.sampled_from(
    ["1", "2", "2027-01-05", "09:00", "on", "th-ben", "attended", "p1", "mail", "full", "year"]
)

WORDS = {"act": "accept"}
"""Parts of addresses that must be one of few words."""


class Site:
    """The site with somebody who may do everything, who comes back when an act signed them out."""

    def __init__(self, database: Database, folder: Path, cast: Cast) -> None:
        self._database, self._cast, self._number = database, cast, 0
        plain = Settings("sqlite://", SECRET, None, "http://127.0.0.1:5000", folder, "c@example.org", 60)
        self.app: Flask = create_app(plain, database, lambda: NOW)
        self.app.testing, self.app.config["PROPAGATE_EXCEPTIONS"] = True, False
        self.forms = [
            (rule.endpoint, sorted(rule.arguments), method)
            for rule in self.app.url_map.iter_rules()
            for method in sorted({"GET", "POST"} & (rule.methods or set()))
            if not rule.endpoint.startswith(("assets", "health", "static"))
        ]
        self.visitor = self._signed_in()

    def _signed_in(self) -> Visitor:
        self._number += 1
        address = f"root{self._number}@example.org"
        with self._database.write() as work:
            add_user(work, self._cast.clinic_id, address, "Max Orr", Access.ADMINISTRATOR, NOW)
        visitor = Visitor(self.app)
        assert visitor.sign_in(address).status_code == 302
        return visitor

    def status(self, place: tuple[str, list[str], str], ids: list[Any], typed: dict[str, str]) -> int:
        endpoint, arguments, method = place
        with self.app.test_request_context():
            adapter = self.app.url_map.bind("localhost")
            values = dict(zip(arguments, ids, strict=False)) | {
                each: WORDS[each] for each in arguments if each in WORDS
            }
            try:
                path = adapter.build(endpoint, values)
            except Exception:  # this is no value that such an address could have
                path = adapter.build(endpoint, values | {each: 1 for each in arguments if each not in WORDS})
        clean = {name: each.encode(errors="replace").decode() for name, each in typed.items()}
        answer = self.visitor.get(path, query_string=clean) if method == "GET" else self.visitor.post(path, clean)
        if answer.status_code == 302 and "/sign-in" in answer.location:
            self.visitor = self._signed_in()
        return int(answer.status_code)


@pytest.fixture
def site(sqlite: Database, sqlite_cast: Cast, tmp_path: Path) -> Site:
    return Site(sqlite, tmp_path, sqlite_cast)


@cases(0.04)
@given(data=st.data())
def test_every_form_and_address_of_the_site(site: Site, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(site.forms))
    ids = data.draw(st.lists(st.sampled_from([1, 2, 3, 999]), min_size=4, max_size=4))
    typed = data.draw(st.dictionaries(st.sampled_from(FIELDS), TYPED, max_size=8))
    assert site.status(place, ids, typed) < 500
