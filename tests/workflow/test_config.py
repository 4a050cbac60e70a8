"""config.yaml, its schema and its reference page agree; mistakes are named in plain words."""

import copy
import dataclasses
import re
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_helpers.events import EVENT_LOCATIONS

import configuration
import consistency
import softfield as sf
from configuration import (
    OF_POINTS,
    STAGES,
    ConfigurationError,
    check,
    document,
    ensembles,
    keys,
    load_schema,
)
from conftest import REPOSITORY
from registries import read_registries, registries
from softfield.calculators.settings import CALCULATORS
from softfield.files.formats import FORMATS
from softfield.mechanics.derivatives import FORCE_TOLERANCE
from softfield.potentials.models import MODELS, Protocol
from softfield.softness.indicators import INDICATORS
from summarize_block import ROWS

CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
SCALES = sorted((REPOSITORY / "workflow" / "scales").glob("*.yaml"))
SCHEMA = load_schema()
REFERENCE = REPOSITORY / "tests" / "reference"


def config_keys(section: dict, path: tuple[str, ...] = ()) -> set[str]:
    """Dotted paths of all keys, names of ensembles and models replaced by ``*``."""
    found = set()
    for name, value in section.items():
        here = (*path, "*" if path in (("ensembles",), ("glasses",)) else name)
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
        planned(merged(CONFIG, change))
    return str(caught.value)


def planned(config: dict) -> dict:
    """The ensembles of a configuration, as the Snakefile gets them."""
    check(config)
    return ensembles(config)


def test_schema_and_config_have_the_same_keys():
    of_ensembles = {"model", "realizations_per_job", "stages", "files", "species", "species.*"}
    of_ensembles |= {"potential", "lammps", "calculator", "length_unit", "relax", "n_events"}
    of_ensembles |= {"format", "box", "atom_style", "dimension", "masses"}
    of_ensembles |= set(OF_POINTS)
    of_calculators = {"kind", "elements", "parameters", "script", "types", "types.*", "variables",
                      "variables.*", "function", "arguments", "arguments.*"}  # fmt: skip
    of_ensembles |= {f"calculator.{key}" for key in of_calculators}
    known = {path for path, _ in keys(SCHEMA)}
    assert config_keys(CONFIG) | {f"ensembles.*.{key}" for key in of_ensembles} == known


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


def test_keys_come_in_the_order_of_the_schema_and_free_names_as_they_are():
    turned = {
        "statistics": {"study": {"modes": [10], "points_per_bin": [1]}, "n_resamples": 5},
        "ensembles": {"b": {"realizations": 2, "model": "2dipl"}, "a": {}},
        "fields": {"dynamics": {"duration": 5.0, "realization": 0}},
        "unknown": 1,
    }
    found = configuration.in_order(turned, SCHEMA)
    assert found == turned
    order = [path for path, _ in keys(SCHEMA)]
    for section in ("statistics", "statistics.study", "fields.dynamics", "ensembles.b"):
        part = found
        for name in section.split("."):
            part = part[name]
        named = [f"{section}.{key}".replace("ensembles.b", "ensembles.*") for key in part]
        assert named == sorted(named, key=order.index)
    assert list(found["ensembles"]) == ["b", "a"]


def own(files: list[Path], **settings) -> dict:
    """The configuration with an ensemble of files and no other."""
    switched_off = {name: {"realizations": 0} for name in CONFIG["ensembles"]}
    mine = {"files": [str(path) for path in files], "potential": "2dipl", **settings}
    return merged(CONFIG, {"ensembles": {**switched_off, "mine": mine}})


def test_ensemble_of_files():
    config = own([REFERENCE / "2dipl_400.data"])
    check(config)
    found = ensembles(config)
    assert set(found) == {"mine"}
    assert found["mine"]["realizations"] == 1
    assert (found["mine"]["n_particles"], found["mine"]["dimension"]) == (400, 2)


