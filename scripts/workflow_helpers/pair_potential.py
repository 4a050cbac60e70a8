"""The pair potential that the configuration gives an ensemble."""

from collections.abc import Mapping
from typing import Any

import workflow_helpers.checkout  # noqa: F401

from softfield.potentials.models import model
from softfield.potentials.pair_potential import PairPotential

#: The name of a model, or the settings of a potential of one's own.
Described = str | Mapping[str, Any]


def potential_of(described: Described) -> PairPotential:
    """The potential; files that its settings name are looked for in the working directory."""
    if isinstance(described, str):
        return model(described).potential
    # takes longer to import than the rest of a job
    from softfield.potentials.settings import potential_from_settings

    return potential_from_settings(described)
