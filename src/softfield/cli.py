"""The command line ``softfield``: info, relax, field, spots, modes and shear of one glass, and
the provenance of a result.

Each command reads a glass, calls the library once and writes what it found. Results go to
files and standard output, progress and errors to standard error. Exit codes: 0 success,
1 an error that is explained in one line, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import (
    FileFormatError,
    InvalidGlassError,
    InvalidPotentialError,
    InvalidSettingError,
    SoftfieldError,
)

if TYPE_CHECKING:
    import pandas as pd

    from .glass import FloatArray, Glass
    from .mechanics.pairs import Interactions
    from .potentials.pair_potential import PairPotential
    from .response.fields import LocalThermalEnergy
    from .softness.spots import SoftSpot

TABLE_SUFFIXES = (".parquet", ".csv")
PLOT_SUFFIXES = (".png", ".pdf", ".svg")
OWN_GLASS_SUFFIXES = (".dump", ".lammpstrj", ".extxyz", ".xyz", ".gsd", ".h5", ".hdf5")

#: Soft spots that get a number on a map.
NUMBERED_SPOTS = 10

EXAMPLES = """\
examples:
  softfield info my.data --model 3dkablj
  softfield relax liquid.data --model 3dkablj -o glass.data
  softfield field glass.data --model 3dkablj -o field.parquet --plot field.png
  softfield field glass.data --model 3dkablj -o soft.dump        # opens coloured in OVITO
  softfield spots glass.data --model 3dkablj -o spots.csv
  softfield modes glass.data --model 3dkablj --count 30 -o modes.csv
  softfield shear glass.data --potential mine.toml --events 3 -o events.csv
  softfield provenance results/laptop/figures/fig4_prediction.png

mine.toml describes a potential of your own:
  kind = "lennard_jones"
  diameters = [[1.0, 0.8], [0.8, 0.88]]
  strengths = [[1.0, 1.5], [1.5, 0.5]]
  cutoff = 2.5
  truncation = "smooth"
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        with _reported(options.quiet):
            options.run(options)
    except (SoftfieldError, OSError) as error:
        _tell(f"softfield: error: {_one_line(error)}")
        return 1
    except KeyboardInterrupt:
        _tell("softfield: interrupted")
        return 130
    return 0


# --- commands ----------------------------------------------------------------------------


def info(options: argparse.Namespace) -> None:
    """Print what a file holds and, with a potential, how far it is from a minimum."""
    glass = _read(options)
    lines = {
        "particles": glass.n_particles,
        "dimension": glass.dimension,
        "box": " x ".join(f"{edge:.6g}" for edge in glass.box),
        "strain": f"{glass.strain:.6g}",
        "density": f"{glass.density:.6g}",
        "species": _composition(glass),
    }
    if options.model or options.potential:
        lines |= _mechanical_state(glass, _potential(options, glass))
    for name, value in lines.items():
        _print(f"{name:<22}{value}")


def relax(options: argparse.Namespace) -> None:
    """Write the minimum of the energy below a configuration."""
    from .files.glasses import write_glass

    glass = _read(options)
    write_glass(options.output, _relaxed(glass, _potential(options, glass), options))


def field(options: argparse.Namespace) -> None:
    """Compute the local thermal energy of every interaction."""
    glass, potential = _minimum(options)
    found = _field(glass, potential, options)
    for path in options.output:
        if path.suffix.lower() in TABLE_SUFFIXES:
            _write_table(path, _pair_table(glass, found), options)
        else:
            _write_particles(path, glass, found)
    if options.plot:
        _plot_field(options.plot, glass, potential, found)
    _print(f"interactions          {len(found.pairs)}")
    _print(f"largest |E|           {abs(found.energy).max():.6g}  (in units of k_B T / 2)")
    _print(f"sum rule error        {found.sum_rule_error:.2g}")


def spots(options: argparse.Namespace) -> None:
    """Find the soft spots of a glass, softest first."""
    glass, potential = _minimum(options)
    found = _field(glass, potential, options)
    table = _spot_table(_spots(glass, found))
    for path in options.output:
        _write_table(path, table, options)
    if options.plot:
        _plot_field(options.plot, glass, potential, found)
    _print(table.head(options.top).to_string(index=False, float_format="%.5g"))