def test_a_vicinity_of_the_study_may_be_that_of_the_models():
    narrow = {"statistics": {"vicinity_radius": 1.5}}
    assert planned(merged(CONFIG, narrow))
    assert planned(merged(own([REFERENCE / "2dipl_400.data"]), narrow))


def test_patterns_are_expanded_in_order(tmp_path):
    for name in ("b.data", "a.data", "c.dump"):
        (tmp_path / name).write_text((REFERENCE / "2dipl_400.data").read_text())
    config = own([tmp_path / "*.data"])
    assert ensembles(config)["mine"]["files"] == [str(tmp_path / n) for n in ("a.data", "b.data")]
    config["ensembles"]["mine"]["realizations"] = 1
    assert ensembles(config)["mine"]["files"] == [str(tmp_path / "a.data")]
    config["ensembles"]["mine"]["realizations"] = 0
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
        assert "ensembles.mine" in str(caught.value)


def test_the_first_file_must_fit_the_potential(tmp_path):
    """What its jobs would find, after those of every other ensemble."""
    data, one = REFERENCE / "2dipl_400.data", {"kind": "harmonic_contacts", "diameters": [[1.0]]}
    with pytest.raises(ConfigurationError, match=r"mine: .* up to 1, .* one of 1 species"):
        planned(own([data], potential=one | {"strengths": [[1.0]]}))
    with pytest.raises(ConfigurationError, match=r"species up to 2, .* one of 2 species"):
        planned(own([data], species={"1": 0, "2": 2}))
    assert planned(own([data], species={"1": 0, "2": 0}, potential=one | {"strengths": [[1.0]]}))
    absent = one | {"diameters": [[1.0, 1.2, 50], [1.2, 1.4, 50], [50, 50, 50]]}
    assert planned(own([data], potential=absent))["mine"]["reach"] == 1.4
    with pytest.raises(ConfigurationError, match=r"ensembles\.mine: .* below twice the inter"):
        planned(own([data], length_unit=10.0))
    with pytest.raises(ConfigurationError, match="below twice the interaction range"):
        planned(own([data], potential={"kind": "inverse_powers", "powers": [[-12, 1.0]],
                                       "cutoff": 20.0, "diameters": [[1.0, 1.0], [1.0, 1.0]],
                                       "strengths": [[1.0, 1.0], [1.0, 1.0]]}))  # fmt: skip


def test_an_ensemble_that_is_named_exists():
    for change in (
        {"fields": {"dynamics": {"ensemble": "2dpil"}}},
        {"figures": {"prediction": "2dpil"}},
        {"figures": {"system_size": ["2dipl", "2dpil"]}},
        {"figures": {"softness_field": {"ensemble": "2dpil"}}},
        {"figures": {"displacement_and_energy": {"ensemble": "2dpil"}}},
    ):
        assert "is the unknown ensemble '2dpil'; the nearest is '2dipl'" in complaint(change)
    off = {"ensembles": {"2dipl": {"realizations": 0}, "2dipl_400": {"realizations": 0}}}
    planned(merged(CONFIG, off))  # another one stands in


def test_a_folder_of_results_that_cannot_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr("consistency.os.access", lambda path, mode: path != tmp_path)
    assert "cannot be written to" in complaint({"results": str(tmp_path / "a" / "b")})
    planned({**CONFIG, "results": str(tmp_path)})  # there: its plan and report may be read


def test_keys_of_prepared_ensembles_and_of_files_do_not_mix():
    assert "lacks the key(s) n_particles, realizations" in complaint({"ensembles": {"x": {}}})
    mine = {"files": "a.data"}
    assert "has no force law; give it once" in complaint({"ensembles": {"mine": mine}})
    mine |= {"potential": "2dpl"}
    assert "unknown model '2dpl'; the nearest is '2dipl'" in complaint(
        {"ensembles": {"mine": mine}}
    )
    mine |= {"potential": "2dipl", "n_particles": 100}
    assert "read from files" in complaint({"ensembles": {"mine": mine}})
    assert "relax, which belong to an ensemble of files" in complaint(
        {"ensembles": {"2dipl": {"relax": True}}}
    )


