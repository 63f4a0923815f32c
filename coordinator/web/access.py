"""Who may do what: one table of endpoint and access, the only place that decides.

Every endpoint of the app stands here; the app does not start with one that is missing. Whoever is not signed in is sent
to sign in; whoever is, but may not, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, make_response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from coordinator.domain.actor import Access
from coordinator.domain.errors import NotAllowed
from coordinator.web.context import is_htmx, signed_in


class Open(Enum):
    """Marks what needs no sign-in."""

    PUBLIC = "public"


PUBLIC: Final = Open.PUBLIC
ADMINISTRATORS: Final = frozenset({Access.ADMINISTRATOR})
CLINICIANS: Final = frozenset({Access.CLINICIAN})
COORDINATORS: Final = frozenset({Access.ADMINISTRATOR, Access.COORDINATOR})
CARERS: Final = COORDINATORS | {Access.CLINICIAN}
EVERYBODY: Final = CARERS | {Access.AUDITOR}
READERS_OF_THE_LOG: Final = ADMINISTRATORS | {Access.AUDITOR}

RULES: Mapping[str, frozenset[Access] | Open] = {
    "static": PUBLIC,
    "assets.asset": PUBLIC,
    "search.find": EVERYBODY,
    "insights.page": COORDINATORS,
    "insights.export": COORDINATORS,
    "sign_in.form": PUBLIC,
    "sign_in.submit": PUBLIC,
    "sign_in.code": PUBLIC,
    "sign_in.submit_code": PUBLIC,
    "sign_in.submit_passkey": PUBLIC,
    "sign_in.stay": EVERYBODY,
    "account.page": EVERYBODY,
    "account.end_sign_in": EVERYBODY,
    "account.end_others": EVERYBODY,
    "account.password": EVERYBODY,
    "account.second_factor_form": EVERYBODY,
    "account.turn_on": EVERYBODY,
    "account.turn_off": EVERYBODY,
    "account.renew_codes": EVERYBODY,
    "passkeys.form": EVERYBODY,
    "passkeys.offer": EVERYBODY,
    "passkeys.add": EVERYBODY,
    "passkeys.remove": EVERYBODY,
    "identities.start": PUBLIC,
    "identities.come_back": PUBLIC,
    "identities.connect_form": PUBLIC,
    "identities.connect": PUBLIC,
    "identities.offer": EVERYBODY,
    "identities.go": EVERYBODY,
    "identities.remove": EVERYBODY,
    "account_links.forgot": PUBLIC,
    "account_links.ask": PUBLIC,
    "account_links.form": PUBLIC,
    "account_links.keep": PUBLIC,
    "contact_choices.patient": COORDINATORS,
    "contact_choices.mine": EVERYBODY,
    "contact_choices.incoming": PUBLIC,
    "patient_answers.page": PUBLIC,
    "patient_answers.give": PUBLIC,
    "patient_answers.settle": COORDINATORS,
    "users.index": ADMINISTRATORS,
    "users.invite": ADMINISTRATORS,
    "users.invite_again": ADMINISTRATORS,
    "users.change_access": ADMINISTRATORS,
    "users.shut_out": ADMINISTRATORS,
    "users.sign_out": ADMINISTRATORS,
    "users.reset_factor": ADMINISTRATORS,
    "users.let_in_again": ADMINISTRATORS,
    "users.change_policy": ADMINISTRATORS,
    "sign_in.end": EVERYBODY,
    "sign_in.change_clinic": EVERYBODY,
    "theme.choose": PUBLIC,
    "today.page": EVERYBODY,
    "me.page": CARERS,
    "schedule.page": EVERYBODY,
    "schedule.data": EVERYBODY,
    "schedule.days": EVERYBODY,
    "schedule.choose": EVERYBODY,
    "schedule.revision": EVERYBODY,
    "drafts.page": COORDINATORS,
    "drafts.panel": COORDINATORS,
    "drafts.places": COORDINATORS,
    "drafts.drop": COORDINATORS,
    "drafts.place": COORDINATORS,
    "drafts.cancel": COORDINATORS,
    "drafts.card": COORDINATORS,
    "drafts.remove": COORDINATORS,
    "drafts.leave": COORDINATORS,
    "drafts.accept": COORDINATORS,
    "drafts.discard": COORDINATORS,
    "drafts.publish": COORDINATORS,
    "publications.undo": COORDINATORS,
    "visits.page": EVERYBODY,
    "visits.starts": COORDINATORS,
    "visits.freed_time": COORDINATORS,
    "visits.move": COORDINATORS,
    "visits.cancel": COORDINATORS,
    "visits.outcome": CARERS,
    "visits.undo_outcome": CARERS,
    "visit_day.step": CARERS,
    "visit_day.undo": CARERS,
    "visit_day.late": CARERS,
    "visit_day.tell": CARERS,
    "gates.board": EVERYBODY,
    "gates.page": EVERYBODY,
    "gates.open_gate": CARERS,
    "gates.shut_gate": CARERS,
    "gates.decide": ADMINISTRATORS,
    "gate_rules.page": ADMINISTRATORS,
    "gate_rules.decide": ADMINISTRATORS,
    "gate_rules.decide_no_go": ADMINISTRATORS,
    "enrollments.new": COORDINATORS,
    "enrollments.add": COORDINATORS,
    "enrollments.patient_line": COORDINATORS,
    "enrollments.absence_line": COORDINATORS,
    "enrollments.adjusting": COORDINATORS,
    "enrollments.adjust": COORDINATORS,
    "enrollments.held": COORDINATORS,
    "enrollments.team": COORDINATORS,
    "enrollments.page": EVERYBODY,
    "enrollments.plan": COORDINATORS,
    "care_team.page": EVERYBODY,
    "care_team.set_backups": COORDINATORS,
    "care_team.preview": COORDINATORS,
    "care_team.pin": COORDINATORS,
    "contacts.new": COORDINATORS,
    "contacts.edit": COORDINATORS,
    "contacts.end": COORDINATORS,
    "waiting.page": COORDINATORS,
    "waiting.refresh": COORDINATORS,
    "what_if.form": COORDINATORS,
    "what_if.ask": COORDINATORS,
    "what_if.page": COORDINATORS,
    "what_if.outcomes": COORDINATORS,
    "what_if.stop": COORDINATORS,
    "repairs.form": COORDINATORS,
    "enrollments.itinerary": EVERYBODY,
    "enrollments.pause": COORDINATORS,
    "enrollments.resume": COORDINATORS,
    "enrollments.extend": COORDINATORS,
    "enrollments.end": COORDINATORS,
    "repairs.ask": COORDINATORS,
    "proposals.ask": COORDINATORS,
    "proposals.progress_page": COORDINATORS,
    "proposals.progress": COORDINATORS,
    "proposals.cancel": COORDINATORS,
    "proposals.page": COORDINATORS,
    "proposals.publish": COORDINATORS,
    "proposals.again": COORDINATORS,
    "proposals.relax": COORDINATORS,
    "proposals.hold": COORDINATORS,
    "proposals.release": COORDINATORS,
    "proposals.discard": COORDINATORS,
    "feeds.calendar": PUBLIC,
    "feeds.overview": CARERS,
    "feeds.of_staff": CARERS,
    "feeds.of_owner": CARERS,
    "feeds.add": CARERS,
    "feeds.change": CARERS,
    "feeds.rotate": CARERS,
    "feeds.revoke": CARERS,
    "busy.page": CARERS,
    "busy.listed": CARERS,
    "busy.add": CARERS,
    "busy.remove": CARERS,
    "invitations.choose": CARERS,
    "feed_policy.page": ADMINISTRATORS,
    "feed_policy.decide": ADMINISTRATORS,
    "notices.overview": COORDINATORS | {Access.AUDITOR},
    "notices.page": COORDINATORS | {Access.AUDITOR},
    "notices.retry": COORDINATORS,
    "notices.choose": COORDINATORS,
    "notices.send_again": COORDINATORS,
    "notice_rules.index": COORDINATORS | {Access.AUDITOR},
    "notice_rules.new": ADMINISTRATORS,
    "notice_rules.edit": ADMINISTRATORS,
    "notice_rules.preview": ADMINISTRATORS,
    "notice_rules.turn": ADMINISTRATORS,
    "notice_rules.remove": ADMINISTRATORS,
    "gateways.page": ADMINISTRATORS,
    "gateways.save": ADMINISTRATORS,
    "gateways.drop": ADMINISTRATORS,
    "gateways.test": ADMINISTRATORS,
    "team.index": EVERYBODY,
    "team.show": EVERYBODY,
    "team.new": COORDINATORS,
    "team.edit": COORDINATORS,
    "team.leave": COORDINATORS,
    "team.come_back": COORDINATORS,
    "hours.new": COORDINATORS,
    "hours.edit": COORDINATORS,
    "hours.remove": COORDINATORS,
    "hours.new_extra": COORDINATORS,
    "hours.remove_extra": COORDINATORS,
    "time_off.new": CARERS,
    "time_off.review": CARERS,
    "time_off.decide": CARERS,
    "cover.sick": CARERS,
    "cover.impact": CARERS,
    "cover.plan": CARERS,
    "notes.of_enrollment": CARERS,
    "notes.of_visit": CARERS,
    "notes.add": CARERS,
    "notes.remove": CARERS,
    "notes.inbox": CARERS,
    "notes.read": CARERS,
    "notes.handoff": CARERS,
    "swaps.offer": CARERS,
    "swaps.page": CARERS,
    "swaps.answer": CARERS,
    "rooms.index": EVERYBODY,
    "rooms.show": EVERYBODY,
    "rooms.new": COORDINATORS,
    "rooms.edit": COORDINATORS,
    "rooms.retire": COORDINATORS,
    "rooms.reopen": COORDINATORS,
    "go_live.page": ADMINISTRATORS,
    "go_live.send": ADMINISTRATORS,
    "bookings.index": COORDINATORS | {Access.AUDITOR},
    "bookings.show": COORDINATORS | {Access.AUDITOR},
    "bookings.new": COORDINATORS,
    "bookings.cancel": COORDINATORS,
    "bookings.edit": COORDINATORS,
    "patients.index": EVERYBODY,
    "patients.search": EVERYBODY,
    "patients.show": EVERYBODY,
    "patients.new": COORDINATORS,
    "patients.edit": COORDINATORS,
    "patients.remove": COORDINATORS,
    "patients.kept": ADMINISTRATORS,
    "emergencies.new": CLINICIANS,
    "emergencies.record": CLINICIANS,
    "emergencies.close": CLINICIANS,
    "emergencies.index": READERS_OF_THE_LOG,
    "emergencies.review": ADMINISTRATORS,
    "protocols.index": EVERYBODY,
    "protocols.show": EVERYBODY,
    "protocols.template": EVERYBODY,
    "protocols.adopt": COORDINATORS,
    "protocols.edit": COORDINATORS,
    "protocols.publish": COORDINATORS,
    "protocols.preview": COORDINATORS,
    "protocols.copy": COORDINATORS,
    "protocols.compare": EVERYBODY,
    "protocol_visits.edit": COORDINATORS,
    "protocol_visits.publish": COORDINATORS,
    "protocol_visits.preview": COORDINATORS,
    "protocol_visits.convert": COORDINATORS,
    "protocol_fit.ask": COORDINATORS,
    "protocol_fit.page": COORDINATORS,
    "protocol_fit.outcome": COORDINATORS,
    "protocol_fit.stop": COORDINATORS,
    "audit_log.page": READERS_OF_THE_LOG,
    "audit_log.export": READERS_OF_THE_LOG,
    "audit_log.verify": READERS_OF_THE_LOG,
    "health.healthz": PUBLIC,
    "health.readyz": PUBLIC,
    "health.metrics": PUBLIC,
}

WITHOUT_FACTOR: Final = frozenset(
    {"account.second_factor_form", "account.turn_on", "passkeys.form", "passkeys.offer", "passkeys.add"}
    | {"sign_in.end", "sign_in.stay"}
)
"""All that is open to whoever must set up a second factor first."""


def unlisted(app: Flask) -> list[str]:
    """The endpoints that nobody has decided about."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules()} - RULES.keys())


