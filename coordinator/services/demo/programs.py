"""The demo clinic's twenty-four programs and the people in them. Nobody here exists."""

from __future__ import annotations

from dataclasses import dataclass, field

from coordinator.services.demo.people import Weekly, on

MORNINGS = on("mon tue wed thu fri", ("08:00", "13:00"))
AFTERNOONS = on("mon tue wed thu fri", ("12:00", "19:00"))
AFTER_WORK = on("mon tue wed thu fri", ("13:30", "19:00")) | on("sat", ("09:00", "14:00"))


@dataclass(frozen=True, slots=True)
class Program:
    """Who runs through which template of the library, begun how many weeks before this week's Monday.

    `weeks_ago` below 0 begins in the future; `waits` leaves the enrollment without a plan. `lead` pins a therapist.
    """

    protocol: str
    weeks_ago: int
    people: tuple[str, ...]
    lead: str = ""
    preferred: Weekly = field(default_factory=dict)
    waits: bool = False


PROGRAMS = (
    Program("kap-3x6", 24, ("Alice Thornbury",), "th-maya"),
    Program("kap-3x6", 22, ("Noah Castellan",), "th-tomas", AFTERNOONS),
    Program("iv-series", 20, ("Ingrid Halloran",)),
    Program("g-kap", 18, ("Dev Anand", "Clara Whitlock", "Marcus Bell", "Yuki Tanabe", "Rosa Delgado")),
    Program("iv-keto", 40, ("Theo Brandt",)),
    Program("im-kap", 20, ("Hannah Osei",)),
    Program("kap-3x6", 13, ("Leo Fontaine",), "th-maya", MORNINGS),
    Program("kap-3x6", 11, ("Amara Nwosu",), "th-priya"),
    Program("integrated-ed", 9, ("Vivian Cho",)),
    Program("kap-3x6", 9, ("Jasper Holm",), "th-tomas", AFTERNOONS),
    Program("kap-3x6", 7, ("Nadia Rahmani",)),
    Program("iv-keto", 6, ("Oscar Lindgren",)),
    Program("im-kap", 6, ("Sofia Barros",)),
    Program("kap-3x6", 5, ("Ezra Coleman",), "th-jonah"),
    Program("integrated-ed", 4, ("Mina Kapoor",), "", MORNINGS),
    Program("kap-3x6", 3, ("Petra Novotny",)),
    Program("iv-series", 2, ("Caleb Winslow",)),
    Program("g-kap", 2, ("Lena Fischer", "Omari Grant", "Julia Santos", "Peter Vance", "Aisha Noor")),
    Program("kap-3x6", 1, ("Gwen Ashworth",)),
    Program("kap-3x6", -1, ("Mateo Rivas",), "th-samuel"),
    Program("integrated-ed", -2, ("Freya Sorensen",)),
    Program("kap-3x6", -1, ("Dominic Price",), "", AFTER_WORK, waits=True),
    Program("iv-keto", -2, ("Harriet Lowe",), waits=True),
    Program("im-kap", -3, ("Kenji Mori",), waits=True),
)
