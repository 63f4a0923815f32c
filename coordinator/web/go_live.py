"""Going live: files are sent, looked through, and imported, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coordinator.domain.errors import InvalidInput
from coordinator.services import go_live as service
from coordinator.services import proposals
from coordinator.services.go_live_files import FILES, NEEDED, CsvFault, Faults, decoded
from coordinator.web.context import current_actor, now, writing
from coordinator.web.uploads import TABLES, content_of
from coordinator.web.words import count

blueprint = Blueprint("go_live", __name__)


@blueprint.get("/go-live")
def page() -> str:
    """The form for the files, and what each of them holds."""
    return _page({})


@blueprint.post("/go-live")
def send() -> str | tuple[str, int] | Response:
    """Looks the files through, or imports what was looked through; the page carries them from one to the other."""
    texts, misnamed = _texts()
    if misnamed:
        return _page(texts, faults=misnamed), 422
    try:
        with writing() as work:
            if "import" not in request.form:
                service.rehearse(work, current_actor(), now(), texts)
            imported = service.import_files(work, current_actor(), now(), texts)
    except service.FilesAtFault as refusal:
        return _page(texts, faults=refusal.faults), 422
    except service.Rehearsed as rehearsed:
        return _page(texts, would_be=rehearsed.would_be)
    flash(_said(imported), "success")
    if not imported.to_plan:
        return redirect(url_for("schedule.page"))
    with writing() as work:
        job_id = proposals.request(work, current_actor(), now(), imported.to_plan)
    return redirect(url_for("proposals.progress_page", job_id=job_id))


def _texts() -> tuple[Mapping[str, str], list[CsvFault]]:
    """Each file's text, as it was chosen now or as the page carried it; and those that are no tables by their names."""
    texts, faults = {}, Faults()
    for file in FILES:
        octets = b""
        try:
            octets = content_of(request.files.get(file), TABLES, file)
        except InvalidInput as refusal:
            faults.add(file, 1, "", str(refusal))
        texts[file] = decoded(octets) if octets else request.form.get(f"{file}-text", "")
    return texts, faults.found


def _said(imported: service.Imported) -> str:
    parts = [f"{number} {file.replace('_', ' ')}" for file, number in imported.counts.items() if number]
    said = f"Imported: {', '.join(parts)}."
    if imported.to_plan:
        said += f" {count(imported.missing, 'visit')} of {count(len(imported.to_plan), 'program')} are being planned."
    return said


def _page(texts: Mapping[str, str], **more: object) -> str:
    return render_template("go_live/page.html", files=FILES, needed=NEEDED, texts=texts, **more)
