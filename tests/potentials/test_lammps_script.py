"""Reading LAMMPS scripts: variables, files, control flow, and what is refused and how."""

import json
import os
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import softfield as sf
from oracles import REFERENCE
from softfield.errors import FileFormatError, InvalidPotentialError
from softfield.potentials.lammps.expressions import Formula, FormulaError
from softfield.potentials.lammps.potential import lammps_potential
from softfield.potentials.pair_potential import radial_derivatives

PLAIN = """\
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8 2.0
pair_coeff 2 2 0.5 0.88 2.2
pair_modify shift yes
"""
DISTANCES = np.linspace(0.8, 2.6, 41)


def assert_same(one, other):
    assert one.n_species == other.n_species
    np.testing.assert_array_equal(one.ranges, other.ranges)
    for a in range(one.n_species):
        for b in range(one.n_species):
            np.testing.assert_array_equal(
                radial_derivatives(one, DISTANCES, a, b), radial_derivatives(other, DISTANCES, a, b)
            )


# --- formulas ---

#: Formula -> what LAMMPS 22 Jul 2025 makes of it.
LAMMPS_SAYS = {
    "-2^2": 4.0, "2^3^2": 64.0, "2^-1": 0.5, "-7%4": -3.0, "1-2-3": -4.0, "8/4/2": 1.0,
    "1||0&&0": 1.0, "1|^1": 0.0, "3|^0": 1.0, "!0+1": 2.0, "!(1)": 0.0, "--2": 2.0,
    "round(2.5)": 3.0, "round(-2.5)": -2.0, "ternary(0,1,2)": 2.0, "log(100)": 2.0,
    "1<2==1": 1.0, "1==2<3": 1.0, "2 * 3": 6.0, "1e-2*2": 0.02, "atan2(1,2)": 0.4636476090008061,
    "PI": np.pi, "yes": 1.0, "2*-3": -6.0, ".5+5.": 5.5, "ceil(1.2)": 2.0, "abs(-2)": 2.0,
}  # fmt: skip


def formula(text):
    return Formula(text, {"x": 3.0}.__getitem__, {"A": 1, "B": 2}.__getitem__).value()


@pytest.mark.parametrize("text", LAMMPS_SAYS)
def test_formulas_have_the_values_that_lammps_gives(text):
    assert formula(text) == pytest.approx(LAMMPS_SAYS[text], rel=1e-15)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("+2", "not expected"), ("1 2", "not expected"), ("2*+3", "not expected"),
        ("(1", r"'\)' is missing"), ("1/0", "no value"), ("sqrt(-1)", "no value"),
        ("step*2", "running simulation"), ("c_temp", "running simulation"), ("1e308*10", "finite"),
        ("sqrt(1,2)", "takes 1"), ("", "its end"), ("(" * 100 + "1" + ")" * 100, "deeply"),
        ("vol", "running simulation"), ("__import__('os')", "running simulation|not expected"),
        ("exp(1e9)", "no value"), ("random(1,2,3)", "running simulation"),
    ],
)  # fmt: skip
def test_formulas_without_a_value_are_refused(text, words):
    with pytest.raises(FormulaError, match=words):
        formula(text)


def test_formulas_know_variables_and_labels():
    assert formula("v_x^2+label2type(atom,B)") == 11.0


# --- what scripts say ---


