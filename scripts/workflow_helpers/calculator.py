"""The calculator that the configuration gives an ensemble."""

from collections.abc import Mapping
from typing import Any

import workflow_helpers.checkout  # noqa: F401

from softfield.calculators.force_law import CalculatorLaw, calculator_law


def law_of(described: Mapping[str, Any]) -> CalculatorLaw:
    """The calculator with its elements: ``settings``, what the files call the species, ``mapped``.

    Files that its settings name are looked for in the working directory.
    """
    return calculator_law(described["settings"], described["names"], mapped=described["mapped"])