def modes(options: argparse.Namespace) -> None:
    """Compute the lowest normal modes and the map made from them."""
    import pandas as pd

    from .files.glasses import write_glass
    from .mechanics.spectrum import participation_ratio
    from .response.modes import mode_map, normal_modes

    glass, potential = _minimum(options)
    _progress(f"{options.count} lowest normal modes of {glass.n_particles} particles")
    found = normal_modes(glass, potential, options.count, options.force_tolerance)
    table = pd.DataFrame(
        {
            "mode": range(1, len(found.frequencies) + 1),
            "frequency": found.frequencies,
            "participation_ratio": participation_ratio(found.vectors),
        }
    )
    for path in options.output:
        if path.suffix.lower() in TABLE_SUFFIXES:
            _write_table(path, table, options)
        else:
            values = {"mode_map": mode_map(found), "first_mode": found.vectors[0]}
            write_glass(path, glass, values)
    if options.plot:
        from .figures.glass_maps import particle_map
        from .figures.style import save

        label = r"mode map $\sum_j|\Psi_i^{(j)}|^2$"
        sizes = _diameters(glass, potential)
        save(particle_map(glass, mode_map(found), label, diameters=sizes), options.plot)
    _print(table.head(10).to_string(index=False, float_format="%.5g"))


def shear(options: argparse.Namespace) -> None:
    """Find the first plastic events under athermal quasistatic simple shear."""
    from .errors import NotConvergedError
    from .response.shear import shear_path

    glass, potential = _minimum(options)
    _progress(f"shearing to {options.events} plastic events or {options.max_strain}")
    path = shear_path(glass, potential, options.events, options.max_strain)
    table = _event_table(path.events, glass.dimension)
    for output in options.output:
        _write_table(output, table, options)
    if options.plot:
        from .figures.glass_maps import stress_curve
        from .figures.style import save

        save(stress_curve(path.strain, path.stress, table["strain"].to_numpy()), options.plot)
    _print(table.to_string(index=False, float_format="%.6g"))
    if not path.complete:
        raise NotConvergedError(
            f"the minimum was lost at strain {path.strain[-1]:.6f} after {len(path.events)} "
            f"events, which were written: {path.reason}"
        )


def provenance(options: argparse.Namespace) -> None:
    """Print what made a block, a table or a figure of the workflow, as JSON."""
    from .files.provenance import read_provenance

    _print(json.dumps(read_provenance(options.file), indent=2, sort_keys=True))


