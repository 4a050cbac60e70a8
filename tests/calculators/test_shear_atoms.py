"""Relaxation and quasistatic shear of atoms against the library's own."""

import re
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.units import Hartree, Rydberg
from pair_calculator import PairCalculator, Unshifted
from samples import pair_sample, sample

import softfield as sf
from softfield import errors
from softfield.calculators.shear import _compare_slopes
from softfield.calculators.slopes import _rounding
from softfield.calculators.state import atoms_state


def test_relaxation_finds_the_minimum_again():
    atoms, _, _ = pair_sample("3dipl")
    moved = atoms.copy()
    moved.calc = atoms.calc
    moved.rattle(1e-3, seed=1)
    relaxed = sf.relax_atoms(moved, 1e-9)
    assert np.linalg.norm(relaxed.get_forces(), axis=1).max() < 1e-9
    shift = relaxed.positions - atoms.positions
    assert np.abs(shift - shift.mean(axis=0)).max() < 1e-9
    assert np.abs(moved.positions - relaxed.positions).max() > 1e-4  # the atoms passed stay


def test_relaxation_that_does_not_arrive_says_so():
    atoms, _, _ = pair_sample("3dipl")
    atoms.rattle(0.05, seed=1)
    with pytest.raises(errors.NotConvergedError, match="still have a force of"):
        sf.relax_atoms(atoms, 1e-9, max_steps=3)
    with pytest.raises(errors.InvalidSettingError, match="max_force"):
        sf.relax_atoms(atoms, 0.0)


class Jumping(PairCalculator):
    """With a stress, and energies that jump in the differences that would give one."""

    implemented_properties = (*PairCalculator.implemented_properties, "stress")

    def calculate(self, *arguments, **keywords):
        super().calculate(*arguments, **keywords)
        self.results["energy"] += 1e-3 * (np.floor(1e5 * self.atoms.cell.array[1, 0]) % 3)
        xx, xy, xz, _, yy, yz, _, _, zz = sf.stress(
            sf.glass_from_atoms(self.atoms), self.potential
        ).ravel()
        self.results["stress"] = np.array([xx, yy, zz, yz, xz, xy])


def test_the_stress_is_that_of_the_calculator_where_it_has_one(caplog):
    atoms, glass, potential = pair_sample("3dipl")
    atoms.calc = Jumping(potential)
    path = sf.shear_atoms(atoms, 1, 2e-3, step=1e-3)
    assert "the stress of the calculator is not the slope of its energy" in caplog.text
    exact = sf.shear_path(glass, potential, 1, 2e-3)
    assert path.reason == exact.reason == "max_strain"
    assert path.stress[[0, -1]] == pytest.approx(exact.stress[[0, -1]], abs=1e-5)


@pytest.mark.parametrize("height", [0.0, 30.0])
def test_a_slab_is_sheared_with_or_without_a_third_cell_vector(height, caplog):
    """EMT gives no stress without one; what is per volume is then per area."""
    atoms = bulk("CuAu", "cesiumchloride", a=3.1) * (2, 2, 2)
    atoms.rattle(0.05, seed=1)
    atoms.pbc = [True, True, False]
    atoms.cell[2, 2] = height
    atoms.calc = EMT()
    path = sf.shear_atoms(sf.relax_atoms(atoms, 1e-6), max_strain=2e-3, step=5e-4)
    slopes = np.gradient(path.energy, path.strain) / (6.2**2 * (height or 1.0))
    assert path.stress[1:-1] == pytest.approx(slopes[1:-1], rel=1e-3)
    assert "not the slope" not in caplog.text


def test_shear_of_atoms_has_no_unit_of_energy():
    atoms, glass, potential = pair_sample("2dipl")
    atoms.calc = PairCalculator(replace(potential, strengths=1e-8 * potential.strengths))
    path = sf.shear_atoms(atoms, 1, 2e-3, step=1e-3)
    exact = sf.shear_path(glass, potential, 1, 2e-3)
    assert path.reason == exact.reason == "max_strain"
    assert 1e8 * path.stress[-1] == pytest.approx(exact.stress[-1], abs=1e-3)