@pytest.mark.parametrize(
    "script",
    {
        "comments": "# glass\n\npair_style lj/cut 2.5 # standard\n" + PLAIN.split("\n", 1)[1],
        "continuation": PLAIN.replace("1 2 1.5 0.8", "1 2 &\n  1.5 &   \n 0.8"),
        "quotes": PLAIN.replace("lj/cut 2.5", "'lj/cut' \"2.5\""),
        "one letter": "variable r index 2.5\n" + PLAIN.replace("cut 2.5", "cut $r"),
        "equal": "variable r equal 5/2\n" + PLAIN.replace("cut 2.5", "cut ${r}"),
        "lazy": "variable a equal 1\nvariable r equal v_a*2.5/2\nvariable a equal 2\n"
        + PLAIN.replace("cut 2.5", "cut ${r}"),
        "index stays": "variable r index 2.5\nvariable r index 9\n"
        + PLAIN.replace("cut 2.5", "cut ${r}"),
        "string changes": "variable r string 9\nvariable r string 2.5\n"
        + PLAIN.replace("cut 2.5", "cut ${r}"),
        "next": "variable r index 9 2.5\nnext r\n" + PLAIN.replace("cut 2.5", "cut ${r}"),
        "immediate": PLAIN.replace("cut 2.5", "cut $(sqrt(6.25))"),
        "format": PLAIN.replace("cut 2.5", "cut $(10/4:%.2f)"),
        "swapped": PLAIN.replace("1 2 1.5", "2 1 1.5"),
        "ranges": "pair_style lj/cut 2.5\npair_coeff * * 1.5 0.8 2.0\npair_coeff 1 1 1 1\n"
        "pair_coeff 2* 2*2 0.5 0.88 2.2\npair_modify shift yes\ncreate_box 2 box\n",
        "labels": "labelmap atom 1 A 2 B\npair_style lj/cut 2.5\npair_coeff A A 1 1\n"
        "pair_coeff B A 1.5 0.8 2.0\npair_coeff B B 0.5 0.88 2.2\npair_modify shift yes\n",
        "suffix": PLAIN.replace("lj/cut", "lj/cut/gpu"),
        "unrelated": "dump 1 all atom 10 x.dump ${undefined}\nfix 1 all nvt temp 1 1 $(step)\n"
        "print 'pair_style is' screen no\nshell echo pair_style morse\n"
        + PLAIN
        + "run 1000\nvariable t equal temp\nthermo_style custom step v_t\n",
        "comment that goes on": "# pair_style morse 2 &\n pair_coeff 1 1 9 9 9\n" + PLAIN,
        "earlier attempt": "pair_style morse 2.0\npair_coeff * * 1 5 1\npair_modify shift no\n"
        + PLAIN,
        "after a loop": "variable i loop 3\nlabel top\nprint $i\nnext i\njump SELF top\n" + PLAIN,
        "in a loop, always the same": "variable i loop 3\nlabel top\nclear\n"
        + PLAIN
        + "run 10\nnext i\njump SELF top\n",
        "jumped over": "jump SELF on\npair_style morse 1\nlabel on\n" + PLAIN,
        "quit": PLAIN + "quit\npair_coeff 1 1 9 9\n",
        "harmless if": "variable T equal 1\nif '${T} > 0' then 'print warm' else 'run 10'\n"
        + PLAIN,
        "python beside it": "python f input 1 v_x here 'def f(x): pass'\n" + PLAIN,
        "getenv beside it": "variable home getenv HOME\n" + PLAIN,
    }.items(),
    ids=lambda item: item[0],
)
def test_a_script_says_the_same_in_other_words(script):
    assert_same(lammps_potential(script[1], n_types=2), lammps_potential(PLAIN))


def test_what_was_read_is_told():
    potential = lammps_potential("units metal\nlabelmap atom 1 Cu 2 Zr\n" + PLAIN)
    assert potential.labels == ("Cu", "Zr")
    assert potential.units == "metal"
    assert potential.source == "the script"
    (style,) = potential.styles
    assert style.startswith("lj/cut")
    assert style.endswith("shifted")


def test_a_law_for_all_types_holds_for_any_number_of_them():
    potential = lammps_potential("pair_style lj/cut 2.5\npair_coeff * * 1 1\n")
    assert potential.n_species >= 2
    exact = lammps_potential("pair_style lj/cut 2.5\npair_coeff * * 1 1\n", n_types=3)
    assert exact.n_species == 3


def test_many_types_are_refused_at_once_or_share_what_is_alike():
    law = "pair_style lj/cut 2.5\npair_coeff * * 1 1\n"
    start = time.process_time()
    for wrong, words in (
        ("neigh_modify exclude type 100000 1\n", "100000 atom types are more than the 1000"),
        ("create_box 1000 b\nneigh_modify exclude type 1001 1\n", "no type 1001"),
    ):
        with pytest.raises(sf.SoftfieldError, match=words):
            sf.lammps_potential(law + wrong)
    assert time.process_time() - start < 2.0
    members = sf.lammps_potential(f"create_box 100 b\n{law}pair_coeff 3 4 2 1\n").members
    assert len(members) == 5050
    assert len({id(laws[0]) for laws in members.values()}) == 2


