"""What species are called in a file that is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettingError
from ..glass import Glass
from .configuration import is_number


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


def types_of(glass: Glass, labels: Sequence[str | int] | None = None) -> Types:
    """Types of a glass: its species + 1, or what the label of each particle (N,) says.

    Labels that are numbers are the types. Others are names, in the order of the species, and
    the number stays that of the species where each species has one name.
    """
    plain = Types(glass.species.astype(np.int64) + 1, int(glass.species.max()) + 1)
    if labels is None:
        return plain
    if len(labels) != glass.n_particles:
        raise InvalidSettingError(
            f"{len(labels)} labels for {glass.n_particles} particles; give one for each."
        )
    if all(is_number(label) for label in labels):
        numbers = np.array([int(label) for label in labels])
        return Types(numbers, int(numbers.max())) if numbers.min() > 0 else plain
    words = np.array(["_".join(str(label).split()) for label in labels])
    kinds = sorted(set(zip(plain.numbers.tolist(), words.tolist(), strict=True)))
    names = dict(kinds)
    if len(names) == len(kinds) == len(set(names.values())):
        every = (names.get(kind, f"unused{kind}") for kind in range(1, plain.count + 1))
        return Types(plain.numbers, plain.count, tuple(every))
    order = list(dict.fromkeys(word for _, word in kinds))
    numbers = np.array([order.index(word) + 1 for word in words.tolist()])
    return Types(numbers, len(order), tuple(order))
