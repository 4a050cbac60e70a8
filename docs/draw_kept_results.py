"""Draw the figures that show several models, from the tables that are kept in docs/results.

    python docs/draw_kept_results.py

A run need not have all models: what is kept may be of several. The scripts of the workflow draw,
from the tables turned back into Parquet.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from kept_tables import provenance_of_kept, read_kept

DOCS = Path(__file__).resolve().parent
KEPT = DOCS / "results"
sys.path.insert(0, str(DOCS.parent / "scripts"))

import draw_distributions  # noqa: E402
import draw_internal_forces  # noqa: E402
import draw_tail_exponent  # noqa: E402
from softfield.files.tables import write_table  # noqa: E402

MODELS = {"2dipl": "2DIPL", "3dipl": "3DIPL", "3dkablj": "3DKABLJ"}
SIZES = {"2dipl": 1600, "2dipl_400": 400, "2dipl_6400": 6400, "3dipl": 1000, "3dkablj": 1000}

#: Every |E| from here on counts in the figure of forces, ``statistics.tail_floor`` at this scale.
TAIL_FLOOR = 1.5
RESOLUTION = 300


class Tables:
    """The kept tables as Parquet, in a folder that is gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made_by = provenance_of_kept(KEPT)

    def of(self, table: str, ensembles: list[str]) -> list[str]:
        return [self._parquet(f"{ensemble}_{table}") for ensemble in ensembles]

    def _parquet(self, name: str) -> str:
        path = self._folder / f"{name}.parquet"
        write_table(path, read_kept(KEPT / f"{name}.csv"), self._made_by[f"{name}.csv"])
        return str(path)


def main() -> None:
    with TemporaryDirectory() as folder:
        tables = Tables(Path(folder))
        models, sized = list(MODELS), list(SIZES)
        names = [f"{MODELS[name.split('_')[0]]}, $N$ = {n:,}" for name, n in SIZES.items()]
        inputs = {kind: tables.of(table, models)
                  for kind, table in (("distribution", "distribution"), ("fits", "tail_fits"),
                                      ("summary", "summary"), ("scan", "tail_scan"),
                                      ("convergence", "tail_convergence"))}  # fmt: skip
        inputs["dynamics"] = tables.of("pair_energies", ["2dipl_400"])
        labels = list(MODELS.values())
        draw_distributions.main(inputs, _figure("fig2_distributions", folder), labels, RESOLUTION)
        draw_tail_exponent.main(inputs, _figure("tail_exponent", folder), labels, RESOLUTION)
        draw_internal_forces.main(
            tables.of("scaled_forces", sized), tables.of("shares", sized),
            _figure("internal_forces", folder), names, TAIL_FLOOR, RESOLUTION,
        )  # fmt: skip


def _figure(name: str, folder: str) -> list[str]:
    return [f"{folder}/{name}.pdf", str(DOCS / "images" / f"{name}.png")]


if __name__ == "__main__":
    main()
