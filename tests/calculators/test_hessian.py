"""Hessians by differences, alone and in groups, and those that calculators offer."""

import logging

import numpy as np
import pytest
from ase.build import bulk
from gupta import Gupta
from pair_calculator import PairCalculator
from samples import pair_sample, sample

import softfield as sf
from oracles import dense_hessian
from softfield.calculators.evaluations import Amplitudes, Evaluator, measured_scales, workers
from softfield.calculators.hessian import Plan, difference_hessian, offered_hessian, plan_columns

AMPLITUDES = Amplitudes(1e-3, 1e-3)


def planned(atoms, reach=None):
    evaluator = Evaluator(atoms, of_atoms=False)
    scales = measured_scales(evaluator)
    plan = plan_columns(evaluator, scales, reach)
    with workers(evaluator, 1, None) as team:
        return plan, difference_hessian(team, AMPLITUDES, plan)


def test_differences_of_forces_give_the_hessian():
    atoms, glass, potential = pair_sample("3dipl", hessian=False)
    _, hessian = planned(atoms)
    exact = dense_hessian(glass, potential)
    assert np.abs(hessian - exact).max() < 1e-7 * np.abs(exact).max()


@pytest.mark.parametrize("stated", [True, False])
def test_columns_that_share_no_neighbour_are_made_together(stated):
    atoms, glass, potential = pair_sample("2dipl", hessian=False)
    plan, hessian = planned(atoms, float(potential.ranges.max()) if stated else None)
    assert plan.n_groups < 0.8 * len(atoms)
    exact = dense_hessian(glass, potential)
    assert np.abs(hessian - exact).max() < 1e-7 * np.abs(exact).max()


def test_a_range_that_is_too_short_is_noticed(caplog):
    atoms, glass, potential = pair_sample("2dipl", hessian=False)
    exact = sf.local_thermal_energy(glass, potential)
    with caplog.at_level(logging.WARNING):
        field = sf.calculator_field(atoms, interaction_range=1.2)
    assert "reach further than assumed" in caplog.text
    assert field.energy.sum() == pytest.approx(exact.energy.sum(), rel=1e-6)


def test_a_wrong_hessian_is_noticed_and_not_used(caplog):
    class Wrong(PairCalculator):
        def get_hessian(self, atoms):
            return 1.01 * self._hessian(atoms)

    atoms, _, potential = pair_sample("2dipl")
    right = sf.calculator_field(atoms)
    atoms.calc = Wrong(potential)
    with caplog.at_level(logging.WARNING):
        field = sf.calculator_field(atoms)
    assert "wrong" in caplog.text
    assert field.energy == pytest.approx(right.energy, abs=1e-6)


def test_a_hessian_can_be_given():
    atoms, glass, potential = pair_sample("2dipl", hessian=False)
    given = sf.dynamical_matrix(glass, potential)
    assert np.isfinite(sf.calculator_field(atoms, hessian=given).energy).all()
    with pytest.raises(sf.SoftfieldError, match=r"shape \(3, 3\) is not that of 100 atoms"):
        sf.calculator_field(atoms, hessian=np.eye(3))


def test_silicon_has_the_hessian_of_matscipy():
    atoms = bulk("Si", cubic=True) * (2, 1, 1)
    atoms.calc = sf.calculator_from_settings({"kind": "stillinger_weber"})
    atoms.rattle(0.5, seed=1)  # in angstrom: far enough to end in a minimum without order
    atoms = sf.relax_atoms(atoms, 1e-9)
    offered = offered_hessian(Evaluator(atoms, of_atoms=True))
    direct = atoms.calc.get_hessian(atoms).toarray()
    assert np.abs(offered - direct).max() < 1e-12 * np.abs(direct).max()
    evaluator = Evaluator(atoms, of_atoms=True)
    with workers(evaluator, 2, None) as team:
        alone = Plan(np.arange(len(atoms), dtype=np.int32), None)
        made = difference_hessian(team, AMPLITUDES, alone)
    assert np.abs(made - direct).max() < 1e-6 * np.abs(direct).max()
    field = sf.calculator_field(atoms, processes=2)
    assert abs(field.sum_rule_error) < 1e-6


def test_measured_amplitudes_balance_truncation_and_rounding():
    """Single precision moves the best amplitude up, and the field says how good it still is."""

    class Single(Gupta):
        def calculate(self, *args, **keywords):
            super().calculate(*args, **keywords)
            forces = self.results["forces"].astype(np.float32)
            energies = self.results["energies"].astype(np.float32)
            self.results.update(forces=forces, energies=energies)

    atoms = sample("cuzr")
    exact = sf.calculator_field(atoms)
    atoms.calc = Single()
    rough = sf.calculator_field(atoms)
    deviation = np.abs(rough.energy - exact.energy)
    assert deviation.max() < 0.1 * np.abs(exact.energy).max()
    assert np.median(rough.error) > 10 * np.median(exact.error)
    assert (deviation <= 2 * rough.error).mean() > 0.8
