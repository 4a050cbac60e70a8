"""What a LAMMPS script executes, for certain or perhaps: quits, jumps, loops, conditions, files.

LAMMPS gives another potential for each of the refused scripts than the lines alone say.
"""

import numpy as np
import pytest

from softfield.errors import InvalidPotentialError
from softfield.potentials.lammps.potential import lammps_potential

PLAIN = """\
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8
pair_coeff 2 2 0.5 0.88
"""
OTHER = "pair_coeff 1 2 3.0 0.8"
FILES = {
    "other.in": OTHER,
    "double.in": "variable e equal ${e}*2",
    "loop.in": "variable i loop 3\nlabel top\nvariable a equal ${b}\nvariable b equal 3\nnext i\n"
    "jump SELF top",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text + "\n")
    return tmp_path


def derivatives(potential):
    r2 = np.linspace(0.8, 2.4, 9) ** 2
    zero = np.zeros(len(r2), dtype=np.int32)
    return [potential.derivatives(r2, zero + a, zero + b) for a, b in ((0, 0), (0, 1), (1, 1))]


SAME_AS_OTHER = {
    "label by a variable": f"variable l string on\njump SELF ${{l}}\nquit\nlabel on\n{OTHER}",
    "quoted command": '"pair_coeff" 1 2 3.0 0.8',
    "command by a variable": 'variable c string "pair_coeff 1 2"\n$c 3.0 0.8',
    "number over two lines": "pair_coeff 1 2 3.&\n0 0.8",
    "behind a text of three quotes": f'print """\npair_coeff 1 2 9 9 # "\n"""\n{OTHER}',
    "jump to the name of the script": f"jump in.glass on\nquit\nlabel on\n{OTHER}",
    "behind a comment with an odd line end": f"{OTHER} # old\u2028pair_coeff 1 2 9 9",
    "in each pass of a loop": f"variable i loop 2\nlabel a\n{OTHER}\nnext i\njump SELF a",
    "behind a loop that breaks off": "variable i loop 3\nlabel a\nif '$i > 1' then 'jump SELF b'\n"
    f"next i\njump SELF a\nlabel b\n{OTHER}",
    "included beside harmless shell": "shell mkdir out\nshell rm old\ninclude other.in",
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_AS_OTHER)
def test_what_is_executed_for_certain_counts(folder, name):
    may_quit = "if '1==2' then quit\n"  # before there are pairs: else there are none at all
    (folder / "in.glass").write_text(may_quit + PLAIN + SAME_AS_OTHER[name] + "\n")
    expected = lammps_potential(PLAIN + OTHER + "\n")
    np.testing.assert_array_equal(
        derivatives(lammps_potential(folder / "in.glass")), derivatives(expected)
    )