@pytest.mark.parametrize(
    ("direction", "max_strain", "start"),
    [("xy", 4e-3, 2e-3), ("-xy", 0.0, -2e-3), ("xy", 0.0, 2e-3), ("xy", -1e-3, 2e-3),
     ("x-y", -1e-3, 0.0), ([[0, 2], [0, 0]], 2e-3, 1e-3)],
)  # fmt: skip
def test_strains_count_from_the_upright_cell_as_those_of_pairs(direction, max_strain, start):
    _, glass, potential = pair_sample("2dipl")
    tilted = sf.shear_path(glass, potential, 1, 2e-3).glass
    assert tilted.strain == 2e-3
    atoms = sf.atoms_from_glass(tilted, calculator=PairCalculator(potential))
    path = sf.shear_atoms(atoms, 1, max_strain, direction=direction, step=1e-3)
    exact = sf.shear_path(tilted, potential, 1, max_strain, direction)
    assert path.reason == exact.reason == "max_strain"
    assert path.strain[[0, -1]] == pytest.approx([start, max_strain], abs=1e-12)
    assert exact.strain[[0, -1]] == pytest.approx([start, max_strain], abs=1e-12)
    assert path.stress[[0, -1]] == pytest.approx(exact.stress[[0, -1]], abs=1e-5)
    assert sf.glass_from_atoms(path.atoms).strain == pytest.approx(exact.glass.strain, abs=1e-12)


def test_atoms_go_on_from_the_strain_that_they_have():
    atoms = sample("cuau")
    for direction in ("xz", "-yx"):
        first = sf.shear_atoms(atoms, 1, 1e-3, direction=direction, step=5e-4)
        then = sf.shear_atoms(first.atoms, 1, 2e-3, direction=direction, step=5e-4)
        assert then.strain == pytest.approx([1e-3, 1.5e-3, 2e-3], abs=1e-12)


class Rounded(EMT):
    """Without a stress, energies and forces in single precision; others for single atoms."""

    implemented_properties = ("energy", "energies", "forces")

    def __init__(self, of_atoms=0.0, to=np.float32):
        super().__init__()
        self.of_atoms, self.to = of_atoms, to

    def calculate(self, *arguments, **keywords):
        super().calculate(*arguments, **keywords)
        energy = self.results["energy"] + self.of_atoms * len(self.atoms)
        forces = np.float32(self.results["forces"])
        self.results = {"energy": float(self.to(energy)), "forces": forces}


@pytest.mark.parametrize(
    ("calculator", "error"),
    [
        (Rounded(), 2e-6),
        (Rounded(-3.0), 2e-5),
        (Rounded(-300.0), 9e-4),
        (Rounded(-3.0, lambda energy: round(energy, 6)), 2e-6),  # as in an output file
        (Rounded(-3.0, lambda energy: round(energy / Hartree, 6) * Hartree), 2e-5),
        (Rounded(-3.0, lambda energy: round(energy / Rydberg, 6) * Rydberg), 2e-5),
        (Rounded(-3000.0), None),
    ],
)
def test_energies_in_single_precision_have_slopes(calculator, error, caplog):
    """Against the stress of EMT; where the rounding hides it, that is said."""
    atoms = sample("cuau")
    exact = sf.shear_atoms(atoms, 1, 1e-3, step=1e-3, max_force=1e-3).stress
    pressure = atoms_state(atoms, 1e-3).pressure
    atoms.calc = calculator
    found = sf.shear_atoms(atoms, 1, 1e-3, step=1e-3, max_force=1e-3).stress
    state = atoms_state(atoms, 1e-3)
    if error is None:
        told = re.findall("energies are rounded to ([0-9.]+): stress or pressure", caplog.text)
        digit = np.spacing(np.float32(3000.0 * len(atoms)))
        assert np.array(told, dtype=float) == pytest.approx(np.full(2, digit), rel=0.5)
        assert "not the slope" not in caplog.text
    else:
        assert found == pytest.approx(exact, abs=error)
        assert state.pressure == pytest.approx(pressure, abs=error)
        assert bool(caplog.text) == (error > 1e-4)


