"""What a block of the stage ``modes`` holds of a glass, whatever its force law."""

import numpy as np

from workflow_helpers.job import Result

from softfield.mechanics.spectrum import participation_ratio
from softfield.response.modes import NormalModes, mode_map


def mode_record(modes: NormalModes) -> Result:
    """Arrays of the lowest modes."""
    arrays = {
        "frequencies": modes.frequencies,
        "mode_map": mode_map(modes),
        "lowest_mode": mode_map(modes.lowest(1)),
        "participation_ratio": np.array([participation_ratio(v) for v in modes.vectors]),
    }
    return arrays, {}
