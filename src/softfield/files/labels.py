"""What species are called in a file that is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..checks.arrays import listed
from ..checks.numbers import shown
from ..errors import InvalidSettingError
from ..glass import Glass
from .configuration import is_number, most_types


@dataclass(frozen=True, eq=False)
class Types:
    """The type of each particle in a file.

    Attributes
    ----------
    numbers : (N,) from 1
    count : how many types there are
    names : of types 1, 2, ...; none where the numbers are all that is known
    """

    numbers: npt.NDArray[np.int64]
    count: int
    names: tuple[str, ...] = ()


def types_of(
    glass: Glass, labels: Sequence[str | int] | None = None, lammps: bool = False
) -> Types:
    """Types of a glass: its species + 1, or what the label of each particle (N,) says.

    Labels that are numbers from 1 on are the types. Numbers from 0 on are names of types in that
    order; LAMMPS has no such names, and the types there are one higher. Others, numbers below 0
    too, are names, in the order of the species, and the number stays that of the species where
    each species has one name.

    Parameters
    ----------
    lammps : whether names are type labels of LAMMPS, which are not to be taken for numbers or
        comments

    Raises
    ------
    InvalidSettingError
        For labels that a file cannot hold, and types that go far beyond the number of particles.
    """
    by_species = glass.species.astype(np.int64) + 1
    if labels is None:
        return _listed(by_species, "species + 1 =")
    labels = checked_labels(labels, glass.n_particles)
    if all(is_number(label) and int(label) >= 0 for label in labels):
        given = np.array([int(label) for label in labels])
        if given.min() > 0:
            return _listed(given, "the label")
        from_one = _listed(given + 1, "one behind the label")
        return replace(from_one, names=() if lammps else tuple(map(str, range(from_one.count))))
    words = [_word(label, lammps) for label in labels]
    kinds = sorted(set(zip(by_species.tolist(), words, strict=True)))
    names, last = dict(kinds), kinds[-1][0]
    one_each = len(names) == len(kinds) == len(set(names.values()))
    if one_each and last <= most_types(glass.n_particles):
        every = (names.get(kind, f"unused{kind}") for kind in range(1, last + 1))
        return Types(by_species, last, tuple(every))
    order = {word: k for k, word in enumerate(dict.fromkeys(word for _, word in kinds), start=1)}
    return Types(np.array([order[word] for word in words]), len(order), tuple(order))


def checked_labels(labels: Any, n_particles: int) -> list[str | int]:
    """Labels (N,), text or whole numbers, as a list.

    Raises
    ------
    InvalidSettingError
        If they are something else.
    """
    given = listed(labels)
    found = given.tolist() if given.ndim == 1 else []
    whole = all(isinstance(one, str | int) and not isinstance(one, bool) for one in found)
    if isinstance(labels, Mapping) or not whole or len(found) != n_particles:
        raise InvalidSettingError(
            f"labels of {n_particles} particles are as many words or whole numbers, not "
            f"{len(found) if whole and found else shown(labels)}; give one for each."
        )
    return list(labels) if isinstance(labels, list | tuple) else found


def _listed(numbers: npt.NDArray[np.int64], what: str) -> Types:
    """Types that are numbers, if a list of all of them is no longer than it may be."""
    count, most = int(numbers.max()), most_types(len(numbers))
    if count > most:
        raise InvalidSettingError(
            f"{what} {count} cannot be the type of one of {len(numbers)} particles: files list "
            f"every type up to the last, and are read up to {most}. Number the types from 1."
        )
    return Types(numbers, count)


def _word(label: str | int, lammps: bool) -> str:
    """A label as one word, spaces as underscores."""
    word = "_".join(str(label).split())
    wrong = ""
    if not word or not word.isprintable():
        wrong = "that is empty or does not print is lost in a file"
    elif lammps and (word[0].isdigit() or word[0] in "*'\"" or "#" in word):
        wrong = "of a LAMMPS type starts neither with a digit, * or a quote, nor has it a #"
    if wrong:
        raise InvalidSettingError(f"the label {label!r} cannot be written: one {wrong}. Rename it.")
    return word
