"""Effects, kept apart from description: what a year in a place or a policy does. People in, estimates out.

Nothing of it is in a release's layers or on the map. Needs the extra `kansen[analysis]`.
"""

from kansen.effects.about import About, about_effect
from kansen.effects.events import Policy, policy_effect
from kansen.effects.movers import Exposure, exposure
from kansen.effects.panel import Panel, make_panel
from kansen.effects.regress import Estimate

__all__ = [
    "About",
    "Estimate",
    "Exposure",
    "Panel",
    "Policy",
    "about_effect",
    "exposure",
    "make_panel",
    "policy_effect",
]
