"""Count the local thermal energies of a block, and keep the largest.

Input: block file, stage ``fields``. Output: two tables with a row per

- realization, sign (``all`` = |E|, ``positive``, ``negative`` = -E) and filled bin:
  ``bin`` (0 = below the first edge, last = at or above the last edge), ``count``;
- realization and kept value: ``energy``, every |E| from ``tail_floor`` on, in units of
  k_B T / 2, and the largest |E| in any case.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workflow_helpers.columns import stacked
from workflow_helpers.job import job

from softfield.files.blocks import read_block
from softfield.files.provenance import provenance
from softfield.files.tables import write_table
from softfield.statistics.distributions import count_signed, logarithmic_edges
from softfield.statistics.tails import upper_tail


def main(fields: str, histograms: str, tails: str, settings: Mapping[str, Any]) -> None:
    """Write the histograms and the largest energies of the fields in ``fields``."""
    edges = logarithmic_edges(**settings["histogram"])
    counted, kept = [], []
    with read_block(fields, stage="fields") as block:
        for record in block:
            for sign, counts in count_signed(record["energy"], edges).items():
                filled = np.flatnonzero(counts)
                rows = {"sign": sign, "bin": filled, "count": counts[filled]}
                counted.append(pd.DataFrame({"realization": record.index, **rows}))
            energies = upper_tail(record["energy"], settings["tail_floor"])
            kept.append(pd.DataFrame({"realization": record.index, "energy": energies}))
        parameters = {**block.provenance["parameters"], "statistics": dict(settings)}
    made = provenance(parameters)
    columns = {"realization": int, "sign": str, "bin": int, "count": int}
    write_table(histograms, stacked(counted, columns), made)
    write_table(tails, stacked(kept, {"realization": int, "energy": float}), made)


if __name__ == "__main__":
    with job(snakemake):
        main(
            fields=snakemake.input.fields,
            histograms=snakemake.output.histograms,
            tails=snakemake.output.tails,
            settings=snakemake.params.settings,
        )
