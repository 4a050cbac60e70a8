"""What a LAMMPS script says of box, bonds, particles, and of forces beside those of pairs.

None of it is part of a sum over pairs. Where it makes LAMMPS compute something else for the same
particles it is refused, otherwise a note tells of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .lines import Line

#: Fixes that act on particles by themselves; a name that goes on belongs to them.
FORCES = re.compile(
    r"(wall|gravity|efield|spring|bond|indent|restrain|colvars|plumed|external|aveforce|addforce|"
    r"setforce|addtorque|lineforce|planeforce|freeze|drag|smd|orient|propel|python|ipi|tmd)"
)

#: Why bonds are refused, also those of bond_style zero.
BONDED = "LAMMPS leaves bonded neighbours out of the pairs, which this does not"


@dataclass
class Surroundings:
    """What a script has said so far, beside its pairs.

    Attributes
    ----------
    notes : what a reader of the result should know
    changed : the last command that gave particles other diameters or types
    """

    notes: list[str] = field(default_factory=list)
    changed: Line | None = None
    _boundary: tuple[Line, str] | None = None
    _bond_style: Line | None = None
    _molecules: Line | None = None

    def take(self, command: str, line: Line, words: Sequence[str]) -> None:
        """One of :data:`COMMANDS`, with the words behind it."""
        COMMANDS[command](self, line, words)

    def check(self, dimension: int, data_known: bool) -> None:
        """What can only be said at the end of a script.

        Parameters
        ----------
        dimension : of the script, 2 or 3
        data_known : whether a data file was read, so that it is known whether there are bonds

        Raises
        ------
        LammpsScriptError
            If a direction in which glasses are periodic is not.
        """
        if self._boundary is not None:
            line, found = self._boundary
            axes = [axis for axis in found if axis != "z" or dimension == 3]
            if axes:
                line.refuse(
                    f"{' and '.join(axes)} {'is' if len(axes) == 1 else 'are'} not periodic, but "
                    "glasses are in every direction, and interact across their faces",
                    "Write p for every direction; a glass with a free surface needs empty space "
                    "beside it, wider than the range of the force law",
                )
        if self._bond_style is not None and not data_known:
            self.notes.append(
                f"bond_style (line {self._bond_style.number}): if there are bonds, {BONDED}"
            )

        if self._molecules is not None and not data_known:
            self.notes.append(
                f"molecule (line {self._molecules.number}): if its particles are there and have "
                f"bonds, {BONDED}"
            )

    # --- commands ---

    def _set_boundary(self, line: Line, words: Sequence[str]) -> None:
        self._boundary = (line, open_axes(words))

    def _change_box(self, line: Line, words: Sequence[str]) -> None:
        changed = new_boundary(words)
        if changed:
            self._set_boundary(line, changed)

    def _bonds(self, line: Line, words: Sequence[str]) -> None:
        command = line.text.split()[0]
        if words[:1] == ["zero"]:
            self._bond_style = line
        elif words[:1] not in ([], ["none"]):
            line.refuse(
                f"{command} {words[0]}: bonded forces are not supported",
                "Use a force law without bonds",
            )

    def _molecule(self, line: Line, words: Sequence[str]) -> None:
        """``molecule``: a template, from which others make particles, with bonds or without."""
        self._molecules = line

    def _create_bonds(self, line: Line, words: Sequence[str]) -> None:
        line.refuse(f"there are bonds, and {BONDED}", "Remove them")

    def _fix(self, line: Line, words: Sequence[str]) -> None:
        style = words[2] if len(words) > 2 else ""
        if style in ("adapt", "adapt/fep") and {"diameter", "diameter/disc"} & set(words):
            self.changed = line
        if FORCES.match(style):
            self.notes.append(
                f"fix {style} (line {line.number}) acts on particles, and is not part of the sum "
                "over pairs"
            )

    def _fix_modify(self, line: Line, words: Sequence[str]) -> None:
        for key, name in (("energy", "PotEng"), ("virial", "Press")):
            if any(words[k : k + 2] == [key, "yes"] for k in range(1, len(words))):
                self.notes.append(
                    f"fix_modify {key} yes (line {line.number}) adds what the fix says to {name} "
                    "of the log, and is not part of the sum over pairs"
                )

    def _set(self, line: Line, words: Sequence[str]) -> None:
        """``set style ID keyword value ...``"""
        keywords = set(words[2:])
        types = {word for word in keywords if re.fullmatch(r"type(/\w+)?", word)}
        if types or "diameter" in keywords:
            self.changed = line
        if types:
            self.notes.append(
                f"set (line {line.number}) changes types of particles, and nothing is set here: "
                "the types of a glass are those of its file, which must be written afterwards"
            )


def open_axes(words: Sequence[str]) -> str:
    """Those of x, y and z that ``boundary`` with these words leaves open; p, or pp, is periodic."""
    return "".join(axis for axis, word in zip("xyz", words, strict=False) if word.strip("p"))


def new_boundary(words: Sequence[str]) -> Sequence[str]:
    """The words of ``boundary`` within ``change_box group ...``; none if it does not change."""
    if "boundary" not in words[1:]:
        return ()
    place = words.index("boundary", 1)
    return words[place + 1 : place + 4]


#: Command -> what takes it.
COMMANDS: dict[str, Callable[[Surroundings, Line, Sequence[str]], None]] = {
    "boundary": Surroundings._set_boundary,
    "change_box": Surroundings._change_box,
    "create_bonds": Surroundings._create_bonds,
    "fix": Surroundings._fix,
    "fix_modify": Surroundings._fix_modify,
    "molecule": Surroundings._molecule,
    "set": Surroundings._set,
    **dict.fromkeys(
        ("bond_style", "angle_style", "dihedral_style", "improper_style"), Surroundings._bonds
    ),
}
