"""The command line ``softfield``: info, relax, field, spots, modes, soft-modes and shear of one
glass, and the provenance of a result.

Each command reads a glass, calls the library once and writes what it found. Results go to
files and standard output, progress and errors to standard error. Exit codes: 0 success,
1 an error that is explained in one line, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .command_line import arguments
from .command_line.arguments import OWN_GLASS_SUFFIXES, PLOT_SUFFIXES, TABLE_SUFFIXES
from .command_line.progress import one_line, print_line, progress, reported, tell
from .errors import (
    FileFormatError,
    InvalidGlassError,
    InvalidPotentialError,
    InvalidSettingError,
    NoPairSumError,
    SoftfieldError,
)
from .files.atomic import written_together

if TYPE_CHECKING:
    from .command_line.results import FileTerms
    from .glass import FloatArray, Glass
    from .mechanics.pairs import Interactions
    from .potentials.pair_potential import PairPotential
    from .response.fields import LocalThermalEnergy
    from .softness.spots import SoftSpot

EXAMPLES = """\
examples:
  softfield info my.data --model 3dkablj
  softfield relax liquid.data --model 3dkablj -o glass.data
  softfield field glass.data --model 3dkablj -o field.parquet --plot field.png
  softfield field glass.data --model 3dkablj -o soft.dump        # opens coloured in OVITO
  softfield spots glass.data --model 3dkablj -o spots.csv
  softfield modes glass.data --model 3dkablj --count 30 -o modes.csv
  softfield soft-modes glass.data --model 3dkablj -o modes.csv --plot spots.png
  softfield shear glass.data --potential mine.toml --events 3 -o events.csv
  softfield info glass.data --lammps in.glass                    # energy as in LAMMPS' log
  softfield field glass.data --lammps in.glass --plot field.png
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
    options = _parser().parse_args(_with_direction_joined(arguments))
    try:
        with reported(options.quiet):
            _run(options)
    except (SoftfieldError, OSError) as error:
        tell(f"softfield: error: {one_line(error)}")
        return 1
    except KeyboardInterrupt:
        tell("softfield: interrupted")
        return 130
    return 0


