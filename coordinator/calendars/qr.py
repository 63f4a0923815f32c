"""A QR code as SVG, drawn here: an address that is a secret goes to no drawing service."""

from __future__ import annotations

import segno


def draw(text: str) -> str:
    """The text as an `<svg>` element to stand in a page; it is as large as its class `qr` says."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_inline(omitsize=True, border=4, light="#fff", svgclass="qr", lineclass=None)
