"""The table of measure_pair_energies as the figures want it."""

import workflow_helpers.checkout  # noqa: F401

from softfield.figures.pair_energies import MolecularDynamics
from softfield.files.tables import read_table


def read_dynamics(path: str) -> list[MolecularDynamics]:
    """The energies of every interaction, at the temperatures in ascending order."""
    found = []
    for _, rows in read_table(path).groupby("pair"):
        first = rows.iloc[0]
        running = rows.pivot(index="temperature", columns="time", values="average")
        found.append(
            MolecularDynamics(
                label=first["chosen"],
                exact=first["exact"],
                temperatures=running.index.to_numpy(),
                time=running.columns.to_numpy(),
                average=running.to_numpy(),
                error=rows.groupby("temperature")["error"].first().to_numpy(),
                limit=(first["limit"], first["limit_error"]),
                slope=(first["slope"], first["slope_error"]),
            )
        )
    return found
