"""Check a configuration against its schema, in plain words, and document the schema.

``python workflow/configuration.py > docs/configuration.md`` rewrites the reference page.
"""

from __future__ import annotations

import difflib
import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

from consistency import contradictions, malformed, unfit
from law_files import law_files
from registries import registries
from softfield.errors import NoPairSumError, SoftfieldError
from softfield.files.glasses import read_glass, read_labelled_glass, read_values, species_names
from softfield.files.source import noted_files
from softfield.glass import Glass

if TYPE_CHECKING:
    from softfield.potentials.pair_potential import PairPotential

SCHEMA = Path(__file__).parent / "schemas" / "config.schema.yaml"

#: What can be computed for the glasses of an ensemble; scripts/summarize_block.py knows each too.
STAGES = (
    "fields",
    "shear",
    "modes",
    "thermal",
)

#: Keys of the reading of a file that its values depend on.
VALUES_READ_BY = {"frame", "format", "atom_style"}

#: Those of them that only ensembles go through which name them: they take far longer than the rest.
ON_REQUEST = ("thermal",)

#: Those that ensembles go through by default.
DEFAULT_STAGES = tuple(stage for stage in STAGES if stage not in ON_REQUEST)

#: Keys of the section thermal that an ensemble may have too: at what it is watched.
OF_POINTS = ("temperatures", "sheared_temperatures", "rates")

#: Keys of an ensemble of files that say how these are read, as the library calls them.
READING = ("species", "length_unit", "format", "box", "atom_style", "dimension")

#: What a value of each JSON type is called in a message.
TYPES = {
    "object": "a section with keys of its own",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "empty",
}


class ConfigurationError(ValueError):
    """A configuration that the workflow cannot use; the message lists every problem."""


def load_schema() -> dict[str, Any]:
    """The schema of config.yaml, with the names that its markers stand for.

    ``x-choices: indicators`` makes a key one of those names, ``x-keys: models`` the keys of a
    section.
    """
    names = {**registries(), "stages": STAGES}
    # the parser in C, where PyYAML has it, takes a tenth of the time
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _filled(yaml.load(SCHEMA.read_text(), Loader=loader), names)


