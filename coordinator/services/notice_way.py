"""Which way a message takes at the moment it leaves: the recipient's choice, consent, the caps, and what is set up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coordinator.delivery.gateway import Carrier
from coordinator.domain.clinic_time import midnight_utc
from coordinator.domain.phone import dialed
from coordinator.domain.reminding import over_the_cap
from coordinator.services import gateways
from coordinator.services.visit_cards import local
from coordinator.store import notice_texting
from coordinator.store.contact_keys import Unreadable
from coordinator.store.notice_facts import Facts
from coordinator.store.notice_people import Reach
from coordinator.store.notices import NoticeRecord
from coordinator.store.unit_of_work import Work

WEEK = timedelta(days=7)


def way(work: Work, facts: Facts, now: datetime, carriers: Mapping[str, Carrier]) -> tuple[str, str]:
    """(the channel, why it is mail where another was wanted). `carriers` are the installation's gateways by channel."""
    notice, reach = facts.notice, facts.reach
    if reach is None or notice.what == "invitation":
        return notice.via, ""
    wanted = reach.wanted(notice.channel)
    why = _obstacle(wanted, reach)
    if wanted in gateways.CHANNELS and not why:
        why = _no_gateway(work, notice.clinic_id, wanted, carriers)
    if wanted == "sms" and not why and notice.recipient_kind == "patient":
        why = _cap(work, notice, now, ZoneInfo(facts.clinic.timezone))
    return ("mail", why) if why else (wanted, "")


def _obstacle(wanted: str, reach: Reach) -> str:
    if wanted == "app":
        return "" if reach.has_account else "By mail: the recipient has no account."
    if wanted == "sms" and not reach.may_text:
        return "By mail: there is no consent to text messages."
    if wanted == "sms" and dialed(reach.phone) is None:
        return "By mail: there is no telephone number that can be dialed."
    if wanted == "chat" and not reach.chat:
        return "By mail: the recipient's name in the chat is not known."
    return ""


def _no_gateway(work: Work, clinic_id: int, channel: str, carriers: Mapping[str, Carrier]) -> str:
    try:
        found = gateways.carrier(work, clinic_id, channel, carriers)
    except Unreadable:
        return "By mail: the address of the clinic's gateway cannot be read. Save it anew."
    said = "text messages" if channel == "sms" else "chat"
    return "" if found else f"By mail: no gateway for {said} is set."


def _cap(work: Work, notice: NoticeRecord, now: datetime, zone: ZoneInfo) -> str:
    """A more urgent message that is due before the day is over keeps its place."""
    today = local(now, zone).date()
    first = notice_texting.go_first(work, notice, midnight_utc(today + timedelta(days=1), zone))
    of_today = notice_texting.left_since(work, notice, midnight_utc(today, zone)) + first
    return over_the_cap(of_today, notice_texting.left_since(work, notice, now - WEEK) + first)
