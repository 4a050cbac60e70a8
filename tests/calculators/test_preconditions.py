"""Everything that can be wrong is one clear sentence."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones
from ase.constraints import FixAtoms
from gupta import Gupta
from pair_calculator import PairCalculator
from samples import pair_sample, sample

import softfield as sf
from softfield import errors


def refused(kind, words, atoms, **settings):
    with pytest.raises(kind, match=words) as caught:
        sf.calculator_field(atoms, **settings)
    assert "\n" not in str(caught.value)


@pytest.fixture
def cuzr():
    return sample("cuzr")


def test_no_calculator(cuzr):
    cuzr.calc = None
    refused(errors.CalculatorError, "no calculator", cuzr)


def test_no_energies_of_atoms(cuzr):
    cuzr.calc = Gupta(of_atoms=False)
    refused(errors.CalculatorError, "no energies of atoms.*calculator_response", cuzr)


def test_a_calculator_that_fails():
    class Failing(Gupta):
        def calculate(self, *args, **keywords):
            raise RuntimeError("the file is gone")

    atoms = sample("cuzr")
    atoms.calc = Failing()
    refused(errors.CalculatorError, "Failing fails in .*the file is gone", atoms)


def test_energies_that_are_not_finite(cuzr):
    class Lost(Gupta):
        def calculate(self, *args, **keywords):
            super().calculate(*args, **keywords)
            self.results["forces"][3, 1] = np.nan

    cuzr.calc = Lost()
    refused(errors.CalculatorError, "forces that are not finite", cuzr)


def test_forces_that_come_from_no_energy(cuzr):
    class Direct(Gupta):
        def calculate(self, *args, **keywords):
            super().calculate(*args, **keywords)
            x = (self.atoms.positions - rest)[:, 1]
            self.results["forces"][:, 0] += 5.0 * (np.roll(x, 1) - x)

    rest = cuzr.get_positions()
    cuzr.calc = Direct()
    refused(errors.CalculatorError, "not the derivative of an energy", cuzr)


def test_forces_of_other_energies():
    """Curl-free forces that are no derivative of the energies, as those of coul/wolf in LAMMPS."""

    class Other(PairCalculator):
        def calculate(self, *args, **keywords):
            super().calculate(*args, **keywords)
            self.results["energies"] *= 1.01
            self.results["energy"] *= 1.01

    atoms, _, potential = pair_sample("2dipl")
    atoms.calc = Other(potential, hessian=True)
    n = 2 * len(atoms) - 2
    refused(errors.CalculatorError, f"sum to {1.01 * n:.6g}, where {n} is exact", atoms)
    with pytest.raises(errors.CalculatorError, match="do not belong together"):
        sf.calculator_response(atoms)


def test_an_external_field(cuzr):
    class Trap(Gupta):
        def calculate(self, *args, **keywords):
            super().calculate(*args, **keywords)
            x = self.atoms.positions - rest
            self.results["forces"] -= x
            self.results["energies"] += 0.5 * (x**2).sum(axis=1)

    rest = cuzr.get_positions()
    cuzr.calc = Trap()
    refused(errors.CalculatorError, "when all atoms are moved alike", cuzr)


def test_not_relaxed(cuzr):
    cuzr.rattle(0.01, seed=1)
    refused(errors.NotAMinimumError, "feels a force of .*relax_atoms", cuzr)


def test_a_saddle():
    atoms = Atoms("Cu4", np.arange(4)[:, None] * [2.6, 0, 0], cell=[10.4, 9, 9], pbc=True)
    atoms.calc = LennardJones(sigma=2.9, rc=4.0, smooth=True)
    refused(errors.SaddleError, "negative eigenvalue", atoms)


def test_free_atoms(cuzr):
    free = cuzr.copy()
    free.set_cell(cuzr.cell.array * [[1, 1, 1], [1, 1, 1], [3, 3, 3]])
    free.append("Cu")
    free.positions[-1] = (0, 0, 2 * cuzr.cell[2, 2])
    free.calc = Gupta()
    free = sf.relax_atoms(free)
    refused(errors.FloatingParticlesError, "feel no force when they move.*60", free)


def test_a_cluster(cuzr):
    cuzr.pbc = False
    refused(errors.InvalidGlassError, "not periodic", cuzr)


@pytest.mark.parametrize("third", [[0, 0, 0], [9, 9, 0]])
def test_a_cell_without_volume(cuzr, third):
    cuzr.cell.array[2] = third
    cuzr.cell.array[:2, 2] = 0
    refused(errors.InvalidGlassError, "has no volume", cuzr)


def test_constraints(cuzr):
    cuzr.set_constraint(FixAtoms([0]))
    refused(errors.InvalidGlassError, "constraints", cuzr)


def test_too_many_atoms(cuzr):
    refused(errors.TooLargeError, "60 atoms are more than max_atoms = 50.*GB.*hours", cuzr,
            max_atoms=50)  # fmt: skip


def test_settings_that_mean_nothing(cuzr):
    refused(errors.InvalidSettingError, "amplitude of 9", cuzr, amplitude=9.0)
    refused(errors.InvalidSettingError, "masses", cuzr, masses="heavy")
    refused(
        errors.InvalidSettingError,
        "amplitude must be a finite number above 0",
        cuzr,
        amplitude="small",
    )
    refused(errors.InvalidSettingError, "processes is 0", cuzr, processes=0)
    refused(errors.InvalidSettingError, "processes is 1.5", cuzr, processes=1.5)
    refused(errors.InvalidSettingError, "start_method 'thread'", cuzr, start_method="thread")
    refused(errors.InvalidSettingError, "range of the forces", cuzr, interaction_range=-1.0)
    refused(errors.InvalidSettingError, "a matrix of numbers, not str", cuzr, hessian="exact")
    with pytest.raises(
        errors.InvalidSettingError, match="max_force must be a finite number above 0"
    ):
        sf.relax_atoms(cuzr, "small")
    with pytest.raises(errors.InvalidSettingError, match="number of normal modes, is '3'"):
        sf.calculator_modes(cuzr, "3")


def test_a_class_in_place_of_a_calculator(cuzr):
    cuzr.calc = Gupta
    refused(errors.CalculatorError, r"atoms.calc is the class Gupta.*Gupta\(\.\.\.\)", cuzr)


class SinglePrecision(Gupta):
    """32-bit numbers in and out, as machine-learned potentials have them."""

    def calculate(self, atoms=None, *args, **keywords):
        known = atoms.copy()
        known.set_positions(atoms.positions.astype(np.float32))
        super().calculate(known, *args, **keywords)
        self.results = {name: np.float32(value) for name, value in self.results.items()}
        self.atoms = atoms.copy()


def test_single_precision_is_refused_and_good_for_two_digits_where_it_is_asked_for(cuzr):
    exact = sf.calculator_field(cuzr)
    cuzr.calc = SinglePrecision()
    refused(errors.NotAMinimumError, "feels a force of .*e-06", cuzr)
    with pytest.raises(errors.NotConvergedError, match="precision of the calculator"):
        sf.relax_atoms(cuzr, max_steps=100)
    relaxed = sf.relax_atoms(cuzr, 1e-4)
    field = sf.calculator_field(relaxed, force_tolerance=1e-3)
    size = np.abs(exact.energy).max()
    assert np.abs(field.energy - exact.energy).max() < 5e-3 * size
    assert 5e-4 * size < field.error.max() < 1e-2 * size
    assert abs(field.sum_rule_error) < 1e-3


def test_a_calculator_that_cannot_be_sent(cuzr):
    cuzr.calc.hook = lambda: None
    refused(errors.CalculatorError, "cannot be sent", cuzr, processes=2, start_method="spawn")


def test_a_calculator_whose_module_new_processes_do_not_find(tmp_path):
    """It is of a folder that is on nobody's path."""
    (tmp_path / "my_forces.py").write_text(
        "from ase.calculators.lj import LennardJones\nclass Mine(LennardJones):\n    pass\n"
    )
    section = {"kind": "python", "function": "my_forces:Mine", "arguments": {"rc": 2.2}}
    atoms = Atoms("Ar4", [[0, 0, 0], [0, 0.78, 0.78], [0.78, 0, 0.78], [0.78, 0.78, 0]])
    atoms.set_cell([1.56] * 3)
    atoms.pbc = True
    atoms.calc = sf.calculator_from_settings(section, tmp_path)
    refused(
        errors.CalculatorError, "new process cannot make .*No module named 'my_forces'.*PYTHONPATH",
        atoms, processes=2, start_method="spawn", force_tolerance=1e3,
    )  # fmt: skip


def test_an_orthogonal_cell_is_needed_for_a_glass_only(cuzr):
    cuzr.set_cell(cuzr.cell.array + np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0]]))
    with pytest.raises(errors.InvalidGlassError, match="tilted"):
        sf.glass_from_atoms(cuzr)


def test_fewer_elements_than_species():
    _, glass, _ = pair_sample("3dipl")
    with pytest.raises(errors.InvalidSettingError, match="1 elements were given for the 2 species"):
        sf.atoms_from_glass(glass, ("Cu",))
