"""What the commands write: tables, glasses with values per particle, and pictures."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError, NotConvergedError
from .arguments import TABLE_SUFFIXES
from .progress import print_line

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from ..glass import FloatArray, Glass
    from ..potentials.pair_potential import PairPotential
    from ..response.fields import LocalThermalEnergy
    from ..softness.spots import SoftSpot

#: Soft spots that get a number on a map.
NUMBERED_SPOTS = 10


@dataclass(frozen=True, eq=False)
class FileTerms:
    """What the file that was read calls things; results are told in these terms.

    Attributes
    ----------
    length_unit : what the file calls one length of the potential
    particles : (N,) numbers of the particles, from 0 in the order of their ids in the file
    labels : what the file calls the species of each particle (N,); None where it does not
    species : (N,) as they were read, where the potential has a species for each particle; None
        where they are those of the glass
    """

    length_unit: float
    particles: npt.NDArray[np.intp]
    labels: list[str | int] | None = None
    species: npt.NDArray[np.int32] | None = None

    def length(self, values: Any, power: int = 1) -> Any:
        """A quantity of the potential's lengths to some power, in lengths of the file."""
        return values * self.length_unit**power

    def selected(self, kept: npt.NDArray[np.intp]) -> FileTerms:
        """The terms of some of the particles."""
        labels = None if self.labels is None else [self.labels[k] for k in kept.tolist()]
        species = None if self.species is None else self.species[kept]
        return replace(self, particles=self.particles[kept], labels=labels, species=species)

    def for_potential(self, read: Glass, taken: Glass) -> FileTerms:
        """The terms of a glass as read, for the glass that a potential takes in its place."""
        of_its_own = np.array_equal(taken.species, np.arange(taken.n_particles))
        return replace(self, species=read.species) if of_its_own else self

    def named(self, glass: Glass) -> Glass:
        """The glass with the species that its file tells apart."""
        return glass if self.species is None else replace(glass, species=self.species)


def pair_table(glass: Glass, found: LocalThermalEnergy, terms: FileTerms) -> pd.DataFrame:
    """A row for each interaction."""
    import pandas as pd

    from ..softness.coarse_graining import pair_midpoints

    i, j = found.pairs.T
    vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
    middle = terms.length(pair_midpoints(glass, found.pairs))
    return pd.DataFrame(
        {
            "i": terms.particles[i],
            "j": terms.particles[j],
            "distance": terms.length(np.linalg.norm(vectors, axis=1)),
            "energy": found.energy,
            "harmonic": found.harmonic,
            "anharmonic": found.anharmonic,
            **{f"middle_{axis}": column for axis, column in zip("xyz", middle.T, strict=False)},
        }
    )


def field_values(found: LocalThermalEnergy) -> dict[str, tuple[FloatArray, int]]:
    """Values per particle of a field, each with the power of length in its unit."""
    from ..softness.coarse_graining import particle_softness

    return {
        "softness": (particle_softness(found), 0),
        "debye_waller": (found.debye_waller, 2),
        "thermal_displacement": (found.displacement, 1),
    }


def write_particles(
    path: Path,
    glass: Glass,
    terms: FileTerms,
    values: Mapping[str, tuple[FloatArray, int]] | None = None,
) -> None:
    """A glass in the terms of its file; softfield's own files are in those of the potential."""
    from ..files.formats import format_of_name
    from ..files.glasses import write_glass

    unit = 1.0 if format_of_name(path).name == "hdf5" else terms.length_unit
    told = {name: array * unit**power for name, (array, power) in (values or {}).items()}
    ids = (terms.particles + 1).tolist()
    glass = terms.named(glass)
    write_glass(path, glass, told, length_unit=unit, labels=terms.labels, ids=ids)


def spot_table(found: Sequence[SoftSpot], terms: FileTerms) -> pd.DataFrame:
    """A row for each soft spot, softest first."""
    import pandas as pd

    rows = [
        {
            "spot": number,
            "softness": spot.softness,
            "ratio": found[0].softness / spot.softness,
            **dict(zip("xyz", terms.length(spot.position).tolist(), strict=False)),
        }
        for number, spot in enumerate(found, start=1)
    ]
    return pd.DataFrame(rows)