@pytest.mark.parametrize("digit", [1e-12, 1e-9, 3.7e-6, 2.7e-4, 0.0156, 0.3])
@pytest.mark.parametrize("slope", [0.0, 1.0, -30.0])
def test_rounding_is_measured_where_it_acts(digit, slope):
    """Numbers that are rounded to multiples of a digit, over strains of a nonlinear energy."""

    def energy(strain):
        smooth = 500.0 * np.exp(-10.0 * strain) + (5000.0 + slope) * strain - 25000.0 * strain**2
        return round((smooth + 1000.0 * strain**2) / digit) * digit

    assert _rounding(energy, 2000.0) == pytest.approx(digit, rel=0.6)


def test_energies_that_never_change_are_rounded_to_more_than_they_would():
    assert _rounding(lambda _: -7.0, 2000.0) > 0.5 * 2000.0 * 0.05**2


class Failing(EMT):
    """Fails after so many evaluations."""

    def __init__(self, left):
        super().__init__()
        self.left = left

    def calculate(self, *arguments, **keywords):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("no self-consistency")
        super().calculate(*arguments, **keywords)


def test_a_calculator_that_fails_on_the_way_is_told_and_loses_nothing():
    atoms = sample("cuau")
    exact = sf.shear_atoms(atoms, 1, 0.003, step=1e-3)
    atoms.calc = Failing(120)
    path = sf.shear_atoms(atoms, 1, 0.003, step=1e-3)
    assert re.match("CalculatorError: .*no self-consistency", path.reason)
    assert not path.complete
    n = len(path.strain)
    assert 1 < n < len(exact.strain)
    assert path.energy == pytest.approx(exact.energy[:n], abs=1e-6)
    atoms.rattle(0.05, seed=1)
    atoms.calc = Failing(15)
    with pytest.raises(errors.CalculatorError, match=r"Failing fails in LBFGS .*no self-cons"):
        sf.relax_atoms(atoms)


@pytest.mark.slow
def test_events_are_those_of_the_continuation():
    # The drop of seed 0 is large, and ends in one minimum or another, by the processor.
    atoms, glass, potential = pair_sample("2dipl", seed=1)
    exact = sf.shear_path(glass, potential, n_events=1)
    last = exact.events[-1].strain
    path = sf.shear_atoms(atoms, 1, last + 1e-3, step=1e-3, resolution=1e-5)
    assert path.reason == "events"
    for found, event in zip(path.events, exact.events, strict=True):
        assert found.strain == pytest.approx(event.strain, abs=1e-5)
        assert found.particle == event.particle
        assert found.position == pytest.approx(event.position, abs=1e-9)
        assert found.displaced_position == pytest.approx(event.displaced_position, abs=1e-9)
        assert found.centre == pytest.approx(event.centre, abs=0.05)
        assert found.displaced_particle == event.displaced_particle
        assert found.stress_drop == pytest.approx(event.stress_drop, rel=0.02)
        assert found.energy_drop == pytest.approx(event.energy_drop, rel=0.02)
        assert found.participation_ratio == pytest.approx(event.participation_ratio, rel=0.1)
        assert found.ordinal == event.ordinal
    # Between the fixed steps a straight line is good, except just before the event.
    before = exact.strain < last - 2e-3
    stress = np.interp(exact.strain[before], path.strain, path.stress)
    assert stress == pytest.approx(exact.stress[before], abs=1e-3 * np.abs(exact.stress).max())


@pytest.mark.slow
def test_a_metallic_glass_yields_and_its_record_goes_on():
    atoms = sample("cuzr")
    path = sf.shear_atoms(atoms, 1, 0.3, step=4e-3, resolution=5e-4)
    assert path.complete
    (event,) = path.events
    assert event.energy_drop > 0
    assert event.stress_drop > 0
    glass = sf.glass_from_atoms(atoms)
    assert (event.position >= 0).all()
    assert (event.position <= glass.box).all()
    sheared = sf.glass_from_atoms(path.atoms)
    assert sheared.strain == pytest.approx(path.strain[-1])
    assert np.diff(path.strain).min() > 0


