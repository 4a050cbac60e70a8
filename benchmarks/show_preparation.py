"""Evidence for docs/preparation.md: equilibrated liquids, sane glasses.

Usage: ``python benchmarks/show_preparation.py`` (some minutes on one core). Writes
docs/images/preparation.png and prints the tables of docs/preparation.md.
"""

from __future__ import annotations

import os
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

import softfield as sf  # noqa: E402
from softfield.mechanics.pairs import neighbor_pairs  # noqa: E402
from softfield.preparation.dynamics import evolve, thermal_velocities  # noqa: E402
from softfield.preparation.protocol import prepare_glass, protocol_of, random_start  # noqa: E402

FIGURE = Path(__file__).parent.parent / "docs" / "images" / "preparation.png"
SIZES = {"2dipl": 400, "3dipl": 400, "3dkablj": 500}
RATES = {
    "2dipl": (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4),
    "3dipl": (1e-1, 3e-2, 1e-2, 3e-3, 1e-3),
    "3dkablj": (1e-1, 3e-2, 1e-2, 2e-3),
}
SEEDS = range(4)
COLOURS = {"2dipl": "C0", "3dipl": "C1", "3dkablj": "C2"}


def liquid(name: str):
    """Energy per particle and self-overlap of A particles at the liquid temperature.

    Energy from the overlap-relaxed random start on; overlap (fraction of particles within
    0.3 of where they were) from the end of the protocol's equilibration on.
    """
    model, protocol = sf.model(name), protocol_of(sf.model(name))
    rng = np.random.default_rng(1)
    start = random_start(model, SIZES[name], rng)
    settings = {
        "time_step": protocol.time_step,
        "temperatures": protocol.liquid_temperature,
        "rng": rng,
        "measure": True,
    }
    steps = round(protocol.equilibration_time / protocol.time_step)
    first = evolve(
        start, thermal_velocities(start, protocol.liquid_temperature, rng), model.potential,
        n_steps=steps, **settings,
    )  # fmt: skip
    second = evolve(
        first.glass, first.velocities, model.potential, n_steps=2 * steps,
        tracked=np.flatnonzero(start.species == 0), **settings,
    )  # fmt: skip
    moved = second.positions - first.glass.positions[start.species == 0]
    overlap = (np.linalg.norm(moved, axis=2) < 0.3).mean(axis=1)
    energy = np.concatenate([first.potential_energy, second.potential_energy]) / SIZES[name]
    return np.concatenate([first.time, first.time[-1] + second.time]), energy, second.time, overlap


def radial_distribution(glass: sf.Glass, potential, bins: np.ndarray) -> np.ndarray:
    """g(r) over all pairs of species."""
    pairs = neighbor_pairs(glass, potential, bins[-1] - potential.ranges.min())
    u = glass.minimum_image(glass.positions[pairs[:, 1]] - glass.positions[pairs[:, 0]])
    counts = np.histogram(np.linalg.norm(u, axis=1), bins)[0]
    shells = np.diff(np.pi * bins**2 if glass.dimension == 2 else 4 / 3 * np.pi * bins**3)
    return 2 * counts / (glass.n_particles * glass.density * shells)


def contacts(glass: sf.Glass, potential) -> tuple[np.ndarray, np.ndarray]:
    """Pairs closer than 1.35 diameters of their kind, and their vectors."""
    pairs = neighbor_pairs(glass, potential)
    u = glass.minimum_image(glass.positions[pairs[:, 1]] - glass.positions[pairs[:, 0]])
    diameters = potential.diameters[glass.species[pairs[:, 0]], glass.species[pairs[:, 1]]]
    near = np.linalg.norm(u, axis=1) < 1.35 * diameters
    return pairs[near], u[near]


def bond_order(glass: sf.Glass, potential) -> tuple[float, float]:
    """Mean of |psi_6| over particles, and |mean of psi_6| over the system (2D)."""
    pairs, u = contacts(glass, potential)
    phase = np.exp(6j * np.arctan2(u[:, 1], u[:, 0]))
    psi = np.zeros(glass.n_particles, complex)
    number = np.bincount(pairs.ravel(), minlength=glass.n_particles)
    for side in (0, 1):
        np.add.at(psi, pairs[:, side], phase)
    psi /= np.maximum(number, 1)
    return float(np.abs(psi).mean()), float(abs(psi.mean()))


def mixing(glass: sf.Glass, potential) -> float:
    """Contacts between unlike species over their number at random mixing."""
    pairs, _ = contacts(glass, potential)
    unlike = (glass.species[pairs[:, 0]] != glass.species[pairs[:, 1]]).mean()
    share = np.bincount(pairs.ravel(), minlength=glass.n_particles)
    b = share[glass.species == 1].sum() / share.sum()
    return float(unlike / (2 * b * (1 - b)))


def main() -> None:
    figure, axes = plt.subplots(2, 2, figsize=(7.0, 5.6), layout="constrained")
    bins = np.linspace(0.6, 3.0, 97)
    print("| model | cooling rate | energy per particle | pressure | unlike contacts | psi_6 |")
    print("|---|---|---|---|---|---|")
    for name, size in SIZES.items():
        model = sf.model(name)
        style = {"color": COLOURS[name], "label": model.label}
        time, energy, later, overlap = liquid(name)
        width = len(energy) // 60
        smooth = energy[: 60 * width].reshape(60, width).mean(axis=1)
        axes[0, 0].plot(time[width // 2 :: width][:60], smooth - smooth[20:].mean(), **style)
        axes[0, 1].semilogx(later, overlap, **style)
        means, errors = [], []
        for rate in RATES[name]:
            glasses = [prepare_glass(model, size, seed, cooling_rate=rate) for seed in SEEDS]
            energies = [sf.energy(glass, model.potential) / size for glass in glasses]
            pressures = [sf.pressure(glass, model.potential) for glass in glasses]
            means.append(np.mean(energies))
            errors.append(np.std(energies, ddof=1) / np.sqrt(len(energies)))
            order = "-"
            if model.dimension == 2:
                local, whole = np.mean([bond_order(g, model.potential) for g in glasses], axis=0)
                order = f"{local:.2f} local, {whole:.2f} global"
            mixed = np.mean([mixing(g, model.potential) for g in glasses])
            print(
                f"| {name} | {rate:g} | {means[-1]:.4f} ± {errors[-1]:.4f} | "
                f"{np.mean(pressures):.2f} ± {np.std(pressures, ddof=1) / 2:.2f} | "
                f"{mixed:.2f} | {order} |",
                flush=True,
            )
        axes[1, 0].errorbar(RATES[name], np.array(means) - means[0], errors, marker="o", **style)
        g = np.mean(
            [radial_distribution(glass, model.potential, bins) for glass in glasses], axis=0
        )
        axes[1, 1].plot((bins[1:] + bins[:-1]) / 2, g, **style)
    axes[0, 0].set(
        xlabel="time in the liquid", ylabel="energy per particle − mean", ylim=(-0.1, 0.15)
    )
    axes[0, 1].set(xlabel="time after equilibration", ylabel="self-overlap, A particles")
    axes[1, 0].set(xlabel="cooling rate", ylabel="energy per particle − fastest", xscale="log")
    axes[1, 1].set(xlabel="distance r", ylabel="g(r) of the glass")
    axes[1, 1].legend(frameon=False)  # where there is room for it
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, dpi=110)


if __name__ == "__main__":
    main()
