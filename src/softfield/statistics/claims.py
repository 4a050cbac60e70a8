"""From the tables of a run to what is held against the claims of the paper.

Each function takes all tables and yields one measurement per ensemble that bears on a claim
(:mod:`softfield.paper`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from .premises import BY_CHANCE, NEAR, SIGNS_TOGETHER

#: Tables of a run: kind -> ensemble -> table.
Measurements = Mapping[str, Mapping[str, pd.DataFrame]]

#: Intervals of tail exponents wider than this say nothing.
WIDE_TAIL = 0.5


@dataclass(frozen=True)
class Measured:
    """One measurement of a claim. ``against`` replaces the paper's value where that is ours."""

    ensemble: str
    n_realizations: int
    value: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    chance: float = math.nan
    enough: bool = True
    settled: bool = True
    reason: str = ""
    detail: str = ""
    against: float = math.nan
    informative: float = math.nan


def sizes_of(table: pd.DataFrame, summaries: Mapping[str, pd.DataFrame]) -> dict[str, pd.Series]:
    """Columns ``n_particles`` and ``fewest_particles`` for the column ``ensemble`` of a table.

    N of the largest and of the smallest glass; NaN where no glass of an ensemble came so far.
    """
    known = {
        name: summary["n_particles"]
        for name, summary in summaries.items()
        if "n_particles" in summary
    }
    ends = {"n_particles": pd.Series.max, "fewest_particles": pd.Series.min}
    return {
        column: table["ensemble"].map({name: float(end(sizes)) for name, sizes in known.items()})
        for column, end in ends.items()
    }


def _float(row: pd.Series, name: str) -> float:
    value = row.get(name)
    return math.nan if value is None or pd.isna(value) else float(value)


def _of_row(ensemble: str, row: pd.Series, chance: float = math.nan) -> Measured:
    reason = row.get("reason")
    return Measured(
        ensemble, int(row["n_realizations"]), _float(row, "value"), _float(row, "lower"),
        _float(row, "upper"), chance, row["status"] == "ok", bool(row.get("settled", True)),
        reason if isinstance(reason, str) else "",
    )  # fmt: skip


def of_tails(tables: Measurements, sample: str) -> Iterator[Measured]:
    return _tails_of(tables["fits"], sample)


def _tails_of(fits: Mapping[str, pd.DataFrame], sample: str) -> Iterator[Measured]:
    for ensemble, table in fits.items():
        for _, row in table[table["sample"] == sample].iterrows():
            yield _of_row(ensemble, row)


