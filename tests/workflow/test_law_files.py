"""Which files a force law of the user's own is read from: when one changes, jobs run again."""

from pathlib import Path

import pytest

from law_files import law_files


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_files_of_a_lammps_script(folder):
    """Included files and those that they name, tables, data, whatever the quoting or the line."""
    others = "pair.table joined.table word.eam start.data last.data trajectory.dump out.log"
    write({f"laws/{name}": "1 2 3\n" for name in (*others.split(), "unread.txt", "other.table")})
    write(
        {
            "laws/in.pair": "pair_style table linear 1000\ninclude more/coeffs.in # unread.txt\n"
            'if "1 == 1" then "include quoted.in"\n'
            "pair_coeff * * &\n  joined.table KEY\nread_data s${name}.data\n"
            "dump 1 all custom 10 trajectory.dump id\nwrite_data last.data\nlog out.log\n",
            "laws/more/coeffs.in": "pair_coeff 1 1 pair.table A\n",
            "laws/quoted.in": "variable w string word.eam\npair_coeff * * ${w}\n",
        }
    )
    expected = ["in.pair", "joined.table", "more/coeffs.in", "pair.table", "quoted.in"]
    expected += ["start.data", "word.eam"]
    expected = [f"laws/{name}" for name in expected]
    assert law_files({"kind": "lammps", "file": "laws/in.pair"}) == expected
    assert law_files({"kind": "lammps", "script": "laws/in.pair"}) == expected
    own = law_files({"kind": "lammps", "file": "laws/in.pair", "data": "laws/other.table"})
    assert own == sorted([*expected, "laws/other.table"])


def test_words_with_variables_that_are_no_names(folder):
    """Products, powers and several variables in a word; brackets of a name are its own."""
    write(
        {
            "in.a": "variable s equal 2*${a}\nvariable t equal ${a}^2*$b\n"
            "pair_coeff 1 1 1*${n} $n\n"
            "include f${a}${b}[1].tab\ninclude ${d}/c.tab\ninclude sub/x$a\ninclude $(v_a)\n"
            "include ${none}/../[\n",
            "fxy[1].tab": "",
            "fxy1.tab": "",
            "sub/x1": "",
            "sub/y1": "",
        }
    )
    found = law_files({"kind": "lammps", "file": "in.a"})
    assert found == ["fxy[1].tab", "in.a", "sub/x1"]


def test_imports_of_packages_further_up(folder):
    write({"law.py": "from .. import y\nfrom ... import z\nimport other\n", "other.py": ""})
    found = law_files({"kind": "python", "function": "law:make"})
    assert found == ["law.py", "other.py"]
    assert law_files({"kind": "python", "function": "..law:make"}) == []
    assert law_files({"kind": "python", "function": ""}) == []


def test_scripts_that_include_each_other(folder):
    write({"a": "include b\n", "b": "include a\ninclude c\n"})
    assert law_files({"kind": "lammps", "file": "a"}) == ["a", "b"]


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
    assert law_files({"kind": "lammps", "file": "absent"}) == []
