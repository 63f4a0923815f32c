"""The gateways for text messages and chat that a clinic has of its own; their addresses hold secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from coordinator.store.base import Base, ClinicRow
from coordinator.store.contact_keys import SealedText
from coordinator.store.unit_of_work import Work


class GatewayRecord(ClinicRow, Base):
    """The gateway of a channel (sms, chat). `service` is its name, which may be shown; the address is never."""

    __tablename__ = "gateways"
    __table_args__ = (UniqueConstraint("clinic_id", "channel"),)

    channel: Mapped[str]
    service: Mapped[str]
    address: Mapped[str] = mapped_column(SealedText)
    saved_by: Mapped[str]
    saved_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Known:
    """What may be shown of a gateway."""

    channel: str
    service: str
    saved_by: str
    saved_at: datetime


def known(work: Work, clinic_id: int) -> dict[str, Known]:
    """What may be shown of the clinic's gateways, by channel; no address is unsealed."""
    row = GatewayRecord
    query = select(row.channel, row.service, row.saved_by, row.saved_at).where(row.clinic_id == clinic_id)
    return {found.channel: Known(*found) for found in work.session.execute(query)}


def address(work: Work, clinic_id: int, channel: str) -> str | None:
    """The address of the clinic's own gateway, None where it has none; raises Unreadable."""
    row = GatewayRecord
    return work.session.scalar(select(row.address).where(row.clinic_id == clinic_id, row.channel == channel))


def save(work: Work, clinic_id: int, address: str, shown: Known) -> None:
    """Writes the gateway of a channel, in the place of the one it had; called under the clinic's lock."""
    remove(work, clinic_id, shown.channel)
    work.session.add(
        GatewayRecord(
            clinic_id=clinic_id,
            channel=shown.channel,
            service=shown.service,
            address=address,
            saved_by=shown.saved_by,
            saved_at=shown.saved_at,
        )
    )
    work.session.flush()


def remove(work: Work, clinic_id: int, channel: str) -> bool:
    """Forgets the gateway of a channel; False where there is none."""
    row = GatewayRecord
    gone = work.session.execute(delete(row).where(row.clinic_id == clinic_id, row.channel == channel).returning(row.id))
    return gone.first() is not None