def event_table(events: Sequence[Any], dimension: int, terms: FileTerms) -> pd.DataFrame:
    """A row for each plastic event, with every field of it; ``position`` is x, y (, z)."""
    import pandas as pd

    from ..response.events import event_arrays

    columns: dict[str, Any] = {}
    for name, values in event_arrays(events, dimension).items():
        if values.ndim == 2:
            prefix = "" if name == "position" else name.removesuffix("_position") + "_"
            places = zip("xyz"[:dimension], terms.length(values).T, strict=True)
            columns |= {f"{prefix}{axis}": column for axis, column in places}
        else:
            columns[name] = values
    table = pd.DataFrame(columns)
    for name in ("particle", "displaced_particle"):
        table[name] = terms.particles[table[name].to_numpy(dtype=np.intp)]
    table["stress_drop"] = terms.length(table["stress_drop"], -dimension)
    return table


def report_events(path: Any, dimension: int, terms: FileTerms, options: argparse.Namespace) -> None:
    """Write, draw and print the plastic events of a path, as ``options`` ask."""
    from ..files.atomic import written_together

    table = event_table(path.events, dimension, terms)
    with written_together():
        for output in options.output:
            write_table(output, table, options)
        if options.plot:
            from ..figures.glass_maps import stress_curve

            stress = terms.length(path.stress, -dimension)
            save_figure(options.plot, stress_curve(path.strain, stress, table["strain"].to_numpy()))
    if path.events:
        print_line(table.to_string(index=False, float_format="%.6g"))
    elif path.complete:
        empty = ", ".join(map(str, options.output))
        told = f"; {empty} has no rows" if empty else ""
        print_line(f"There was no plastic event up to strain {path.strain[-1]:.6g}{told}.")


def refuse_incomplete(path: Any) -> None:
    """End with an error where a path was lost on the way."""
    if not path.complete:
        raise NotConvergedError(
            f"the minimum was lost at strain {path.strain[-1]:.6f} after {len(path.events)} "
            f"events: {path.reason}"
        )


def plot_field(
    path: Path,
    glass: Glass,
    potential: PairPotential,
    found: LocalThermalEnergy,
    spots: Sequence[SoftSpot],
) -> None:
    """The map of the softness, with soft spots numbered."""
    from ..figures.diameters import drawn_diameters
    from ..figures.glass_maps import particle_map
    from ..softness.coarse_graining import particle_softness

    figure = particle_map(
        glass,
        particle_softness(found),
        spots=[spot.position for spot in spots[:NUMBERED_SPOTS]],
        diameters=drawn_diameters(glass, potential),
    )
    save_figure(path, figure)


def vicinity(options: argparse.Namespace, glass: Glass, terms: FileTerms, unit: float) -> float:
    """Radius of the vicinity of soft spots, length of the glass.

    What the options say, in lengths of the file, or 2.5 times ``unit``, less in a small box.

    Raises
    ------
    InvalidSettingError
        If the options say more than half the shortest edge of the box; in lengths of the file.
    """
    from ..softness.spots import VICINITY_RADIUS

    given = getattr(options, "vicinity_radius", None)
    largest = 0.5 * float(glass.box.min())
    if given is None:
        return min(VICINITY_RADIUS * unit, largest)
    if given > terms.length(largest):
        raise InvalidSettingError(
            f"--vicinity-radius {given:g} is more than half the shortest edge of the box, "
            f"{terms.length(largest):.4g} in lengths of the file; take a smaller one."
        )
    return min(float(given) / terms.length_unit, largest)


def write_results(
    options: argparse.Namespace,
    table: pd.DataFrame,
    glass: Glass,
    terms: FileTerms,
    values: Mapping[str, tuple[FloatArray, int]],
) -> None:
    """Every file that the options name: the table, or the glass with values per particle."""
    for path in options.output:
        if path.suffix.lower() in TABLE_SUFFIXES:
            write_table(path, table, options)
        else:
            write_particles(path, glass, terms, values)


def save_figure(path: Path, figure: Figure) -> None:
    """A picture, in a folder that is made if need be."""
    from ..figures.style import save
    from ..files.atomic import replaced_atomically

    with replaced_atomically(path) as temporary:
        save(figure, temporary, resolution=200)


def write_table(path: Path, table: pd.DataFrame, options: argparse.Namespace) -> None:
    """A table as CSV, or as Parquet with its provenance."""
    from ..files.atomic import replaced_atomically
    from ..files.provenance import provenance
    from ..files.tables import write_table as write_parquet

    if path.suffix.lower() == ".csv":
        with replaced_atomically(path) as temporary:
            table.to_csv(temporary, index=False)
    else:
        write_parquet(path, table, provenance(_parameters(options)))


def _parameters(options: argparse.Namespace) -> Mapping[str, Any]:
    plain = {name: value for name, value in vars(options).items() if name != "run"}
    return json.loads(json.dumps({"command": options.run.__name__, **plain}, default=os.fspath))