@pytest.mark.slow
def test_energies_that_jump_hide_no_event_and_are_no_drop(caplog):
    """The event is small, and moves pairs over the cutoff."""
    potential = sf.lammps_potential(
        "units lj\npair_style lj/smooth 1.6 2.0\npair_coeff 1 1 1 1\n"
        "pair_coeff 1 2 1.2 0.9\npair_coeff 2 2 1 1.1\n",
        n_types=2,
    )
    rng, edge = np.random.default_rng(3), np.sqrt(60 / 0.85)
    places = np.stack(np.meshgrid(*[np.linspace(0, edge, 8, endpoint=False)] * 2), -1)
    places = places.reshape(-1, 2)[:60] + rng.normal(0, 0.1, (60, 2))
    glass = sf.minimize(sf.Glass(places, rng.integers(0, 2, 60), [edge] * 2), potential, 1e-11)
    start = sf.shear_path(glass, potential, 2, 6e-3).glass
    exact = sf.shear_path(start, potential, 1)
    atoms = sf.atoms_from_glass(start, calculator=Unshifted(potential))
    path = sf.shear_atoms(atoms, 1, 8e-3, step=1e-3)
    assert path.reason == exact.reason == "events"
    for found, event in zip(path.events, exact.events, strict=True):
        assert found.strain == pytest.approx(event.strain, abs=1e-5)
        assert found.displaced_particle == event.displaced_particle
        assert found.stress_drop == pytest.approx(event.stress_drop, rel=0.02)
        assert found.energy_drop == pytest.approx(event.energy_drop, rel=0.02)
    assert "jumps" in caplog.text


def test_a_small_drop_is_seen_by_the_work_of_large_moves():
    """The trapezoidal rule along the relaxation is off by as much as this drop, 0.009."""
    potential = sf.lammps_potential(
        "units lj\npair_style lj/smooth 1.7 2.1\npair_coeff 1 1 1 1 1.7 2.1\n"
        "pair_coeff 1 2 1.5 .8 1.36 1.68\npair_coeff 2 2 .5 .88 1.5 1.85\n"
        "pair_modify shift yes\n",
        n_types=2,
    )
    rng, box = np.random.default_rng(9), np.full(2, np.sqrt(60 / 1.18))
    places, species = rng.random((60, 2)) * box, (np.arange(60) % 3 == 0).astype(int)
    glass = sf.minimize(sf.Glass(places, species, box), potential)
    start = sf.shear_path(glass, potential, 1, 9e-3).glass
    (exact,) = sf.shear(start, potential, 1, 0.012)
    assert exact.energy_drop < 0.01
    atoms = sf.atoms_from_glass(start, calculator=PairCalculator(potential))
    (found,) = sf.shear_atoms(atoms, 1, 0.012, step=1e-3).events
    assert found.strain == pytest.approx(exact.strain, abs=1e-5)
    assert found.displaced_particle == exact.displaced_particle
    assert found.energy_drop == pytest.approx(exact.energy_drop, rel=0.03)
    # an event in a step that is not narrowed begins at a state of the path, which is there once
    whole = sf.shear_atoms(atoms, 1, 0.012, step=1e-3, resolution=1e-3)
    assert len(whole.events) == 1
    assert np.diff(whole.strain).min() > 0


def test_a_drop_that_is_small_beside_the_fall_of_the_stress_is_seen():
    """In a step of 5e-4 the work is known to 0.003, and the drop is of 0.0006."""
    potential = sf.lammps_potential(
        "units lj\npair_style lj/smooth/linear 2.5\npair_coeff 1 1 1.0 1.0\n"
        "pair_coeff 1 2 1.5 0.8\npair_coeff 2 2 0.5 0.88\n",
        n_types=2,
    )
    rng, box = np.random.default_rng(0), np.array([8.1, 8.1])
    places = np.array([(i, j) for i in range(9) for j in range(9)]) * box / 9
    places += rng.normal(0, 0.1, (81, 2))
    species = np.zeros(81, int)
    species[rng.choice(81, 28, False)] = 1
    glass = sf.minimize(sf.Glass(places, species, box), potential)
    start = sf.shear_path(glass, potential, 1, 0.035, "y-x").glass
    (exact,) = sf.shear(start, potential, 1, 3e-3, "y-x")
    assert exact.energy_drop < 1e-3
    atoms = sf.atoms_from_glass(start, calculator=PairCalculator(potential))
    (found,) = sf.shear_atoms(atoms, 1, 3e-3, direction="y-x").events
    assert found.strain == pytest.approx(exact.strain, abs=1e-5)
    assert found.displaced_particle == exact.displaced_particle
    # where in the bracket the stress falls is not known
    unknown = found.strain_bracket * found.stress_drop * start.volume
    assert found.energy_drop == pytest.approx(exact.energy_drop, abs=unknown)
    assert unknown < 0.3 * exact.energy_drop


