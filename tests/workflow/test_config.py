"""config.yaml, its schema and its reference page agree; mistakes are named in plain words."""

import copy
import dataclasses
from pathlib import Path

import pytest
import yaml

from configuration import (
    DIMENSIONS,
    ConfigurationError,
    check,
    document,
    ensembles,
    keys,
    load_schema,
)
from conftest import REPOSITORY
from softfield.potentials.models import MODELS, Protocol

CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
SCALES = sorted((REPOSITORY / "workflow" / "scales").glob("*.yaml"))
SCHEMA = load_schema()
REFERENCE = REPOSITORY / "tests" / "reference"


def config_keys(section: dict, path: tuple[str, ...] = ()) -> set[str]:
    """Dotted paths of all keys, names of ensembles replaced by ``*``."""
    found = set()
    for name, value in section.items():
        here = (*path, "*" if path == ("models",) else name)
        found.add(".".join(here))
        if isinstance(value, dict):
            found |= config_keys(value, here)
    return found


def merged(base: dict, overlay: dict) -> dict:
    """What Snakemake makes of a config file and an overlay."""
    result = copy.deepcopy(base)
    for key, value in overlay.items():
        result[key] = merged(result.get(key, {}), value) if isinstance(value, dict) else value
    return result


def complaint(change: dict) -> str:
    with pytest.raises(ConfigurationError) as caught:
        check(merged(CONFIG, change))
    return str(caught.value)


def test_schema_and_config_have_the_same_keys():
    of_ensembles = {"model", "realizations_per_job", "stages", "files", "species", "species.*"}
    of_ensembles |= {"potential", "length_unit", "relax", "n_events"}
    known = {path for path, _ in keys(SCHEMA)}
    assert config_keys(CONFIG) | {f"models.*.{key}" for key in of_ensembles} == known


def test_every_key_is_described_and_every_section_is_closed():
    for path, child in keys(SCHEMA):
        assert child.get("description", "").strip(), f"{path} has no description"
        if child.get("type") == "object":
            assert child.get("additionalProperties") is not None, f"{path} is open"
            assert child["additionalProperties"] is not True, f"{path} is open"


def test_reference_page_is_up_to_date():
    page = (REPOSITORY / "docs" / "configuration.md").read_text()
    assert page == document(), "run: python workflow/configuration.py > docs/configuration.md"


def test_config_and_scales_are_valid():
    check(CONFIG)
    assert [path.stem for path in SCALES] == ["large", "paper", "smoke", "workstation"]
    for path in SCALES:
        check(merged(CONFIG, yaml.safe_load(path.read_text())))


def own(files: list[Path], **settings) -> dict:
    """The configuration with an ensemble of files and no other."""
    switched_off = {name: {"realizations": 0} for name in CONFIG["models"]}
    mine = {"files": [str(path) for path in files], "potential": "2dipl", **settings}
    return merged(CONFIG, {"models": {**switched_off, "mine": mine}})


def test_ensemble_of_files():
    config = own([REFERENCE / "2dipl_400.data"])
    check(config)
    found = ensembles(config)
    assert set(found) == {"mine"}
    assert found["mine"]["realizations"] == 1
    assert (found["mine"]["n_particles"], found["mine"]["dimension"]) == (400, 2)


def test_patterns_are_expanded_in_order(tmp_path):
    for name in ("b.data", "a.data", "c.dump"):
        (tmp_path / name).write_text((REFERENCE / "2dipl_400.data").read_text())
    config = own([tmp_path / "*.data"])
    assert ensembles(config)["mine"]["files"] == [str(tmp_path / n) for n in ("a.data", "b.data")]
    config["models"]["mine"]["realizations"] = 1
    assert ensembles(config)["mine"]["files"] == [str(tmp_path / "a.data")]
    config["models"]["mine"]["realizations"] = 0
    assert ensembles(config) == {}


def test_ensembles_of_files_that_cannot_be_used(tmp_path):
    empty = tmp_path / "empty.data"
    empty.write_text("no glass\n")
    data = REFERENCE / "2dipl_400.data"
    for config, words in (
        (own([tmp_path / "*.gsd"]), "no file matches"),
        (own([empty]), "empty.data"),
        (own([data], potential="3dipl"), "2-dimensional"),
        (own([data], potential={"kind": "inverse_power"}), "no kind of potential"),
        (own([data], length_unit=1.0, species={"7": 0}), "species"),
    ):
        check(config)
        with pytest.raises(ConfigurationError, match=words) as caught:
            ensembles(config)
        assert "models.mine" in str(caught.value)


