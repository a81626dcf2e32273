"""What may be said: disclosure rules, the type wall, and the audit that attacks what was released."""

from kansen.protection.attrition import protect_attrition
from kansen.protection.audit import AuditReport, audit
from kansen.protection.draws import CohortNoise, NoisyOutcome
from kansen.protection.effects import protect_effect
from kansen.protection.gap_parts import with_gap_parts
from kansen.protection.guard import Guard
from kansen.protection.keys import Secret, vault_secret
from kansen.protection.noise import steadiness
from kansen.protection.over import protect_over
from kansen.protection.profiles import AS_PUBLISHED, DEFAULT, Profile, load_profile
from kansen.protection.protect import already_published, least, protect_outcome
from kansen.protection.protected import Protected, ProtectedAttrition, ProtectedEffect, ProtectedSummary
from kansen.protection.spells import with_all, with_spells

__all__ = [
    "AS_PUBLISHED",
    "DEFAULT",
    "AuditReport",
    "CohortNoise",
    "Guard",
    "NoisyOutcome",
    "Profile",
    "Protected",
    "ProtectedAttrition",
    "ProtectedEffect",
    "ProtectedSummary",
    "Secret",
    "already_published",
    "audit",
    "least",
    "load_profile",
    "protect_attrition",
    "protect_effect",
    "protect_outcome",
    "protect_over",
    "steadiness",
    "vault_secret",
    "with_all",
    "with_gap_parts",
    "with_spells",
]