def test_only_ones_own_glasses_run_in_the_example(tmp_path):
    example = yaml.safe_load((REPOSITORY / "workflow" / "own_glasses.yaml").read_text())
    glass = sf.prepare_glass("2dipl", 100, 1, equilibration_time=1.0)
    sf.write_glass(tmp_path / "one.data", glass)
    example["ensembles"]["mine"] = {"files": str(tmp_path / "*.data"), "potential": "2dipl"}
    example["statistics"] = {"study": {"vicinity_radius": []}}
    assert list(planned(merged(CONFIG, example))) == ["mine"]


def test_ensembles_that_run_are_named():
    assert list(planned({**CONFIG, "run": ["3dipl", "2dipl"]})) == ["2dipl", "3dipl"]
    assert "unknown ensemble '2dpl'; the nearest is '2dipl'" in complaint({"run": ["2dpl"]})
    assert "write [2dipl]" in complaint({"run": "2dipl"})


def test_paper_scale_is_the_papers():
    overlay = yaml.safe_load((REPOSITORY / "workflow" / "scales" / "paper.yaml").read_text())
    found = ensembles(merged(CONFIG, overlay))
    assert {found[model]["realizations"] for model in MODELS} == {5000}


def test_vocabulary_is_that_of_the_library():
    settings = {field.name for field in dataclasses.fields(Protocol)}
    assert set(dict(keys(SCHEMA))["glasses.*"]["properties"]) <= settings
    chosen = {path: child["enum"] for path, child in every_choice()}
    assert chosen["ensembles.*.model"] == list(MODELS)
    assert chosen["ensembles.*.stages"] == list(STAGES)
    assert chosen["statistics.maps"] == list(INDICATORS)
    assert chosen["statistics.event_location"] == list(EVENT_LOCATIONS)
    assert chosen["statistics.study.event_location"] == list(EVENT_LOCATIONS)
    assert chosen["ensembles.*.format"] == [one.name for one in FORMATS]
    kinds = dict(keys(SCHEMA))["ensembles.*.calculator.kind"]["description"]
    assert set(re.findall(r"`(\w+)`", kinds)) == set(CALCULATORS)
    assert set(ROWS) == {"glasses", *STAGES}


def every_choice():
    """Keys whose values, or the entries of whose lists, are names to choose from."""
    for path, child in keys(SCHEMA):
        for choices in (child, child.get("items", {})):
            if "enum" in choices:
                yield path, choices


def test_a_new_model_or_indicator_needs_no_other_table(monkeypatch):
    """As the library's registries say: choices, refusals, labels, dimensions, protocols."""
    model = {**registries()["models"]["3dipl"], "label": "4D", "dimension": 4, "reach": 0.5}
    grown = {**registries()["models"], "4d": model}
    grown = {
        **registries(),
        "models": grown,
        "indicators": [*registries()["indicators"], "mine"],
    }
    for module in (configuration, consistency):
        monkeypatch.setattr(module, "registries", lambda: grown)
    change = {"ensembles": {"4d": {"n_particles": 10_000, "realizations": 1}}}
    config = merged(CONFIG, {**change, "statistics": {"maps": ["mine"]}})
    check(config)
    assert (ensembles(config)["4d"]["label"], ensembles(config)["4d"]["dimension"]) == ("4D", 4)
    del config["glasses"]  # every protocol is the model's own
    check(config)
    change = {"glasses": {"4e": {"time_step": 0.1}}}
    assert "unknown key 'glasses.4e'; the nearest valid key there is '4d'" in complaint(change)