def test_keys_of_prepared_ensembles_and_of_files_do_not_mix():
    assert "lacks the key(s) n_particles, realizations" in complaint({"models": {"x": {}}})
    mine = {"files": "a.data"}
    assert "models.mine lacks the key(s) potential" in complaint({"models": {"mine": mine}})
    mine |= {"potential": "2dpl"}
    assert "unknown model '2dpl'; the nearest is '2dipl'" in complaint({"models": {"mine": mine}})
    mine |= {"potential": "2dipl", "n_particles": 100}
    assert "read from files" in complaint({"models": {"mine": mine}})
    assert "relax, which belong to an ensemble of files" in complaint(
        {"models": {"2dipl": {"relax": True}}}
    )


def test_example_of_own_glasses_is_valid():
    example = yaml.safe_load((REPOSITORY / "workflow" / "own_glasses.yaml").read_text())
    config = merged(CONFIG, example)
    check(config)
    prepared = {n for n, e in config["models"].items() if e.get("realizations") != 0} - {"mine"}
    assert prepared == set()


def test_dimensions_are_those_of_the_models():
    assert {name: model.dimension for name, model in MODELS.items()} == DIMENSIONS


def test_paper_scale_is_the_papers():
    overlay = yaml.safe_load((REPOSITORY / "workflow" / "scales" / "paper.yaml").read_text())
    found = ensembles(merged(CONFIG, overlay))
    assert {found[model]["realizations"] for model in MODELS} == {5000}


def test_vocabulary_is_that_of_the_library():
    protocols = SCHEMA["properties"]["glasses"]["properties"]
    assert set(protocols) == set(MODELS)
    settings = {field.name for field in dataclasses.fields(Protocol)}
    for protocol in protocols.values():
        assert set(protocol["properties"]) <= settings


def test_laptop_scale_prepares_glasses_by_the_librarys_protocols():
    for name, protocol in CONFIG["glasses"].items():
        default = dataclasses.asdict(MODELS[name].protocol)
        assert protocol == {key: default[key] for key in protocol}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"master_sed": 1},
            "unknown key 'master_sed'; the nearest valid key there is 'master_seed'",
        ),
        (
            {"glasses": {"2dipl": {"coolin_rate": 1.0}}},
            "'glasses.2dipl.coolin_rate'; the nearest valid key there is 'cooling_rate'",
        ),
        (
            {"models": {"2dipl": {"n_particle": 5}}},
            "unknown key 'models.2dipl.n_particle'; the nearest valid key there is 'n_particles'",
        ),
        ({"max_strain": 0.2}, "a key of this name belongs at shear.max_strain"),
        (
            {"shear": {"max_strain": "large"}},
            "shear.max_strain must be a number, not the text 'large'",
        ),
        (
            {"fields": {"force_tolerance": "1e-10"}},
            "fields.force_tolerance must be a number, not the text '1e-10' (write 1.0e-10",
        ),
        (
            {"local_aggregates": "true"},  # what Snakemake makes of --config local_aggregates=true
            "must be true or false, not the text 'true' (without quotes; behind --config, True)",
        ),
        ({"shear": 3}, "shear must be a section with keys of its own, not 3"),
        ({"shear": {"n_events": 0}}, "shear.n_events must be at least 1, not 0"),
        ({"shear": {"n_events": 1.5}}, "shear.n_events must be a whole number, not 1.5"),
        ({"failure_tolerance": 2}, "failure_tolerance must be at most 1, not 2"),
        ({"glasses": {"3dipl": {"time_step": 0}}}, "must be greater than 0, not 0"),
        ({"models": {"2dipl": {"stages": ["sheer"]}}}, "(nearest: shear)"),
        (
            {"models": {"new": {"model": "3dipl", "realizations": 1}}},
            "lacks the key(s) n_particles",
        ),
        ({"models": {"2dpl": {"n_particles": 100, "realizations": 1}}}, "the nearest is '2dipl'"),
        ({"models": {"a/b": {"n_particles": 100, "realizations": 1}}}, "a/b"),
    ],
)
def test_mistakes_are_named(change, expected):
    assert expected in complaint(change)


def test_all_mistakes_are_listed_at_once():
    message = complaint({"shear": {"n_events": 0, "max_strian": 1}, "modes": {"count": "x"}})
    assert "3 problem(s)" in message


def test_a_missing_key_is_named():
    broken = copy.deepcopy(CONFIG)
    del broken["modes"]["count"]
    with pytest.raises(ConfigurationError, match=r"modes lacks the key\(s\) count"):
        check(broken)


def test_optional_keys_are_filled_in_and_empty_ensembles_left_out():
    config = merged(CONFIG, {"models": {"3dipl": {"realizations": 0}}})
    found = ensembles(config)
    assert "3dipl" not in found
    assert found["2dipl"]["model"] == "2dipl"
    assert found["2dipl_large"]["model"] == "2dipl"
    assert found["2dipl"]["stages"] == ["fields", "shear", "modes"]
    assert found["3dkablj"]["stages"] == ["fields"]
    assert found["2dipl"]["realizations_per_job"] == CONFIG["realizations_per_job"]