def test_variables_may_be_given_as_on_the_command_line_of_lammps():
    script = "variable rc index 9\n" + PLAIN.replace("cut 2.5", "cut ${rc}")
    for number in (2.5, "2.5", np.float64(2.5), np.float32(2.5)):
        assert_same(lammps_potential(script, variables={"rc": number}), lammps_potential(PLAIN))
    types = PLAIN.replace("coeff 2 2", "coeff ${n} 2")
    for whole in (2, np.int64(2), np.uint8(2)):
        assert_same(lammps_potential(types, variables={"n": whole}), lammps_potential(PLAIN))


# --- files ---


def test_a_path_and_its_text_are_the_same(tmp_path):
    path = tmp_path / "in.glass"
    path.write_text(PLAIN)
    potential = lammps_potential(path)
    assert potential.source == "in.glass"
    assert_same(potential, lammps_potential(PLAIN))
    assert_same(lammps_potential(str(path)), potential)


def test_included_files_are_read_in_the_folder_of_the_script_and_below(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "pairs").write_text(PLAIN)
    (tmp_path / "in.glass").write_text("variable d string sub\ninclude ${d}/pairs\nrun 0\n")
    assert_same(lammps_potential(tmp_path / "in.glass"), lammps_potential(PLAIN))


@pytest.mark.parametrize("name", ["../pairs", "/etc/passwd", "link", "sub/../../pairs"])
def test_files_outside_the_folder_are_refused_by_name(tmp_path, name):
    (tmp_path / "pairs").write_text(PLAIN)
    folder = tmp_path / "run"
    (folder / "sub").mkdir(parents=True)
    os.symlink(tmp_path / "pairs", folder / "link")
    (folder / "in.glass").write_text(f"# one\ninclude {name}\n")
    with pytest.raises(InvalidPotentialError, match=r"in\.glass, line 2.*outside the script's"):
        lammps_potential(folder / "in.glass")


def test_a_script_given_as_text_reads_no_file():
    with pytest.raises(InvalidPotentialError, match="no folder"):
        lammps_potential("include pairs\n" + PLAIN)


def data_file(path, sections, types=2):
    path.write_text(
        f"glass\n\n2 atoms\n{types} atom types\n\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\n"
        f"{sections}\nAtoms # atomic\n\n1 1 1 1 1\n2 2 2 1 1\n"
    )


PAIR_COEFFS = "Pair Coeffs # lj/cut\n\n1 1 1\n2 0.5 0.88\n"
PAIR_IJ = "PairIJ Coeffs # lj/cut\n\n1 1 1 1\n1 2 1.5 0.8 2.0\n2 2 0.5 0.88 2.2\n"


def test_coefficients_of_a_data_file_count_where_it_is_read(tmp_path):
    data_file(tmp_path / "glass.data", PAIR_IJ)
    script = "pair_style lj/cut 2.5\npair_modify shift yes\nread_data glass.data\n"
    (tmp_path / "in.glass").write_text(script)
    assert_same(lammps_potential(tmp_path / "in.glass"), lammps_potential(PLAIN))
    (tmp_path / "in.glass").write_text(script + "pair_coeff 1 2 9 0.8 2.1\n")
    assert lammps_potential(tmp_path / "in.glass").ranges[0, 1] == 2.1
    (tmp_path / "in.glass").write_text("pair_style lj/cut 2.5\npair_modify shift yes\n")
    given = lammps_potential(tmp_path / "in.glass", data=tmp_path / "glass.data")
    assert_same(given, lammps_potential(PLAIN))


def test_coefficients_that_write_data_left_do_not_come_before_the_style(tmp_path):
    data_file(tmp_path / "glass.data", PAIR_COEFFS)
    in_glass = tmp_path / "in.glass"
    for read in ("start.data", "glass.data"):  # which the script may have written over
        in_glass.write_text(f"read_data {read}\npair_style soft 1.0\npair_coeff * * 9\n{PLAIN}")
        given = lammps_potential(in_glass, data=tmp_path / "glass.data")
        assert_same(given, lammps_potential(PLAIN))
    in_glass.write_text("read_data start.data\npair_style lj/cut 2.5\n")
    bare = lammps_potential(in_glass, data=tmp_path / "glass.data")
    alone = "pair_style lj/cut 2.5\npair_coeff 1 1 1 1\npair_coeff 2 2 0.5 0.88\n"
    assert_same(bare, lammps_potential(alone))
    data_file(tmp_path / "glass.data", PAIR_COEFFS.replace("lj/cut", "soft"))
    in_glass.write_text(f"read_data start.data\n{PLAIN}")
    other = lammps_potential(in_glass, data=tmp_path / "glass.data")
    assert_same(other, lammps_potential(PLAIN))
    assert "coefficients of pair style soft, not lj/cut" in other.notes[0]


