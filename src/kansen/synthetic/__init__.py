"""The synthetic Netherlands: register tables of people who do not exist, with known truth beside them."""

from kansen.synthetic.replicas import Superpopulation, replicate, superpopulation
from kansen.synthetic.writer import COHORTS, OF_RESIDENTS, write

__all__ = ["COHORTS", "OF_RESIDENTS", "Superpopulation", "replicate", "superpopulation", "write"]
