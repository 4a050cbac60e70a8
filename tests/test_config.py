"""config.yaml, its schema and its reference page agree; mistakes are named in plain words."""

import copy
import dataclasses

import pytest
import yaml

from configuration import ConfigurationError, check, document, ensembles, keys, load_schema
from conftest import REPOSITORY
from softfield.models import MODELS
from softfield.preparation import PROTOCOLS, Protocol

CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
SCALES = sorted((REPOSITORY / "workflow" / "scales").glob("*.yaml"))
SCHEMA = load_schema()


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
    optional = {"models.*.model", "models.*.realizations_per_job", "models.*.stages"}
    known = {path for path, _ in keys(SCHEMA)}
    assert config_keys(CONFIG) | optional == known


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
    assert [path.stem for path in SCALES] == ["paper", "smoke"]
    for path in SCALES:
        check(merged(CONFIG, yaml.safe_load(path.read_text())))


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
        default = dataclasses.asdict(PROTOCOLS[name])
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
