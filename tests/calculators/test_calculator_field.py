"""The field of atoms against exact answers, free energies, and its own invariances."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from gupta import Gupta
from pair_calculator import PairCalculator, Unshifted
from samples import of_atoms, pair_sample, sample
from weighted_emt import WeightedEMT

import softfield as sf
from oracles import central_difference
from softfield import errors


@pytest.fixture(scope="module")
def cuzr():
    atoms = sample("cuzr")
    return atoms, sf.calculator_field(atoms)


@pytest.mark.parametrize(
    "name", ["2dipl", "3dipl", pytest.param("3dkablj", marks=pytest.mark.slow)]
)
def test_pair_potentials_give_half_the_sum_over_the_pairs_of_each_atom(name):
    atoms, glass, potential = pair_sample(name)
    exact = sf.local_thermal_energy(glass, potential)
    energy = of_atoms(exact.pairs, exact.energy, len(atoms))
    found = sf.calculator_field(atoms)
    assert found.displacement.shape == glass.positions.shape
    assert np.abs(found.energy - energy).max() < 1e-6 * np.abs(energy).max()
    harmonic = of_atoms(exact.pairs, exact.harmonic, len(atoms))
    assert np.abs(found.harmonic - harmonic).max() < 1e-6 * np.abs(harmonic).max()
    size = np.abs(exact.displacement).max()
    assert np.abs(found.displacement - exact.displacement).max() < 1e-6 * size
    assert found.debye_waller == pytest.approx(exact.debye_waller, rel=1e-8)
    assert (np.abs(found.energy - energy) <= found.error).mean() > 0.95
    assert found.error.max() < 1e-3 * np.abs(energy).max()
    assert abs(found.sum_rule_error) < 1e-7


def test_modes_are_those_of_the_library():
    atoms, glass, potential = pair_sample("3dipl")
    found = sf.calculator_field(atoms)
    exact = sf.normal_modes(glass, potential, 10)
    assert found.frequencies[:10] == pytest.approx(exact.frequencies, rel=1e-8)
    assert len(found.frequencies) == 3 * len(atoms) - 3
    overlap = np.einsum("knc,knc->k", found.modes.vectors[:10], exact.vectors)
    assert overlap == pytest.approx(np.ones(10), abs=1e-6)
    assert sf.mode_map(found.modes.lowest(30)).shape == (len(atoms),)


def test_masses_change_frequencies_and_nothing_else(cuzr):
    atoms, unit = cuzr
    weighted = sf.calculator_field(atoms, masses="atoms")
    assert np.abs(weighted.energy - unit.energy).max() < 1e-6 * np.abs(unit.energy).max()
    size = np.abs(unit.displacement).max()
    assert np.abs(weighted.displacement - unit.displacement).max() < 1e-5 * size
    assert weighted.debye_waller == pytest.approx(unit.debye_waller, rel=1e-6)
    # sum of omega^2 = trace of the mass-weighted Hessian, and the trace of each atom is local
    light, heavy = atoms.get_masses().min(), atoms.get_masses().max()
    ratio = (weighted.frequencies**2).sum() / (unit.frequencies**2).sum()
    assert 1 / heavy < ratio < 1 / light


def two_points(function, step):
    """Second-order central first derivative at zero: half the evaluations, of smaller steps."""
    return (function(step) - function(-step)) / (2 * step)


def free_energy_slope(atoms, weighted, index, step, moved=2e-3, difference=central_difference):
    """d/dlambda ln det' of the Hessian at the minimum of U + lambda eps_index.

    ``step`` is that of lambda, ``moved`` that of the coordinates.
    """

    def log_determinant(strength):
        weights = np.ones(len(atoms))
        weights[index] += strength
        tilted = atoms.copy()
        tilted.calc = weighted(weights)
        hessian = force_differences(sf.relax_atoms(tilted, 1e-9), moved, difference)
        return np.log(np.linalg.eigvalsh(hessian)[3:]).sum()

    return difference(log_determinant, step)


def force_differences(atoms, step, difference):
    """(3N, 3N) Hessian by differences of forces, one coordinate at a time."""
    moved = atoms.copy()
    moved.calc = atoms.calc
    rest = atoms.get_positions()

    def column(k):
        def force(amount):
            positions = rest.copy()
            positions.ravel()[k] += amount
            moved.set_positions(positions)
            return -moved.get_forces().ravel()

        return difference(force, step)

    hessian = np.array([column(k) for k in range(rest.size)])
    return 0.5 * (hessian + hessian.T)


@pytest.mark.slow
def test_energies_of_atoms_are_derivatives_of_a_free_energy(cuzr):
    """An oracle without third derivatives, modes or energies' differences."""
    atoms, field = cuzr
    for index in (int(np.argmax(np.abs(field.energy))), 50):
        slope = free_energy_slope(atoms, lambda w: Gupta(weights=w), index, 1e-3)
        assert slope == pytest.approx(field.energy[index], abs=1e-5 * abs(field.energy).max())