def _with_direction_joined(arguments: Sequence[str] | None) -> list[str]:
    """The arguments, ``--direction -xy`` as one: argparse takes -xy for an option."""
    joined: list[str] = []
    for word in sys.argv[1:] if arguments is None else arguments:
        if joined[-1:] == ["--direction"] and re.fullmatch(r"-[a-z]{2}", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _run(options: argparse.Namespace) -> None:
    """The command; by a calculator where the LAMMPS script is no sum over pairs."""
    from .command_line.outputs import check_outputs

    check_outputs(options)
    if getattr(options, "var", None) and options.lammps is None:
        raise InvalidSettingError(
            "--var is a variable of a LAMMPS script, and there is none; give --lammps SCRIPT."
        )
    try:
        options.run(options)
    except NoPairSumError as refusal:
        from .command_line.calculators import run_with_calculator

        run_with_calculator(options, refusal)


# --- commands ----------------------------------------------------------------------------


def info(options: argparse.Namespace) -> None:
    """Print what a file holds and, with a potential, how far it is from a minimum."""
    from .command_line.facts import glass_facts, print_facts

    if any(law is not None for law in (options.model, options.potential, options.lammps)):
        opened = _opened(options)
        glass, terms = opened.glass, opened.terms
        state = _mechanical_state(opened)
        if options.lammps:
            from .command_line.lammps import as_in_the_log

            log = as_in_the_log(
                glass,
                opened.potential,  # type: ignore[arg-type]
                options.file,
                options.atom_style,
                terms.length_unit,
            )
            state = log | {name: state[name] for name in state if name not in log}
    else:
        from .command_line.reading import read_file

        glass, terms = read_file(options)
        state = {}
    print_facts(glass_facts(glass, terms) | state)


def relax(options: argparse.Namespace) -> None:
    """Write the minimum of the energy below a configuration."""
    from .command_line.results import write_particles

    opened = _minimum(options)
    with written_together():
        for path in options.output:
            write_particles(path, opened.glass, opened.terms)


def field(options: argparse.Namespace) -> None:
    """Compute the local thermal energy of every interaction."""
    from .command_line.results import (
        field_values,
        pair_table,
        plot_field,
        write_results,
    )

    opened = _minimum(options)
    found = _field(opened, options)
    table = pair_table(opened.glass, found, opened.terms)
    with written_together():
        write_results(options, table, opened.glass, opened.terms, field_values(found))
        if options.plot:
            # Soft spots are defined for the unsheared glass only.
            shown = [] if opened.glass.strain else _softest(opened, found, options)[1]
            plot_field(options.plot, opened.glass, opened.potential, found, shown)
    if options.lammps:
        print_line(f"route                 exact: {options.lammps.name} is a sum over pairs")
    print_line(f"interactions          {len(found.pairs)}")
    print_line(f"largest |E|           {abs(found.energy).max():.6g}  (in units of k_B T / 2)")
    print_line(f"sum rule error        {found.sum_rule_error:.2g}")


def spots(options: argparse.Namespace) -> None:
    """Find the soft spots of a glass, softest first."""
    from .command_line.results import plot_field, spot_table, write_table

    opened = _minimum(options)
    found = _field(opened, options)
    radius, softest = _softest(opened, found, options)
    table = spot_table(softest, opened.terms)
    with written_together():
        for path in options.output:
            write_table(path, table, options)
        if options.plot:
            plot_field(options.plot, opened.glass, opened.potential, found, softest)
    print_line(f"vicinity radius       {opened.terms.length(radius):.5g}")
    print_line(table.head(options.top).to_string(index=False, float_format="%.5g"))


def _softest(
    opened: _Opened, found: LocalThermalEnergy, options: argparse.Namespace
) -> tuple[float, list[SoftSpot]]:
    """The radius of the vicinity, in lengths of the glass, and the soft spots.

    The unit of length is the smallest diameter in the models, and anything in other potentials,
    where distances of neighbours stand for diameters.
    """
    from .command_line.results import vicinity
    from .mechanics.pairs import neighbor_spacing
    from .softness.spots import soft_spots

    unit = 1.0 if options.model else neighbor_spacing(opened.glass, found.pairs)
    radius = vicinity(options, opened.glass, opened.terms, unit)
    return radius, soft_spots(opened.glass, found, radius)


def modes(options: argparse.Namespace) -> None:
    """Compute the lowest normal modes and the map made from them."""
    import pandas as pd

    from .command_line.results import save_figure, write_results
    from .mechanics.spectrum import participation_ratio
    from .response.modes import mode_map, normal_modes

    opened = _minimum(options)
    glass, potential, terms = opened.glass, opened.potential, opened.terms
    progress(f"{options.count} lowest normal modes of {glass.n_particles} particles")
    tolerance = options.force_tolerance
    found = normal_modes(glass, potential, options.count, tolerance, masses=options.masses)
    table = pd.DataFrame(
        {
            "mode": range(1, len(found.frequencies) + 1),
            "frequency": terms.length(found.frequencies, -1),
            "participation_ratio": participation_ratio(found.vectors),
        }
    )
    values = {"mode_map": (mode_map(found), 0), "first_mode": (found.vectors[0], 0)}
    with written_together():
        write_results(options, table, glass, terms, values)
        if options.plot:
            from .figures.diameters import drawn_diameters
            from .figures.glass_maps import particle_map

            label = r"mode map $\sum_j|\Psi_i^{(j)}|^2$"
            sizes = drawn_diameters(glass, potential)
            save_figure(options.plot, particle_map(glass, mode_map(found), label, diameters=sizes))
    print_line(table.head(10).to_string(index=False, float_format="%.5g"))


def soft_modes(options: argparse.Namespace) -> None:
    """Find the soft modes of a glass, with the strain at which each yields in every direction."""
    from .command_line.oriented import mode_table, mode_values, plot_modes
    from .command_line.results import write_results
    from .response.soft_modes import soft_modes as find

    opened = _minimum(options)
    glass, terms = opened.glass, opened.terms
    progress(f"{options.kind} soft modes of {glass.n_particles} particles")
    found = find(glass, opened.potential, options.kind, force_tolerance=options.force_tolerance)
    table = mode_table(found, glass.dimension, terms)
    values = mode_values(found, glass.n_particles, glass.dimension)
    with written_together():
        write_results(options, table, glass, terms, values)
        if options.plot:
            plot_modes(options.plot, glass, opened.potential, found)
    print_line(table.head(options.top).to_string(index=False, float_format="%.4g"))


def shear(options: argparse.Namespace) -> None:
    """Find the first plastic events under athermal quasistatic shear."""
    from .command_line.results import refuse_incomplete, report_events
    from .response.shear import shear_path

    opened = _minimum(options)
    progress(f"shearing to {options.events} plastic events or {options.max_strain}")
    path = shear_path(
        opened.glass, opened.potential, options.events, options.max_strain, options.direction
    )
    report_events(path, opened.glass.dimension, opened.terms, options)
    if path.contact_changes:
        print_line(f"{len(path.contact_changes)} pairs crossed their cutoff, which is no event.")
    refuse_incomplete(path)


def provenance(options: argparse.Namespace) -> None:
    """Print what made a block, a table or a figure of the workflow, as JSON."""
    from .files.provenance import read_provenance

    print_line(json.dumps(read_provenance(options.file), indent=2, sort_keys=True))


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
    written = arguments.path_with((".data", ".lmp", *OWN_GLASS_SUFFIXES))
    one.add_argument(
        "-o",
        "--output",
        type=written,
        action="append",
        required=True,
        metavar="GLASS",
        help="where to write the minimum; may be repeated",
    )
    _add_force_tolerance(one, 1e-10)
    _add_without_rattlers(one)
    one.set_defaults(relax=True)
    one = _analysis(commands, field, (*TABLE_SUFFIXES, *OWN_GLASS_SUFFIXES))
    one = _analysis(commands, spots, TABLE_SUFFIXES)
    one.add_argument("--top", type=arguments.positive_int, default=10, help="spots to print (10)")
    one.add_argument(
        "--vicinity-radius",
        type=arguments.positive,
        metavar="LENGTH",
        help="of the vicinity of a spot, in lengths of the file (2.5 diameters of the models, else "
        "2.5 distances of nearest neighbours)",
    )
    one = _analysis(commands, modes, (*TABLE_SUFFIXES, *OWN_GLASS_SUFFIXES))
    one.add_argument(
        "--count", type=arguments.positive_int, default=30, help="number of modes (30)"
    )
    one.add_argument(
        "--masses",
        choices=("unit", "glass"),
        default="unit",
        help="every mass 1, or those of the file (unit)",
    )
    one = _analysis(commands, soft_modes, (*TABLE_SUFFIXES, *OWN_GLASS_SUFFIXES))
    one.add_argument("--top", type=arguments.positive_int, default=10, help="modes to print (10)")
    one.add_argument(
        "--kind",
        choices=("cubic", "pseudoharmonic", "softening"),
        default="cubic",
        help="which displacements count as soft modes (cubic)",
    )
    one = _analysis(commands, shear, TABLE_SUFFIXES)
    one.add_argument("--events", type=arguments.positive_int, default=3, help="events to find (3)")
    one.add_argument(
        "--max-strain",
        type=float,
        default=0.1,
        help="strain to stop at, in simple shear counted from the upright cell (0.1)",
    )
    one.add_argument(
        "--direction", default="xy", metavar="D", help="xy, -xy, x-y (pure shear), ... (xy)"
    )
    one = _subparser(commands, provenance)
    one.add_argument("file", type=Path, metavar="FILE", help="a block, a table or a PNG")
    one.set_defaults(quiet=False)
    return parser


def _command(
    commands: Any, run: Callable[[argparse.Namespace], None], potential_required: bool = True
) -> argparse.ArgumentParser:
    """A subcommand that reads a glass, by a potential."""
    one = _subparser(commands, run)
    one.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="LAMMPS data or dump, XYZ, POSCAR, GRO, GSD, HDF5; may be compressed",
    )
    which = one.add_mutually_exclusive_group(required=potential_required)
    which.add_argument("--model", metavar="NAME", help="2dipl, 3dipl or 3dkablj")
    which.add_argument("--potential", type=Path, metavar="TOML", help="a potential of your own")
    which.add_argument("--lammps", type=Path, metavar="SCRIPT", help="that of a LAMMPS script")
    one.add_argument(
        "--var",
        type=arguments.variable,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="variable of that script; may be repeated",
    )
    one.add_argument(
        "--processes",
        type=arguments.positive_int,
        default=1,
        metavar="N",
        help="of a script that is no sum over pairs (1)",
    )
    one.add_argument(
        "--species",
        type=arguments.mapping,
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
    one.add_argument(
        "--format",
        metavar="NAME",
        help="data, dump, xyz, poscar, gro, gsd, hdf5, ase (by its content)",
    )
    one.add_argument(
        "--box",
        type=arguments.edges,
        metavar="LX,LY[,LZ]",
        help="of a file without one, or in place of its own, in its lengths",
    )
    one.add_argument("--atom-style", metavar="STYLE", help="of a LAMMPS data file without one")
    one.add_argument(
        "--dimension", type=int, choices=(2, 3), help="where the file does not tell (by its z)"
    )
    one.add_argument("-q", "--quiet", action="store_true", help="no progress")
    return one


def _subparser(commands: Any, run: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
    """A subcommand named and described as the function that it runs."""
    summary = (run.__doc__ or "").splitlines()[0]
    name = run.__name__.replace("_", "-")
    examples = [line for line in EXAMPLES.splitlines() if f"softfield {name} " in line]
    one: argparse.ArgumentParser = commands.add_parser(
        name,
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
        type=arguments.path_with(suffixes),
        action="append",
        default=[],
        metavar="FILE",
        help=f"where to write the result; may be repeated ({' '.join(suffixes)})",
    )
    one.add_argument(
        "--plot", type=arguments.path_with(PLOT_SUFFIXES), metavar="FILE", help=".png .pdf .svg"
    )
    one.add_argument("--relax", action="store_true", help="relax to the nearest minimum first")
    _add_force_tolerance(one, 1e-8)
    _add_without_rattlers(one)
    return one


def _add_force_tolerance(parser: argparse.ArgumentParser, default: float) -> None:
    parser.add_argument(
        "--force-tolerance",
        type=float,
        default=default,
        metavar="F",
        help=f"largest force on a particle at a minimum ({default:g})",
    )


def _add_without_rattlers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--without-rattlers",
        action="store_true",
        help="leave out particles that too few contacts hold in place",
    )


# --- steps ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Opened:
    """A glass, its potential, and what the file that it was read from calls things."""

    glass: Glass
    potential: PairPotential
    terms: FileTerms


def _opened(options: argparse.Namespace) -> _Opened:
    from .command_line.reading import read_file

    glass, terms = read_file(options)
    if options.model is not None:
        return _Opened(glass, _model(options, glass), terms)
    names = None if options.species else terms.labels
    potential: PairPotential
    if options.lammps:
        from .command_line.lammps import with_script

        variables = arguments.variables(options.var)
        taken, potential = with_script(glass, names, options.file, options.lammps, variables)
    else:
        taken, potential = _own_potential(options, glass, names)
    return _Opened(taken, potential, terms.for_potential(glass, taken))


def _model(options: argparse.Namespace, glass: Glass) -> PairPotential:
    from .potentials.models import model

    found = model(options.model)
    if found.dimension != glass.dimension:
        raise InvalidGlassError(
            f"{options.file} is {glass.dimension}-dimensional, the model {found.name} "
            f"{found.dimension}-dimensional; choose another model."
        )
    return found.potential


def _own_potential(
    options: argparse.Namespace, glass: Glass, names: Sequence[str | int] | None
) -> tuple[Glass, PairPotential]:
    """The potential of a TOML file; with ``sizes = "file"`` every particle is its own species."""
    from .potentials.settings import potential_of_glass

    try:
        settings = tomllib.loads(options.potential.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{options.potential} is no TOML file: {error}.") from error
    try:
        glass, potential = potential_of_glass(settings, glass, options.potential.parent, names)
    except NoPairSumError:
        raise
    except InvalidGlassError as error:
        raise InvalidGlassError(f"{options.file}: {error}") from error
    except InvalidPotentialError as error:
        raise InvalidPotentialError(f"{options.potential}: {error}") from error
    if "sizes" not in settings:
        _tell_of_unused_sizes(glass)
    return glass, potential


def _tell_of_unused_sizes(glass: Glass) -> None:
    import numpy as np

    if glass.diameters is None:
        return
    for kind in np.unique(glass.species):
        sizes = glass.diameters[glass.species == kind]
        if np.ptp(sizes) > 1e-6 * sizes.max():
            logging.getLogger("softfield").warning(
                "the file has particles of one species with different sizes, which this potential "
                'does not use; sizes = "file" in its TOML file does'
            )
            return


def _minimum(options: argparse.Namespace) -> _Opened:
    """What the options open, relaxed and without rattlers if they say so."""
    from .mechanics.derivatives import force_limit
    from .mechanics.pairs import interactions
    from .preparation.minimisation import descend, minimize
    from .preparation.rattlers import without_rattlers

    _check_tolerance(options.force_tolerance)
    opened = _opened(options)
    glass, potential, terms = opened.glass, opened.potential, opened.terms
    tolerance = min(1e-10, options.force_tolerance)
    if options.relax:
        progress(f"relaxing {glass.n_particles} particles")
    if options.without_rattlers:
        if options.relax:  # a minimum with rattlers is none to the second order
            for _ in range(2):  # forces of pairs are others behind a descent
                limit = force_limit(interactions(glass, potential), tolerance)
                glass = descend(glass, potential, limit).glass
        glass, kept = without_rattlers(glass, potential)
        progress(f"{len(terms.particles) - len(kept)} rattlers are left out")
        terms = terms.selected(kept)
    if options.relax:
        glass = minimize(glass, potential, tolerance)
    return _Opened(glass, potential, terms)


def _check_tolerance(tolerance: float) -> None:
    if not 0 < tolerance < float("inf"):
        raise InvalidSettingError(
            f"the force tolerance must be positive and finite, not {tolerance}."
        )


def _field(opened: _Opened, options: argparse.Namespace) -> LocalThermalEnergy:
    from .response.fields import local_thermal_energy

    progress(f"local thermal energy of {opened.glass.n_particles} particles")
    return local_thermal_energy(opened.glass, opened.potential, options.force_tolerance)


def _mechanical_state(opened: _Opened) -> dict[str, str]:
    from .mechanics.derivatives import FORCE_TOLERANCE, energy, force_limit, pair_forces, pressure
    from .mechanics.pairs import interactions
    from .preparation.minimisation import largest_force

    glass, potential, length = opened.glass, opened.potential, opened.terms.length
    found = interactions(glass, potential)
    force = pair_forces(found)
    largest = largest_force(force)
    at_rest = largest <= force_limit(found, FORCE_TOLERANCE)
    minimum = "yes" if at_rest else "no: relax it first (softfield relax)"
    return {
        "energy per particle": f"{energy(glass, potential) / glass.n_particles:.10g}",
        "pressure": f"{length(pressure(glass, potential), -glass.dimension):.10g}",
        "largest force": f"{length(largest, -1):.3g}",
        "at rest": minimum,
        "distance to minimum": _distance_to_minimum(opened, found, force),
    }


def _distance_to_minimum(opened: _Opened, found: Interactions, force: FloatArray) -> str:
    """Largest displacement of a particle in one Newton step, where that means something."""
    import numpy as np

    from .errors import FloatingParticlesError, SaddleError
    from .mechanics.factorization import factorize

    try:
        step = factorize(opened.glass, found).solve(force)
    except SaddleError:
        return "unknown: there are unstable directions or free particles"
    except FloatingParticlesError:
        return "unknown: some particles do not interact with the rest"
    return f"{opened.terms.length(np.linalg.norm(step, axis=1).max()):.3g}"


if __name__ == "__main__":
    sys.exit(main())