def install(app: Flask) -> None:
    """Makes the app ask the table before every view; raises RuntimeError where an endpoint is not in it."""
    missing = unlisted(app)
    if missing:
        raise RuntimeError(f"Not listed in coordinator/web/access.py: {', '.join(missing)}. Add each to RULES.")
    app.before_request(_check)


def may(endpoint: str) -> bool:
    """Whether the person who asks may use the endpoint; templates call it before they offer it."""
    rule = RULES[endpoint]
    return isinstance(rule, Open) or (current_user.is_authenticated and signed_in().access in rule)


def _check() -> AnyResponse | None:
    if request.endpoint is None:
        return None  # no such address: the error handler answers
    rule = RULES[request.endpoint]
    if isinstance(rule, Open):
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if signed_in().access not in rule:
        raise NotAllowed("Your access does not cover this. Ask an administrator of your clinic if you need it.")
    if signed_in().lacks_factor and request.endpoint not in WITHOUT_FACTOR:
        return redirect(url_for("account.second_factor_form"))
    return None


def _ask_to_sign_in() -> AnyResponse:
    if is_htmx():
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return make_response("", 401, {"HX-Redirect": url_for("sign_in.form", next=page.path or "/")})
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        answer: Response = jsonify(error="Sign in first.")
        answer.status_code = 401
        return answer
    return redirect(url_for("sign_in.form", next=request.full_path.rstrip("?") if request.method == "GET" else None))