def test_pair_coeffs_of_a_data_file_are_mixed(tmp_path):
    data_file(tmp_path / "glass.data", PAIR_COEFFS)
    (tmp_path / "in.glass").write_text(
        "pair_style lj/cut 2.5\npair_modify mix arithmetic\nread_data glass.data\n"
    )
    mixed = lammps_potential(
        "pair_style lj/cut 2.5\npair_coeff 1 1 1 1\npair_coeff 2 2 0.5 0.88\n"
        "pair_modify mix arithmetic\n"
    )
    assert_same(lammps_potential(tmp_path / "in.glass"), mixed)


def test_labels_of_a_data_file_name_its_types(tmp_path):
    data_file(tmp_path / "glass.data", "Atom Type Labels\n\n1 A\n2 B\n")
    (tmp_path / "in.glass").write_text(
        "read_data glass.data\n"
        + PLAIN.replace("1 1 1.0", "A A 1.0").replace("1 2", "B A").replace("2 2 0.5", "B 2 0.5")
    )
    potential = lammps_potential(tmp_path / "in.glass")
    assert potential.labels == ("A", "B")
    assert_same(potential, lammps_potential(PLAIN))


def test_a_file_that_write_coeff_left_is_read(tmp_path):
    left = (
        "# LAMMPS coeff file via write_coeff, version 22 Jul 2025\n# pair_style lj/cut\n"
        "pair_coeff 1 1 1 1 2.5\npair_coeff 1 2 1.5 0.8 2.0\npair_coeff 2 2 0.5 0.88 2.2\n\n"
    )
    (tmp_path / "coeffs").write_text(left)
    alone = lammps_potential(tmp_path / "coeffs")
    assert_same(alone, lammps_potential(PLAIN.replace("shift yes", "shift no")))
    assert "write_coeff" in alone.notes[0]
    (tmp_path / "in.glass").write_text(
        "pair_style lj/cut 2.5\npair_modify shift yes\ninclude coeffs\n"
    )
    assert_same(lammps_potential(tmp_path / "in.glass"), lammps_potential(PLAIN))
    (tmp_path / "yukawa").write_text(left.replace("lj/cut", "yukawa"))
    with pytest.raises(InvalidPotentialError, match="does not keep"):
        lammps_potential(tmp_path / "yukawa")


def test_what_is_no_script_is_told(tmp_path):
    with pytest.raises(FileFormatError, match=r"missing.*cannot be read"):
        lammps_potential(tmp_path / "missing")
    with pytest.raises(FileFormatError, match="data file"):
        lammps_potential(REFERENCE / "ka2d_glass.data")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x81" * 30)
    with pytest.raises(FileFormatError, match=r"binary.*cannot be read"):
        lammps_potential(tmp_path / "binary")


# --- refusals ---

