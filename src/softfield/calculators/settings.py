"""The calculator that a section of a configuration file describes."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from ..checks.names import path_of
from ..checks.numbers import shown
from ..errors import InvalidPotentialError, SoftfieldError
from .lammps import lammps_calculator
from .packages import needed

#: Parameters that are texts.
_TEXTS = {"script", "function", "parameters"}

#: The sub-package of matscipy with the published parameters of its many-body potentials.
_FORMS = "matscipy.calculators.manybody.explicit_forms"


def calculator_from_settings(
    settings: Mapping[str, Any], folder: str | os.PathLike[str] = "."
) -> Any:
    """The calculator that a section of a configuration file describes.

    ``kind`` names it, every other key is a parameter: one of ``CALCULATORS``, that is

    ``emt``
        Effective medium theory of ase: Al, Cu, Ag, Au, Ni, Pd, Pt.
    ``stillinger_weber``, ``tersoff``, ``kumagai``
        Many-body potentials of matscipy, with ``parameters`` by the name that matscipy gives
        to a published set, such as ``Stillinger_Weber_PRB_31_5262_Si``. Atoms of elements that
        it is not for are refused.
    ``lammps``
        ``script``, a path relative to ``folder``, ``types`` (element to LAMMPS type) and
        ``variables`` of the script.
    ``python``
        ``function``, "module:name" of a function that returns a calculator, with
        ``arguments`` by name; the module, and those that it imports, are looked for in
        ``folder`` first. For machine-learned and other potentials.

    Raises
    ------
    InvalidPotentialError
        For a kind, key or name that does not exist, or a function that fails.
    MissingPackageError
        If the kind needs a package that is not installed.
    """
    folder = path_of(folder, "the folder of a calculator", InvalidPotentialError)
    if not isinstance(settings, Mapping):
        raise InvalidPotentialError(
            f"a calculator is described by a section with kind, not by {settings!r}; write "
            "{kind: emt}, for instance."
        )
    parameters = dict(settings)
    kind = str(parameters.pop("kind", ""))
    if kind not in CALCULATORS:
        raise InvalidPotentialError(
            f"there is no kind of calculator {kind!r}; set kind to one of {', '.join(CALCULATORS)}."
        )
    make = CALCULATORS[kind]
    known = signature(make).parameters
    required = {n for n, p in known.items() if p.default is p.empty} - {"folder"}
    wrong = [*(set(parameters) - (set(known) - {"folder"})), *(required - set(parameters))]
    if wrong:
        keys = ", ".join(n for n in known if n != "folder") or "no keys"
        raise InvalidPotentialError(
            f"the calculator {kind} has {keys}; unknown or missing: {', '.join(sorted(wrong))}."
        )
    for name in _TEXTS & set(parameters):
        if not isinstance(parameters[name], str):
            raise InvalidPotentialError(
                f"{name} of the calculator {kind} is {shown(parameters[name])}, but must be a text."
            )
    if "folder" in known:
        parameters["folder"] = folder
    return make(**parameters)


def _emt() -> Any:
    return needed("ase.calculators.emt").EMT()


def _stillinger_weber(parameters: str = "Stillinger_Weber_PRB_31_5262_Si") -> Any:
    return _manybody("stillinger_weber", "StillingerWeber", parameters)


def _tersoff(parameters: str = "Tersoff_PRB_39_5566_Si_C") -> Any:
    return _manybody("tersoff_brenner", "TersoffBrenner", parameters)


def _kumagai(parameters: str = "Kumagai_Comp_Mat_Sci_39_Si") -> Any:
    return _manybody("kumagai", "Kumagai", parameters)


def _manybody(module: str, form: str, parameters: str) -> Any:
    """A potential of matscipy with published parameters."""
    forms = needed(f"{_FORMS}.{module}")
    published = {name: p for name, p in vars(forms).items() if isinstance(p, dict) and "_" in name}
    published = {name: p for name, p in published.items() if not name.startswith("_")}
    if parameters not in published:
        raise InvalidPotentialError(
            f"matscipy has no parameters {parameters!r} for {form}; it has "
            f"{', '.join(sorted(published))}."
        )
    chosen = published[parameters]
    elements = [chosen["el"]] if isinstance(chosen["el"], str) else list(chosen["el"])
    made = needed("softfield.calculators.published").PublishedManybody
    return made(parameters, elements, getattr(forms, form)(chosen))


def _lammps(
    script: str,
    folder: str | os.PathLike[str],
    types: Mapping[str, int] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Any:
    return lammps_calculator(script_path(script, folder), types=types, variables=variables)


def script_path(script: str, folder: str | os.PathLike[str]) -> Path:
    """Path of the LAMMPS script that a section names."""
    if "\n" in script.strip():
        raise InvalidPotentialError(
            f"script: {script.strip().splitlines()[0]} ... is text, but has to be the path of a "
            "LAMMPS script; write the commands into a file."
        )
    return Path(folder) / script


def _python(
    function: str, folder: str | os.PathLike[str], arguments: Mapping[str, Any] | None = None
) -> Any:
    module, _, name = function.partition(":")
    try:
        with _modules_of(Path(folder).resolve(), module):
            return getattr(importlib.import_module(module), name)(**(arguments or {}))
    except SoftfieldError:
        raise
    except Exception as error:  # code of others may raise anything
        raise InvalidPotentialError(
            f"the function {function!r} makes no calculator ({type(error).__name__}: {error}); "
            'give "module:name" of a function that can be called with the arguments given.'
        ) from error


#: Folder -> its modules that have been loaded, by name.
_LOADED: dict[Path, dict[str, ModuleType]] = {}


@contextmanager
def _modules_of(folder: Path, module: str) -> Iterator[None]:
    """Modules and packages of a folder go before others of these names, which come back after."""
    own = {path.stem for path in folder.glob("*.py")} - {"__main__"}
    own |= {path.parent.name for path in folder.glob("*/__init__.py")}
    if (folder / module.replace(".", "/")).with_suffix(".py").is_file():
        own.add(module.partition(".")[0])

    def named_as_own() -> dict[str, ModuleType]:
        return {name: m for name, m in sys.modules.items() if name.partition(".")[0] in own}

    others = {name: m for name, m in named_as_own().items() if not _lies_in(m, folder)}
    for name in others:
        del sys.modules[name]
    sys.modules.update(_LOADED.get(folder, {}))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        _LOADED[folder] = named_as_own()
        sys.modules.update(others)


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve().is_relative_to(folder)


#: Kind of a calculator -> the function that makes it.
CALCULATORS: dict[str, Callable[..., Any]] = {
    "emt": _emt,
    "stillinger_weber": _stillinger_weber,
    "tersoff": _tersoff,
    "kumagai": _kumagai,
    "lammps": _lammps,
    "python": _python,
}
