"""The command line, against what the library gives for the same file."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import softfield as sf
from oracles import REFERENCE, quenched
from softfield.cli import main
from softfield.command_line.results import FileTerms
from softfield.figures.diameters import drawn_diameters
from softfield.files.glasses import read_glass, read_values
from softfield.files.tables import read_table, table_provenance
from softfield.response.fields import local_thermal_energy
from softfield.response.modes import mode_map, normal_modes
from softfield.softness.coarse_graining import particle_softness
from softfield.softness.spots import soft_spots

FLAT = str(REFERENCE / "2dipl_400.data")

TOML = """
kind = "inverse_powers"
powers = [[-10, 1.0]]
cutoff = 1.48
diameters = [[1.0, 1.18], [1.18, 1.4]]
"""


@pytest.fixture(scope="module")
def flat():
    glass = read_glass(FLAT)
    potential = sf.model("2dipl").potential
    return glass, potential, local_thermal_energy(glass, potential)


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_info_tells_what_the_file_holds(capsys):
    assert run("info", FLAT, "--model", "2dipl") == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()[:3])
    assert told["particles"] == "400"
    assert told["dimension"] == "2"
    assert told["box"].count("21.566") == 2
    assert run("info", FLAT) == 0
    assert "largest force" not in capsys.readouterr().out


def test_field_writes_a_row_per_interaction_with_its_provenance(tmp_path, flat, capsys):
    _, _, field = flat
    out = tmp_path / "new folder" / "field.parquet"
    assert run("field", FLAT, "--model", "2dipl", "-o", out, "-o", tmp_path / "field.csv") == 0
    table = read_table(out)
    np.testing.assert_array_equal(table[["i", "j"]], field.pairs)
    # the archive beside the file has E from a dense inverse
    archive = np.load(REFERENCE / "2dipl_400.npz")
    theirs = np.sort(archive["pairs"], axis=1)
    order = np.lexsort(theirs.T[::-1])
    np.testing.assert_array_equal(table[["i", "j"]], theirs[order])
    np.testing.assert_allclose(table["energy"], archive["energy"][order], atol=1e-7)
    np.testing.assert_allclose(table["harmonic"] + table["anharmonic"], table["energy"])
    assert table_provenance(out)["parameters"]["model"] == "2dipl"
    np.testing.assert_allclose(pd.read_csv(tmp_path / "field.csv")["energy"], table["energy"])
    output = capsys.readouterr()
    assert f"{len(field.pairs)}" in output.out
    assert "400 particles" in output.err


@pytest.mark.parametrize("name", ["soft.dump", "soft.extxyz", "soft.h5"])
def test_the_softness_in_a_file_for_ovito_is_that_of_the_field(tmp_path, flat, name):
    if name.endswith("xyz"):
        pytest.importorskip("ase")
    glass, _, field = flat
    assert run("field", FLAT, "--model", "2dipl", "-o", tmp_path / name, "-q") == 0
    again, values = read_glass(tmp_path / name), read_values(tmp_path / name)
    moved = glass.minimum_image(again.positions - glass.positions)
    np.testing.assert_allclose(moved, 0.0, atol=1e-8)
    np.testing.assert_allclose(values["softness"], particle_softness(field), rtol=1e-7)
    np.testing.assert_allclose(values["debye_waller"], field.debye_waller, rtol=1e-7)


def test_softness_of_a_particle_is_the_mean_over_its_interactions(flat):
    _, _, field = flat
    softness = particle_softness(field)
    for particle in (0, 17, 399):
        mine = [
            abs(e)
            for (i, j), e in zip(field.pairs, field.energy, strict=True)
            if particle in (i, j)
        ]
        assert softness[particle] == pytest.approx(np.mean(mine), rel=1e-12)


def test_spots_are_those_of_the_library_softest_first(tmp_path, flat, capsys):
    glass, _, field = flat
    assert run("spots", FLAT, "--model", "2dipl", "-o", tmp_path / "s.csv", "--top", 3) == 0
    table = pd.read_csv(tmp_path / "s.csv")
    expected = soft_spots(glass, field)
    np.testing.assert_allclose(table[["x", "y"]], [spot.position for spot in expected])
    np.testing.assert_allclose(table["ratio"], expected[0].softness / table["softness"])
    assert len(capsys.readouterr().out.splitlines()) == 5  # the radius, the names and three rows


def test_modes_are_those_of_the_library(tmp_path, flat):
    glass, potential, _ = flat
    outputs = ["-o", tmp_path / "m.csv", "-o", tmp_path / "m.dump"]
    assert run("modes", FLAT, "--model", "2dipl", "--count", 12, *outputs, "-q") == 0
    expected = normal_modes(glass, potential, 12)
    table = pd.read_csv(tmp_path / "m.csv")
    np.testing.assert_allclose(table["frequency"], expected.frequencies, rtol=1e-9)
    found = read_values(tmp_path / "m.dump")["mode_map"]
    np.testing.assert_allclose(found, mode_map(expected), rtol=1e-6)


def test_soft_modes_tell_where_which_way_and_at_what_strain(tmp_path, flat, capsys):
    glass, potential, _ = flat
    outputs = ["-o", tmp_path / "m.csv", "-o", tmp_path / "m.dump", "--plot", tmp_path / "m.png"]
    assert run("soft-modes", FLAT, "--model", "2dipl", *outputs, "--kind", "softening") == 0
    expected = sf.soft_modes(glass, potential, "softening")
    table = pd.read_csv(tmp_path / "m.csv")
    np.testing.assert_allclose(table["stiffness"], [m.stiffness for m in expected], rtol=1e-9)
    np.testing.assert_allclose(table[["x", "y"]], [m.position for m in expected], rtol=1e-9)
    strains = [m.yield_strain("y-x") for m in expected]
    np.testing.assert_allclose(table["yield_strain_y-x"], strains, rtol=1e-6)
    columns = read_values(tmp_path / "m.dump")
    arrows = np.column_stack([columns[f"softest_mode_{axis}"] for axis in "xy"])
    np.testing.assert_allclose(arrows, expected[0].vector, atol=1e-6)
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    assert "weakest_yield_strain" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["--direction", "-xy"], ["--direction=-xy"]])
def test_a_direction_may_begin_with_a_minus(tmp_path, given):
    table = tmp_path / "events.parquet"
    assert run("shear", FLAT, "--model", "2dipl", "--events", 1, *given, "-o", table, "-q") == 0
    glass, potential = read_glass(FLAT), sf.model("2dipl").potential
    (event,) = sf.shear(glass, potential, 1, direction="-xy")
    assert read_table(table)["strain"].tolist() == pytest.approx([event.strain], rel=1e-6)


def test_shear_tells_the_events_and_draws_the_stress(tmp_path, capsys):
    plot = tmp_path / "stress.png"
    outputs = ["-o", tmp_path / "e.csv", "--plot", plot]
    assert run("shear", FLAT, "--model", "2dipl", "--events", 1, *outputs) == 0
    table = pd.read_csv(tmp_path / "e.csv")
    assert table["ordinal"].tolist() == [1]
    assert 0 < table["strain"][0] < 0.1
    assert (table[["stress_drop", "energy_drop"]] > 0).all(axis=None)
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "event 1" in capsys.readouterr().err


def test_a_potential_of_ones_own_gives_the_field_of_the_same_model(tmp_path, flat):
    _, _, field = flat
    (tmp_path / "mine.toml").write_text(TOML)
    out = tmp_path / "field.parquet"
    assert run("field", FLAT, "--potential", tmp_path / "mine.toml", "-o", out, "-q") == 0
    np.testing.assert_allclose(read_table(out)["energy"], field.energy, rtol=1e-9, atol=1e-9)


def test_relax_brings_a_shaken_glass_back(tmp_path, flat, capsys):
    glass, _, _ = flat
    rng = np.random.default_rng(0)
    shaken = glass.with_positions(glass.positions + rng.normal(0, 0.001, glass.positions.shape))
    sf.write_glass(tmp_path / "shaken.data", shaken)
    arguments = [tmp_path / "shaken.data", "--model", "2dipl"]
    assert run("field", *arguments) == 1
    assert "feels a force" in capsys.readouterr().err
    assert run("info", *arguments) == 0
    told = capsys.readouterr().out
    assert "no: relax it first" in told
    move = shaken.positions - glass.positions
    move = np.linalg.norm(move - move.mean(axis=0), axis=1).max()
    # one Newton step from 0.001 away is wrong by the anharmonic part
    said = float(told.split("distance to minimum")[1])
    assert said == pytest.approx(move, rel=0.3)
    assert run("relax", *arguments, "-o", tmp_path / "relaxed.data", "-q") == 0
    moved = read_glass(tmp_path / "relaxed.data").positions - glass.positions
    moved -= moved.mean(axis=0)
    # forces of 1e-10 over a stiffness of about 1e-2 in both minima
    np.testing.assert_allclose(moved, 0.0, atol=1e-7)
    assert run("field", *arguments, "--relax", "-q") == 0


@pytest.mark.parametrize("model", ["2dipl", "3dkablj"])
def test_a_map_is_drawn_in_two_and_three_dimensions(tmp_path, model):
    plot, file = tmp_path / "map.png", tmp_path / "glass.data"
    sf.write_glass(file, quenched(model)[0])
    assert run("spots", file, "--model", model, "--plot", plot, "-q") == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_species_and_lengths_of_the_file_are_translated(tmp_path, flat):
    glass, _, field = flat
    doubled = sf.Glass(2 * glass.positions, 1 - glass.species, 2 * glass.box)
    sf.write_glass(tmp_path / "other.data", doubled)
    out = tmp_path / "field.parquet"
    options = ["--model", "2dipl", "--species", "1=1,2=0", "--length-unit", 2, "-o", out, "-q"]
    assert run("field", tmp_path / "other.data", *options) == 0
    np.testing.assert_allclose(read_table(out)["energy"], field.energy, rtol=1e-8, atol=1e-8)


def test_relax_writes_every_output(tmp_path):
    outputs = ["-o", tmp_path / "a.data", "-o", tmp_path / "b.h5", "-o", tmp_path / "c.dump"]
    assert run("relax", FLAT, "--model", "2dipl", *outputs, "-q") == 0
    first, second, third = (read_glass(tmp_path / name) for name in ("a.data", "b.h5", "c.dump"))
    np.testing.assert_array_equal(first.positions, second.positions)
    moved = first.minimum_image(first.positions - third.positions)
    np.testing.assert_allclose(moved, 0.0, atol=1e-12)


def test_results_have_the_lengths_and_names_of_the_file(tmp_path, flat, capsys):
    glass, _, field = flat
    named = np.array(["small", "big"])[glass.species].tolist()
    sf.write_glass(tmp_path / "x.extxyz", glass, length_unit=2.5, labels=named)
    reading = ["--model", "2dipl", "--species", "small=0,big=1", "--length-unit", 2.5, "-q"]
    outputs = ["-o", tmp_path / "f.dump", "-o", tmp_path / "f.csv", "-o", tmp_path / "f.h5"]
    assert run("field", tmp_path / "x.extxyz", *reading, *outputs) == 0
    again = read_glass(tmp_path / "f.dump", species={"small": 0, "big": 1}, length_unit=2.5)
    np.testing.assert_array_equal(again.species, glass.species)
    np.testing.assert_allclose(again.box, glass.box, rtol=1e-14)
    values = read_values(tmp_path / "f.dump")
    np.testing.assert_allclose(values["debye_waller"], 2.5**2 * field.debye_waller, rtol=1e-6)
    table = pd.read_csv(tmp_path / "f.csv")
    i, j = field.pairs.T
    apart = np.linalg.norm(glass.minimum_image(glass.positions[j] - glass.positions[i]), axis=1)
    np.testing.assert_allclose(table["distance"], 2.5 * apart, rtol=1e-9)
    np.testing.assert_allclose(table["energy"], field.energy, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(read_glass(tmp_path / "f.h5").box, glass.box, rtol=1e-14)
    capsys.readouterr()
    assert run("info", tmp_path / "x.extxyz", *reading) == 0
    told = capsys.readouterr().out
    assert f"{2.5 * glass.box[0]:.6g}" in told
    assert "200 of species 0 (small)" in told
    assert run("spots", tmp_path / "x.extxyz", *reading, "-o", tmp_path / "s.csv") == 0
    spots = soft_spots(glass, field)
    first = pd.read_csv(tmp_path / "s.csv")[["x", "y"]].to_numpy()[0]
    np.testing.assert_allclose(first, 2.5 * spots[0].position, rtol=1e-6)


def test_species_and_types_of_lammps_are_kept(tmp_path, flat):
    glass, _, _ = flat
    swapped = sf.Glass(glass.positions, 1 - glass.species, glass.box)
    sf.write_glass(tmp_path / "x.data", swapped)
    reading = ["--model", "2dipl", "--species", "1=1,2=0", "-q"]
    assert run("relax", tmp_path / "x.data", *reading, "-o", tmp_path / "y.data") == 0
    np.testing.assert_array_equal(read_glass(tmp_path / "y.data").species, swapped.species)


def test_a_disk_that_is_full_at_the_last_file_leaves_none_of_them(tmp_path, flat, monkeypatch):
    def full(figure, path, **_):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", path)

    glass, *_ = flat
    sf.write_glass(tmp_path / "x.data", glass)
    (tmp_path / "a.csv").write_text("before")
    monkeypatch.setattr("softfield.figures.style.save", full)
    arguments = [tmp_path / "x.data", "--model", "2dipl", "--relax"]
    outputs = ["-o", tmp_path / "a.csv", "-o", tmp_path / "a.dump", "--plot", tmp_path / "a.png"]
    assert run("soft-modes", *arguments, *outputs) == 1
    assert (tmp_path / "a.csv").read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "x.data"]


def test_a_weak_potential_is_at_rest_where_a_field_takes_it_for_a_minimum(tmp_path, capsys):
    """Two springs of strength 1e-9 that push one particle: its force is theirs, whatever it is."""
    positions = [[0.0, 0.0], [0.9, 0.0], [0.0, 0.9], [2.0, 2.0]]
    sf.write_glass(tmp_path / "x.data", sf.Glass(positions, [0, 0, 0, 0], [4.0, 4.0]))
    (tmp_path / "weak.toml").write_text('kind = "harmonic_contacts"\nstrengths = 1e-9\n')
    arguments = [tmp_path / "x.data", "--potential", tmp_path / "weak.toml"]
    assert run("info", *arguments) == 0
    said = capsys.readouterr().out
    assert "largest force         1.41e-10" in said  # sqrt(2) times 0.1 times the strength
    assert "at rest               no" in said
    assert run("field", *arguments) == 1
    assert "Minimise the glass first" in capsys.readouterr().err


def test_format_box_style_and_dimension_can_be_said(tmp_path, flat, capsys):
    glass, _, _ = flat
    where = glass.wrapped().positions
    rows = "\n".join(f"{k + 1} {x!r} {y!r} 0" for k, (x, y) in zip(
        glass.species.tolist(), where.tolist(), strict=True))  # fmt: skip
    (tmp_path / "plain").write_text(f"400\n\n{rows}\n")
    arguments = ["info", tmp_path / "plain", "--model", "2dipl"]
    assert run(*arguments) == 1
    assert "--box" in capsys.readouterr().err
    edges = ",".join(map(repr, glass.box.tolist()))
    assert run(*arguments, "--box", edges, "--format", "xyz", "--dimension", 2) == 0
    assert "at rest               yes" in capsys.readouterr().out
    assert run(*arguments, "--box", edges, "--atom-style", "charge") == 1
    assert "only LAMMPS data files" in capsys.readouterr().err
    assert run("info", FLAT, "--format", "dump") == 1
    with pytest.raises(SystemExit):
        run("info", FLAT, "--box", "wide")


HARMONIC = 'kind = "harmonic_contacts"\ndiameters = [[1.0, 1.2], [1.2, 1.4]]\n'


def test_rattlers_are_named_with_the_way_out_and_left_out(tmp_path, capsys):
    rng = np.random.default_rng(2)
    edge = np.sqrt(np.pi / 4 * 1.48 * 120 / 0.86)
    start = sf.Glass(rng.random((120, 2)) * edge, np.arange(120) % 2, [edge, edge])
    contacts = sf.harmonic_contacts([[1.0, 1.2], [1.2, 1.4]])
    packing = sf.descend(start, contacts, max_force=1e-12).glass
    backbone, kept = sf.without_rattlers(packing, contacts)
    assert len(kept) < 120
    sf.write_glass(tmp_path / "packing.data", packing)
    (tmp_path / "p.toml").write_text(HARMONIC)
    arguments = [tmp_path / "packing.data", "--potential", tmp_path / "p.toml", "-q"]
    assert run("field", *arguments) == 1
    told = capsys.readouterr().err
    assert "softfield.without_rattlers" in told
    assert "--without-rattlers" in told
    outputs = ["-o", tmp_path / "f.csv", "-o", tmp_path / "f.dump"]
    assert run("field", *arguments, "--without-rattlers", *outputs) == 0
    expected = local_thermal_energy(backbone, contacts)
    table = pd.read_csv(tmp_path / "f.csv")
    # numbers of particles are those of the file
    np.testing.assert_array_equal(table[["i", "j"]], kept[expected.pairs])
    np.testing.assert_allclose(table["energy"], expected.energy, rtol=1e-9, atol=1e-12)
    lines = (tmp_path / "f.dump").read_text().splitlines()[9:]
    assert [int(line.split()[0]) for line in lines] == (kept + 1).tolist()
    shaken = packing.with_positions(packing.positions + rng.normal(0, 1e-4, (120, 2)))
    sf.write_glass(tmp_path / "packing.data", shaken)
    assert run("modes", *arguments, "--count", 3, "--relax", "--without-rattlers") == 0


def test_a_packing_in_a_small_unit_of_energy_is_relaxed_as_well(tmp_path):
    rng = np.random.default_rng(2)
    edge = np.sqrt(np.pi / 4 * 1.48 * 120 / 0.86)
    start = sf.Glass(rng.random((120, 2)) * edge, np.arange(120) % 2, [edge, edge])
    sf.write_glass(tmp_path / "start.data", start)
    energies = []
    for stiffness in (1.0, 2.0**-40):
        law = f"{HARMONIC}strengths = {[[stiffness] * 2] * 2}\n"
        (tmp_path / "p.toml").write_text(law)
        options = ["--potential", tmp_path / "p.toml", "--relax", "--without-rattlers", "-q"]
        assert run("field", tmp_path / "start.data", *options, "-o", tmp_path / "f.csv") == 0
        energies.append(pd.read_csv(tmp_path / "f.csv"))
    assert len(energies[0]) == len(energies[1])
    np.testing.assert_allclose(energies[1]["energy"], energies[0]["energy"], rtol=1e-6)


def test_masses_of_the_file_are_told_of_or_taken(tmp_path, flat, capsys):
    glass, potential, _ = flat
    masses = np.where(glass.species == 0, 4.0, 1.0)
    heavy = sf.Glass(glass.positions, glass.species, glass.box, 0.0, masses)
    sf.write_glass(tmp_path / "heavy.data", heavy)
    arguments = ["modes", tmp_path / "heavy.data", "--model", "2dipl", "--count", 4, "-q"]
    assert run(*arguments, "-o", tmp_path / "unit.csv") == 0
    assert "warning: modes of unit masses" in capsys.readouterr().err
    assert run(*arguments, "--masses", "glass", "-o", tmp_path / "heavy.csv") == 0
    assert capsys.readouterr().err == ""
    found = pd.read_csv(tmp_path / "heavy.csv")["frequency"]
    expected = normal_modes(heavy, potential, 4, masses="glass").frequencies
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert run("info", tmp_path / "heavy.data") == 0
    assert "masses                1 to 4" in capsys.readouterr().out


def test_sizes_that_a_potential_does_not_use_are_told_of(tmp_path, flat, capsys):
    glass, _, _ = flat
    sizes = np.random.default_rng(0).uniform(0.9, 1.1, glass.n_particles)
    sized = sf.Glass(glass.positions, glass.species, glass.box, diameters=sizes)
    sf.write_glass(tmp_path / "sized.dump", sized)
    (tmp_path / "mine.toml").write_text(TOML)
    arguments = ["info", tmp_path / "sized.dump", "--potential", tmp_path / "mine.toml", "-q"]
    assert run(*arguments) == 0
    assert 'sizes = "file"' in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a.h5", "a.data", "a.dump", "a.extxyz", "a.gsd"])
def test_species_are_kept_where_each_particle_has_a_size_of_its_own(tmp_path, capsys, name):
    rng = np.random.default_rng(0)
    n, edge = 80, np.sqrt(80 / 0.9)
    places = np.stack(np.meshgrid(*[(np.arange(9) + 0.5) * edge / 9] * 2), -1).reshape(-1, 2)[:n]
    kinds, sizes = np.arange(n) % 2, rng.uniform(0.95, 1.05, n)
    glass = sf.Glass(places, kinds, [edge, edge], diameters=sizes)
    sf.write_glass(tmp_path / name, glass)
    (tmp_path / "s.toml").write_text(
        'kind = "inverse_powers"\npowers = [[-12, 1.0]]\ncutoff = 1.5\nsizes = "file"\n'
    )
    law = ("--potential", tmp_path / "s.toml")
    run("info", tmp_path / name, *law)
    assert "40 of species 0" in capsys.readouterr().out
    outputs = [tmp_path / f"b.{suffix}" for suffix in ("h5", "data", "dump", "extxyz", "gsd")]
    run("relax", tmp_path / name, *law, "--quiet",
        *(word for path in outputs for word in ("-o", path)))  # fmt: skip
    for path in outputs:
        assert read_glass(path).species.tolist() == kinds.tolist()
    assert read_glass(outputs[0]).diameters == pytest.approx(sizes, rel=1e-6)


def test_rattlers_that_are_left_out_take_their_species_with_them():
    terms = FileTerms(1.0, np.arange(4))
    glass = sf.Glass(np.zeros((4, 2)) + np.arange(4)[:, None], [0, 1, 1, 0], [5, 5])
    own = glass.with_own_species()
    kept = np.array([0, 2])
    some = replace(own, positions=own.positions[kept], species=own.species[kept])
    terms = terms.for_potential(glass, own).selected(kept)
    assert terms.named(some).species.tolist() == [0, 1]
    assert FileTerms(1.0, np.arange(4)).for_potential(glass, glass).named(glass) is glass


def test_every_command_has_help_with_an_example(capsys):
    for command in (
        [],
        ["info"],
        ["relax"],
        ["field"],
        ["spots"],
        ["modes"],
        ["soft-modes"],
        ["shear"],
    ):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--help"])
        assert ended.value.code == 0
        shown = capsys.readouterr().out
        assert "examples:" in shown
        assert f"softfield {' '.join(command)}".strip() in shown


def test_help_names_every_format(capsys):
    from softfield.files.formats import FORMATS

    with pytest.raises(SystemExit):
        main(["info", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert ", ".join(one.name for one in FORMATS) in shown
    for one in FORMATS[2:-1]:
        assert one.title.split()[0] in shown


@pytest.mark.parametrize("more", [[], ["--lammps", "in.glass"]])
def test_pipes_are_refused_in_words(tmp_path, capsys, more):
    """They can be read once, and a file is opened more than once."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "in.glass").write_text("pair_style lj/cut 2.5\npair_coeff * * 1 1\n")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)  # so that nothing waits for it
    try:
        os.write(writer, Path(FLAT).read_bytes()[:4096])
        assert run("info", tmp_path / "pipe", *(str(tmp_path / m) if "." in m else m for m in more))
        assert "is a pipe or a device" in capsys.readouterr().err
    finally:
        os.close(writer)


