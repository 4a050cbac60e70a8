"""Tables that are kept as CSV, read back as a run has them."""

import json
from pathlib import Path

import pandas as pd

#: Columns of words. Where nothing was to be said they are empty, which a number may not be.
WORDS = ("status", "reason", "failure")


def read_kept(path: Path) -> pd.DataFrame:
    """One table; empty words are empty, empty numbers NaN."""
    words = dict.fromkeys(WORDS, str)
    table = pd.read_csv(path, dtype=words, keep_default_na=False, na_values=[""])
    return table.fillna({column: "" for column in words if column in table})


def provenance_of_kept(folder: Path) -> dict[str, dict]:
    """What made each table of a folder, by the name of its file; empty where nothing is kept."""
    known = folder / "provenance.json"
    return json.loads(known.read_text()) if known.exists() else {}


def kept_of_ensembles(folder: Path, table: str) -> dict[str, pd.DataFrame]:
    """The tables of one name by ensemble: the one that made a file is in its provenance.

    The name of a file alone does not tell: ``2dipl_thermal_thermal_estimates.csv`` are the
    ``thermal_estimates`` of ``2dipl_thermal``, and no ``estimates``.
    """
    found = {
        made["parameters"]["ensemble"]: folder / name
        for name, made in provenance_of_kept(folder).items()
        if name == f"{made['parameters']['ensemble']}_{table}.csv"
    }
    return {ensemble: read_kept(path) for ensemble, path in sorted(found.items())}