@pytest.mark.slow
def test_effective_medium_theory_obeys_the_sum_rule_and_the_free_energy():
    """Cu-Au with ase's EMT: energies of atoms that are nothing of ours."""
    atoms = sample("cuau")
    atoms.calc = WeightedEMT(np.ones(len(atoms)))
    atoms = sf.relax_atoms(atoms, 1e-9)
    field = sf.calculator_field(atoms, processes=2)
    assert abs(field.sum_rule_error) < 1e-7
    index = int(np.argmax(np.abs(field.energy)))
    # ase's EMT is slow: four times fewer evaluations, with errors of 2e-6 where 1e-5 is asked for
    slope = free_energy_slope(atoms, WeightedEMT, index, 1e-4, 1e-4, two_points)
    assert slope == pytest.approx(field.energy[index], abs=1e-5 * abs(field.energy).max())


def test_two_amplitudes_tell_the_error(cuzr):
    atoms, field = cuzr
    rough = sf.calculator_field(atoms, amplitude=0.03)
    assert 10 * field.error.max() < rough.error.max() < 1e-1 * np.abs(field.energy).max()
    deviation = np.abs(rough.energy - field.energy)
    assert deviation.max() < rough.error.max()
    assert (deviation <= rough.error).mean() > 0.8


def test_the_shape_of_the_cell_and_the_order_of_atoms_do_not_matter(cuzr):
    atoms, field = cuzr
    rng = np.random.default_rng(4)
    order = rng.permutation(len(atoms))
    turned = atoms[order]
    cell = atoms.cell.array.copy()
    cell[1] += cell[0]
    cell[2] -= 2 * cell[1]
    turned.set_cell(cell)
    turned.rotate(37, (1, 2, 3), rotate_cell=True)
    turned.positions += (1.0, -20.0, 3.0)
    turned.wrap()
    turned.calc = Gupta()
    again = sf.calculator_field(turned)
    assert np.abs(again.energy - field.energy[order]).max() < 1e-6 * np.abs(field.energy).max()
    assert again.frequencies == pytest.approx(field.frequencies, rel=1e-6)


def test_processes_do_not_change_the_result(cuzr):
    atoms, field = cuzr
    again = sf.calculator_field(atoms, processes=2)
    # the calculator keeps a list of neighbours, whose order of summation rounds differently
    assert np.abs(again.energy - field.energy).max() < 1e-7 * np.abs(field.energy).max()


def test_forces_and_a_total_energy_give_displacement_and_sum_rule(cuzr):
    atoms, field = cuzr
    total_only = atoms.copy()
    total_only.calc = Gupta(of_atoms=False)
    response = sf.calculator_response(total_only)
    assert np.abs(response.displacement - field.displacement).max() < 1e-7
    assert response.debye_waller == pytest.approx(field.debye_waller, rel=1e-9)
    assert abs(response.sum_rule_error) < 1e-6
    assert not hasattr(response, "energy")


def test_the_map_of_atoms_goes_through_the_library(cuzr, tmp_path):
    atoms, field = cuzr
    glass = sf.glass_from_atoms(atoms)
    spots = sf.soft_spots(glass, field.energy, vicinity_radius=4.0)
    assert spots[0].softness > np.abs(field.energy).mean()
    sf.write_glass(tmp_path / "map.extxyz", glass, field.arrays())
    assert sf.read_values(tmp_path / "map.extxyz")["thermal_energy"] == pytest.approx(field.energy)
    figure = sf.particle_map(glass, np.abs(field.energy), spots=[s.position for s in spots])
    assert figure.axes
    again = sf.atoms_from_glass(glass, ("Cu", "Zr"), Gupta())
    assert again.get_potential_energy() == pytest.approx(atoms.get_potential_energy())
    assert isinstance(again, Atoms)


def test_masses_go_with_the_atoms_and_back():
    atoms, glass, potential = pair_sample("2dipl")
    masses = np.where(glass.species == 0, 1.0, 2.0)
    heavy = replace(glass, masses=masses)
    again = sf.atoms_from_glass(heavy, calculator=atoms.calc)
    np.testing.assert_array_equal(sf.glass_from_atoms(again).masses, masses)
    exact = sf.normal_modes(heavy, potential, 5, masses="glass").frequencies
    response = sf.calculator_response(again, masses="atoms")
    assert response.frequencies[:5] == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("seed", [1, 8, 10])
