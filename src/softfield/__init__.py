"""Local thermal energy, soft spots and plastic events of computer glasses.

Names are loaded when they are first used, so that ``import softfield`` stays quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: Public name -> module that defines it. This is the whole public interface.
_PUBLIC = {
    "Glass": "glass",
    "Model": "models",
    "model": "models",
    "TruncatedPowers": "potentials",
    "inverse_powers": "own_potentials",
    "lennard_jones": "own_potentials",
    "harmonic_contacts": "own_potentials",
    "hertzian_contacts": "own_potentials",
    "potential_from_function": "own_potentials",
    "potential_from_table": "own_potentials",
    "potential_from_settings": "own_potentials",
    "potential_by_pair": "own_potentials",
    "polydisperse": "own_potentials",
    "energy": "mechanics",
    "forces": "mechanics",
    "pressure": "mechanics",
    "dynamical_matrix": "mechanics",
    "read_glass": "io",
    "write_glass": "io",
    "read_values": "io",
    "minimize": "minimize",
    "prepare_glass": "preparation",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'softfield' has no attribute {name!r}")
    value = getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
