"""The words of a mail that carries an invitation. Programs of calendars show it beside what they read out of it."""

from __future__ import annotations

from coordinator.services.notice_texts import Letter, Occasion, visit_fields

INVITATION, CHANGED, CANCELED = "Invitation", "Changed", "Canceled"
_OPENING = {
    INVITATION: "You are expected at a visit.",
    CHANGED: "A visit of yours was changed. It is now:",
    CANCELED: "You are not needed any more at this visit:",
}


def invitation_letter(occasion: Occasion, what: str) -> Letter:
    """What the mail says; `what` is INVITATION, CHANGED or CANCELED."""
    said = visit_fields(occasion, "staff")
    code = f"Code:  {said['code']}\n" if said["code"] else ""
    ask = "" if what == CANCELED else "\nPlease accept or decline it in your calendar.\n"
    return Letter(
        subject=f"{what}: a visit on {said['day']}, at {said['time']}",
        text=(
            f"Hello,\n\n{_OPENING[what]}\n\n"
            f"When:  {said['day']}, {said['year']}\n       {said['time']} to {said['until']} ({said['zone']})\n"
            f"Where: {said['where']}\n{code}{ask}"
            "\nThe details are in the schedule, after signing in.\n"
        ),
    )