def test_registries_are_those_of_the_library(monkeypatch, tmp_path):
    assert registries() == read_registries()
    monkeypatch.setattr("kept.FOLDER", tmp_path)
    expected = read_registries()
    for content in ("", "{}", '{"state": 1, "content": 1}'):
        (tmp_path / "registries.json").write_text(content)
        registries.cache_clear()
        assert registries() == expected
    monkeypatch.setattr("registries.read_registries", lambda: pytest.fail("read again"))
    registries.cache_clear()
    assert registries() == expected


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
            {"ensembles": {"2dipl": {"n_particle": 5}}},
            "'ensembles.2dipl.n_particle'; the nearest valid key there is 'n_particles'",
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
        ({"ensembles": {"2dipl": {"stages": ["sheer"]}}}, "(nearest: shear)"),
        (
            {"ensembles": {"new": {"model": "3dipl", "realizations": 1}}},
            "lacks the key(s) n_particles",
        ),
        (
            {"glasses": {"2dpl": {"time_step": 0.1}}},
            "unknown key 'glasses.2dpl'; the nearest valid key there is '2dipl'",
        ),
        ({"ensembles": {"2dipl": {"model": "3dkabl"}}}, "(nearest: 3dkablj)"),
        ({"statistics": {"maps": ["mn"]}}, "(nearest: nm)"),
        ({"shear": {"directions": ["yx-"]}}, "(nearest: yx)"),
        (
            {"ensembles": {"2dipl": {"directions": ["x-y", "xz"]}}},
            "ensembles.2dipl.directions has xz, which takes three dimensions",
        ),
        (
            {"ensembles": {"2dipl_thermal": {"temperatures": [], "rates": []}}},
            "neither a temperature nor a rate to watch its glasses at",
        ),
        (
            {"thermal": {"watch": {"resolution": 0.05}}},
            "thermal.watch.resolution = 0.05 is not from ten time steps (0.1) to the interval (5)",
        ),
        ({"thermal": {"temperatures": [0.0]}}, "must be greater than 0, not 0.0"),
        (
            {"ensembles": {"2dpl": {"n_particles": 100, "realizations": 1}}},
            "the nearest is '2dipl'",
        ),
        ({"ensembles": {"a/b": {"n_particles": 100, "realizations": 1}}}, "a/b"),
    ],
)
def test_mistakes_are_named(change, expected):
    assert expected in complaint(change)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"shear": {"max_strain": NAN}}, "shear.max_strain must be a finite number, not nan"),
        ({"failure_tolerance": NAN}, "failure_tolerance must be a finite number"),
        ({"fields": {"force_tolerance": INF}}, "fields.force_tolerance must be a finite number"),
        (
            {"statistics": {"study": {"vicinity_radius": [1.5, INF]}}},
            "statistics.study.vicinity_radius.1 must be a finite number",
        ),
        ({"statistics": {"histogram": {"lowest": 1e7}}}, "histogram.lowest = 1e+07 is not below"),
        ({"statistics": {"vicinity_radius": 30.0}}, "more than half the box edge"),
        (
            {"statistics": {"vicinity_radius": 0.5}},
            "statistics.vicinity_radius = 0.5 is small",
        ),
        ({"statistics": {"study": {"vicinity_radius": [0.9, 3.0]}}}, "study.vicinity_radius = 0.9"),
        ({"statistics": {"study": {"vicinity_radius": [30.0]}}}, "more than half the box edge"),
        ({"modes": {"count": 799}}, "a glass of the ensemble 2dipl_400 has 798 nonzero modes"),
        ({"statistics": {"study": {"modes": [60, 60]}}}, "statistics.study.modes"),
        ({"statistics": {"study": {"modes": [799]}}}, "798 nonzero modes"),
        ({"fields": {"dynamics": {"duration": 100.0}}}, "duration must be at least 512, not 100"),
        ({"glasses": {"3dipl": {"final_temperature": 0.9}}}, "3dipl.final_temperature = 0.9"),
        ({"glasses": {"3dipl": {"liquid_temperature": 0.005}}}, "not below liquid_temperature"),
        ({"statistics": {"distributions": ["2dpl"]}}, "unknown ensemble '2dpl'; the nearest is"),
        (
            {"ensembles": {7: {"model": "2dipl", "n_particles": 100, "realizations": 1}}},
            "ensembles.7: a name must be a text, not the number 7; quote it",
        ),
        ({"results": "results/{run}"}, "has braces"),
        ({"results": "~/results"}, "'~' is not replaced"),
        ({"ensembles": {"3dkablj": {"n_particles": 100}}}, "below twice the interaction range"),
        (
            {"statistics": {"points_per_bin": 401}},
            "statistics.points_per_bin = 401, but a glass of the ensemble 2dipl_400 has 400",
        ),
        ({"statistics": {"study": {"points_per_bin": [2000]}}}, "study.points_per_bin = 2000"),
        ({"statistics": {"couplings": {"modes": 5000}}}, "2dipl_400 has 798 nonzero modes"),
        (
            {"fields": {"dynamics": {"n_pairs": 1_000_000}}},
            "n_pairs = 1000000, but a glass of the ensemble 2dipl_400 has 79800 pairs",
        ),
        (
            {"glasses": {"2dipl": {"force_tolerance": 1e-3}}},
            "glasses.2dipl.force_tolerance = 0.001, but count as minima only below",
        ),
        ({"fields": {"force_tolerance": 1e-13}}, "lower the first or raise the second"),
        (
            {"glasses": {"2dipl": {"force_tolerance": 1e-7}}, "fields": {"force_tolerance": 1e-6}},
            "count as minima only below 1e-08 in other stages than fields; lower the first",
        ),
        ({"statistics": {"histogram": {"bins_per_decade": 10**9}}}, "must be at most 1000,"),
        ({"statistics": {"n_resamples": 10**12}}, "n_resamples must be at most 1000000,"),
        ({"results": "/"}, "is the root"),
        ({"results": "results\n"}, "does not print"),
        ({"results": "../" * 40}, "is the root"),
        ({"results": "x" * 5000}, "is no name of a folder"),
        ({"results": f"{Path(__file__)}/results"}, "is no folder"),
    ],
)
def test_what_can_be_known_before_is_told_before(change, expected):
    assert expected in complaint(change)