# --- arguments ---------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="softfield",
        description="Local thermal energy, soft spots, modes and plastic events of a glass.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"softfield {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _command(commands, info, potential_required=False)
    one = _command(commands, relax)
    written = _path_with((".data", ".lmp", *OWN_GLASS_SUFFIXES))
    one.add_argument("-o", "--output", type=written, required=True, metavar="GLASS")
    _add_force_tolerance(one, 1e-10)
    one.set_defaults(relax=True)
    one = _analysis(commands, field, (*TABLE_SUFFIXES, *OWN_GLASS_SUFFIXES))
    one = _analysis(commands, spots, TABLE_SUFFIXES)
    one.add_argument("--top", type=_positive_int, default=10, help="spots to print (10)")
    one = _analysis(commands, modes, (*TABLE_SUFFIXES, *OWN_GLASS_SUFFIXES))
    one.add_argument("--count", type=_positive_int, default=30, help="number of modes (30)")
    one = _analysis(commands, shear, TABLE_SUFFIXES)
    one.add_argument("--events", type=_positive_int, default=3, help="events to find (3)")
    one.add_argument("--max-strain", type=float, default=0.1, help="strain to stop at (0.1)")
    one = _subparser(commands, provenance)
    one.add_argument("file", type=Path, metavar="FILE", help="a block, a table or a PNG")
    one.set_defaults(quiet=False)
    return parser


def _command(
    commands: Any, run: Callable[[argparse.Namespace], None], potential_required: bool = True
) -> argparse.ArgumentParser:
    """A subcommand that reads a glass, by a potential."""
    one = _subparser(commands, run)
    one.add_argument("file", type=Path, metavar="FILE", help="LAMMPS data or dump, XYZ, GSD, HDF5")
    which = one.add_mutually_exclusive_group(required=potential_required)
    which.add_argument("--model", metavar="NAME", help="2dipl, 3dipl or 3dkablj")
    which.add_argument("--potential", type=Path, metavar="TOML", help="a potential of your own")
    one.add_argument(
        "--species",
        type=_mapping,
        metavar="A=0,B=1",
        help="species of the potential for each type or element of the file",
    )
    one.add_argument(
        "--length-unit",
        type=float,
        default=1.0,
        metavar="L",
        help="length in the file that is 1 for the potential (1)",
    )
    one.add_argument("--frame", type=int, default=-1, help="of a trajectory (-1, the last)")
    one.add_argument("-q", "--quiet", action="store_true", help="no progress")
    return one


def _subparser(commands: Any, run: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
    """A subcommand named and described as the function that it runs."""
    summary = (run.__doc__ or "").splitlines()[0]
    examples = [line for line in EXAMPLES.splitlines() if f"softfield {run.__name__} " in line]
    one: argparse.ArgumentParser = commands.add_parser(
        run.__name__,
        help=summary,
        description=summary,
        epilog="\n".join(["examples:", *examples, "", "softfield --help has more."]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    one.set_defaults(run=run)
    return one


def _analysis(
    commands: Any, run: Callable[[argparse.Namespace], None], suffixes: Sequence[str]
) -> argparse.ArgumentParser:
    """A subcommand that needs a minimum and writes tables, glasses and a plot."""
    one = _command(commands, run)
    one.add_argument(
        "-o",
        "--output",
        type=_path_with(suffixes),
        action="append",
        default=[],
        metavar="FILE",
        help=f"where to write the result; may be repeated ({' '.join(suffixes)})",
    )
    one.add_argument(
        "--plot", type=_path_with(PLOT_SUFFIXES), metavar="FILE", help=".png .pdf .svg"
    )
    one.add_argument("--relax", action="store_true", help="relax to the nearest minimum first")
    _add_force_tolerance(one, 1e-8)
    return one


def _add_force_tolerance(parser: argparse.ArgumentParser, default: float) -> None:
    parser.add_argument(
        "--force-tolerance",
        type=float,
        default=default,
        metavar="F",
        help=f"largest force on a particle at a minimum ({default:g})",
    )


def _positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _path_with(suffixes: Sequence[str]) -> Callable[[str], Path]:
    def path(text: str) -> Path:
        if Path(text).suffix.lower() not in suffixes:
            raise argparse.ArgumentTypeError(f"{text} must end in one of {' '.join(suffixes)}")
        return Path(text)

    return path


def _mapping(text: str) -> dict[str, int]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): int(index) for name, index in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form A=0,B=1") from None


# --- steps ---------------------------------------------------------------------------------


def _read(options: argparse.Namespace) -> Glass:
    from .files.glasses import read_glass

    return read_glass(
        options.file,
        species=options.species,
        length_unit=options.length_unit,
        frame=options.frame,
    )


def _potential(options: argparse.Namespace, glass: Glass) -> PairPotential:
    if options.model:
        from .potentials.models import model

        found = model(options.model)
        if found.dimension != glass.dimension:
            raise InvalidGlassError(
                f"{options.file} is {glass.dimension}-dimensional, the model {found.name} "
                f"{found.dimension}-dimensional; choose another model."
            )
        return found.potential
    from .potentials.settings import potential_from_settings

    try:
        settings = tomllib.loads(options.potential.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{options.potential} is no TOML file: {error}.") from error
    try:
        return potential_from_settings(settings, options.potential.parent)
    except InvalidPotentialError as error:
        raise InvalidPotentialError(f"{options.potential}: {error}") from error


def _minimum(options: argparse.Namespace) -> tuple[Glass, PairPotential]:
    _check_tolerance(options.force_tolerance)
    glass = _read(options)
    potential = _potential(options, glass)
    if options.relax:
        glass = _relaxed(glass, potential, options)
    return glass, potential


def _relaxed(glass: Glass, potential: PairPotential, options: argparse.Namespace) -> Glass:
    from .preparation.minimisation import minimize

    _check_tolerance(options.force_tolerance)
    _progress(f"relaxing {glass.n_particles} particles")
    return minimize(glass, potential, min(1e-10, options.force_tolerance))


def _check_tolerance(tolerance: float) -> None:
    if not 0 < tolerance < float("inf"):
        raise InvalidSettingError(
            f"the force tolerance must be positive and finite, not {tolerance}."
        )


def _field(
    glass: Glass, potential: PairPotential, options: argparse.Namespace
) -> LocalThermalEnergy:
    from .response.fields import local_thermal_energy

    _progress(f"local thermal energy of {glass.n_particles} particles")
    return local_thermal_energy(glass, potential, options.force_tolerance)


def _spots(glass: Glass, found: LocalThermalEnergy) -> list[SoftSpot]:
    from .softness.spots import VICINITY_RADIUS, soft_spots

    radius = min(VICINITY_RADIUS, 0.5 * float(glass.box.min()))
    return soft_spots(glass, found, radius)


def _mechanical_state(glass: Glass, potential: PairPotential) -> dict[str, str]:
    from .mechanics.derivatives import FORCE_TOLERANCE, energy, pair_forces, pressure
    from .mechanics.pairs import interactions
    from .preparation.minimisation import largest_force

    found = interactions(glass, potential)
    force = pair_forces(found)
    largest = largest_force(force)
    minimum = "yes" if largest <= FORCE_TOLERANCE else "no: relax it first (softfield relax)"
    return {
        "energy per particle": f"{energy(glass, potential) / glass.n_particles:.10g}",
        "pressure": f"{pressure(glass, potential):.10g}",
        "largest force": f"{largest:.3g}",
        "at rest": minimum,
        "distance to minimum": _distance_to_minimum(glass, found, force),
    }


def _distance_to_minimum(glass: Glass, found: Interactions, force: FloatArray) -> str:
    """Largest displacement of a particle in one Newton step, where that means something."""
    import numpy as np

    from .errors import FloatingParticlesError, SaddleError
    from .mechanics.factorization import factorize

    try:
        step = factorize(glass, found).solve(force)
    except SaddleError:
        return "unknown: there are unstable directions or free particles"
    except FloatingParticlesError:
        return "unknown: some particles do not interact with the rest"
    return f"{np.linalg.norm(step, axis=1).max():.3g}"


def _composition(glass: Glass) -> str:
    import numpy as np

    counts = np.bincount(glass.species)
    if len(counts) > 10:
        return f"{len(counts)}"
    return ", ".join(f"{count} of species {kind}" for kind, count in enumerate(counts))


def _diameters(glass: Glass, potential: PairPotential) -> Any:
    """(N,) diameters to draw: proportional to the range of like pairs, smallest 1."""
    import numpy as np

    like = np.diag(potential.ranges)[glass.species]
    return like / like.min()


# --- results -------------------------------------------------------------------------------


def _pair_table(glass: Glass, found: LocalThermalEnergy) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    from .softness.coarse_graining import pair_midpoints

    i, j = found.pairs.T
    vectors = glass.minimum_image(glass.positions[j] - glass.positions[i])
    middle = pair_midpoints(glass, found.pairs)
    return pd.DataFrame(
        {
            "i": i,
            "j": j,
            "distance": np.linalg.norm(vectors, axis=1),
            "energy": found.energy,
            "harmonic": found.harmonic,
            "anharmonic": found.anharmonic,
            **{f"middle_{axis}": column for axis, column in zip("xyz", middle.T, strict=False)},
        }
    )


def _write_particles(path: Path, glass: Glass, found: LocalThermalEnergy) -> None:
    from .files.glasses import write_glass
    from .softness.coarse_graining import particle_softness

    values = {
        "softness": particle_softness(found),
        "debye_waller": found.debye_waller,
        "thermal_displacement": found.displacement,
    }
    write_glass(path, glass, values)


def _spot_table(found: Sequence[SoftSpot]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            "spot": number,
            "softness": spot.softness,
            "ratio": found[0].softness / spot.softness,
            **dict(zip("xyz", spot.position.tolist(), strict=False)),
        }
        for number, spot in enumerate(found, start=1)
    ]
    return pd.DataFrame(rows)


def _event_table(events: Sequence[Any], dimension: int) -> pd.DataFrame:
    import pandas as pd

    scalars = (
        "ordinal", "strain", "particle", "displaced_particle", "stress_drop", "energy_drop",
        "participation_ratio",
    )  # fmt: skip
    axes = "xyz"[:dimension]
    rows = [
        {name: getattr(event, name) for name in scalars}
        | dict(zip(axes, event.position.tolist(), strict=True))
        for event in events
    ]
    return pd.DataFrame(rows, columns=[*scalars, *axes])


def _plot_field(
    path: Path, glass: Glass, potential: PairPotential, found: LocalThermalEnergy
) -> None:
    from .figures.glass_maps import particle_map
    from .figures.style import save
    from .softness.coarse_graining import particle_softness

    # Soft spots are defined for the unsheared glass only.
    numbered = [] if glass.strain else _spots(glass, found)[:NUMBERED_SPOTS]
    figure = particle_map(
        glass,
        particle_softness(found),
        spots=[spot.position for spot in numbered],
        diameters=_diameters(glass, potential),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save(figure, path, resolution=200)


def _write_table(path: Path, table: pd.DataFrame, options: argparse.Namespace) -> None:
    from .files.atomic import replaced_atomically
    from .files.provenance import provenance
    from .files.tables import write_table

    if path.suffix.lower() == ".csv":
        with replaced_atomically(path) as temporary:
            table.to_csv(temporary, index=False)
    else:
        write_table(path, table, provenance(_parameters(options)))


def _parameters(options: argparse.Namespace) -> Mapping[str, Any]:
    plain = {name: value for name, value in vars(options).items() if name != "run"}
    return json.loads(json.dumps({"command": options.run.__name__, **plain}, default=os.fspath))


# --- words ---------------------------------------------------------------------------------


class _Progress(logging.Handler):
    """Messages of the library on standard error, with the time since the start."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._start = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        _tell(f"softfield: {time.monotonic() - self._start:6.1f} s  {record.getMessage()}")


@contextmanager
def _reported(quiet: bool) -> Iterator[None]:
    """Let the library report on standard error, and leave its logger as it was."""
    logger = logging.getLogger("softfield")
    before = logger.level, logger.propagate
    reporter = _Progress()
    if not quiet:
        logger.addHandler(reporter)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(reporter)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def _progress(message: str) -> None:
    logging.getLogger("softfield").info(message)


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror.lower()}"
    return " ".join(str(error).split())


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
