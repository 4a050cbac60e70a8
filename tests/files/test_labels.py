"""What species are called in a file: read back as written, or refused at writing."""

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import softfield as sf
from softfield.errors import InvalidGlassError, InvalidSettingError, UnknownSpeciesError
from softfield.files.glasses import read_labelled_glass

TEXTS = (".data", ".dump", ".extxyz")

SUFFIXES = (*TEXTS, ".gsd")


def glass(species):
    positions = np.random.default_rng(0).random((len(species), 2)) * 5
    return sf.Glass(positions, species, [5.0, 5.0])


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("label", ["", " ", "\x00", "\ud800", "a\x07"])
def test_labels_that_would_be_lost_are_refused(tmp_path, suffix, label):
    pytest.importorskip("gsd.hoomd")
    with pytest.raises(InvalidSettingError, match="cannot be written"):
        sf.write_glass(tmp_path / f"a{suffix}", glass([0, 0, 1]), labels=[label, label, "B"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".data", ".dump"])
@pytest.mark.parametrize("label", ["#", "#A", "A#1", "1A", "*", "'A", "1_2"])
def test_labels_that_lammps_would_not_take_for_names(tmp_path, suffix, label):
    with pytest.raises(InvalidSettingError, match="of a LAMMPS type"):
        sf.write_glass(tmp_path / f"a{suffix}", glass([0, 0, 1]), labels=[label, label, "B"])


@settings(max_examples=150, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    suffix=st.sampled_from(SUFFIXES),
    labels=st.lists(
        st.text(max_size=3) | st.sampled_from(["1", "2", "A", "B"]), min_size=3, max_size=3
    ),
)
@example(suffix=".data", labels=["x", "1", "1"])  # the label 1 of type 2
def test_labels_are_read_back_or_refused(tmp_path, suffix, labels):
    pytest.importorskip("gsd.hoomd")
    # numbers from 0 are species, and 01 is 1
    assume(not any(label[:1] == "0" and label.isdigit() for label in labels))
    path = tmp_path / f"a{suffix}"
    try:
        sf.write_glass(path, glass([0, 1, 1]), labels=labels)
    except InvalidSettingError:
        return
    read, found = read_labelled_glass(path)
    same = [["_".join(a.split()) == "_".join(b.split()) for a in labels] for b in labels]
    assert (np.equal.outer(read.species, read.species) == same).all()
    if not all(label.isdigit() for label in labels):  # which XYZ gives as species
        assert [str(label) for label in found] == ["_".join(label.split()) for label in labels]


@pytest.mark.parametrize("suffix", [".extxyz", ".gsd"])
@pytest.mark.parametrize("labels", [[0, 1], [1, 2], ["A", "B"], ["X", "Y"], [7, 3], ["X", "1"]])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_mapping_that_a_file_was_read_with_is_that_of_the_file_written(
    tmp_path, suffix, labels, swapped
):
    """Where names are text, the file written has those of the file read, whatever the species."""
    pytest.importorskip("gsd.hoomd")
    species = np.array([0, 1, 1, 0]) if swapped else np.array([1, 0, 0, 1])
    names = [labels[k] for k in (0, 1, 1, 0)]
    path = tmp_path / f"a{suffix}"
    sf.write_glass(path, glass(species), labels=names)
    mapping = {labels[0]: int(species[0]), labels[1]: int(species[1])}
    assert sf.read_glass(path, species=mapping).species.tolist() == species.tolist()
    found = read_labelled_glass(path)[1]
    assert [str(name) for name in found] == [str(name) for name in names]
    if suffix == ".extxyz":  # which has the species beside them
        assert sf.read_glass(path).species.tolist() == species.tolist()


@pytest.mark.parametrize("suffix", [".data", ".dump"])
def test_types_from_0_on_stay_apart_in_lammps_files_whatever_the_species(tmp_path, suffix):
    path, mapping = tmp_path / f"a{suffix}", {0: 0, 1: 1, 2: 1}
    sf.write_glass(path, glass([0, 1, 1, 0]), labels=[0, 1, 2, 0])
    assert read_labelled_glass(path)[1] == [1, 2, 3, 1]
    with pytest.raises(UnknownSpeciesError, match="has species 3"):
        sf.read_glass(path, species=mapping)
    from_one = {label + 1: k for label, k in mapping.items()}
    assert sf.read_glass(path, species=from_one).species.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("suffix", [".extxyz", ".gsd"])
def test_labels_below_0_are_names(tmp_path, suffix):
    pytest.importorskip("gsd.hoomd")
    path, labels = tmp_path / f"a{suffix}", [-1, 0, 0, -1]
    sf.write_glass(path, glass([0, 1, 1, 0]), labels=labels)
    found = read_labelled_glass(path)[1]
    assert [int(label) for label in found] == labels
    assert sf.read_glass(path, species={-1: 0, 0: 1}).species.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_types_that_would_fill_memory_are_refused(tmp_path, suffix):
    pytest.importorskip("gsd.hoomd")
    for species, labels in (([0, 0], [10**9] * 2), ([0, 10**9], None), ([0, 10**9], [0, 1])):
        if suffix != ".extxyz" and labels == [0, 1]:  # which has a column of species
            continue
        with pytest.raises(InvalidSettingError, match="read up to 1000"):
            sf.write_glass(tmp_path / f"a{suffix}", glass(species), labels=labels)
    if suffix != ".extxyz":
        sf.write_glass(tmp_path / f"a{suffix}", glass([0, 10**9]), labels=["A", "B"])
        assert sf.read_glass(tmp_path / f"a{suffix}").species.tolist() == [0, 1]


ANNOUNCED = """c

2 atoms
{} atom types

0 5 xlo xhi
0 5 ylo yhi
0 5 zlo zhi

Atoms # atomic

1 1 1 1 1
2 {} 2 2 2
"""


def test_types_that_a_file_announces_are_believed_as_far_as_it_has_particles(tmp_path):
    path = tmp_path / "a.data"
    start = time.perf_counter()
    path.write_text(ANNOUNCED.format(10**9, 2))
    assert sf.read_glass(path).species.tolist() == [0, 1]
    path.write_text(ANNOUNCED.format(10**9, 10**8))
    with pytest.raises(InvalidGlassError, match="of 2 particles they end at 1000"):
        sf.read_glass(path)
    path.write_text(ANNOUNCED.format(10, 11))
    with pytest.raises(InvalidGlassError, match="the file announces 10"):
        sf.read_glass(path)
    assert time.perf_counter() - start < 1.0
