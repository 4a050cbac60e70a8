"""Draw docs/images/amorphous_silicon.png: where amorphous silicon is soft, and where it yields.

216 atoms with the potential of Stillinger and Weber, melted, cooled, relaxed; some minutes.
Run from the root: python benchmarks/show_amorphous_silicon.py
"""

import logging
from pathlib import Path

import numpy as np
from ase import units
from ase.build import bulk
from ase.md.langevin import Langevin

import softfield as sf

IMAGE = Path(__file__).parents[1] / "docs" / "images" / "amorphous_silicon.png"


def amorphous_silicon(cells=3, seed=1):
    """Liquid at 3500 K, cooled at 2 K / fs at the density of the crystal, relaxed."""
    atoms = bulk("Si", cubic=True) * (cells, cells, cells)
    atoms.calc = sf.calculator_from_settings({"kind": "stillinger_weber"})
    rng = np.random.default_rng(seed)
    dynamics = Langevin(
        atoms, 2 * units.fs, temperature_K=3500, friction=0.02 / units.fs, rng=rng, fixcm=False
    )
    dynamics.run(300)
    for temperature in np.linspace(3000, 100, 25):
        dynamics.set_temperature(temperature_K=temperature)
        dynamics.run(30)
    return sf.relax_atoms(atoms)


def main():
    logging.basicConfig(level=logging.INFO)
    atoms = amorphous_silicon()
    field = sf.calculator_field(atoms, processes=2, masses="atoms")
    glass = sf.glass_from_atoms(atoms)
    softness = np.abs(field.energy)
    spots = sf.soft_spots(glass, softness, vicinity_radius=5.0)
    figure = sf.particle_map(
        glass, softness, r"$|E_i|$", [spot.position for spot in spots[:5]], diameters=2.4
    )
    figure.savefig(IMAGE, dpi=200)
    print(f"E from {field.energy.min():.1f} to {field.energy.max():.1f}")
    print(f"sum rule {field.sum_rule_error:.1g}, largest error {field.error.max():.1g}")
    print(f"lowest frequencies {15.63 * field.frequencies[:3]} THz")
    path = sf.shear_atoms(atoms, 1, 0.15, step=1e-3, resolution=5e-5)
    for event in path.events:
        away = [np.linalg.norm(glass.minimum_image(event.position - s.position)) for s in spots]
        print(
            f"event at strain {event.strain:.4f}, atom {event.particle}, "
            f"{min(away):.1f} Angstrom from spot {np.argmin(away) + 1} of {len(spots)}"
        )


if __name__ == "__main__":
    main()
