"""Steps that cannot be made, for want of glasses or events: what stands in place of their files.

Every job imports this: what loads pandas is imported where it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

import workflow_helpers.checkout  # noqa: F401

from softfield.errors import LeftOutError, SoftfieldError, TooFewDataError
from softfield.files.atomic import replaced_atomically
from softfield.files.provenance import provenance

if TYPE_CHECKING:
    import pandas as pd

Read = TypeVar("Read")


def note_of(snakemake: Any) -> Path:
    """Where a job notes that it was left out; the end of the run tells all notes."""
    return Path(snakemake.log[0]).with_suffix(".left_out")


def leave_out(snakemake: Any, error: SoftfieldError) -> None:
    """Write the reason in place of every output, and a note for the end of the run."""
    about = ", ".join(value for _, value in snakemake.wildcards.items())
    reason = str(error)
    if not isinstance(error, LeftOutError):  # which names the step already
        reason = f"{snakemake.rule}{f' of {about}' if about else ''}: {reason}"
    for path in snakemake.output:
        _write(Path(path), reason, provenance({"left_out": reason}))
    note_of(snakemake).write_text(f"{reason}\n")


def _write(path: Path, reason: str, made: dict[str, Any]) -> None:
    if path.suffix == ".parquet":
        from softfield.files.tables import write_left_out

        write_left_out(path, reason, made)
    elif path.suffix in (".png", ".pdf"):
        _write_sentence(path, f"Left out. {reason}", made)
    else:
        with replaced_atomically(path) as temporary:
            temporary.write_text(f"Left out. {reason}\n")


def _write_sentence(path: Path, words: str, made: dict[str, Any]) -> None:
    """A figure that says why there is none; no figure of the library is needed for it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.4, 1.6))
    figure.text(0.5, 0.5, fill(words, 60), ha="center", va="center", fontsize=7)
    origin = json.dumps(made, sort_keys=True)
    metadata = {".pdf": {"CreationDate": None, "Keywords": origin}, ".png": {"Description": origin}}
    with replaced_atomically(path) as temporary:
        figure.savefig(temporary, dpi=150, metadata=metadata[path.suffix])


def tables_made(paths: Iterable[str]) -> list[pd.DataFrame]:
    """The tables that were not left out."""
    from softfield.files.tables import read_table

    found = []
    for path in paths:
        with suppress(LeftOutError):
            found.append(read_table(path))
    return found


def those_made(rows: Iterable[tuple[Any, ...]], read: Callable[..., Read]) -> list[Read]:
    """``read(*row)`` of every row whose tables are there.

    Raises
    ------
    TooFewDataError
        If all of them were left out.
    """
    found, reasons = [], []
    for row in rows:
        try:
            found.append(read(*row))
        except LeftOutError as error:
            reasons.append(str(error))
    if reasons and not found:
        raise TooFewDataError(" ".join(dict.fromkeys(reasons)))
    return found
