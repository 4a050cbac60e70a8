"""Which files a force law of the user's own is read from: when one changes, jobs run again."""

from pathlib import Path

import numpy as np
import pytest

from law_files import law_files
from softfield.files.source import noted_files
from softfield.potentials.settings import potential_from_settings


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def table() -> str:
    r = np.linspace(0.5, 2.5, 301)
    rows = zip(range(1, 302), r, r**-6 - 2.5**-6, 6 * r**-7, strict=True)
    return "X\nN 301\n\n" + "".join(f"{k} {x:.12g} {u:.12g} {f:.12g}\n" for k, x, u, f in rows)


DATA = "x\n\n0 atoms\n1 atom types\n0 9 xlo xhi\n0 9 ylo yhi\n-1 1 zlo zhi\n"
STYLE = "pair_style table linear 301\n"

#: Script, and the files that it is read from beside itself.
SCRIPTS = [
    ("include inc.in\n", "inc.in my.tab"),
    ("variable f index inc.in\ninclude ${f}\n", "inc.in my.tab"),
    ("variable d string sub\npair_coeff * * ${d}/my.tab X\n", "sub/my.tab"),
    ("variable a string my\nvariable b string .tab\npair_coeff * * ${a}${b} X\n", "my.tab"),
    ("variable n equal 0\npair_coeff * * t$(v_n+1).tab X\n", "t1.tab"),
    ('pair_coeff * * "sp ace.tab" X\n', "sp@ace.tab"),
    ("pair_coeff * * &\nmy.tab X\n", "my.tab"),
    (
        "variable d string sub\nread_data ${d}/d.data\npair_coeff * * my.tab X\n",
        "my.tab sub/d.data",
    ),
    ("variable s equal 2*${two}\npair_coeff * * my.tab X # other.tab\n", "my.tab"),
    ("pair_coeff * * my.tab X\ndump 1 all custom 10 other.tab id\nlog sub/my.tab\n", "my.tab"),
]


@pytest.fixture
def scripts(folder) -> None:
    names = ("my.tab", "t1.tab", "sp ace.tab", "sub/my.tab", "other.tab")
    write({f"laws/{name}": table() for name in names})
    write({"laws/inc.in": "pair_coeff * * my.tab X\n", "laws/sub/d.data": DATA})


@pytest.mark.parametrize(("text", "files"), SCRIPTS)
def test_files_of_a_lammps_script(scripts, text, files):
    """Included files, tables and data, however they are named, and nothing else."""
    write({"laws/in.pair": STYLE + "variable two index 2\n" + text})
    expected = sorted(f"laws/{name}".replace("@", " ") for name in ["in.pair", *files.split()])
    settings = {"kind": "lammps", "file": "laws/in.pair", "n_types": 1}
    with noted_files() as read:
        potential_from_settings(settings)
    assert law_files(settings, read) == expected
    own = law_files({**settings, "data": "laws/sub/d.data"}, read)
    assert own == sorted({*expected, "laws/sub/d.data"})
    # a calculator hands tables to LAMMPS by their whole paths
    assert law_files({"kind": "lammps", "script": "laws/in.pair"}) == expected


def test_a_script_that_is_refused_has_the_files_until_then(folder):
    write({"in.a": "include b.in\ninclude absent\n", "b.in": "pair_style zero 2.0\n"})
    assert law_files({"kind": "lammps", "script": "in.a"}) == ["b.in", "in.a"]


def test_imports_of_packages_further_up(folder):
    write({"law.py": "from .. import y\nfrom ... import z\nimport other\n", "other.py": ""})
    found = law_files({"kind": "python", "function": "law:make"})
    assert found == ["law.py", "other.py"]
    assert law_files({"kind": "python", "function": "..law:make"}) == []
    assert law_files({"kind": "python", "function": ""}) == []


def test_files_of_a_python_function(folder):
    """Modules of the working directory, also those imported late, and files that they name."""
    law = (
        "import json\nfrom .parts import strength\nimport helper, numpy\n"
        "def make():\n    from late import it\n    return open('weights.pt')\n"
    )
    write({"mine/law.py": law, "helper.py": "import deep.inner\n", "late.py": "it = 1\n"})
    empty = "mine/__init__.py mine/parts.py mine/unused.py deep/inner.py weights.pt given.model"
    write(dict.fromkeys(empty.split(), ""))
    found = law_files({"kind": "python", "function": "mine.law:make"})
    modules = ["deep/inner.py", "helper.py", "late.py", "mine/__init__.py", "mine/law.py"]
    assert found == [*modules, "mine/parts.py", "weights.pt"]
    arguments = {"model": "given.model", "device": "cpu"}
    given = law_files({"kind": "python", "function": "mine.law:make", "arguments": arguments})
    assert given == sorted([*found, "given.model"])


def test_files_of_others(folder):
    write({"phi.txt": "1 2\n", "emt": ""})
    assert law_files({"kind": "table", "file": "phi.txt", "truncation": "none"}) == ["phi.txt"]
    assert law_files({"kind": "python", "function": "ase.calculators.emt:EMT"}) == []
    assert law_files({"kind": "lennard_jones", "strengths": [[1.0]]}) == []
    assert law_files({"kind": "lammps", "script": "absent"}) == []