def test_a_pair_near_a_jump_of_the_third_derivative_is_not_missed(seed):
    """``lj/gromacs`` at its cutoffs: differences across one agree, and are wrong."""
    potential = sf.lammps_potential(
        "pair_style lj/gromacs 1.1 1.5\npair_coeff 1 1 1 1\npair_coeff 1 2 1.2 .95\n"
        "pair_coeff 2 2 .7 .9\n",
        n_types=2,
    )
    rng = np.random.default_rng(seed)
    box = [(36 / 0.95) ** 0.5] * 2
    liquid = sf.Glass(rng.random((36, 2)) * box[0], (rng.random(36) < 0.4).astype(int), box)
    glass = sf.minimize(sf.descend(liquid, potential, max_force=1e-2).glass, potential)
    exact = sf.local_thermal_energy(glass, potential)
    energy = of_atoms(exact.pairs, exact.energy, 36)
    found = sf.calculator_field(sf.atoms_from_glass(glass, calculator=PairCalculator(potential)))
    away = np.abs(found.energy - energy)
    assert away.max() < 1e-4 * np.abs(energy).max()
    assert (away < 3 * found.error).all()  # as the page says of rough potentials


def test_energies_that_jump_at_a_cutoff_do_not_change_the_field():
    """A soft mode carries a pair over the cutoff."""
    potential = sf.lammps_potential(
        "units lj\npair_style lj/smooth 1.6 2.0\npair_coeff 1 1 1 1\n"
        "pair_coeff 1 2 1.2 0.9\npair_coeff 2 2 1 1.1\n",
        n_types=2,
    )
    rng, edge = np.random.default_rng(7), np.sqrt(40 / 0.85)
    places = np.stack(np.meshgrid(*[np.linspace(0, edge, 7, endpoint=False)] * 2), -1)
    places = places.reshape(-1, 2)[:40] + rng.normal(0, 0.1, (40, 2))
    glass = sf.minimize(sf.Glass(places, rng.integers(0, 2, 40), [edge] * 2), potential, 1e-12)
    exact = sf.local_thermal_energy(glass, potential)
    energy = of_atoms(exact.pairs, exact.energy, 40)
    atoms = sf.atoms_from_glass(glass, calculator=Unshifted(potential))
    found = sf.calculator_field(atoms, force_tolerance=1e-6)
    assert np.abs(found.energy - energy).max() < 1e-6 * np.abs(energy).max()
    assert abs(found.sum_rule_error) < 1e-6
    assert found.error.max() < 1e-3 * np.abs(energy).max()


class Torn(PairCalculator):
    """Energies of two atoms that jump where they are: ``jumps`` beyond their distance."""

    jumps = (0.05, 0.05)

    def calculate(self, *arguments, **keywords):
        super().calculate(*arguments, **keywords)
        apart = self.atoms.get_distance(0, 1, mic=True) - self.distance
        if apart > 1e-9:
            self.results["energies"][:2] += self.jumps
            self.results["energy"] += sum(self.jumps)


def torn(jumps):
    atoms, _, potential = pair_sample("2dipl")
    atoms.calc = Torn(potential, hessian=True)
    atoms.calc.jumps, atoms.calc.distance = jumps, atoms.get_distance(0, 1, mic=True)
    return atoms


def test_a_broken_sum_rule_is_refused_however_large_the_errors_are():
    with pytest.raises(errors.CalculatorError, match=r"jump at a cutoff.*pair_modify shift yes"):
        sf.calculator_field(torn((0.05, 0.05)))


def test_errors_that_are_not_small_are_told(caplog):
    """The jumps of both atoms cancel, so that the sum rule holds."""
    field = sf.calculator_field(torn((0.05, -0.05)))
    assert abs(field.sum_rule_error) < 1e-3
    assert field.error.max() > 0.1 * np.abs(field.energy).max()
    assert "may be wrong by" in caplog.text


def test_forces_are_those_of_the_free_energy(cuzr):
    """Electrons at a temperature: ``energy`` is extrapolated to zero, forces are not."""

    class Smeared(Gupta):
        implemented_properties = ("energy", "free_energy", "forces")

        def calculate(self, *args, **keywords):
            super().calculate(*args, **keywords)
            self.results["free_energy"] = self.results["energy"]
            self.results["energy"] = 1.02 * self.results["energy"]

    atoms, field = cuzr
    smeared = atoms.copy()
    smeared.calc = Smeared()
    response = sf.calculator_response(smeared)
    assert abs(response.sum_rule_error) < 1e-6
    assert response.debye_waller == pytest.approx(field.debye_waller, rel=1e-6)
