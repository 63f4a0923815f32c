"""The built-in protocols: what the published record says, with clinic defaults where it is silent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from coordinator.domain.protocol_templates.g_kap import G_KAP
from coordinator.domain.protocol_templates.im_kap import IM_KAP
from coordinator.domain.protocol_templates.integrated_ed import INTEGRATED_ED
from coordinator.domain.protocol_templates.iv_keto import IV_KETO
from coordinator.domain.protocol_templates.iv_series import IV_SERIES
from coordinator.domain.protocol_templates.iv_trial import IV_TRIAL
from coordinator.domain.protocol_templates.kap_3x6 import KAP_3X6
from coordinator.domain.protocol_templates.template import Template

TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {each.code: each for each in (KAP_3X6, G_KAP, IV_KETO, IV_SERIES, IM_KAP, IV_TRIAL, INTEGRATED_ED)}
)
"""By code, in the order in which they are offered."""
