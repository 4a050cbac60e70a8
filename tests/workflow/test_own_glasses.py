"""The workflow on glasses from files: how these are read, and calculators as their force law."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from workflow_helpers.calculator import law_of

import softfield as sf
from configuration import ConfigurationError, check, check_calculators, ensembles
from conftest import REPOSITORY
from oracles import REFERENCE
from runs import snakemake
from softfield.files.blocks import read_block
from softfield.files.tables import read_table
from softfield.glass import minimum_image

CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())

MODULE = """\
import sys
sys.path += [{tests!r}, {calculators!r}]
import softfield as sf
from pair_calculator import PairCalculator


def make(model):
    return PairCalculator(sf.model(model).potential)
"""


def configured(folder, **ensembles):
    """An overlay in which these ensembles run and nothing else."""
    overlay = yaml.safe_load((REPOSITORY / "workflow" / "own_glasses.yaml").read_text())
    overlay |= {
        "run": list(ensembles),
        "ensembles": ensembles,
        "shear": {
            "n_events": 1,
            "directions": ["x-y"],
            "of_atoms": {"step": 2e-3, "resolution": 2e-4, "force_tolerance": 1e-7},
        },
        "modes": {"count": 10},
        "statistics": {"n_resamples": 20, "maps": ["lte", "nm", "debye_waller", "neighbors"]},
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(overlay))
    return folder / "mine.yaml"


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[Path, str]:
    """Two glasses through every stage twice: by their pair potential, and by it as a calculator."""
    folder = tmp_path_factory.mktemp("both")
    for seed in (1, 2):
        glass = sf.prepare_glass("2dipl", 100, seed, equilibration_time=1.0, cooling_rate=0.05)
        sf.write_glass(folder / f"{seed}.data", glass)
    tests = REPOSITORY / "tests"
    paths = {"tests": str(tests), "calculators": str(tests / "calculators")}
    (folder / "my_pairs.py").write_text(MODULE.format(**paths))
    python = {"kind": "python", "function": "my_pairs:make", "arguments": {"model": "2dipl"}}
    config = configured(
        folder,
        pairs={"files": "*.data", "potential": "2dipl", "stages": ["fields", "shear", "modes"]},
        atoms={"files": "*.data", "calculator": {**python, "elements": ["Cu", "Zr"]}},
    )
    tables = [f"results/mine/statistics/{e}/summary.parquet" for e in ("pairs", "atoms")]
    tables += [f"results/mine/statistics/atoms/{t}.parquet" for t in ("estimates", "tail_fits")]
    output = snakemake(folder, "realizations", *tables, "--cores", "2", "--configfile", config)
    return folder, output


def blocks(folder, stage):
    """Records of both glasses by their pairs and by their atoms."""
    for index in (0, 1):
        found = []
        for ensemble in ("pairs", "atoms"):
            with read_block(folder / f"results/mine/{stage}/{ensemble}/00000-00001.h5") as block:
                assert not block.failures
                record = block[index]
                found.append((record.arrays(), record.attributes))
        yield found


@pytest.mark.workflow
@pytest.mark.slow
def test_a_calculator_gives_what_its_pair_potential_gives(both):
    folder, _ = both
    for (pairs, of_pairs), (atoms, of_atoms) in blocks(folder, "glasses"):
        np.testing.assert_allclose(atoms["positions"], pairs["positions"], atol=1e-6)
        box = pairs["box"]
        assert of_atoms["energy_per_particle"] == pytest.approx(of_pairs["energy_per_particle"])
        assert of_atoms["pressure"] == pytest.approx(of_pairs["pressure"], rel=1e-6)
    for (pairs, _), (atoms, of_atoms) in blocks(folder, "fields"):
        half = 0.5 * np.bincount(pairs["pairs"].ravel(), np.repeat(pairs["energy"], 2))
        assert np.abs(atoms["energy"] - half).max() < 1e-5 * np.abs(half).max()
        size = np.abs(pairs["displacement"]).max()
        np.testing.assert_allclose(atoms["displacement"], pairs["displacement"], atol=1e-5 * size)
        assert "pairs" not in atoms
        assert of_atoms["sum_rule_error"] < 1e-5
    for (pairs, _), (atoms, _) in blocks(folder, "modes"):
        np.testing.assert_allclose(atoms["frequencies"], pairs["frequencies"], rtol=1e-5)
        np.testing.assert_allclose(atoms["mode_map"], pairs["mode_map"], atol=1e-4)
    for (pairs, _), (atoms, _) in blocks(folder, "shear"):
        assert atoms["strain"] == pytest.approx(pairs["strain"], abs=2e-4)
        # where the critical mode is largest may be a neighbour; by chance 6 % are as near
        moved = minimum_image(atoms["position"] - pairs["position"], box)
        assert np.linalg.norm(moved) < 1.5


@pytest.mark.workflow
@pytest.mark.slow
def test_maps_of_atoms_go_through_the_statistics(both):
    folder, _ = both
    statistics = folder / "results/mine/statistics"
    spots = {
        name: read_table(statistics / name / "blocks/spots/00000-00001.parquet")
        for name in ("pairs", "atoms")
    }
    assert set(spots["atoms"]["map"]) == {"lte", "nm", "debye_waller"}
    assert (spots["atoms"]["failure"] == "").all()
    # maps of particles are the same by either way
    for name in ("nm", "debye_waller"):
        one, other = (table[table["map"] == name]["softness"] for table in spots.values())
        np.testing.assert_allclose(other, one, rtol=1e-4)
    for table in ("estimates", "curves", "tail_fits", "distribution"):
        assert len(read_table(statistics / f"atoms/{table}.parquet")), table
    summary = read_table(statistics / "atoms/summary.parquet")
    assert (summary["failure"] == "").all()
    assert "n_pairs" not in summary
    assert (read_table(statistics / "pairs/summary.parquet")["n_pairs"] > 100).all()


@pytest.mark.workflow
@pytest.mark.slow
def test_what_needs_pairs_is_left_out_with_one_sentence(both):
    folder, output = both
    told = [line for line in output.split("Left out:")[1].splitlines() if "of atoms," in line]
    (sentence,) = told
    assert "the maps neighbors" in sentence
    assert "paper versus measured" in sentence
    assert "whose calculator gives energies of atoms" in sentence
    planned = snakemake(folder, "--dry-run", "--configfile", folder / "mine.yaml")
    assert "statistics/pairs/scaling_fits.parquet" in planned
    assert "statistics/atoms/scaling_fits.parquet" not in planned


# --- how files are read, and what is told before anything runs ---


def write_xyz(path, glass, names):
    """Extended XYZ with elements and no other column."""
    lattice = " ".join(f"{x!r}" for x in np.diag([*glass.box, 1.0]).ravel().tolist())
    lines = [f"{glass.n_particles}", f'Lattice="{lattice}" Properties=species:S:1:pos:R:3']
    for kind, (x, y) in zip(glass.species, glass.wrapped().positions.tolist(), strict=True):
        lines.append(f"{names[kind]} {x!r} {y!r} 0.0")
    Path(path).write_text("\n".join(lines) + "\n")


def described(**ensembles_):
    """The ensembles of a configuration with these."""
    config = {**CONFIG, "run": list(ensembles_), "ensembles": {**CONFIG["ensembles"], **ensembles_}}
    check(config)
    return ensembles(config)


def planned(**ensembles_):
    """The ensembles as the Snakefile gets them: calculators have been tried."""
    found = described(**ensembles_)
    check_calculators(found)
    return found


def refusal(**settings):
    with pytest.raises(ConfigurationError) as caught:
        planned(mine=settings)
    (problem,) = [line for line in str(caught.value).splitlines() if "mine" in line]
    return problem


@pytest.mark.workflow
def test_files_are_read_as_the_keys_say(tmp_path):
    """Without a box, of a style that the file does not name, with masses and sizes."""
    rng = np.random.default_rng(0)
    glass = sf.prepare_glass("2dipl", 100, 3, equilibration_time=1.0, cooling_rate=0.05)
    sizes, masses = rng.uniform(0.9, 1.1, 100), rng.uniform(1.0, 2.0, 100)
    rows = [f"{k} {x!r} {y!r} 0.0" for k, (x, y) in zip(
        glass.species, glass.wrapped().positions.tolist(), strict=True)]  # fmt: skip
    (tmp_path / "plain").write_text("\n".join(["100", "", *rows]) + "\n")
    sized = sf.Glass(glass.positions, 0 * glass.species, glass.box, 0.0, masses, sizes)
    sf.write_glass(tmp_path / "sized.dump", sized)
    wider = replace(sized, positions=1.01 * sized.positions, box=1.01 * sized.box)
    sf.write_glass(tmp_path / "wider.dump", wider)
    law = {"kind": "inverse_powers", "powers": [[-10, 1.0]], "cutoff": 1.48, "diameters": [[1.0]]}
    config = configured(
        tmp_path,
        boxed={
            "files": "plain", "format": "xyz", "box": glass.box.tolist(), "dimension": 2,
            "potential": "2dipl", "stages": ["fields"],
        },
        grains={
            "files": ["sized.dump", "wider.dump"], "potential": {**law, "sizes": "file"},
            "masses": "glass", "stages": ["modes"],
        },
    )  # fmt: skip
    snakemake(tmp_path, "realizations", "--cores", "2", "--configfile", config)
    results = tmp_path / "results/mine"
    with read_block(results / "glasses/boxed/00000-00000.h5") as block:
        expected = sf.energy(glass, sf.model("2dipl").potential) / 100
        assert block[0].attributes["energy_per_particle"] == pytest.approx(expected)
    read = sf.read_glass(tmp_path / "sized.dump").with_own_species()
    potential = sf.polydisperse(sf.potential_from_settings(law), read)
    relaxed = sf.minimize(read, potential, 1e-10)
    with read_block(results / "glasses/grains/00000-00001.h5") as block:
        boxes = [block.glass(index).box for index in (0, 1)]
    np.testing.assert_allclose(boxes, [glass.box, wider.box], rtol=1e-12)  # each its own
    with read_block(results / "modes/grains/00000-00001.h5") as block:
        modes = sf.normal_modes(relaxed, potential, 10, masses="glass")
        np.testing.assert_allclose(block[0]["frequencies"], modes.frequencies, rtol=1e-6)


@pytest.mark.workflow
def test_the_default_of_the_study_is_the_prediction_itself(tmp_path):
    """With settings and masses that are not those of the models."""
    rng = np.random.default_rng(0)
    for seed in (1, 2, 3):
        glass = sf.prepare_glass("2dipl", 100, seed, equilibration_time=1.0, cooling_rate=0.05)
        heavy = replace(glass, masses=40.0 ** rng.random(100))
        sf.write_glass(tmp_path / f"{seed}.dump", heavy)
    config = configured(tmp_path, mine={"files": "*.dump", "potential": "2dipl",
                                        "masses": "glass"})  # fmt: skip
    overlay = yaml.safe_load(config.read_text())
    overlay["shear"]["n_events"] = 2
    overlay["statistics"] |= {"near_radius": 4.5, "study_realizations": 3}
    overlay["figures"] = {"prediction": "mine"}
    config.write_text(yaml.safe_dump(overlay))
    names = [f"results/mine/statistics/mine/{n}.parquet" for n in ("estimates", "parameter_study")]
    snakemake(tmp_path, *names, "--cores", "2", "--configfile", config)
    estimates, study = (read_table(tmp_path / name) for name in names)
    keys = ["map", "source", "ordinal", "quantity"]
    expected = estimates.set_index(keys)["value"]
    default = study[study["parameter"] == "default"].set_index(keys)["value"]
    both = default.index.intersection(expected.index)
    assert {"first choice near", "mean percentile", "ratio at delta_epsilon 1"} <= {*both.levels[3]}
    np.testing.assert_allclose(default[both], expected[both], rtol=1e-12)


def test_keys_of_files_are_checked_before_the_first_job(tmp_path):
    data = str(REFERENCE / "2dipl_400.data")
    mine = {"files": data, "potential": "2dipl"}
    assert "nearest: dump" in refusal(**mine, format="dmp")
    assert "box" in refusal(**mine, box=[1.0])
    assert "mine.dimension must be one of 2, 3" in refusal(**mine, dimension=4)
    shutil.copy(REFERENCE / "ka2d_glass.data", tmp_path)
    law = {"kind": "harmonic_contacts", "diameters": [[1.0]], "sizes": "file"}
    told = refusal(files=str(tmp_path / "ka2d_glass.data"), potential=law)
    assert "has no column with a radius or diameter" in told
    assert 'sizes = "file" takes those' in refusal(files=data, potential={**law, "sizes": "mine"})


def test_laws_without_compiled_dynamics_are_refused_before_the_first_job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(REFERENCE / "2dipl_400.data", "glass.data")
    powers = {"kind": "inverse_powers", "powers": [[-10, 1.0]], "cutoff": 1.48,
              "diameters": [[1.0, 1.18], [1.18, 1.4]]}  # fmt: skip
    mine = {"files": "glass.data", "stages": ["fields", "shear", "modes", "thermal"],
            "temperatures": [0.1]}  # fmt: skip
    assert planned(mine={**mine, "potential": powers})["mine"]["compiled"]
    assert planned(mine={**mine, "potential": "2dipl"})["mine"]["compiled"]
    told = refusal(**mine, potential={**powers, "truncation": "shifted"})
    assert "Leave the stage out" in told
    without = {**mine, "stages": ["fields"]}
    assert planned(mine={**without, "potential": {**powers, "truncation": "shifted"}})


def test_a_file_that_two_patterns_match_is_one_glass(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b", "a", "c"):
        shutil.copy(REFERENCE / "2dipl_400.data", f"{name}.data")
    Path("link.data").symlink_to("a.data")
    mine = {"potential": "2dipl", "stages": ["fields"]}
    patterns = ["b*.data", "*.data", "./*.data", f"{tmp_path}/c.data"]
    found = planned(mine={"files": patterns, **mine})["mine"]
    names = [Path(file).name for file in found["files"]]
    assert (found["realizations"], len(names)) == (3, 3)
    assert {Path(file).resolve().name for file in found["files"]} == {"a.data", "b.data", "c.data"}
    of_two = planned(mine={"files": ["b*.data", "a*.data"], **mine})["mine"]["files"]
    assert of_two == ["a.data", "b.data"]  # in alphabetical order, whatever that of the patterns


def test_calculators_are_tried_before_the_first_job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    glass = sf.prepare_glass("2dipl", 100, 3, equilibration_time=1.0, cooling_rate=0.05)
    sf.write_glass("glass.data", glass)
    write_xyz("glass.extxyz", glass, ("Zr", "Cu"))
    Path("only_total.py").write_text(
        "from ase.calculators.lj import LennardJones\n"
        "class Total(LennardJones):\n"
        "    implemented_properties = ['energy', 'forces']\n"
        "    def get_potential_energies(self, atoms=None):\n"
        "        raise NotImplementedError\n"
    )
    few = {"stages": ["fields"]}
    emt = {"files": "glass.data", "calculator": {"kind": "emt"}, **few}
    assert "ensembles.mine.calculator: the file calls its species 1, 2" in refusal(**emt)
    emt["calculator"] = {"kind": "emt", "elements": ["Cu", "Unobtainium"]}
    assert "Unobtainium is none" in refusal(**emt)
    emt["calculator"] = {"kind": "emt", "elements": ["Cu"]}
    assert "1 elements were given for the 2 species" in refusal(**emt)
    emt["calculator"] = {"kind": "emt", "elements": ["Cu", "Zr"]}
    assert "EMT fails" in refusal(**emt)
    assert "set kind to one of emt" in refusal(**{**emt, "calculator": {"kind": "eam"}})
    assert "potential and calculator; give it once" in refusal(**emt, potential="2dipl")
    total = {"kind": "python", "function": "only_total:Total", "elements": ["Cu", "Zr"]}
    assert "no energies of atoms" in refusal(**{**emt, "calculator": total})
    Path("in.sw").write_text("pair_style sw\npair_coeff * * Si.sw Si\n")
    told = refusal(files="glass.data", lammps="in.sw", **few)
    assert "calculator: {kind: lammps, script: in.sw}" in told
    # elements that the files name are taken in one order, whatever a file lacks
    lj = {"kind": "python", "function": "ase.calculators.lj:LennardJones"}
    found = planned(mine={"files": "glass.extxyz", "calculator": lj, **few})["mine"]
    assert found["reading"]["species"] == {"Cu": 0, "Zr": 1}
    assert found["calculator"]["names"] == ["Cu", "Zr"]
    assert found["potential"] is None
    # lengths of the models are no lengths of a calculator in Angstrom
    sf.write_glass("large.data", glass, length_unit=2.6)
    lj["elements"] = ["Cu", "Zr"]
    told = refusal(files="large.data", calculator=lj)
    lengths = ("study.vicinity_radius = 1.5", "vicinity_radius = 2.5", "near_radius = 3",
               "couplings.radius = 2.5", "couplings.shortest_wave = 8")  # fmt: skip
    listed = ", ".join(f"statistics.{setting}" for setting in lengths)
    assert f"some 2.8 apart, in the lengths of its potential, beside which {listed} is" in told
    assert "give such as 7, 7, 8.4, 7, 22" in told


def test_types_of_a_script_are_matched_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    glass = sf.read_glass(REFERENCE / "ka2d_glass.data")
    write_xyz("glass.extxyz", glass, ("Zr", "Cu"))
    Path("in.glass").write_text(
        "labelmap atom 1 Zr 2 Cu\npair_style lj/cut 2.5\npair_coeff * * 1.0 1.0\n"
    )
    mine = {"files": "glass.extxyz", "lammps": "in.glass", "stages": ["fields"]}
    found = planned(mine=mine)["mine"]["reading"]
    assert found["species"] == {"Cu": 1, "Zr": 0}  # not by the alphabet
    found = planned(mine={**mine, "species": {"Cu": 0, "Zr": 1}})["mine"]["reading"]
    assert found["species"] == {"Cu": 0, "Zr": 1}


@pytest.mark.parametrize("key", ["lammps", "potential"])
def test_names_that_match_in_part_are_refused_or_told(tmp_path, monkeypatch, caplog, key):
    """B of the script is another type than B of the files; where it has no names, numbers count."""
    monkeypatch.chdir(tmp_path)
    write_xyz("glass.extxyz", sf.read_glass(REFERENCE / "ka2d_glass.data"), ("A", "B"))
    law = "{}pair_style lj/cut 2.5\npair_coeff * * 1.0 1.0\n"
    script = "in.glass" if key == "lammps" else {"kind": "lammps", "file": "in.glass"}
    mine = {"files": "glass.extxyz", key: script, "stages": ["fields"]}
    Path("in.glass").write_text(law.format("labelmap atom 1 B\n"))
    assert f"mine.{key}: the script names the types B, the file A, B: B is ty" in refusal(**mine)
    species = {"A": 0, "B": 1}
    assert planned(mine={**mine, "species": species})["mine"]["reading"]["species"] == species
    assert not caplog.records
    Path("in.glass").write_text(law.format(""))
    assert planned(mine=mine)["mine"]["reading"]["species"] == species
    assert "taken as A = type 1, B = type 2; a mapping of species" in caplog.text


@pytest.mark.parametrize(("more", "types"), [({}, [2, 1]), ({"species": {"A": 0, "B": 1}}, [1, 2])])
def test_a_script_as_a_calculator_is_matched_by_name(tmp_path, monkeypatch, more, types):
    """By the calculator of the jobs, unless the user has said which species each name is."""
    monkeypatch.chdir(tmp_path)
    write_xyz("glass.extxyz", sf.read_glass(REFERENCE / "ka2d_glass.data"), ("A", "B"))
    Path("in.eam").write_text("labelmap atom 1 B 2 A\npair_style eam\npair_coeff * * f\n")
    calculator = {"kind": "lammps", "script": "in.eam"}
    mine = {"files": "glass.extxyz", "calculator": calculator, "stages": ["fields"], **more}
    found = described(mine=mine)["mine"]
    glass = sf.read_glass("glass.extxyz", **found["reading"])
    law = law_of(found["calculator"])
    assert law.calculator._types_of(law.atoms(glass)).tolist() == [types[k] for k in glass.species]
