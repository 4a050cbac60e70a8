"""What figures call ensembles: N of their glasses, and names where all else is the same."""

from collections.abc import Sequence

import pandas as pd

import workflow_helpers.checkout  # noqa: F401

from softfield.files.tables import read_table


def size_words(summary: pd.DataFrame) -> str:
    """N of the glasses of a summary, as figures say it; both ends where they have several."""
    sizes = summary["n_particles"].dropna().astype(int)
    ends = dict.fromkeys((sizes.min(), sizes.max()))
    return f"$N$ = {' to '.join(f'{size:,}' for size in ends)}"


def distinct(labels: Sequence[str], names: Sequence[str]) -> list[str]:
    """Labels of ensembles; of those that are the same each has the ensemble's name behind it."""
    return [
        f"{label} ({name})" if labels.count(label) > 1 else label
        for label, name in zip(labels, names, strict=True)
    ]


def sized(label: str, summary: str) -> str:
    """What a figure calls an ensemble beside others of the same model; ``summary`` is a path."""
    table = read_table(summary)
    known = "n_particles" in table  # none of its glasses came so far, otherwise
    return f"{label}, {size_words(table)}" if known else label


def sized_apart(labels: Sequence[str], names: Sequence[str], summaries: Sequence[str]) -> list[str]:
    """The same of several ensembles, those that would be called the same by name too."""
    return distinct([sized(*one) for one in zip(labels, summaries, strict=True)], names)
