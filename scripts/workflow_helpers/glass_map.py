"""One glass with its fields and events, for what shows or measures a single glass."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from workflow_helpers.columns import provenance_from_block
from workflow_helpers.job import logger

from softfield.errors import TooFewDataError
from softfield.files.blocks import read_block
from softfield.glass import Glass, LocalThermalEnergy


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
        usable = list(f.indices)
        if shear is not None:
            with read_block(shear, "shear") as s:
                usable = [index for index in usable if index in s.indices]
        if not usable:
            raise TooFewDataError(
                f"no realization of the block {glasses} succeeded, so there is no glass to "
                "show; name another realization in the configuration."
            )
        index = min(usable, key=lambda found: (found < wanted, found))
        if index != wanted:
            logger.warning("realization %d failed; the figure shows %d", wanted, index)
        glass, field, made = g.glass(index), f.field(index), provenance_from_block(f)
    events = {}
    if shear is not None:
        with read_block(shear, "shear") as s:
            events = s[index].arrays()
    return GlassMap(index, glass, field, events, made)