def one_of_each_law(
    fits: Mapping[str, pd.DataFrame], n_particles: Mapping[str, float], laws: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Of the ensembles with the same force law the one with the most particles in all glasses.

    Among those with an exponent of the largest energies. An ensemble of which ``laws`` says nothing
    has a law of its own.
    """
    largest: dict[str, Measured] = {}

    def particles(one: Measured) -> float:
        return one.n_realizations * n_particles.get(one.ensemble, math.nan)

    for one in _tails_of(fits, "maxima"):
        law = laws.get(one.ensemble, one.ensemble)
        if one.enough and (law not in largest or particles(one) > particles(largest[law])):
            largest[law] = one
    return {one.ensemble: fits[one.ensemble] for one in largest.values()}


def one_exponent(tables: Measurements) -> Iterator[Measured]:
    """Probability that exponents differ as ours do although all are the same (chi-square).

    ``one_of_each_law`` has the fits of one ensemble of every force law.
    """
    found = [m for m in _tails_of(tables["one_of_each_law"], "maxima") if m.enough]
    if len(found) < 2:
        return
    width = np.array([m.upper - m.lower for m in found])
    weight = (2 * 1.96 / width) ** 2
    values = np.array([m.value for m in found])
    spread = float((weight * (values - np.average(values, weights=weight)) ** 2).sum())
    number = sum(m.n_realizations for m in found)
    drifting = [f"{m.ensemble}: {m.reason}" for m in found if not m.settled]
    exponents = ", ".join(f"{m.value:.2f} ({m.ensemble})" for m in found)
    widest = float(width.max())
    yield Measured(
        "all", number, float(chdtrc(len(found) - 1, spread)), settled=not drifting,
        enough=widest <= 2 * WIDE_TAIL, reason="; ".join(drifting), detail=exponents,
    )  # fmt: skip


def of_scalings(tables: Measurements, quantity: str, modes: str) -> list[Measured]:
    """Exponents of every ensemble, also those that could not be fitted."""
    found = []
    for ensemble, table in tables["scalings"].items():
        rows = table[(table["quantity"] == quantity) & (table["modes"] == modes)]
        found += [_of_row(ensemble, row) for _, row in rows.iterrows()]
    return found


def of_estimates(
    tables: Measurements, name: str, ordinal: int, quantity: str, chance: float = math.nan
) -> Iterator[Measured]:
    """An estimate of the prediction, with the same by chance."""
    for ensemble, table in tables["estimates"].items():
        rows = table[
            (table["map"] == name) & (table["ordinal"] == ordinal) & (table["quantity"] == quantity)
        ]
        by_chance = rows[rows["source"] == "other realization"]["value"]
        known = float(by_chance.iloc[0]) if len(by_chance) else chance
        for _, row in rows[rows["source"] == "events"].iterrows():
            yield _of_row(ensemble, row, known)


def smallest_fall(tables: Measurements, quantity: str) -> Iterator[Measured]:
    """Of the falls from n = 1 to 2 and from 2 to 3, the smaller, of ensembles that have both.

    If one of them rests on too little nobody knows which is the smaller: that one is told.
    """
    second, third = (
        {found.ensemble: found for found in of_estimates(tables, "lte", n, quantity)}
        for n in (2, 3)
    )
    for ensemble in (name for name in second if name in third):
        both = second[ensemble], third[ensemble]
        yield min(both, key=lambda fall: (fall.enough, fall.value))


def of_forces(tables: Measurements, quantity: str) -> Iterator[Measured]:
    """A number that stands for the forces or the shares of f.X of an ensemble."""
    for ensemble, table in tables["forces"].items():
        for _, row in table[table["quantity"] == quantity].iterrows():
            yield _of_row(ensemble, row)


def of_dynamics(tables: Measurements) -> Iterator[Measured]:
    """E of each interaction by molecular dynamics, T -> 0, against Eq. 3."""
    for ensemble, table in tables["dynamics"].items():
        for pair in table.groupby("pair").first().itertuples():
            half = 1.96 * pair.limit_error
            yield Measured(
                ensemble, 1, pair.limit, pair.limit - half, pair.limit + half, against=pair.exact,
                detail=f"{pair.chosen} interaction {pair.i}-{pair.j}, Eq. 3: {pair.exact:.3g}",
                informative=abs(pair.exact),
            )  # fmt: skip


def of_identity(tables: Measurements, column: str, worst: str, value: float) -> Iterator[Measured]:
    """An exact statement on the glasses that were small enough for dense algebra."""
    for ensemble, table in tables["identities"].items():
        checked = table[table["failure"] == ""]
        if checked.empty:
            continue
        of_glasses = checked[column]
        found = (
            of_glasses.loc[(of_glasses - value).abs().idxmax()]
            if worst == "worst"
            else of_glasses.agg(worst)
        )
        yield Measured(ensemble, len(checked), float(found))


def sum_rule(tables: Measurements) -> Iterator[Measured]:
    for ensemble, summary in tables["summaries"].items():
        if "sum_rule_error" in summary:
            errors = summary["sum_rule_error"].dropna()
            yield Measured(ensemble, len(errors), 1.0 + float(errors.abs().max()))


#: Four directions of shear 45 degrees apart.
FOUR_DIRECTIONS = "-xy x-y xy y-x"


def of_orientations(
    tables: Measurements, quantity: str, chance: float = math.nan, directions: str | None = None
) -> Iterator[Measured]:
    """What is measured of first events in several directions of shear, or in these and no others.

    The table's own chance is what a claim is held against. Tables of earlier versions have neither
    that nor ``directions``: they are of two dimensions, and of FOUR_DIRECTIONS.
    """
    for ensemble, table in tables["orientations"].items():
        for _, row in table[table["quantity"] == quantity].iterrows():
            if directions is None or row.get("directions", FOUR_DIRECTIONS) == directions:
                own = _float(row, "chance")
                yield replace(
                    _of_row(ensemble, row, chance if math.isnan(own) else own), against=own
                )


def of_premises(tables: Measurements, quantity: str) -> Iterator[Measured]:
    """What the argument takes for granted, held against what is expected of the ensemble."""
    for ensemble, table in tables["premises"].items():
        for _, row in table[table["quantity"] == quantity].iterrows():
            yield replace(_of_row(ensemble, row), against=_float(row, "against"))


def of_barriers(tables: Measurements) -> Iterator[Measured]:
    """Barriers of first rearrangements over those of the cubic expansion, log10 of the mean."""
    for ensemble, table in tables["barriers"].items():
        for _, row in table.iterrows():
            yield replace(
                _of_row(ensemble, row),
                detail=f"{row['n_missing']} that left their minimum have no such pair",
            )


def of_signs(tables: Measurements) -> Iterator[Measured]:
    """Share of large negative energies near large positive ones, less that by chance."""
    for ensemble, table in tables["premises"].items():
        rows = table.set_index("quantity")
        if SIGNS_TOGETHER in rows.index:
            near, chance = (_float(rows.loc[name], "value") for name in (NEAR, BY_CHANCE))
            yield replace(
                _of_row(ensemble, rows.loc[SIGNS_TOGETHER]),
                detail="" if math.isnan(near) else f"{near:.2f} less {chance:.2f}",
            )
