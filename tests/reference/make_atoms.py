"""Make tests/reference/atoms.npz: small glasses for calculators of ase, cooled and relaxed.

Run from the root: PYTHONPATH=src:tests/calculators python tests/reference/make_atoms.py
"""

import sys
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.calculators.emt import EMT
from ase.md.langevin import Langevin
from gupta import Gupta

import softfield as sf


def cooled(symbols, volume, calculator, hot, seed, steps=3000):
    """A cubic cell at a volume per atom, melted at ``hot`` (K), cooled and relaxed."""
    rng = np.random.default_rng(seed)
    edge = (volume * len(symbols)) ** (1 / 3)
    cells = int(np.ceil(len(symbols) ** (1 / 3)))
    sites = np.stack(np.meshgrid(*[np.arange(cells)] * 3), axis=-1).reshape(-1, 3)
    chosen = rng.permutation(len(sites))[: len(symbols)]
    positions = (sites[chosen] + rng.uniform(0.3, 0.7, (len(symbols), 3))) * edge / cells
    atoms = Atoms(rng.permutation(symbols), positions, cell=[edge] * 3, pbc=True)
    atoms.calc = calculator
    atoms = sf.relax_atoms(atoms, 1.0)
    dynamics = Langevin(
        atoms, 3 * units.fs, temperature_K=hot, friction=0.01 / units.fs, rng=rng, fixcm=False
    )
    dynamics.run(steps // 3)
    for temperature in np.geomspace(hot, 0.02 * hot, 40):
        dynamics.set_temperature(temperature_K=temperature)
        dynamics.run(steps // 60)
    return sf.relax_atoms(atoms)


def made(name):
    if name == "cuau":
        return cooled(["Cu"] * 30 + ["Au"] * 30, 14.8, EMT(), 2500, seed=1, steps=1500)
    if name == "cuzr":
        return cooled(["Cu"] * 40 + ["Zr"] * 20, 15.2, Gupta(), 3000, seed=2)
    silicon = sf.calculator_from_settings({"kind": "stillinger_weber"})
    return cooled(["Si"] * 64, 20.0, silicon, 3500, seed=3)


def main(names):
    """Make the glasses named, all without a name, and keep the others."""
    path = Path(__file__).with_name("atoms.npz")
    arrays = dict(np.load(path)) if path.exists() else {}
    for name in names or ("cuau", "cuzr", "silicon"):
        atoms = made(name)
        arrays |= {
            f"{name}_positions": atoms.get_positions(),
            f"{name}_numbers": atoms.numbers,
            f"{name}_cell": atoms.cell.array,
        }
        print(name, len(atoms), atoms.get_potential_energy())
    np.savez(path, **arrays)


if __name__ == "__main__":
    main(sys.argv[1:])
