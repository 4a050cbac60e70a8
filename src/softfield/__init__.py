"""Local thermal energy, soft spots and plastic events of computer glasses.

Names are loaded when they are first used, so that ``import softfield`` stays quick.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

#: Public name -> module that defines it. This is the whole public interface.
_PUBLIC = {
    "Glass": "glass",
    "Model": "models",
    "model": "models",
    "read_glass": "io",
    "write_glass": "io",
    "read_values": "io",
    "prepare_glass": "preparation",
    "minimize": "minimize",
    "descend": "minimize",
    "Descent": "minimize",
    "without_rattlers": "packings",
    "PairPotential": "potentials",
    "TruncatedPowers": "potentials",
    "radial_derivatives": "potentials",
    "inverse_powers": "own_potentials",
    "lennard_jones": "own_potentials",
    "harmonic_contacts": "own_potentials",
    "hertzian_contacts": "own_potentials",
    "potential_from_function": "own_potentials",
    "potential_from_table": "own_potentials",
    "potential_from_settings": "own_potentials",
    "potential_by_pair": "own_potentials",
    "polydisperse": "own_potentials",
    "interactions": "pairs",
    "Interactions": "pairs",
    "energy": "mechanics",
    "forces": "mechanics",
    "pressure": "mechanics",
    "stress": "mechanics",
    "dynamical_matrix": "mechanics",
    "local_thermal_energy": "fields",
    "LocalThermalEnergy": "fields",
    "thermal_average": "fields",
    "Observable": "fields",
    "particle_softness": "softness",
    "coarse_grain": "softspots",
    "SoftnessField": "softspots",
    "soft_spots": "softspots",
    "SoftSpot": "softspots",
    "normal_modes": "modes",
    "NormalModes": "modes",
    "mode_map": "modes",
    "participation_ratio": "modes",
    "shear": "shear",
    "shear_path": "shear",
    "ShearPath": "shear",
    "PlasticEvent": "shear",
    "shear_modulus": "shear",
    "particle_map": "maps",
    "stress_curve": "maps",
    "read_provenance": "origin",
    "SoftfieldError": "errors",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'softfield' has no attribute {name!r}")
    value = getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """This package, with functions that keep their names.

    Importing the module ``softfield.minimize`` makes the import system set the attribute
    ``minimize`` of the package to that module; ``softfield.minimize`` is the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