def test_a_rougher_minimum_is_that_of_fields_alone():
    """To raise the tolerance there is no advice where other stages would still refuse."""
    rough = {"glasses": {"3dipl": {"force_tolerance": 1e-7}}}
    assert "raise" not in complaint(rough)
    planned(merged(CONFIG, {**rough, "fields": {"force_tolerance": 1e-6}}))  # 3dipl: fields alone
    said = dict(keys(SCHEMA))["fields.force_tolerance"]["description"]
    assert float(re.search(r"[\d.]+e-\d+", said)[0]) == FORCE_TOLERANCE


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text() | st.integers(), part),
        max_leaves=8,
    ),
    st.sampled_from(sorted(CONFIG)),
)
@settings(max_examples=150, deadline=None)
def test_no_configuration_ends_in_another_error(value, section):
    """Whatever a section is replaced by, it is accepted or refused in plain words."""
    config = {**CONFIG, section: value}
    with suppress(ConfigurationError):
        planned(config)


def test_all_mistakes_are_listed_at_once():
    message = complaint({"shear": {"n_events": 0, "max_strian": 1}, "modes": {"count": "x"}})
    assert "3 problem(s)" in message


def test_a_missing_key_is_named():
    broken = copy.deepcopy(CONFIG)
    del broken["modes"]["count"]
    with pytest.raises(ConfigurationError, match=r"modes lacks the key\(s\) count"):
        check(broken)


def test_optional_keys_are_filled_in_and_empty_ensembles_left_out():
    config = merged(CONFIG, {"ensembles": {"3dipl": {"realizations": 0}}})
    found = ensembles(config)
    assert "3dipl" not in found
    assert found["2dipl"]["model"] == "2dipl"
    assert found["2dipl_large"]["model"] == "2dipl"
    assert found["2dipl"]["stages"] == ["fields", "shear", "modes"]
    assert found["3dkablj"]["stages"] == ["fields"]
    assert found["2dipl_thermal"]["stages"] == ["fields", "modes", "thermal"]
    assert found["2dipl"]["realizations_per_job"] == CONFIG["realizations_per_job"]
