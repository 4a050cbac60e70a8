"""What stands in place of a glass or a potential by mistake is told so in a sentence."""

import ase
import numpy as np
import pytest

import softfield as sf
from softfield.errors import InvalidGlassError, InvalidPotentialError, InvalidSettingError

GLASS = sf.Glass(np.random.default_rng(1).random((20, 2)) * 9.0, [0] * 20, [9.0, 9.0])
POTENTIAL = sf.model("2dipl").potential
OF_A_GLASS = (
    "energy", "forces", "pressure", "dynamical_matrix", "local_thermal_energy", "normal_modes",
    "shear", "strain_response", "soft_modes", "predict_events", "minimize", "descend",
)  # fmt: skip


@pytest.mark.parametrize("name", OF_A_GLASS)
def test_atoms_are_no_glass_and_a_model_is_no_potential(name):
    function = getattr(sf, name)
    with pytest.raises(InvalidGlassError, match=r"not Atoms: .* glass_from_atoms of ase\.Atoms"):
        function(ase.Atoms("Cu2", positions=[[0, 0, 0], [1, 1, 1]], cell=[9, 9, 9]), POTENTIAL)
    for wrong in (sf.model("2dipl"), "2dipl"):
        with pytest.raises(InvalidPotentialError, match=rf"not {type(wrong).__name__}: .*model"):
            function(GLASS, wrong)


def test_settings_of_another_type(tmp_path):
    path = tmp_path / "glass.data"
    sf.write_glass(path, GLASS)
    for settings in ({"species": 5}, {"format": 5}):
        with pytest.raises(InvalidSettingError, match="5"):
            sf.read_glass(path, **settings)
    with pytest.raises(InvalidGlassError, match="not list"):
        sf.write_glass(path, [1.0])
    with pytest.raises(InvalidSettingError, match="not 5"):
        sf.atoms_from_glass(GLASS, symbols=5)
    with pytest.raises(InvalidGlassError, match="increment"):
        GLASS.sheared("x")