E = "variable e equal 1.0\n"
WITH_E = "\npair_coeff 1 2 ${e} 0.8"
REFUSED = {
    "jump to a file": ("jump other.in", "line 5.*another file"),
    "jump to a file, if": ("if '1==1' then 'jump other.in'", "line 5.*another file"),
    "jump back to what was passed over": (
        "jump SELF a\nlabel b\npair_coeff 1 2 2 0.8\njump SELF c\nlabel a\n"
        f"{OTHER}\njump SELF b\nlabel c",
        "line 11.*back to what was passed over",
    ),
    "jump back by a variable": (
        f"variable l string a\nlabel a\n{OTHER}\njump SELF $l", "line 8.*by a variable",
    ),
    "jump without label": ("jump SELF nowhere", "no label nowhere"),
    "jump behind next": (
        f"variable i loop 1\nnext i\njump SELF on\n{OTHER}\nlabel on", "line 8.*skipped or not",
    ),
    "jump in a branch": (
        f"if '1==2' then 'jump SELF a'\njump SELF b\nlabel a\n{OTHER}\nlabel b",
        "line 8.*skipped or not",
    ),
    "quit, if": (f"if '1==1' then quit\n{OTHER}", "line 6.*`quit` that is decided by `if`"),
    "if in if": (f"if '1==1' then \"if '1==1' then '{OTHER}'\"", "pair_coeff is decided by `if`"),
    "else": (f"if '1==2' then 'run 0' else '{OTHER}'", "pair_coeff is decided by `if`"),
    "variable, if in if": (
        f"{E}if '1==1' then \"if '1==1' then 'variable e equal 3'\"{WITH_E}", "'e' is decided",
    ),
    "command by a variable, if": (
        "variable c index pair_coeff\nif '1==1' then '${c} 1 2 3 0.8'",
        r"line 6.*\$\{c\} is decided",
    ),
    "partition, if": (f"if '1==1' then 'partition yes 1 {OTHER}'", "pair_coeff is decided"),
    "run every, if": (f"if '1==1' then \"run 2 every 1 '{OTHER}'\"", "pair_coeff is decided"),
    "fix adapt, if": ("if '1==1' then 'fix 1 all adapt 1 pair lj/cut sigma 1 2 v_e'", "fix adapt"),
    "kspace, if": ("if '1==1' then 'kspace_style pppm 1e-4'", "kspace_style is decided"),
    "shell cd, if": ("if '1==1' then 'shell cd sub'\ninclude other.in", "line 6.*shell.*line 5"),
    "if, partition": (f"partition yes 1 if '1==1' then '{OTHER}'", "pair_coeff depends on"),
    "variable, partition": (f"{E}partition yes 1 variable e equal 3{WITH_E}", "'e' depends on the"),
    "variable, run every": (f"{E}run 2 every 1 'variable e equal 3'{WITH_E}", "course of a run"),
    "command by a variable, run every": (
        f"variable c index '{OTHER}'\nrun 2 every 1 '${{c}}'", "course of a run",
    ),
    "if, run every": (f"run 2 every 1 \"if '1==1' then '{OTHER}'\"", "course of a run"),
    "include in a loop": (
        f"{E}variable i loop 3\nlabel a\ninclude double.in\nnext i\njump SELF a{WITH_E}",
        "'e' changes in the loop",
    ),
    "loop in an include": (
        "variable b equal 1\ninclude loop.in\npair_coeff 1 2 ${a} 0.8", "'b' changes in the loop",
    ),
    "other pairs in the second pass": (
        f"variable i loop 2\nlabel a\n{OTHER}\n{PLAIN}next i\njump SELF a",
        "line 8.*begins with pair_coeff",
    ),
    "variable defined twice in a loop": (
        "variable i loop 2\nlabel a\nvariable d index 1\npair_coeff 1 2 $d 0.8\nvariable d delete\n"
        "variable d index 3\nnext i\njump SELF a",
        "line 8.*'d' changes in the loop",
    ),
    "leading command by a variable": ("variable c string jump\n$c SELF a\nlabel a", "stands for"),
    "read_data behind shell cd": ("shell cd sub\nread_data glass.data", "line 6.*was not read"),
    "table behind shell cd": ("shell cd sub\npair_coeff 1 2 table LJ", "pair_coeff after `shell`"),
    "quit, if, in a loop": (
        f"clear\nlabel a\nif '1==1' then quit\n{PLAIN}jump SELF a\n{OTHER}",
        "`quit` that is decided",
    ),
    "file that the script writes": ("print 1 file other.in\ninclude other.in", "written on line 5"),
    "boundary, if": ("if '1==1' then 'change_box all boundary p p f'", "change_box is decided"),
    "suffix in a loop": (
        "variable i loop 2\nlabel a\nsuffix opt\nnext i\njump SELF a", "second pass"
    ),
    "mass, if": ("if '1==1' then 'mass 1 2.0'", "mass is decided"),
    "kim": ("kim interactions Ar", "kim chooses a pair style"),
    "python with commands": ("python f input 1 SELF exists", "commands to LAMMPS"),
    "fix python": ("fix 1 all python/invoke 1 end_of_step f", "during a run"),
    "open quote, if": ("if '1==1' then 'run 0", "quote is not closed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_or_may_not_be_executed_is_refused(folder, name):
    script, words = REFUSED[name]
    (folder / "in.glass").write_text(PLAIN + script + "\n")
    with pytest.raises(InvalidPotentialError, match=words) as caught:
        lammps_potential(folder / "in.glass")
    assert str(caught.value).endswith(".")
    assert ". " in str(caught.value), "a way out follows"


def test_a_data_file_that_may_be_written_over_counts_no_more(folder):
    """With ``data=``: whether its coefficients are those that the script read is in doubt."""
    data = folder / "glass.1.data"
    data.write_text(
        "glass\n\n1 atoms\n2 atom types\n\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\n"
        "Atoms # atomic\n\n1 1 1 1 1\n"
    )
    read = "pair_style lj/cut 2.5\nread_data glass.1.data\n"
    loop = "variable i loop 2\nlabel a\nwrite_data {}$i.data\nnext i\njump SELF a\n"
    (folder / "in.glass").write_text(read + PLAIN + loop.format("other."))
    assert lammps_potential(folder / "in.glass", data=data).n_species == 2
    (folder / "in.glass").write_text(read + PLAIN + loop.format("glass."))
    with pytest.raises(InvalidPotentialError, match="'i' changes in the loop"):
        lammps_potential(folder / "in.glass", data=data)