def _filled(schema: Any, names: Mapping[str, Iterable[str]]) -> Any:
    if isinstance(schema, list):
        return [_filled(part, names) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    filled = {key: _filled(part, names) for key, part in schema.items()}
    if "x-choices" in filled:
        filled["enum"] = list(names[filled["x-choices"]])
    if "x-keys" in filled:
        filled["propertyNames"] = {"enum": list(names[filled["x-keys"]])}
    return filled


def check(config: Mapping[str, Any]) -> None:
    """Raise ConfigurationError unless ``config`` agrees with the schema and with itself."""
    found = list(malformed(config)) or list(problems(config, load_schema()))
    _refuse(found or list(contradictions(config)))


def in_order(given: Any, schema: Mapping[str, Any]) -> Any:
    """The same configuration with keys in the order of the schema, and free names as they are.

    Snakemake makes anew what depends on a section whose keys come in another order.
    """
    if not isinstance(given, Mapping):
        return given
    known, free = schema.get("properties", {}), schema.get("additionalProperties")
    names = [*(key for key in known if key in given), *(key for key in given if key not in known)]
    of_free = free if isinstance(free, Mapping) else {}
    return {key: in_order(given[key], known.get(key, of_free)) for key in names}


def _refuse(found: list[str]) -> None:
    if found:
        listed = "\n".join(f"  - {problem}" for problem in found)
        raise ConfigurationError(
            f"The configuration has {len(found)} problem(s):\n{listed}\n"
            "docs/configuration.md lists every key with its unit and meaning."
        )


def ensembles(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The ensembles with at least one realization, optional keys filled in.

    Every one has ``dimension``, ``n_particles``, ``box``, ``potential`` and ``label``; those
    of files have the list ``files`` and how they are read, ``reading``, those to be prepared
    ``model``. Force laws of the user's own have the ``law_files`` that they are read from, and
    where the stage thermal needs it whether dynamics are ``compiled``. Those with a calculator
    have no potential (None), and ``calculator`` with its ``settings``, the ``names`` of the species
    in the files, and whether the user has ``mapped`` these.

    Raises
    ------
    ConfigurationError
        If an ensemble of files has none, the first of them is no glass, or an ensemble is too
        small for what is asked of it.
    """
    found = {
        name: {
            "stages": list(DEFAULT_STAGES),
            "realizations_per_job": config["realizations_per_job"],
            "n_events": config["shear"]["n_events"],
            "directions": config["shear"]["directions"],
            "maps": config["statistics"]["maps"],
            **{key: config["thermal"][key] for key in OF_POINTS},
            **(_from_files(name, settings) if "files" in settings else _prepared(name, settings)),
        }
        for name, settings in config["ensembles"].items()
        if settings.get("realizations") != 0 and (config["run"] == "all" or name in config["run"])
    }
    _refuse([problem for name, e in found.items() for problem in unfit(name, e, config)])
    return found


def _prepared(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of an ensemble that the workflow prepares."""
    model = settings.get("model", name)
    known = registries()["models"][model]
    edge = (settings["n_particles"] / known["density"]) ** (1.0 / known["dimension"])
    kept = {key: known[key] for key in ("label", "dimension", "reach")}
    kept["box"] = [edge] * known["dimension"]
    return {"model": model, "potential": model, **kept, **settings}


def _from_files(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of an ensemble of files; the first one tells what jobs will cost."""
    from softfield.potentials.settings import species_by_label

    files = _files(name, settings)
    reading = {"species": None, "length_unit": 1.0}
    reading |= {key: settings[key] for key in READING if key in settings}
    try:
        first, labels = read_labelled_glass(files[0], **reading)
    except (SoftfieldError, OSError) as error:
        raise ConfigurationError(f"ensembles.{name}.files: {error}") from error
    if settings.get("masses") == "glass" and first.masses is None:
        raise ConfigurationError(
            f"ensembles.{name}.masses is glass, but {files[0]} has no masses; leave it out, or "
            "write them into the files."
        )
    names = species_names(first, labels)
    if reading["species"] is None and any(isinstance(label, str) for label in names):
        # as in the first file, whatever another one lacks
        reading["species"] = {label: k for k, label in enumerate(names) if isinstance(label, str)}
    law, types = _force_law(name, settings, first, labels)
    if "species" not in settings:
        reading["species"] = species_by_label(names, types) or reading["species"]
    return {
        "label": name,
        "relax": True,
        **settings,
        "reading": reading,
        **law,
        "files": files,
        "realizations": len(files),
        "n_particles": first.n_particles,
        "dimension": first.dimension,
        "box": first.box.tolist(),
    }


def _files(name: str, settings: Mapping[str, Any]) -> list[str]:
    """The files that the patterns match, as many as are taken."""
    patterns = settings["files"] if isinstance(settings["files"], list) else [settings["files"]]
    matches = {path for pattern in patterns for path in glob.glob(pattern, recursive=True)}
    named = {Path(path).resolve(): path for path in sorted(matches, reverse=True)}
    files = sorted(named.values())[: settings.get("realizations")]
    if not files:
        raise ConfigurationError(
            f"ensembles.{name}.files: no file matches {', '.join(patterns)} (from the working "
            f"directory {Path.cwd()})."
        )
    return files


def _force_law(
    name: str, settings: Mapping[str, Any], first: Glass, labels: Sequence[str | int] | None
) -> tuple[dict[str, Any], Sequence[str]]:
    """Settings of the force law of an ensemble of files, and labels that it has for its types.

    Parameters
    ----------
    labels : what the first file calls the species of each particle (N,)
    """
    if "calculator" in settings:
        described = dict(settings["calculator"])
        names = list(species_names(first, labels))
        law = {"settings": described, "names": names, "mapped": "species" in settings}
        return {"potential": None, "calculator": law, "law_files": law_files(described)}, ()
    from softfield.potentials.pair_potential import largest_range

    potential = settings.get("potential")
    if "lammps" in settings:
        n_types = int(first.species.max()) + 1
        potential = {"kind": "lammps", "file": settings["lammps"], "n_types": n_types}
    told = None if "species" in settings else labels  # what the user says goes before names
    if isinstance(potential, str):
        reach = _reach_of_model(name, potential, first)
        return {"potential": potential, "reach": reach, "compiled": True}, ()
    with noted_files() as read:
        first, found = _own_potential(name, potential, first, told, "lammps" in settings)
    _check_present(name, first, found.n_species)
    law = {
        "potential": potential,
        "reach": largest_range(found, first.species),
        "law_files": law_files(potential, read),
    }
    if "thermal" in settings.get("stages", ()):  # its loops take long to import
        from softfield.preparation.dynamics import is_compiled

        law["compiled"] = is_compiled(found)
    return law, getattr(found, "labels", None) or ()


def _reach_of_model(name: str, potential: str, first: Glass) -> float:
    """Largest range of a model, which must fit the glass in the first file."""
    model = registries()["models"][potential]
    if model["dimension"] != first.dimension:
        raise ConfigurationError(
            f"ensembles.{name}.potential is {potential}, but the glass in the first file is "
            f"{first.dimension}-dimensional; name another model."
        )
    _check_present(name, first, model["n_species"])
    return float(model["reach"])


def _check_present(name: str, first: Glass, n_species: int) -> None:
    """Refuse a glass with species that the potential has not."""
    present = int(first.species.max()) + 1
    if present > n_species:
        raise ConfigurationError(
            f"ensembles.{name}: the glass in the first file has species up to {present - 1}, but "
            f"the potential is one of {n_species} species, from 0; map types or elements to these "
            f"(ensembles.{name}.species), or name another potential."
        )


def _own_potential(
    name: str,
    potential: Mapping[str, Any],
    first: Glass,
    names: Sequence[str | int] | None,
    lammps: bool,
) -> tuple[Glass, PairPotential]:
    """A potential of the user's own for the first glass, with its species there.

    Parameters
    ----------
    names : as :func:`softfield.potentials.settings.potential_of_glass`
    """
    from softfield.potentials.settings import potential_of_glass

    key = f"ensembles.{name}.{'lammps' if lammps else 'potential'}"
    try:
        return potential_of_glass(potential, first, names=names)
    except NoPairSumError as error:
        raise ConfigurationError(
            f"{key}: {error.reason}. Give it as a calculator in its place: calculator: {{kind: "
            f"lammps, script: {potential['file']}}}."
        ) from error
    except SoftfieldError as error:
        raise ConfigurationError(f"{key}: {error}") from error


def check_calculators(ensembles: Mapping[str, Mapping[str, Any]]) -> None:
    """Evaluate the first glass of every ensemble with a calculator.

    Raises
    ------
    ConfigurationError
        If that cannot be done, in the words of the library.
    """
    for name, ensemble in ensembles.items():
        if "calculator" in ensemble:
            try:
                _evaluate_first(ensemble)
            except SoftfieldError as error:
                raise ConfigurationError(f"ensembles.{name}.calculator: {error}") from error


def _evaluate_first(ensemble: Mapping[str, Any]) -> None:
    from softfield.calculators.evaluations import Evaluator
    from softfield.calculators.force_law import calculator_law
    from softfield.calculators.glasses import tell_not_kept

    described = ensemble["calculator"]
    path, reading = ensemble["files"][0], ensemble["reading"]
    law = calculator_law(described["settings"], described["names"], mapped=described["mapped"])
    first = read_glass(path, **reading)
    if described["settings"]["kind"] == "python":  # the others read no charges of atoms
        known = {key: reading[key] for key in VALUES_READ_BY & set(reading)}
        tell_not_kept(read_values(path, **known))
    Evaluator(law.atoms(first), of_atoms=True)


def maps_of_atoms(maps: Iterable[str]) -> list[str]:
    """Those of the maps that need no sum over pairs."""
    of_pairs = registries()["pair_indicators"]
    return [name for name in maps if name not in of_pairs]


def problems(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Every disagreement of ``config`` with ``schema``, each in a sentence."""
    validator = jsonschema.Draft202012Validator(schema)
    for error in sorted(validator.iter_errors(config), key=lambda e: list(map(str, e.path))):
        if error.validator == "additionalProperties":
            yield from _unknown_keys(error, schema)
        elif "propertyNames" in error.schema_path and error.validator == "enum":
            yield _unknown_key([*error.path, error.instance], error.validator_value, schema)
        else:
            yield _problem(error)


def keys(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, dict]]:
    """Dotted path and schema of every key, depth first; ``*`` stands for a free name."""
    children = [*schema.get("properties", {}).items()]
    if isinstance(schema.get("additionalProperties"), Mapping):
        children.append(("*", schema["additionalProperties"]))
    for name, child in children:
        yield ".".join((*path, name)), child
        yield from keys(child, (*path, name))


def _problem(error: jsonschema.ValidationError) -> str:
    where, value = _dotted(error.path), error.instance
    match error.validator:
        case "required":
            missing = [key for key in error.validator_value if key not in value]
            return f"{where or 'config.yaml'} lacks the key(s) {', '.join(missing)}"
        case "type":
            return f"{where} must be {_type_words(error.validator_value)}, not {_shown(value)}"
        case "enum":
            allowed = [str(choice) for choice in error.validator_value]
            near = difflib.get_close_matches(str(value), allowed, 1, 0.0)
            return (
                f"{where} must be one of {', '.join(allowed)}, not {_shown(value)}"
                f" (nearest: {near[0]})"
            )
        case "minimum":
            return f"{where} must be at least {error.validator_value}, not {value}"
        case "maximum":
            return f"{where} must be at most {error.validator_value}, not {value}"
        case "exclusiveMinimum":
            return f"{where} must be greater than {error.validator_value}, not {value}"
        case "exclusiveMaximum":
            return f"{where} must be smaller than {error.validator_value}, not {value}"
        case _:
            return f"{where}: {error.message}"


def _unknown_keys(error: jsonschema.ValidationError, schema: Mapping[str, Any]) -> Iterator[str]:
    valid = list(error.schema.get("properties", {}))
    for key in error.instance:
        if key not in valid:
            yield _unknown_key([*error.path, key], valid, schema)


def _unknown_key(path: list[Any], valid: list[str], schema: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(str(path[-1]), valid, 1, 0.0)
    hint = f"; the nearest valid key there is '{near[0]}'" if near else ""
    homes = [known for known, _ in keys(schema) if known.split(".")[-1] == path[-1]]
    if homes:
        hint += f"; a key of this name belongs at {' or '.join(homes)}"
    return f"unknown key '{_dotted(path)}'{hint}"


def _shown(value: Any) -> str:
    if value in ("true", "false"):
        return f"the text '{value}' (without quotes; behind --config, {value.capitalize()})"
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return f"the text '{value}'"
        # YAML 1.1 reads 1e-10 as a text, which no one expects
        return f"the text '{value}' (write {_yaml_number(number)}, without quotes)"
    if isinstance(value, Mapping):
        return "a section"
    return "nothing" if value is None else repr(value)


def _yaml_number(number: float) -> str:
    mantissa, exponent, power = f"{number:g}".partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{power}"


def _type_words(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(TYPES[name] for name in names)


def _dotted(path: Any) -> str:
    return ".".join(str(part) for part in path)


def document() -> str:
    """docs/configuration.md, from the schema."""
    schema = load_schema()
    lines = [
        "# Configuration",
        "",
        "<!-- Made from workflow/schemas/config.schema.yaml by",
        "     `python workflow/configuration.py > docs/configuration.md`; edit the schema. -->",
        "",
        schema["description"].strip(),
        "",
        "| key | value | meaning |",
        "|---|---|---|",
    ]
    for path, child in keys(schema):
        meaning = " ".join(child.get("description", "").split()).replace("|", "\\|")
        lines.append(f"| `{path}` | {_value_words(child)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _value_words(child: Mapping[str, Any]) -> str:
    if "enum" in child:
        return ", ".join(f"`{choice}`" for choice in child["enum"])
    if child.get("type") == "array" and "enum" in child.get("items", {}):
        return "list of " + ", ".join(f"`{choice}`" for choice in child["items"]["enum"])
    words = _type_words(child["type"]) if "type" in child else ""
    bounds = [
        f"{sign} {child[bound]:g}"
        for bound, sign in (
            ("minimum", ">="),
            ("exclusiveMinimum", ">"),
            ("maximum", "<="),
            ("exclusiveMaximum", "<"),
        )
        if bound in child
    ]
    return ", ".join([words, *bounds])


if __name__ == "__main__":
    print(document(), end="")
