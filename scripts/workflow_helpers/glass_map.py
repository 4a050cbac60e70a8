"""One glass with its fields and events, for what shows or measures a single glass."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd

from workflow_helpers.columns import provenance_from_block
from workflow_helpers.job import logger

from softfield.errors import FileFormatError, TooFewDataError
from softfield.files.blocks import read_block
from softfield.glass import Glass, LocalThermalEnergy
from softfield.statistics.resampling import commonest


@dataclass(frozen=True)
class GlassMap:
    """A realization: its index, glass, local thermal energy, and events where read."""

    index: int
    glass: Glass
    field: LocalThermalEnergy
    events: dict[str, npt.NDArray]
    provenance: dict[str, Any]

    @property
    def title(self) -> str:
        return f"$N$ = {self.glass.n_particles:,}, realization {self.index}"


def read_glass_map(glasses: str, fields: str, wanted: int, shear: str | None = None) -> GlassMap:
    """Realization ``wanted`` of a block; if it failed, the next one that did not."""
    with read_block(glasses, "glasses") as g, read_block(fields, "fields") as f:
        usable, failures = list(f.indices), dict(f.failures)
        if shear is not None:
            with read_block(shear, "shear") as s:
                usable = [index for index in usable if index in s.indices]
                failures = {**s.failures, **failures}
        if not usable:
            count, reason = commonest(pd.Series(list(failures.values())))
            raise TooFewDataError(
                f"there is no glass to show: {len(failures)} of {len(g.all_indices)} realizations "
                f"of {Path(glasses).stem} failed before or in the stage "
                f"{'shear' if shear else 'fields'}, {count} of them like this: {reason}"
            )
        index = min(usable, key=lambda found: (found < wanted, found))
        if index != wanted:
            logger.warning("realization %d failed; the figure shows %d", wanted, index)
        glass, field, made = g.glass(index), f.field(index), provenance_from_block(f)
    if not isinstance(field, LocalThermalEnergy):
        raise FileFormatError(f"{fields} has energies of atoms; this figure shows those of pairs.")
    events = {}
    if shear is not None:
        with read_block(shear, "shear") as s:
            events = s[index].arrays()
    return GlassMap(index, glass, field, events, made)
