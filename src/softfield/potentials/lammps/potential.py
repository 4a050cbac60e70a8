"""The force law of a LAMMPS script, as a potential of ours."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...checks.arrays import real_numbers
from ...checks.names import mapping_of, path_of
from ...checks.numbers import is_number, shown, whole_number
from ...errors import FileFormatError, InvalidPotentialError
from ...files.source import Source
from ...glass import FloatArray, Glass, check_glass
from ..pair_potential import check_alike, check_pairs, check_species
from ..scaled import by_squared_distance
from .data_sections import is_data_file, particle_diameters
from .lines import SHOWN
from .pair_commands import PairCommands
from .script import ScriptReader, ScriptState
from .styles import StyleLaw
from .sub_styles import ANYWHERE, Context, Member, Types
from .tables import TableLaw

#: Types that a law for all types (``pair_coeff * *``) has where nothing says how many there are.
OPEN_TYPES = 8

#: Most atom types: a law is made for each pair of them.
MOST_TYPES = 1000

#: Share of the sizes of laws that is rounding where they cancel.
CANCELLED = 1e-14


@dataclass(frozen=True)
class TailCorrection:
    """What ``pair_modify tail yes`` adds to the log, and to no force.

    Attributes
    ----------
    energy : energy of the whole glass
    pressure : energy per volume
    """

    energy: float = 0.0
    pressure: float = 0.0


@dataclass(frozen=True, eq=False)
class LammpsPotential:
    """The pair potential of a LAMMPS script; made by :func:`lammps_potential`.

    Attributes
    ----------
    members : (a, b), a <= b -> the laws between species a and b, which are summed
    n_species : number of atom types; species = type - 1
    source : str
        File that it was read from, or "the script".
    styles : tuple of str
        Each style with its formula, and whether it is shifted.
    units : str
        As the script says; energies and lengths are in these units.
    labels : tuple of str or None
        Type label of each species, "" for one without, where the script has any, or else the data
        file that was given.
    masses : dict of species -> mass, where they are said, but by the data file that was given
    notes : tuple of str
        What is not part of the potential: friction, walls, ...
    """

    members: Mapping[Types, tuple[Member, ...]]
    n_species: int
    source: str
    styles: tuple[str, ...]
    units: str
    labels: tuple[str, ...] | None
    masses: Mapping[int, float]
    notes: tuple[str, ...]

    @cached_property
    def ranges(self) -> FloatArray:
        """(S, S) cutoff of each pair of species, length; zero where there is no interaction."""
        table = np.zeros((self.n_species, self.n_species))
        for (a, b), laws in self.members.items():
            table[a, b] = table[b, a] = max((law.reach for law in laws), default=0.0)
        return table

    @cached_property
    def parts(self) -> tuple[LammpsPotential, ...]:
        """Potentials that add up to this one: laws of a pair that end together, outermost first.

        One, the potential itself, unless laws of a pair have different cutoffs.
        """
        ends = {
            pair: sorted({law.reach for law in laws if law.reach > 0}, reverse=True)
            for pair, laws in self.members.items()
        }
        most = max(map(len, ends.values()), default=0)
        if most < 2:
            return (self,)
        return tuple(
            replace(
                self,
                members={
                    pair: tuple(law for law in laws if law.reach in ends[pair][k : k + 1])
                    for pair, laws in self.members.items()
                },
            )
            for k in range(most)
        )

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond the range of each pair.

        Raises
        ------
        OverlapError
            If a pair is closer than a table reaches.
        """
        check_pairs(self, squared_distance, species_i, species_j)
        low, high = np.minimum(species_i, species_j), np.maximum(species_i, species_j)
        code = low.astype(np.int64) * self.n_species + high
        result = np.zeros((4, len(squared_distance)))
        for present in np.flatnonzero(np.bincount(code, minlength=1)):
            laws = self.members[divmod(int(present), self.n_species)]
            chosen = np.flatnonzero(code == present)
            for law in laws:
                inside = chosen[squared_distance[chosen] < law.reach**2]
                result[:, inside] += _evaluated(law, squared_distance[inside])
        return result

    def tail_correction(self, glass: Glass) -> TailCorrection:
        """What ``pair_modify tail yes`` adds to energy and pressure in the log.

        ``U = (2 pi/V) sum_ab N_a N_b int phi r^2 dr`` and
        ``p = -(2 pi/(3 V^2)) sum_ab N_a N_b int phi' r^3 dr`` beyond the cutoffs, with the
        particles of each species spread evenly; zero without ``tail yes``. It is a number for
        each state, no force, and no part of :func:`softfield.energy`.

        Raises
        ------
        InvalidPotentialError
            For a glass in 2D, where LAMMPS has no tail correction.
        """
        check_glass(glass)
        if not any(any(law.tail) for laws in self.members.values() for law in laws):
            return TailCorrection()
        if glass.dimension != 3:
            raise InvalidPotentialError(
                f"{self.source}: pair_modify tail yes is for 3D, and the glass is 2D; LAMMPS "
                "refuses it too. Remove it."
            )
        check_species(self, glass.species)
        counts = np.bincount(glass.species, minlength=self.n_species)
        energy = pressure = 0.0
        for (a, b), laws in self.members.items():
            weight = counts[a] * counts[b] * (1 if a == b else 2)
            energy += weight * sum(law.tail[0] for law in laws)
            pressure += weight * sum(law.tail[1] for law in laws)
        return TailCorrection(energy / glass.volume, pressure / glass.volume**2)