REFUSED = {
    "eam": ("pair_style eam/alloy\npair_coeff * * a.eam Cu\n", "line 1.*more than two.*calculator"),
    "sw": ("pair_style sw\n", "line 1.*calculator_field"),
    "tersoff": ("pair_style tersoff/mod\n", "calculator_field"),
    "charges": ("pair_style lj/cut/coul/long 2.5\n", "charges.*calculator_field"),
    "kspace": (PLAIN + "kspace_style pppm 1e-4\n", "line 6.*long-range"),
    "bonds": ("bond_style fene\n" + PLAIN, "line 1.*bond.*not supported"),
    "unknown style": ("pair_style lj/mine 2.5\n", r"lj/mine.*lj/cut.*potential_from_function"),
    "hybrid of eam": ("pair_style hybrid lj/cut 2.5 eam\n", "more than two"),
    "no style": ("units lj\nrun 0\n", "no pair_style"),
    "coeff first": ("pair_coeff 1 1 1 1\n" + PLAIN, "line 1.*before any pair_style"),
    "missing pair": ("pair_style morse 2\npair_coeff 1 1 1 5 1\npair_coeff 2 2 1 5 1\n",
                     "types 1 and 2 have no coefficients, and pair style morse does not mix"),
    "missing type": ("create_box 3 b\n" + PLAIN, "types 1 and 3|types 3 and 3"),
    "type beyond": ("create_box 2 b\n" + PLAIN + "pair_coeff 3 3 1 1\n", "line 7.*no type 3"),
    "too few": ("pair_style lj/cut 2.5\npair_coeff 1 1 1\n", r"line 2.*1 coeff.*epsilon sigma"),
    "no number": ("pair_style lj/cut far\n", "'far'.*no number"),
    "nan": ("pair_style lj/cut nan\n", "'nan'.*no number"),
    "negative cutoff": ("pair_style lj/cut -1\n", "must be positive"),
    "shift and tail": (PLAIN + "pair_modify tail yes\n", "shift and tail"),
    "modify": (PLAIN + "pair_modify shfit yes\n", "line 6.*shfit"),
    "mix": (PLAIN + "pair_modify mix harmonic\n", "harmonic"),
    "undefined": ("pair_style lj/cut ${rc}\n", "no variable 'rc'.*variables="),
    "getenv": ("variable rc getenv RC\npair_style lj/cut ${rc}\n", "line 2.*getenv.*environment"),
    "python": ("variable rc python f\npair_style lj/cut ${rc}\n", "python.*executes"),
    "file": ("variable rc file rc.txt\npair_style lj/cut ${rc}\n", "file.*reads a file"),
    "world": ("variable rc world 1 2\npair_style lj/cut ${rc}\n", "world.*partition"),
    "thermo": ("variable rc equal vol\npair_style lj/cut ${rc}\n", "'vol'.*running simulation"),
    "shell cd": ("shell cd below\ninclude pairs\n", "shell.*not executed"),
    "if pair": (PLAIN + "if '1 > 0' then 'pair_coeff 1 1 9 9'\n", "line 6.*pair_coeff.*`if`"),
    "if variable": ("variable e equal 1\nif '1>0' then 'variable e equal 2'\n"
                    "pair_style lj/cut ${e}\n", "decided by `if` on line 2"),
    "if jump": ("if '1>0' then 'jump SELF on'\npair_style lj/cut 1\nlabel on\n" + PLAIN,
                "line 2.*skipped or not"),
    "loop": ("variable e loop 3\nlabel top\npair_style lj/cut $e\nnext e\njump SELF top\n",
             "line 3.*changes in the loop"),
    "loop, itself": ("variable e equal 1\nlabel t\nvariable e equal ${e}*2\nlabel u\n"
                     "pair_style lj/cut ${e}\njump SELF t\n", "changes in the loop"),
    "other file": ("jump in.other\n" + PLAIN, "jump to another file"),
    "fix adapt": (PLAIN + "fix 1 all adapt 1 pair lj/cut epsilon 1 1 v_e\n", "fix adapt"),
    "fix adapt/fep": (PLAIN + "fix 1 all adapt/fep 1 pair lj/cut epsilon 1 1 v_e\n", "adapt/fep"),
    "neigh_modify include": (PLAIN + "neigh_modify delay 0 include a\n", "include.*group"),
    "another style": ("variable e index 1\nvariable e equal 2\npair_style lj/cut ${e}\n",
                      "style equal has been one of style index"),
    "run every": (PLAIN + "run 9 every 3 'print x' 'pair_coeff * * 9 9'\n", "course of a run"),
    "partition": (PLAIN + "partition yes 1 pair_coeff * * 9 9\n", "partition of a parallel"),
    "exclude group": (PLAIN + "neigh_modify exclude group a b\n", "neigh_modify exclude"),
    "circle": ("variable a equal v_b\nvariable b equal v_a\npair_style lj/cut ${a}\n", "itself"),
    "open quote": ("pair_style 'lj/cut 2.5\n", "quote is not closed"),
    "open brace": ("pair_style lj/cut ${rc\n", r"\$\{ is not closed"),
    "format": ("pair_style lj/cut $(2.5:%s)\n", "no format"),
    "granular": ("pair_style granular\n", "gran/hooke"),
    "hybrid unknown": ("pair_style hybrid lj/cut 2 morse 2\npair_coeff 1 1 soft 1\n",
                       "soft is no sub-style"),
    "hybrid unmixed": ("pair_style hybrid lj/cut 2 morse 2\npair_coeff 1 1 lj/cut 1 1\n"
                       "pair_coeff 2 2 morse 1 5 1\n", "types 1 and 2 have no coefficients"),
    "mie order": ("pair_style mie/cut 2\npair_coeff * * 1 1 6 12\n", "gamma_R"),
    "table": ("pair_style table linear 10 fast\n", "'fast' is not expected"),
    "cutoff": ("pair_style lj/cut 1e99\n", "larger than any box allows"),
    "cutoff of a pair": ("pair_style lj/cut 2\npair_coeff 1 1 1 1 1e99\n",
                         r"1 1e99\): the cutoff 1e\+99 is larger than any box allows"),
    "range": ("pair_style lj/expand 2\npair_coeff 1 1 1 1 1e99\n", "larger than any box allows"),
    "sub-style": ("pair_style hybrid/overlay lj/cut 2 soft 1\npair_coeff * * lj/cut 1 1\n",
                  "no pair of types has the sub-style soft"),
    "sub-style replaced": ("pair_style hybrid lj/cut 2 soft 1\npair_coeff * * soft 1\n"
                           "pair_coeff * * lj/cut 1 1\n", "has the sub-style soft"),
    "sub-style removed": ("pair_style hybrid/overlay lj/cut 2 soft 1\npair_coeff * * lj/cut 1 1\n"
                          "pair_coeff 2 2 soft 1\npair_coeff 2 2 none\n", "sub-style soft"),
    "another suffix": ("pair_style lj/cut/opt 2\npair_coeff * * 1 1\npair_style lj/cut 2\n",
                       "line 3.*types 1 and 1 have no coefficients"),
    "suffix": (PLAIN + "suffix opt\n" + PLAIN, "line 7.*again with another suffix"),
    "suffix again": ("suffix opt\nsuffix off\n" + PLAIN + "suffix on\n" + PLAIN,
                     "line 9.*again with another suffix"),
    "hybrid, shift and tail": (
        "pair_style hybrid lj/cut 2 gauss/cut 2\npair_coeff * * lj/cut 1 1\n"
        "pair_coeff 2 2 gauss/cut 1 1 1\npair_modify pair gauss/cut shift yes\n"
        "pair_modify pair lj/cut tail yes\n", "shift and tail"),
    "inner beyond": ("pair_style lj/smooth 2.5 2.0\n", "inner cutoff"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_names_the_line_and_the_way_out(name):
    script, words = REFUSED[name]
    with pytest.raises(InvalidPotentialError, match=words) as caught:
        lammps_potential(script)
    message = str(caught.value)
    assert message.startswith("the script, line ")
    assert message.endswith(".")
    assert message.count(". ") >= 1, "a way out follows"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("LJ\nN 3\n\n1 1 1 1\n2 2 0.5 1\n", "ends after 2 of 3"),
        ("OTHER\nN 2\n\n1 1 1 1\n2 2 0.5 1\n", "no section LJ; its sections are OTHER"),
        ("LJ\nN 2 R 1 3\n\n1 1 1 1\n2 2 0.5 1\n", "not those that N and R give"),
        ("LJ\nN 2 X\n\n1 1 1 1\n2 2 0.5 1\n", "'X' is not expected"),
        ("LJ\nN 2\n\n1 1 1\n2 2 0.5 1\n", "has 3 numbers"),
        ("LJ\nN 2\n\n1 2 1 1\n2 1 0.5 1\n", "increase"),
        ("# UNITS: metal\nLJ\nN 2\n\n1 1 1 1\n2 2 0.5 1\n", "units metal"),
        ("LJ\nN 999999999\n\n1 1 1 1\n", "no table"),
        ("LJ\nN 2\n1 1 1 1\n2 2 0.5 1\n3 3 0.5 1\n", "an empty line between"),
        ("LJ\nN 2\n\n1.0 1 1 1\n2.0 2 0.5 1\n", "index"),
        ("LJ\nN 2 R 1 2\n\n1 1 1 1\n2 0 0.5 1\n", "not those that N and R give"),
        ("LJ\nN 2 FP 0 0\n\n1 1 1 1\n2 2 0.5 1\n", "'FP' is not expected"),
        ("LJ\nN 2\n\n1 0 1 1\n2 2 0.5 1\n", "must be positive"),
        ("LJ\nN 2 R 0 2\n\n1 0 1 1\n2 2 0.5 1\n", "must be positive"),
        ("\n# UNITS: metal\nLJ\nN 2\n\n1 1 1 1\n2 2 0.5 1\n", "units metal"),
        ("UNITS: metal\nLJ\nN 2\n\n1 1 1 1\n2 2 0.5 1\n", "units metal"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, table, words):
    (tmp_path / "t").write_text(table)
    (tmp_path / "in.t").write_text("pair_style table linear 10\npair_coeff 1 1 t LJ\n")
    with pytest.raises(InvalidPotentialError, match=words):
        lammps_potential(tmp_path / "in.t")


@pytest.mark.parametrize("spacing", ["R", "RSQ"])
def test_a_first_distance_of_zero_and_a_fifth_column_change_nothing(tmp_path, spacing):
    """LAMMPS computes the distances of R and RSQ, and reads four numbers of a row."""
    found = []
    for first, more in ((0.5, ""), (0, ""), (0.5, " 7.5 more")):
        rows = f"1 {first} 2 1{more}\n2 {1.0 if spacing == 'R' else 1.125**0.5} 1 0.5{more}\n"
        high = 1.5 if spacing == "R" else 2**0.5
        text = f"LJ\nN 3 {spacing} 0.5 {high}\n\n{rows}3 {high} 0 0{more}\n"
        (tmp_path / "t").write_text(text)
        (tmp_path / "in.t").write_text("pair_style table spline 10\npair_coeff 1 1 t LJ\n")
        found.append(sf.radial_derivatives(lammps_potential(tmp_path / "in.t"), [0.6, 1.3]))
    assert found[0].any()
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


def test_a_law_that_has_died_away_far_inside_of_its_cutoff_acts_all_the_same():
    """exp(-r^2) is below the smallest number at a third of 100, and 0.37 at 1."""
    far = lammps_potential("pair_style gauss 100\npair_coeff 1 1 1 1")
    assert far.ranges[0, 0] == 100
    assert sf.radial_derivatives(far, [1.0])[0, 0] == pytest.approx(-np.exp(-1), rel=1e-14)


def test_a_section_is_found_behind_any_text(tmp_path):
    """LAMMPS takes the first line that begins with the keyword."""
    text = "made by hand\nN of points\n\nA\nN 2\n\n1 1 9 9\n2 2 9 9\n3 3 9 9\n"
    (tmp_path / "t").write_text(text + "LJ\nN 2\n\n1 1 1.5 1\n2 2 0.5 1\n")
    script = "pair_style table linear 2\npair_coeff 1 1 t LJ"
    law = lammps_potential(script, folder=tmp_path).members[0, 0][0].law
    np.testing.assert_array_equal(law.section.energy, [1.5, 0.5])


def test_nothing_is_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lammps_potential(
        "shell touch a\nshell 'touch b'\npython f source 'open(\"c\", \"w\")'\n"
        "variable x python f\nvariable y equal 'system(1)'\nplugin load d.so\n" + PLAIN
    )
    assert list(tmp_path.iterdir()) == []


# --- settings, and any text at all ---


def test_a_section_of_a_configuration_names_a_script(tmp_path):
    (tmp_path / "in.glass").write_text(PLAIN.replace("cut 2.5", "cut ${rc}"))
    settings_ = {"kind": "lammps", "file": "in.glass", "variables": {"rc": "2.5"}}
    assert_same(sf.potential_from_settings(settings_, tmp_path), lammps_potential(PLAIN))
    with pytest.raises(sf.SoftfieldError):
        sf.potential_from_settings({"kind": "lammps", "file": "missing"}, tmp_path)


SEEDS = [
    case["script"]
    for case in json.loads((REFERENCE / "pair_styles.json").read_text()).values()
    if "files" not in case
] + [script for script, _ in REFUSED.values()]


def mutated(draw, text):
    """A script with a few characters, words or lines changed."""
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["cut", "put", "swap", "line", "end"]))
        place = draw(st.integers(0, max(len(text) - 1, 0)))
        if kind == "cut":
            text = text[:place] + text[place + draw(st.integers(1, 8)) :]
        elif kind == "put":
            piece = st.sampled_from(
                [
                    "$",
                    "${",
                    "}",
                    "$(",
                    ")",
                    "&",
                    "&\n",
                    '"',
                    '"""',
                    "'",
                    "#",
                    "*",
                    "1e999",
                    "-",
                    "0",
                    "nan",
                    " ",
                    "\n",
                    "v_",
                    "NULL",
                    "\x00",
                    "é",
                    "%",
                    "1 1",
                    "/",
                ]
            )
            text = text[:place] + draw(piece) + text[place:]
        elif kind == "swap":
            words = text.split(" ")
            a, b = (draw(st.integers(0, len(words) - 1)) for _ in range(2))
            words[a], words[b] = words[b], words[a]
            text = " ".join(words)
        elif kind == "line":
            lines = text.splitlines(keepends=True) or [""]
            other = draw(st.sampled_from(SEEDS)).splitlines(keepends=True)
            lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(other)))
            text = "".join(lines)
        else:
            text = text[:place]
    return text  # fmt: skip