@pytest.mark.parametrize("steps", [3, 12])
@pytest.mark.parametrize("rise", [30.0, 60.0])
def test_slopes_near_an_instability_are_those_of_the_energy(steps, rise, caplog):
    """s = rise gamma + sqrt(1e-5 + gamma_c - gamma), with and without a maximum on the way."""
    strain, end = np.linspace(0, 6e-3, steps + 1), 1e-5 + 6e-3
    slope = rise * strain + np.sqrt(end - strain)
    energy = 0.5 * rise * strain**2 - 2 / 3 * (end - strain) ** 1.5
    _compare_slopes(strain, slope, energy, [])
    assert caplog.text == ""
    _compare_slopes(strain, slope, energy + 0.1 * np.abs(energy), [])
    assert "not the slope" in caplog.text


class Stepped(PairCalculator):
    """An energy that jumps at a slightly larger cell."""

    def calculate(self, *arguments, **keywords):
        super().calculate(*arguments, **keywords)
        edge = sf.glass_from_atoms(self.atoms).box[0]
        self.results["energy"] += 0.3 * (edge > self.edge * (1 + 3e-6))


def test_a_pressure_by_energies_passes_over_their_jumps(caplog):
    atoms, glass, potential = pair_sample("2dipl")
    atoms.calc = Stepped(potential)
    atoms.calc.edge = glass.box[0]
    assert atoms_state(atoms, 1e-6).pressure == pytest.approx(sf.pressure(glass, potential))
    assert not caplog.text
    atoms.calc.edge = glass.box[0] / (1 + 3e-6) * (1 - 1e-14)
    with pytest.raises(errors.CalculatorError, match="jumps within a strain"):
        atoms_state(atoms, 1e-6)


def test_shear_of_what_is_not_relaxed_or_asked_for_nothing():
    atoms, _, _ = pair_sample("3dipl")
    with pytest.raises(errors.InvalidSettingError, match="n_events"):
        sf.shear_atoms(atoms, 0)
    for nothing in (0.0, np.nan, np.inf):
        with pytest.raises(errors.InvalidSettingError, match="asks for no shear"):
            sf.shear_atoms(atoms, max_strain=nothing)
    atoms.rattle(0.01, seed=1)
    with pytest.raises(errors.NotAMinimumError, match="shear starts from a minimum"):
        sf.shear_atoms(atoms)


@pytest.mark.parametrize(
    ("rows", "open_along", "refused", "free"),
    [
        ([0, 1, 2], r"open along \(0, 0, 1\)", ["xz", "zy", "x-z"], "xy"),
        ([0, 2, 1], r"open along \(0, -1, 0\)", ["xy", "yx", "zy"], "xz"),
        ([1, 2, 0], r"open along \(1, 0, 0\)", ["xy", "zx", "x-y"], "yz"),
    ],
)
def test_open_boundaries_hold_no_shear(rows, open_along, refused, free):
    """The open direction is across the first two cell vectors, wherever these point."""
    atoms = bulk("CuAu", "cesiumchloride", a=3.1) * (2, 2, 2)
    atoms.rattle(0.05, seed=1)
    cell = atoms.cell.array[rows]
    cell[2] *= 3
    atoms.set_cell(cell)
    atoms.pbc = [True, True, False]
    atoms.calc = EMT()
    for direction in refused:
        with pytest.raises(errors.InvalidSettingError, match=open_along):
            sf.shear_atoms(atoms, direction=direction)
    path = sf.shear_atoms(sf.relax_atoms(atoms, 1e-6), 1, 1e-3, direction=free, step=1e-3)
    assert path.energy[1] != pytest.approx(path.energy[0], abs=1e-6)