@dataclass(frozen=True, eq=False)
class LammpsContacts:
    """A granular style between particles that each have a diameter of their own.

    The species of a particle is its own index, as for :func:`softfield.polydisperse`:
    ``Glass(positions, np.arange(N), box)``, particles in the order of their ids. Attributes
    are those of :class:`LammpsPotential`, and ``diameters`` (N,).
    """

    law: StyleLaw
    stiffness: float
    diameters: FloatArray
    source: str
    styles: tuple[str, ...]
    units: str
    labels: tuple[str, ...] | None
    masses: Mapping[int, float]
    notes: tuple[str, ...]

    @property
    def n_species(self) -> int:
        return len(self.diameters)

    @cached_property
    def ranges(self) -> FloatArray:
        """(1, 1) the largest range; :meth:`pair_ranges` has that of each pair."""
        return np.full((1, 1), float(self.diameters.max()))

    def pair_ranges(self, particle_i: npt.NDArray, particle_j: npt.NDArray) -> FloatArray:
        """(P,) distance at which each pair of particles loses contact."""
        check_species(self, particle_i, particle_j)
        check_alike(particle_i, particle_j)
        return 0.5 * (self.diameters[particle_i] + self.diameters[particle_j])

    def derivatives(
        self, squared_distance: FloatArray, species_i: npt.NDArray, species_j: npt.NDArray
    ) -> FloatArray:
        """(4, P) array of g0 ... g3, zero beyond contact."""
        check_pairs(self, squared_distance, species_i, species_j)
        result = np.zeros((4, len(squared_distance)))
        inside = squared_distance < self.pair_ranges(species_i, species_j) ** 2
        a, b = (0.5 * self.diameters[species[inside]] for species in (species_i, species_j))
        values = {"K_n": self.stiffness, "contact": a + b, "reduced": a * b / (a + b)}
        r = np.sqrt(squared_distance[inside])
        result[:, inside] = by_squared_distance(self.law(r, values), r, np.ones_like(r))
        return result

    def tail_correction(self, glass: Glass) -> TailCorrection:
        """Contacts have none."""
        check_glass(glass)
        return TailCorrection()