@st.composite
def scripts(draw):
    return mutated(draw, draw(st.sampled_from(SEEDS)))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scripts())
def test_a_damaged_script_gives_a_potential_or_one_of_our_errors(script):
    try:
        potential = lammps_potential(script + "\n", n_types=2)
    except sf.SoftfieldError:
        return
    r = np.linspace(0.9, 1.1, 3) * potential.ranges.max() / 2
    with np.errstate(all="ignore"):
        values = radial_derivatives(potential, r, 0, 0)
    assert values.shape == (4, 3)
    assert not np.isnan(potential.ranges).any()


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.floats(0.1, 9.0).map(lambda x: f"{x:.3f}"),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(
                lambda t: f"({t[0]}{t[1]}{t[2]})"
            ),
            inner.map(lambda t: f"abs({t})"),
            inner.map(lambda t: f"(-{t})"),
        ),
        max_leaves=12,
    )
)
def test_formulas_agree_with_arithmetic(text):
    try:
        exact = eval(text, {"abs": abs})
    except ZeroDivisionError:
        return
    assert formula(text) == pytest.approx(exact, rel=1e-12, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["*", "1", "2", "3", "1*", "*2", "2*", "2*3", "1*3"]), min_size=2,
                max_size=8))  # fmt: skip
def test_ranges_set_the_pairs_of_types_that_lammps_sets(words):
    """Against a plain loop over types, later statements winning."""
    lines = ["pair_style lj/cut 2.5", "pair_coeff * * 1 1 9"]
    table = {(a, b): 9.0 for a in range(1, 4) for b in range(a, 4)}
    for k, (one, two) in enumerate(zip(words[::2], words[1::2], strict=False)):
        cut = 1.0 + 0.1 * k

        def chosen(word):
            low, star, high = word.partition("*")
            first = int(low or 1)
            return range(first, int(high or 3) + 1) if star else range(first, first + 1)

        pairs = [(a, b) for a in chosen(one) for b in chosen(two)]
        if "*" not in one + two:
            pairs = [tuple(sorted(pair)) for pair in pairs]
        pairs = [pair for pair in pairs if pair[0] <= pair[1]]
        if not pairs:
            continue
        lines.append(f"pair_coeff {one} {two} 1 1 {cut}")
        table |= dict.fromkeys(pairs, cut)
    potential = lammps_potential("\n".join(lines) + "\n", n_types=3)
    for (a, b), cut in table.items():
        assert potential.ranges[a - 1, b - 1] == potential.ranges[b - 1, a - 1] == cut


@pytest.mark.parametrize(("decimals", "told"), [(14, False), (4, True)])
def test_noise_of_the_forces_of_a_table_is_told(tmp_path, decimals, told, caplog):
    """4 decimals leave phi''' of a spline through 800 forces wrong by a percent and more."""
    r = np.linspace(0.8, 2.4, 800)
    table = np.array([r**-10.0, np.round(10 * r**-11.0, decimals)]).T
    rows = "".join(f"{k} {x!r} {e!r} {f!r}\n" for k, (x, e, f) in
                   enumerate(zip(r.tolist(), *table.T.tolist(), strict=True), 1))  # fmt: skip
    (tmp_path / "t").write_text(f"K\nN 800\n\n{rows}")
    script = "pair_style table linear 1000\npair_coeff 1 1 t K\n"
    (tmp_path / "in.t").write_text(script)
    found = sf.radial_derivatives(lammps_potential(tmp_path / "in.t"), r[1:-1])[3]
    exact = -1320 * r[1:-1] ** -13.0
    assert (np.median(np.abs(found - exact)) > 1e-2 * np.median(np.abs(exact))) == told
    assert ("the forces of t, section K, scatter about" in caplog.text) == told
