"""The demo clinic's twenty-four programs and the people in them. Nobody here exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coordinator.services.demo.own_protocol import CODE as AFTER_GROUP
from coordinator.services.demo.people import Weekly, on

MORNINGS = on("mon tue wed thu fri", ("08:00", "13:00"))
AFTERNOONS = on("mon tue wed thu fri", ("12:00", "19:00"))
AFTER_WORK = on("mon tue wed thu fri", ("13:30", "19:00")) | on("sat", ("09:00", "14:00"))

MOST_WEEKS = {
    "kap-3x6": 17,
    "g-kap": 12,
    "iv-keto": 36,
    "iv-series": 12,
    "im-kap": 44,
    "integrated-ed": 16,
    AFTER_GROUP: 12,
}
"""How long a program may take, from its earliest date."""


@dataclass(frozen=True, slots=True)
class Program:
    """Who runs through which protocol, begun how many weeks before this week's Monday.

    `weeks_ago` below 0 begins in the future; `waits` leaves the enrollment without a plan. `team` pins people by code
    to the needs of the protocol: lead, co, diet … `missed` are the visits to which nobody came at first.
    """

    protocol: str
    weeks_ago: int
    people: tuple[str, ...]
    team: Mapping[str, str] = field(default_factory=dict)
    preferred: Weekly | None = None
    waits: bool = False
    missed: tuple[str, ...] = ()


BETH, OMAR = "nu-beth", "nu-omar"

PROGRAMS = (
    Program("iv-series", 43, ("Ingrid Halloran",)),
    Program("iv-keto", 42, ("Theo Brandt",), {"lead": "th-maya", "diet": BETH}),
    Program("kap-3x6", 24, ("Alice Thornbury",), {"lead": "th-maya", "diet": BETH}),
    Program("kap-3x6", 22, ("Noah Castellan",), {"lead": "th-tomas", "diet": OMAR}, AFTERNOONS),
    Program("im-kap", 20, ("Hannah Osei",), {"lead": "th-samuel"}),
    Program(
        "g-kap", 18, ("Dev Anand", "Clara Whitlock", "Marcus Bell", "Yuki Tanabe", "Rosa Delgado"),
        {"lead": "th-samuel", "co": "th-elena"},
    ),
    Program("kap-3x6", 12, ("Leo Fontaine",), {"lead": "th-maya", "diet": BETH}, MORNINGS),
    Program("kap-3x6", 10, ("Amara Nwosu",), {"lead": "th-jonah", "diet": BETH}, missed=("n4",)),
    Program("integrated-ed", 9, ("Vivian Cho",), {"lead": "th-elena", "diet": BETH}),
    Program("kap-3x6", 9, ("Jasper Holm",), {"lead": "th-tomas", "diet": OMAR}, AFTERNOONS),
    Program("kap-3x6", 7, ("Nadia Rahmani",), {"lead": "th-maya", "diet": BETH}),
    Program("im-kap", 6, ("Sofia Barros",), {"lead": "th-priya"}),
    Program("iv-keto", 6, ("Oscar Lindgren",), {"lead": "th-samuel", "diet": BETH}),
    Program("kap-3x6", 5, ("Ezra Coleman",), {"lead": "th-jonah", "diet": BETH}, missed=("n2",)),
    Program("integrated-ed", 4, ("Mina Kapoor",), {"lead": "th-priya", "diet": BETH}, MORNINGS),
    Program(AFTER_GROUP, 3, ("Theo Brandt", "Ingrid Halloran", "Clara Whitlock"), {"facilitator": "pf-nina"}),
    Program("kap-3x6", 3, ("Petra Novotny",), {"lead": "th-samuel", "diet": BETH}),
    Program("kap-3x6", 2, ("Mateo Rivas",), {"lead": "th-jonah", "diet": BETH}),
    Program("iv-series", 2, ("Caleb Winslow",)),
    Program(
        "g-kap", 2, ("Lena Fischer", "Omari Grant", "Julia Santos", "Peter Vance", "Aisha Noor"),
        {"lead": "th-maya", "co": "th-priya"},
    ),
    Program("kap-3x6", 1, ("Gwen Ashworth",), {"lead": "th-tomas", "diet": OMAR}),
    Program("kap-3x6", -1, ("Dominic Price",), {}, AFTER_WORK, waits=True),
    Program("integrated-ed", -2, ("Freya Sorensen",), {"lead": "th-elena", "diet": BETH}),
    Program("iv-keto", -2, ("Harriet Lowe",), waits=True),
)  # fmt: skip
"""In the order in which they were enrolled."""