def lammps_potential(
    source: str | os.PathLike[str],
    *,
    variables: Mapping[str, object] | None = None,
    data: str | os.PathLike[str] | None = None,
    n_types: int | None = None,
    diameters: npt.ArrayLike | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> LammpsPotential | LammpsContacts:
    """The pair potential that a LAMMPS script describes, in the script's units.

    It is the function that LAMMPS computes, to rounding: cutoffs, shift, mixing and tables
    included; species = atom type - 1. What is read: ``pair_style``, ``pair_coeff``,
    ``pair_modify``; ``variable`` (equal, index, string, internal, loop, format), ``$x``,
    ``${x}``, ``$(formula:%format)``, ``&``, comments, quotes, ranges ``*``, type labels,
    ``include``, ``units``, ``create_box``, ``neigh_modify exclude type``; and
    ``Pair Coeffs`` or ``PairIJ Coeffs`` of the file that ``read_data`` names. The styles are in
    :data:`softfield.potentials.lammps.styles.STYLES`, and ``table``, ``hybrid``,
    ``hybrid/overlay``, ``hybrid/scaled``, ``none``; also with suffixes (opt, omp, gpu, ...).

    Nothing is executed, and no file outside the script's folder is read. ``shell``, ``python``
    and variables that execute or read the environment are passed over like every command that
    has nothing to do with pairs, and refused, by name, only where the pairs need a value (or a
    folder) that would come from them. So are ``if``, ``jump`` and ``next``: statements about
    pairs that may or may not be executed are refused, those in a loop only if they change with
    it; a jump to another file is refused.

    Parameters
    ----------
    source : path or str
        A script, or its text.
    variables : mapping
        Values as ``-var name value`` on LAMMPS' command line.
    data : path
        Data file that counts where ``read_data`` names it, as in LAMMPS; otherwise after the one
        that ``read_data`` names, or instead of it.
    n_types : int
        Number of atom types, if neither script nor data file says it; where they know more, of
        those that have particles.
    diameters : array_like
        For granular styles: of the particles of each type, or of each particle; otherwise
        they are read from the data file (``Atoms # sphere``).
    folder : path
        Where the files lie that a script given as text names.

    Returns
    -------
    LammpsPotential
        Or, for granular styles where particles of a type differ in diameter, LammpsContacts,
        for which the species of a particle is its own index.

    Raises
    ------
    InvalidPotentialError
        For what no sum over pairs describes, or what is missing or wrong; file, line number,
        line, and the way out are named.
    FileFormatError
        If a file cannot be read as text.
    """
    if n_types is not None:
        n_types = whole_number(
            n_types, "n_types, the number of atom types,", 1, InvalidPotentialError
        )
    if diameters is not None:
        diameters = _given_diameters(diameters)
    given = mapping_of(variables, "variables of a script", InvalidPotentialError)
    for variable, value in given.items():
        if not isinstance(value, str) and not is_number(value):
            raise InvalidPotentialError(
                f"the variable {variable} is {shown(value)}; give a number or text."
            )
    text, name, place = _text_of(source, folder)
    given_data = None if data is None else path_of(data, "the data file", InvalidPotentialError)
    reader = ScriptReader(place, given, given_data)
    try:
        reader.read(text, name)
        reader.take_late_coefficients()
    except OSError as error:
        raise FileFormatError(f"{given_data} cannot be read as a data file ({error}).") from error
    state = reader.state
    state.around.check(state.dimension, state.data is not None)
    sizes = _diameters(state, diameters)
    count = _number_of_types(state, n_types, sizes)
    by_type = _by_type(sizes, n_types, count)
    context = Context(count, state.labels, place, state.units, by_type, reader.variables.value)
    commands = PairCommands(context)
    for statement in state.statements:
        commands.take(statement.command, statement.line, list(statement.words))
    members = _members(commands, state, name)
    potential = LammpsPotential(
        members=members,
        n_species=count,
        source=name,
        styles=tuple(_styles(members)),
        units=state.units,
        labels=_labels(state, count),
        masses=dict(state.masses),
        notes=(*state.notes, *state.around.notes, *_granular_notes(members)),
    )
    return _checked(potential, sizes, by_type)


def _text_of(
    source: str | os.PathLike[str], folder: str | os.PathLike[str] | None
) -> tuple[str, str, Path | None]:
    """Text of a script, what to call it, and its folder."""
    place = None if folder is None else path_of(folder, "the folder", InvalidPotentialError)
    if isinstance(source, str) and ("\n" in source or re.match(r"\s*pair_style\s", source)):
        return source, "the script", place
    path = path_of(source, "a LAMMPS script, its path or its text,", InvalidPotentialError)
    try:
        text = "\n".join(Source(path).lines())
    except (OSError, ValueError) as error:
        raise FileFormatError(
            f"{str(path)[:SHOWN]} cannot be read ({error}); give the path of a LAMMPS script, or "
            "its text."
        ) from error
    if is_data_file(path):
        raise FileFormatError(
            f"{path} is a data file, which has no pair_style; give the script that reads it."
        )
    return text, path.name, place or path.parent


# --- types and sizes ------------------------------------------------------------------------


def _diameters(state: ScriptState, given: npt.ArrayLike | None) -> FloatArray | None:
    """Diameters as given, else (N, 2) type and diameter of each particle of the data file."""
    granular = any(
        s.command == "pair_style" and any(word.startswith("gran") for word in s.words)
        for s in state.statements
    )
    if not granular:
        return None
    _check_sizes(state, given)
    if given is None:
        if state.data is None:
            return None
        return particle_diameters(state.data, state.atom_style, state.labels)
    return _given_diameters(given)


def _check_sizes(state: ScriptState, given: npt.ArrayLike | None) -> None:
    """Refuse diameters that the script changes behind the file that has them; else a note."""
    way_out = "Give a data file written behind it, with data=, or diameters= alone"
    if given is None and state.read_here and state.added is not None:
        state.added.refuse("diameters of added particles are not put together", way_out)
    changed = state.around.changed
    if changed is None:
        return
    if state.own is not None or (given is None and state.read_here):
        changed.refuse(
            "diameters or types of grains are not those of the file that read_data names", way_out
        )
    state.around.notes.append(
        f"diameters or types of grains are changed on line {changed.number}, where nothing is done "
        "here: they are those of the file that was given, or of diameters="
    )


def _given_diameters(given: npt.ArrayLike) -> FloatArray:
    """Diameters as somebody gives them, one for each type or particle."""
    sizes = np.atleast_1d(real_numbers(given, "diameters", InvalidPotentialError))
    if sizes.ndim != 1 or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise InvalidPotentialError(
            "diameters must be positive lengths, one for each type or for each particle."
        )
    return sizes


def _number_of_types(state: ScriptState, given: int | None, sizes: FloatArray | None) -> int:
    """Atom types of the script, or as many as its statements name."""
    words = [word for s in state.statements if s.command == "pair_coeff" for word in s.words[:2]]
    words += [word for _, *pair in state.excluded for word in pair]
    ranges = [word for word in words if re.fullmatch(r"\d{0,9}\*?\d{0,9}", word)]
    named = [int(n) for word in ranges for n in word.split("*") if n]
    named += [kind + 1 for kind in (*state.labels.values(), *state.masses)]
    if sizes is not None and sizes.ndim == 2:
        named.append(int(sizes[:, 0].max()) + 1)
    everything = any(s.words[:2] == ("*", "*") for s in state.statements)
    open_types = OPEN_TYPES if everything and sizes is None else 1
    count = max(state.n_types, given or 0) or max([1, *named, open_types])
    if count > MOST_TYPES:
        raise InvalidPotentialError(
            f"{count} atom types are more than the {MOST_TYPES} of which every pair is looked at; "
            "for particles that each have a size of their own there is sf.polydisperse."
        )
    return count


def _by_type(sizes: FloatArray | None, given: int | None, count: int) -> tuple[float, ...] | None:
    """Diameter of the particles of each type, where each type has one.

    ``given`` types have particles; the script or its data file may know ``count``, which is more.
    """
    if sizes is None:
        return None
    if sizes.ndim == 1 and len(sizes) in (given, count):
        return (*sizes.tolist(), *[float(np.min(sizes, initial=np.inf))] * (count - len(sizes)))
    if sizes.ndim == 1:
        return None
    found = [np.unique(sizes[sizes[:, 0] == kind, 1]) for kind in range(count)]
    if any(len(unique) > 1 or (len(unique) and not unique[0] > 0) for unique in found):
        return None
    # A type without particles has no contacts; any size does that widens no range.
    smallest = min((float(unique[0]) for unique in found if len(unique)), default=1.0)
    return tuple(float(unique[0]) if len(unique) else smallest for unique in found)


def _labels(state: ScriptState, count: int) -> tuple[str, ...] | None:
    names = {kind: label for label, kind in state.labels.items()}
    return tuple(names.get(kind, "") for kind in range(count)) if names else None


# --- laws -----------------------------------------------------------------------------------


def _members(
    commands: PairCommands, state: ScriptState, name: str
) -> dict[Types, tuple[Member, ...]]:
    """Laws of every pair of types; ``neigh_modify exclude type I J`` switches pairs off.

    LAMMPS counts the tail of these all the same.
    """
    # first: what is wrong there is cheap to find
    off = {pair for line, a, b in state.excluded for pair in commands.pairs(line, a, b)}
    with np.errstate(all="ignore"):  # what is not finite is refused
        made = commands.members(name).items()
        return {pair: _tails(laws) if pair in off else _acting(laws) for pair, laws in made}


def _acting(laws: Sequence[Member]) -> tuple[Member, ...]:
    """Laws of a pair; those that end together and cancel are no interaction, of range 0."""
    for reach in sorted({law.reach for law in laws if 0 < law.reach < np.inf}):
        together = [law for law in laws if law.reach == reach]
        if len(together) > 1 and _cancel(together, reach):
            laws = [replace(law, reach=0.0) if law.reach == reach else law for law in laws]
    return tuple(laws)


def _cancel(laws: Sequence[Member], reach: float) -> bool:
    """Whether laws within a range add up to zero, wherever one looks."""
    tables = [law.law for law in laws if isinstance(law.law, TableLaw)]
    r = np.concatenate([reach * ANYWHERE, *(table.section.r for table in tables)])
    r = r[(r >= max((table.lowest for table in tables), default=0.0)) & (r < reach)]
    rows = np.array([_evaluated(law, r**2) for law in laws])
    return bool((np.abs(rows.sum(axis=0)) <= CANCELLED * np.abs(rows).sum(axis=0)).all())


def _tails(laws: Iterable[Member]) -> tuple[Member, ...]:
    """What is left of laws that are switched off: their tail corrections."""
    return tuple(replace(law, reach=0.0) for law in laws if any(law.tail))


def _checked(
    potential: LammpsPotential, sizes: FloatArray | None, by_type: tuple[float, ...] | None
) -> LammpsPotential | LammpsContacts:
    """The potential, or its form for particles with sizes of their own."""
    laws = [law for members in potential.members.values() for law in members]
    granular = next((law for law in laws if _is_granular(law)), None)
    if not any(law.reach for law in laws):
        raise InvalidPotentialError(
            f"{potential.source}: no pair of types interacts, so there is no force law."
        )
    for note in potential.notes:
        logging.getLogger(__name__).warning("%s: %s", potential.source, note)
    if granular is None or by_type is not None:
        return potential
    if sizes is None:
        raise InvalidPotentialError(
            f"{potential.source}: pair style {granular.style} acts between particles of known "
            "diameters, which neither the script nor a data file gives. Pass data= (a data file "
            "with Atoms # sphere), or diameters=."
        )
    if any(law.law is not granular.law for law in laws):
        raise InvalidPotentialError(
            f"{potential.source}: pair style {granular.style} is part of a hybrid, and the "
            "particles of a type differ in diameter. Give each diameter a type of its own."
        )
    apart = next((pair for pair, members in potential.members.items() if not members), None)
    if apart is not None:
        raise InvalidPotentialError(
            f"{potential.source}: types {apart[0] + 1} and {apart[1] + 1} do not interact, and the "
            "particles of a type differ in diameter. Give each diameter a type of its own."
        )
    return _contacts(potential, granular, sizes if sizes.ndim == 1 else sizes[:, 1])


def _contacts(
    potential: LammpsPotential, granular: Member, diameters: FloatArray
) -> LammpsContacts:
    if not (diameters > 0).all():
        raise InvalidPotentialError(
            f"{potential.source}: particle {int(np.argmin(diameters))} has no positive diameter, "
            "as point particles have. Granular styles need sizes."
        )
    return LammpsContacts(
        law=granular.law.law,  # type: ignore[union-attr]
        stiffness=granular.values["K_n"],
        diameters=np.array(diameters),
        source=potential.source,
        styles=potential.styles,
        units=potential.units,
        labels=potential.labels,
        masses=potential.masses,
        notes=potential.notes,
    )


def _is_granular(law: Member) -> bool:
    return not isinstance(law.law, TableLaw) and law.law.granular


def _evaluated(member: Member, squared_distance: FloatArray) -> FloatArray:
    """(4, P) g0 ... g3 of one law within its range."""
    if isinstance(member.law, TableLaw):
        return member.scale * member.law.derivatives(squared_distance)
    r = np.sqrt(squared_distance)
    rows = member.law.law(r, member.values)
    rows[0] -= member.offset
    return member.scale * by_squared_distance(rows, r, np.ones_like(r))


def _styles(members: Mapping[Types, Iterable[Member]]) -> list[str]:
    """What each style is, once."""
    told: list[str] = []
    for laws in members.values():
        for law in laws:
            if isinstance(law.law, TableLaw):
                what = f"table ({law.law.interpolation})"
            else:
                what = f"{law.style}: {law.law.formula}" + (", shifted" if law.offset else "")
            what += f", scaled by {law.scale:g}" if law.scale != 1 else ""
            what += ", with tail correction" if any(law.tail) else ""
            if what not in told:
                told.append(what)
    return told


def _granular_notes(members: Mapping[Types, Iterable[Member]]) -> list[str]:
    """What a granular style does beyond the normal elastic force."""
    laws = [law for found in members.values() for law in found if _is_granular(law)]
    if not laws:
        return []
    left_out = "damping and friction are" if laws[0].values["x_mu"] else "damping is"
    return [
        f"pair style {laws[0].style}: the potential is the elastic normal force; {left_out} left "
        "out, and LAMMPS counts no energy for contacts"
    ]
