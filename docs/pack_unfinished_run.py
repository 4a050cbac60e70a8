"""Pack what a run goes on from: tables of finished blocks, benchmarks, and stamps.

    python docs/pack_unfinished_run.py results/paper 3dkablj docs/results/unfinished/3dkablj.tar.xz

``tar -xf`` of that in the checkout puts them back in ``results/paper``, on this machine or another,
with the times at which they were written; docs/how_to/large_runs.md says how a run goes on. Blocks
that lack a table that others of the ensemble have are left out, but for tables that only the
first blocks have. Tables are written anew, as small as the library of today writes them.
"""

import argparse
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from softfield.files.tables import read_table, table_provenance, write_table


def finished_blocks(tables: dict[str, set[str]]) -> list[str]:
    """Blocks with every table that the last complete block has, by the blocks of each table.

    Tables of the first blocks alone (couplings, signs) are asked of none.
    """
    if not tables:
        raise SystemExit("There are no tables of blocks: nothing is packed.")
    most = max(len(blocks) for blocks in tables.values())
    of_all = [blocks for blocks in tables.values() if len(blocks) >= most - 1]
    return sorted(set.intersection(*of_all))


def pack(results: Path, ensemble: str, archive: Path) -> list[str]:
    """Write the archive; returns the names of the blocks in it."""
    folder = results / "statistics" / ensemble / "blocks"
    tables = {
        path.name: {table.stem for table in path.glob("*.parquet")}
        for path in sorted(folder.glob("*"))
    }
    blocks = finished_blocks(tables)
    stamps = [path for path in sorted((results / "sources").rglob("*")) if path.is_file()]
    costs = [path for b in blocks for path in sorted(results.glob(f"benchmarks/*/{ensemble}/{b}*"))]
    kept = [folder / name / f"{b}.parquet" for name in tables for b in blocks if b in tables[name]]
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        partial = Path(made) / archive.name
        with tarfile.open(partial, "w:xz" if archive.suffix == ".xz" else "w") as packed:
            for path in [*stamps, *costs]:
                packed.add(path)
            for path in kept:
                smaller = Path(made) / "table.parquet"
                write_table(smaller, read_table(path), table_provenance(path))
                when = path.stat()
                os.utime(smaller, ns=(when.st_atime_ns, when.st_mtime_ns))
                packed.add(smaller, path)
        shutil.move(partial, archive)
    return blocks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="of the run, as the configuration names it")
    parser.add_argument("ensemble")
    parser.add_argument("archive", type=Path)
    arguments = parser.parse_args()
    blocks = pack(arguments.results, arguments.ensemble, arguments.archive)
    sys.stdout.write(f"{len(blocks)} blocks, the last {blocks[-1]}, in {arguments.archive}\n")


if __name__ == "__main__":
    main()
