"""The dependence on the number of particles, from the kept tables of two runs.

    python docs/join_sizes.py

Takes the estimates of 400 and 1,600 particles from docs/results and those of 6,400 from
docs/results/large, writes system_size.csv there, draws docs/images/large/system_size.png and puts
the tables into docs/measurements.md.
"""

import json
import sys
import tempfile
from pathlib import Path

import pandas as pd
from marked_blocks import put_blocks
from tabulate_prediction import PAGE, by_effort, by_size

from softfield.files.tables import write_table
from softfield.statistics.event_tables import system_size_table

DOCS = Path(__file__).resolve().parent
SIZES = {
    "results/2dipl_400": 400,
    "results/2dipl": 1600,
    "results/large/2dipl_6400": 6400,
}


def joined():
    """The table of ``compare_system_sizes``, and the provenance of each part."""
    tables, sizes, made_by = {}, {}, {}
    for name, size in SIZES.items():
        path = DOCS / f"{name}_estimates.csv"
        found = pd.read_csv(path, keep_default_na=False, na_values=[""])
        tables[path.stem], sizes[path.stem] = found, size
        made_by[name] = json.loads((path.parent / "provenance.json").read_text())[path.name]
    return system_size_table(tables, sizes), made_by


def main():
    sys.path.append(str(DOCS.parent / "scripts"))
    import draw_system_size

    table, made_by = joined()
    table.to_csv(DOCS / "results/large/system_size.csv", index=False, float_format="%.8g")
    image = DOCS / "images/large/system_size.png"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "system_size.parquet"
        write_table(path, table, {"parts": made_by})
        draw_system_size.main(str(path), [str(image)], "2DIPL", resolution=300)
    put_blocks(PAGE, {"sizes": by_size(table), "ratios": by_effort(table)})


if __name__ == "__main__":
    main()
