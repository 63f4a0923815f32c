"""The compact form as JSON: what is written is read back as it was."""

from __future__ import annotations

import json

import pytest

from coordinator.domain.protocol_library import TEMPLATES
from coordinator.exchange.compact_protocols import read_compact, write_compact


@pytest.mark.parametrize("code", TEMPLATES)
def test_every_template_comes_back_as_it_was(code: str) -> None:
    compact = TEMPLATES[code].compact
    assert read_compact(json.loads(json.dumps(write_compact(compact)))) == compact