def test_a_figure_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def broken(figure, path, **settings):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    (tmp_path / "a.png").write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", broken)
    assert run("spots", FLAT, "--model", "2dipl", "--plot", tmp_path / "a.png", "-q") == 1
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_stream_is_no_error(monkeypatch, closed):
    monkeypatch.setattr(sys, closed, None)
    assert run("field", FLAT, "--model", "2dipl") == 0


def test_names_that_a_terminal_does_not_have_are_escaped(tmp_path):
    (tmp_path / "x.xyz").write_text(
        'Lattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3\n'.join(
            ["2\n", "\u00e9 1 1 1\nB 2 2 2\n"]
        )
    )
    ended = subprocess.run(
        [sys.executable, "-m", "softfield.cli", "info", str(tmp_path / "x.xyz")],
        capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii"}, check=True,
    )  # fmt: skip
    assert rb"\xe9" in ended.stdout


def test_the_program_ends_with_its_exit_code():
    def code(*arguments):
        command = [sys.executable, "-m", "softfield.cli", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert code("info", FLAT).returncode == 0
    failed = code("info", "absent.data")
    assert failed.returncode == 1
    assert failed.stderr.splitlines() == ["softfield: error: there is no file absent.data"]
    assert code("info").returncode == 2


SCRIPT = """\
units lj
read_data glass.data
variable rc index 2.5
pair_style lj/cut ${rc}
pair_modify shift yes
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8 $(v_rc*0.8)
pair_coeff 2 2 0.5 0.88 $(v_rc*0.88)
"""


def told_by_info(capsys, *arguments):
    assert run("info", *arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    return {line[:22].strip(): line[22:] for line in lines}


def test_info_with_a_lammps_script_prints_what_the_log_prints(tmp_path, capsys):
    case = json.loads((REFERENCE / "pair_styles.json").read_text())["variables_and_continuation"]
    script = tmp_path / "in.glass"
    script.write_text(SCRIPT)
    file = REFERENCE / case["file"]
    told = told_by_info(capsys, file, "--lammps", script)
    assert float(told["potential energy"].split()[0]) == pytest.approx(case["energy"], rel=1e-11)
    assert float(told["energy per particle"]) == pytest.approx(case["energy"] / 256, rel=1e-11)
    assert float(told["virial part"]) == pytest.approx(case["pressure"], rel=1e-11)
    # the velocities in the file are those of a minimised state, 1e-11 each
    velocities = file.read_text().split("Velocities")[1].split()
    v = np.array(velocities, dtype=float).reshape(-1, 4)[:, 1:3]
    kinetic = (v**2).sum() / (2 * 14.60593486680443**2)
    assert float(told["kinetic part"].split()[0]) == pytest.approx(kinetic, rel=1e-9)
    assert told["force law"].startswith("in.glass, units lj: lj/cut")
    assert told["tail correction"] == "none"
    changed = told_by_info(capsys, file, "--lammps", script, "--var", "rc=2.0")
    assert changed["potential energy"] != told["potential energy"]
    # twice the lengths of the script: the same glass for it, the velocities too
    doubled = tmp_path / "doubled.data"
    doubled.write_text(in_other_lengths(file.read_text(), 2.0))
    again = told_by_info(capsys, doubled, "--lammps", script, "--length-unit", 2)
    for name in ("potential energy", "virial part", "kinetic part"):
        value = float(told[name].split()[0])
        assert float(again[name].split()[0]) == pytest.approx(value, rel=1e-9), name


def in_other_lengths(data, factor):
    """The text of a LAMMPS data file with all lengths multiplied, velocities too."""
    scaled, section = [], ""
    for line in data.splitlines():
        words = line.split()
        if words and words[0][0].isalpha():
            section = words[0]
        elif line.endswith(("xhi", "yhi", "zhi")):
            words[:2] = [repr(factor * float(word)) for word in words[:2]]
        elif section in ("Atoms", "Velocities") and words:
            first = 2 if section == "Atoms" else 1
            moved = slice(first, first + 3)
            words[moved] = [repr(factor * float(word)) for word in words[moved]]
        scaled.append(" ".join(words))
    return "\n".join(scaled) + "\n"


def test_info_tells_the_tail_correction_apart(tmp_path, capsys):
    cases = json.loads((REFERENCE / "pair_styles.json").read_text())
    case = cases["lj_cut_tail"]
    (tmp_path / "in.glass").write_text(case["script"])
    told = told_by_info(capsys, REFERENCE / case["file"], "--lammps", tmp_path / "in.glass")
    assert float(told["potential energy"].split()[0]) == pytest.approx(case["energy"], rel=1e-11)
    tail = told["tail correction"].replace(",", " ").split()
    assert float(tail[0]) == pytest.approx(case["tail_energy"], rel=1e-9)
    assert float(tail[3]) == pytest.approx(case["tail_pressure"], rel=1e-9)
    total = float(told["virial part"]) + float(tail[3])
    assert float(told["pressure"].split()[0]) == pytest.approx(total, rel=1e-10)
    assert float(told["kinetic part"].split()[0]) == 0  # the velocities in the file are zero


def test_every_command_takes_a_lammps_script(tmp_path, capsys):
    script = tmp_path / "in.glass"
    script.write_text(SCRIPT)
    file = REFERENCE / "ka2d_glass.data"
    out = tmp_path / "field.csv"
    assert run("field", file, "--lammps", script, "-o", out, "-q") == 0
    potential = sf.lammps_potential(script)
    field = local_thermal_energy(read_glass(file), potential)
    np.testing.assert_allclose(pd.read_csv(out)["energy"], field.energy, rtol=1e-12)
    assert run("spots", file, "--lammps", script, "-q") == 0
    assert run("modes", file, "--lammps", script, "--count", "4", "-q") == 0
    moved = tmp_path / "relaxed.data"
    assert run("relax", file, "--lammps", script, "-o", moved, "-q") == 0
    capsys.readouterr()
    none = tmp_path / "none.csv"
    assert run("shear", file, "--lammps", script, "--max-strain", "1e-6", "-q", "-o", none) == 0
    assert f"no plastic event up to strain 1e-06; {none} has no rows" in capsys.readouterr().out
    assert run("field", file, "--lammps", tmp_path / "missing", "-q") == 1
    assert "missing" in capsys.readouterr().err
    script.write_text("pair_style sw\n")
    assert run("field", file, "--lammps", script, "-q") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "in.glass, line 1" in error
    with pytest.raises(SystemExit) as wrong:
        run("field", file, "--lammps", script, "--model", "2dipl")
    assert wrong.value.code == 2


def test_grains_of_many_sizes_are_taken_from_their_data_file(tmp_path, capsys):
    case = json.loads((REFERENCE / "pair_styles.json").read_text())["gran_hertz_history"]
    (tmp_path / "in.grains").write_text(case["script"])
    file = REFERENCE / case["file"]
    told = told_by_info(capsys, file, "--lammps", tmp_path / "in.grains")
    assert float(told["virial part"]) == pytest.approx(case["pressure"], rel=1e-10)


def test_types_are_matched_by_their_names(tmp_path, capsys):
    glass = read_glass(REFERENCE / "ka2d_glass.data")
    lines = ["ITEM: TIMESTEP", "0", "ITEM: NUMBER OF ATOMS", "256", "ITEM: BOX BOUNDS pp pp pp"]
    lines += [f"0 {edge!r}" for edge in glass.box.tolist()] + ["-0.5 0.5"]
    lines += ["ITEM: ATOMS id element x y z"]
    for k, (kind, x) in enumerate(zip(glass.species, glass.positions.tolist(), strict=True)):
        lines.append(f"{k + 1} {('Zr', 'Cu')[kind]} {x[0]!r} {x[1]!r} 0")
    (tmp_path / "glass.dump").write_text("\n".join(lines) + "\n")
    labelled = SCRIPT.replace("read_data glass.data", "labelmap atom 1 Zr 2 Cu")
    (tmp_path / "in.glass").write_text(labelled)
    file, script = tmp_path / "glass.dump", tmp_path / "in.glass"
    exact = told_by_info(capsys, REFERENCE / "ka2d_glass.data", "--lammps", script)
    told = told_by_info(capsys, file, "--lammps", script)
    energy = float(exact["potential energy"].split()[0])
    assert float(told["potential energy"].split()[0]) == pytest.approx(energy, rel=1e-10)
    assert "no velocities" in told["kinetic part"]
    # without labels in the script the order is alphabetical, which is said, and may be changed
    script.write_text(SCRIPT)
    assert run("info", file, "--lammps", script) == 0
    assert "Cu = type 1, Zr = type 2" in capsys.readouterr().err
    told = told_by_info(capsys, file, "--lammps", script, "--species", "Zr=0,Cu=1")
    assert float(told["potential energy"].split()[0]) == pytest.approx(energy, rel=1e-10)


def kob_andersen_like(units, sigma, epsilon):
    return (
        f"units {units}\npair_style lj/smooth {2 * sigma} {2.4 * sigma}\n"
        f"pair_coeff 1 1 {epsilon} {sigma}\npair_coeff 1 2 {1.5 * epsilon} {0.8 * sigma}\n"
        f"pair_coeff 2 2 {0.5 * epsilon} {0.88 * sigma}\n"
    )


@pytest.mark.parametrize(("units", "sigma", "epsilon"), [("metal", 3.4, 0.0104),
                                                        ("real", 0.3, 2.0)])  # fmt: skip
def test_soft_spots_do_not_depend_on_the_units_of_a_script(tmp_path, units, sigma, epsilon):
    rng, edge = np.random.default_rng(3), np.sqrt(200 / 1.2)
    start = sf.Glass(rng.random((200, 2)) * edge, (np.arange(200) % 20 < 7).astype(int), [edge] * 2)
    law = sf.lammps_potential(kob_andersen_like("lj", 1.0, 1.0))
    glass = sf.minimize(sf.descend(start, law, 1e-2).glass, law)
    tables = []
    for name, size, energy in (("lj", 1.0, 1.0), (units, sigma, epsilon)):
        script, file, table = (tmp_path / f"{name}.{kind}" for kind in ("in", "data", "csv"))
        script.write_text(kob_andersen_like(name, size, energy))
        scaled = replace(glass, positions=size * glass.positions, box=size * glass.box)
        sf.write_glass(file, sf.minimize(scaled, sf.lammps_potential(script)))
        assert run("spots", file, "--lammps", script, "-o", table) == 0
        tables.append(pd.read_csv(table))
    one, other = tables
    assert len(one) == len(other) > 1
    np.testing.assert_allclose(other["softness"], one["softness"], rtol=1e-5)
    np.testing.assert_allclose(other["x"], sigma * one["x"], atol=1e-4 * sigma)


def test_the_vicinity_of_spots_may_be_said(tmp_path, capsys):
    argv = ("spots", FLAT, "--model", "2dipl", "-o", tmp_path / "s.csv")
    assert run(*argv, "--vicinity-radius", "4") == 0
    assert "vicinity radius       4\n" in capsys.readouterr().out
    glass = sf.read_glass(FLAT)
    field = sf.local_thermal_energy(glass, sf.model("2dipl").potential)
    expected = soft_spots(glass, field, 4.0)
    np.testing.assert_allclose(
        pd.read_csv(tmp_path / "s.csv")["softness"], [spot.softness for spot in expected]
    )
    with pytest.raises(SystemExit):
        run(*argv, "--vicinity-radius", "0")
    large = float(glass.box.min())
    assert run(*argv, "--vicinity-radius", large) == 1
    assert f"{0.5 * large:.4g} in lengths of the file" in capsys.readouterr().err
    assert run(*argv, "--vicinity-radius", "0.05") == 1
    assert "so small that no particle has a bond" in capsys.readouterr().err
    file = tmp_path / "larger.dump"
    sf.write_glass(file, glass, length_unit=3.0)
    argv = ("spots", file, "--model", "2dipl", "--length-unit", "3", "--vicinity-radius")
    assert run(*argv, large) == 0
    assert run(*argv, 2 * large) == 1
    assert f"{1.5 * large:.4g} in lengths of the file" in capsys.readouterr().err


@pytest.mark.parametrize("size", [1.0, 3.4])
def test_particles_are_drawn_as_large_as_they_are_apart_in_any_unit(size):
    glass, law = quenched("2dipl")
    scaled = sf.Glass(size * glass.positions, glass.species, size * glass.box)
    larger = sf.inverse_powers(law.powers, size * law.diameters, law.strengths, law.cutoff)
    sizes = drawn_diameters(scaled, larger)
    np.testing.assert_allclose(sizes, size * drawn_diameters(glass, law), rtol=1e-9)
    small, large = np.unique(sizes.round(9))
    assert large / small == pytest.approx(1.4)
    apart = [np.delete(np.linalg.norm(scaled.minimum_image(scaled.positions - one), axis=1)
                       / (0.5 * (sizes + sizes[k])), k).min()
             for k, one in enumerate(scaled.positions)]  # fmt: skip
    assert np.median(apart) == pytest.approx(1.0, abs=0.02)


def test_grains_with_sizes_of_their_own_are_drawn_by_the_range_of_their_contacts():
    glass, _ = quenched("2dipl")
    sizes = np.where(glass.species == 0, 1.18, 1.6)
    law = sf.polydisperse(sf.harmonic_contacts(), sizes)
    drawn = drawn_diameters(replace(glass, species=np.arange(glass.n_particles)), law)
    np.testing.assert_allclose(drawn / drawn.min(), sizes / sizes.min())


def test_a_species_without_particles_does_not_set_the_size_of_circles():
    """Like particles of species 0 do not meet: their size is that to which they meet others."""
    rows = np.stack(np.meshgrid(np.arange(10), np.arange(10)), -1).reshape(-1, 2)
    k = np.arange(100)
    glass = sf.Glass(1.05 * rows, (k // 10 + k) % 2, [10.5, 10.5])
    script = (
        "dimension 2\npair_style lj/smooth/linear 2.5\npair_coeff 1 1 0.0 1.0 1.12\n"
        "pair_coeff 2 2 1.0 1.25 1.4\npair_coeff 1 2 1.0 1.07 1.2\npair_coeff *3 3 1.0 1.0 {}\n"
    )
    near, far = (
        drawn_diameters(glass, sf.lammps_potential(script.format(reach), n_types=3))
        for reach in (1.2, 5.0)
    )
    np.testing.assert_array_equal(near, far)
