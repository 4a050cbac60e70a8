"""What the figures draw, read back from the matplotlib objects."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection

import softfield.figures
from softfield.errors import InvalidSettingError
from softfield.figures.bond_maps import (
    bond_segments,
    displacement_and_energy,
    saturation_of,
    softness_field,
)
from softfield.figures.curves import Band, Points
from softfield.figures.distributions import Distribution, distributions
from softfield.figures.internal_forces import internal_forces
from softfield.figures.low_frequency import ModeDensity, low_frequency
from softfield.figures.oriented_spots import oriented_spots, predicted_strains
from softfield.figures.pair_energies import MolecularDynamics, pair_energies
from softfield.figures.prediction import (
    PaperNumbers,
    later_events,
    prediction,
    prediction_by_effort,
)
from softfield.figures.ranking import Score, ranking
from softfield.figures.scalings import Scalings, scalings
from softfield.figures.style import save
from softfield.figures.system_size import system_size
from softfield.figures.tail_exponent import ExponentCurves, tail_exponent
from softfield.figures.temperature import against_temperature
from softfield.glass import Glass, LocalThermalEnergy
from softfield.statistics.resampling import Curve

BOX = np.array([10.0, 8.0])


@pytest.fixture
def rng():
    return np.random.default_rng(1600)


def random_bonds(rng, n=300, strain=0.0):
    """Bonds of length up to 1.5 between random particles, many of them across the edges."""
    cell = np.array([[BOX[0], 0.0], [strain * BOX[1], BOX[1]]])
    start = rng.random((n, 2)) @ cell
    end = start + rng.uniform(-1, 1, (n, 2))
    # wrapped differently, as positions of a simulation are
    inside = end @ np.linalg.inv(cell) % 1.0 @ cell
    positions = np.concatenate([start + rng.integers(-1, 2, (n, 2)) @ cell, inside])
    pairs = np.stack([np.arange(n), np.arange(n) + n], axis=1)
    return positions, pairs, start, end


def field_on(positions, box, pairs, energy):
    """A glass and a field with these energies on these pairs."""
    n = len(positions)
    zeros = np.zeros((n, 2))
    field = LocalThermalEnergy(pairs, energy, energy, zeros, zeros[:, 0])
    return Glass(positions, np.zeros(n, int), box), field


def glass_data(rng, n=200):
    positions, pairs, _, _ = random_bonds(rng, n)
    return field_on(positions, BOX, pairs, rng.standard_cauchy(n))


def curve(x, y, lower, upper):
    return Curve(x, y, lower, upper, np.ones(len(x)), 40)


def band(label="n", ordinal=1, filled=True, n=20):
    x = np.linspace(1, 3, n)
    y = np.linspace(0.2, 1.0, n)
    return Band(curve(x, y, 0.9 * y, np.minimum(1, 1.1 * y)), label, ordinal, filled)


# --- bonds ----------------------------------------------------------------------------------


def in_box(positions, strain=0.0):
    return Glass(positions, np.zeros(len(positions), int), BOX, strain)


@pytest.mark.parametrize("strain", [0.0, 0.3, -0.7])
def test_no_segment_is_longer_than_its_bond(rng, strain):
    positions, pairs, start, end = random_bonds(rng, strain=strain)
    segments, owner = bond_segments(in_box(positions, strain), pairs)
    length = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1)
    np.testing.assert_allclose(length, np.linalg.norm(end - start, axis=1)[owner], rtol=1e-10)


@pytest.mark.parametrize("strain", [0.0, 0.3, -0.7])
def test_every_point_of_a_bond_is_drawn_where_it_belongs(rng, strain):
    positions, pairs, start, end = random_bonds(rng, strain=strain)
    segments, owner = bond_segments(in_box(positions, strain), pairs)
    to_fractional = np.linalg.inv(np.array([[BOX[0], 0.0], [strain * BOX[1], BOX[1]]]))
    crossing = 0
    for bond in range(len(pairs)):
        mine = segments[owner == bond]
        crossing += len(mine) > 1
        for share in np.linspace(0, 1, 21):
            point = (start[bond] + share * (end[bond] - start[bond])) @ to_fractional % 1.0
            along = (mine[:, 0] + share * (mine[:, 1] - mine[:, 0])) @ to_fractional
            gap = np.abs(along - point)
            # one copy passes through the point (up to the edge that both sides share)
            assert np.minimum(gap, np.abs(gap - 1.0)).max(axis=1).min() < 1e-10
            edge = np.minimum(point, 1.0 - point).min() < 1e-10
            assert (gap.max(axis=1) < 1e-10).any() or edge
    assert crossing > 20  # the case at hand does occur


def test_bond_inside_the_box_is_drawn_once():
    segments, owner = bond_segments(in_box(np.array([[1.0, 1.0], [2.0, 1.5]])), np.array([[0, 1]]))
    assert owner.tolist() == [0]
    np.testing.assert_array_equal(segments, [[[1, 1], [2, 1.5]]])


def test_bond_through_a_corner_has_four_parts():
    positions = np.array([[9.8, 7.8], [0.4, 0.4]])
    segments, _ = bond_segments(in_box(positions), np.array([[0, 1]]))
    starts = sorted(tuple(np.round(s[0], 9)) for s in segments)
    assert starts == [(-0.2, -0.2), (-0.2, 7.8), (9.8, -0.2), (9.8, 7.8)]


def test_negative_bonds_are_red_and_stronger_ones_thicker(rng):
    glass, field = field_on(
        np.array([[1.0, 1], [2, 1], [2, 2], [1, 2]]),
        BOX,
        np.array([[0, 1], [1, 2], [2, 3]]),
        np.array([-5.0, 0.5, 5.0]),
    )
    figure = displacement_and_energy(glass, replace(field, displacement=np.ones((4, 2))))
    (lines,) = [c for c in figure.axes[1].collections if isinstance(c, LineCollection)]
    by_place = {
        tuple(np.round(path.vertices.mean(axis=0), 6)): (colour, width)
        for path, colour, width in zip(
            lines.get_paths(), lines.get_colors(), lines.get_linewidths(), strict=True
        )
    }
    red, faint, black = (by_place[p] for p in ((1.5, 1.0), (2.0, 1.5), (1.5, 2.0)))
    assert red[0][0] > 0.5
    assert red[0][1] == red[0][2] == 0
    assert black[0][:3].tolist() == [0, 0, 0]
    assert faint[0][3] < black[0][3]
    assert faint[1] < black[1]


def test_saturation_is_a_round_number_near_the_top(rng):
    energy = rng.standard_cauchy(5000)
    value = saturation_of(energy)
    assert f"{value:.0e}"[0] in "123456789"
    assert value == float(f"{value:.0e}")
    assert np.quantile(np.abs(energy), 0.995) <= value <= 2 * np.quantile(np.abs(energy), 0.995)


# --- maps -----------------------------------------------------------------------------------


def test_softness_field_numbers_the_events_in_order(rng):
    events = np.array([[1.0, 1.0], [9.95, 4.0], [5.0, 7.0]])
    field = rng.random((6, 5)) + 0.1
    figure = softness_field(*glass_data(rng), field, events)
    right = figure.axes[1]
    numbers = {t.get_text(): t.get_position() for t in right.texts if t.get_text().isdigit()}
    assert list(numbers) == ["1", "2", "3"]
    np.testing.assert_allclose(numbers["3"], [5, 7])
    assert abs(numbers["2"][0] - 9.95) < 1.0  # beside its ring at the edge
    image = right.images[0]
    # imshow wants rows along y
    np.testing.assert_array_equal(np.asarray(image.get_array()), field.T)
    assert image.get_extent() == [0, 10, 0, 8]


def test_maps_of_a_sheared_glass_have_its_cell(rng):
    """Particles, bins and events in the tilted cell, as it is cut off by its frame."""
    glass, field = glass_data(rng)
    glass = replace(glass, strain=0.3)
    cell = np.array([[10.0, 0.0], [2.4, 8.0]])
    shown = replace(field, displacement=np.ones((len(glass.positions), 2)))
    arrows = displacement_and_energy(glass, shown).axes[0].collections[0]
    inside = arrows.XY @ np.linalg.inv(cell)
    assert inside.min() >= 0.0
    assert inside.max() < 1.0
    turns = (arrows.XY - glass.positions) @ np.linalg.inv(cell)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-12)

    figure = softness_field(glass, field, rng.random((6, 5)) + 0.1, np.array([[11.0, 7.0]]))
    right = figure.axes[1]
    image = right.images[0]
    placed = (image.get_transform() - right.transData).transform([[0, 0], [10, 0], [0, 8]])
    np.testing.assert_allclose(placed, [[0, 0], [10, 0], [2.4, 8]], atol=1e-9)
    assert all(drawn.get_clip_path() is not None for drawn in (image, *right.lines))
    (number,) = [t for t in right.texts if t.get_text() == "1"]
    np.testing.assert_allclose(number.get_position(), [11.0, 7.0])
    assert right.get_xlim() == pytest.approx((0.0, 12.4))
    (outline,) = right.patches
    corners = [[0, 0], [10, 0], [12.4, 8], [2.4, 8], [0, 0]]
    np.testing.assert_allclose(outline.get_xy(), corners)


def test_more_series_than_colours_are_told_apart(rng):
    """Nine ensembles, twelve directions: no two have the same colour and symbol."""
    x = np.array([100.0, 200.0])
    shown = curve(x, 2 + 0 * x, 1.5 + 0 * x, 2.5 + 0 * x)
    ensembles = [ExponentCurves(f"e{k}", shown, None, shown, shown) for k in range(9)]
    drawn = tail_exponent(ensembles).axes[1].containers
    looks = [(c.lines[0].get_color(), c.lines[0].get_marker()) for c in drawn[::2]]
    assert len(looks) == len(set(looks)) == 9
    names = [f"direction {n}" for n in range(12)]
    scores = [Score("LTE", n, 0.5, 0.4, 0.6) for n in range(1, 13)]
    figure = ranking({"score": scores}, "caption", names)
    handles = figure.legends[0].legend_handles[:12]
    assert len({(h.get_color(), h.get_marker()) for h in handles}) == 12
    rows = [c.lines[0].get_ydata()[0] for c in figure.axes[0].containers]
    assert len(set(np.round(rows, 6))) == 12
    assert max(np.abs(rows)) < 0.5  # in the row of their map


@pytest.mark.parametrize("x", [[1e-3], [1e-3, 1e-2]])
def test_chance_leaves_ink_at_one_point_too(x):
    at = np.array(x)

    def pixels(chance):
        series = [
            Points("LTE", curve(at, 0 * at + y, 0 * at + y, 0 * at + y), chance=of_chance)
            for y, of_chance in ((0.4, False), (chance, True))
        ]
        figure = against_temperature({"rate": {"F": series}}, "")
        figure.legends[0].remove()
        FigureCanvasAgg(figure).draw()
        return np.asarray(figure.canvas.buffer_rgba())

    assert (pixels(0.1) != pixels(0.3)).any()


def test_arrows_have_the_directions_of_the_displacement(rng):
    glass, field = glass_data(rng)
    displacement = rng.normal(size=(len(glass.positions), 2))
    shown = replace(field, displacement=displacement)
    arrows = displacement_and_energy(glass, shown).axes[0].collections[0]
    np.testing.assert_array_equal(arrows.U, displacement[:, 0])
    np.testing.assert_array_equal(arrows.V, displacement[:, 1])
    np.testing.assert_allclose(arrows.XY, glass.positions % BOX)


def test_large_maps_stay_small_files(rng, tmp_path):
    n = 15_000
    box = np.array([110.0, 110.0])
    start = rng.random((n, 2)) * box
    positions = np.concatenate([start, start + rng.uniform(-1, 1, (n, 2))])
    pairs = np.stack([np.arange(n), np.arange(n) + n], axis=1)
    shown = field_on(positions, box, pairs, rng.standard_cauchy(n))
    path = tmp_path / "map.pdf"
    save(softness_field(*shown, rng.random((60, 60)) + 0.1, np.array([[5.0, 5.0]])), path)
    assert path.stat().st_size < 2_000_000


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    for suffix in ("pdf", "png", "svg"):
        written = []
        for name in ("a", "b"):
            path = tmp_path / f"{name}.{suffix}"
            save(prediction([band()], [], "caption"), path, 60, '{"seed": 7}')
            written.append(path.read_bytes())
        assert written[0] == written[1]
        assert len(written[0]) > 2000


# --- curves ---------------------------------------------------------------------------------


def ensemble(exponent):
    energy = np.logspace(-1, 2, 31)
    density = energy**-2.25
    shown = curve(energy, density, 0.5 * density, 2 * density)
    return Distribution("2DIPL", "N = 1,600", shown, exponent, 10.0 if exponent else None)


def test_distributions_state_what_they_show():
    figure = distributions([ensemble((2.3, 2.1, 2.6)), ensemble(None)])
    axes = figure.axes[0]
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "1,600" in words[0]
    assert "40 realizations" in words[0]
    assert "2.30" in words[0]
    assert "too few data" in words[1]
    (fit,) = [line for line in axes.lines if list(line.get_xdata()) == [10, 100]]
    (x0, x1), (y0, y1) = fit.get_data()
    assert np.log(y1 / y0) / np.log(x1 / x0) == pytest.approx(-2.3)
    assert y0 / 10**-2.25 == pytest.approx(1, rel=0.2)  # on the data, which are x^-2.25
    lines = [line for line in axes.lines if len(line.get_xdata()) == 31]
    ratio = np.asarray(lines[0].get_ydata()) / np.asarray(lines[1].get_ydata())
    np.testing.assert_allclose(ratio, 100)  # two decades apart


def test_guide_has_the_slope_of_the_paper():
    axes = distributions([ensemble(None)]).axes[0]
    (guide,) = [line for line in axes.lines if line.get_linestyle() == "--"]
    (x0, x1), (y0, y1) = guide.get_data()
    assert np.log(y1 / y0) / np.log(x1 / x0) == pytest.approx(-9 / 4)


def test_the_law_of_the_paper_is_level_and_beside_every_model():
    energy = np.logspace(-1, 2, 31)
    exact = energy ** (-9 / 4)
    local = curve(energy, *np.full((3, 31), 9 / 4))
    of_bins = curve(energy, exact, exact / 2, 2 * exact)
    shown = Distribution("2DIPL", "N = 1,600", of_bins, None, None, local)
    main, level, exponents = distributions([shown, shown]).axes
    guides = [line for line in main.lines if line.get_linestyle() == "--"]
    assert len(guides) == 2
    np.testing.assert_allclose(level.lines[0].get_ydata(), 1.0)
    np.testing.assert_allclose(exponents.lines[0].get_ydata(), 9 / 4)


def dynamics(exact=1.1):
    return MolecularDynamics(
        "random", exact, np.array([1e-6, 1e-5]), np.arange(1, 6.0),
        np.array([np.full(5, 1.0), np.full(5, 1.02)]), np.array([0.05, 0.05]),
        (0.998, 0.05), (2.2e3, 1e2),
    )  # fmt: skip


def test_inset_appears_only_with_data():
    assert not distributions([ensemble(None)]).axes[0].child_axes
    (inset,) = distributions([ensemble(None)], [dynamics()]).axes[0].child_axes
    assert inset.lines[0].get_ydata().tolist() == [1] * 5
    assert inset.lines[1].get_ydata().tolist() == [1.02] * 5
    assert inset.get_yscale() == "log"
    (inset,) = distributions([ensemble(None)], [dynamics(-0.2)]).axes[0].child_axes
    assert inset.get_yscale() == "symlog"


def test_pair_energies_show_deviation_and_change():
    left, right = pair_energies([dynamics(2.0)], "caption").axes
    at_temperature, at_zero = (container[0] for container in left.containers)
    # averages 1 and 1.02 and the limit 0.998, less 2 and over 2
    np.testing.assert_allclose(np.asarray(at_temperature.get_ydata(), float), [-0.5, -0.49])
    assert float(np.squeeze(at_zero.get_ydata())) == pytest.approx(-0.501)
    np.testing.assert_allclose(right.lines[0].get_ydata(), [0.01])
    np.testing.assert_allclose(right.lines[1].get_ydata(), [1.1e-3, 1.1e-2])


def test_prediction_draws_lte_filled_and_modes_open():
    curves = [band(ordinal=1), band(ordinal=1, filled=False), band(ordinal=2)]
    figure = prediction(curves, [band()], "caption")
    left, right = figure.axes
    fills = [line.get_markerfacecolor() for line in left.lines]
    assert fills[0] == left.lines[0].get_color()
    assert fills[1] == "white"
    assert left.lines[0].get_color() == left.lines[1].get_color() != left.lines[2].get_color()
    np.testing.assert_array_equal(left.lines[0].get_ydata(), curves[0].curve.estimate)
    assert right.lines[0].get_xdata().tolist() == curves[0].curve.x.tolist()
    entries = [t.get_text() for t in left.get_legend().get_texts()]
    assert entries == ["$n$ = 1", "$n$ = 2", "LTE", "NM"]


def test_prediction_shows_chance_of_both_maps_and_the_numbers_of_the_paper():
    by_chance = [band("chance, LTE", 0), band("chance, NM", 0, filled=False)]
    paper = PaperNumbers([(1.0, 0.2), (2.0, 0.7)], {1: 1.85, 3: 3.3})
    left, right = prediction([*by_chance, band()], [band()], "caption", paper).axes
    assert left.get_xlim() == right.get_xlim() == (1.0, 4.0)
    assert [line.get_linestyle() for line in left.lines[:2]] == ["--", ":"]
    stars = [tuple(np.ravel(line.get_data())) for line in left.lines if line.get_marker() == "*"]
    assert stars == [(1.0, 0.2), (2.0, 0.7)]
    heights = {float(line.get_ydata()[0]) for line in right.lines[1:]}
    assert heights >= {1.85, 3.3}
    assert right.get_ylim()[1] > 3.3
    entries = [t.get_text() for t in left.get_legend().get_texts()]
    assert entries[:2] == ["chance, LTE", "chance, NM"]


def test_an_excess_may_be_negative():
    x, y = np.array([400.0, 1600.0, 6400.0]), np.array([0.05, 0.02, 0.1])
    points = [Points("LTE", curve(x, y, y - 0.06, y + 0.05))]
    axes = system_size({"less chance": points}, "caption").axes[0]
    assert axes.get_ylim()[0] < -0.03
    assert [line for line in axes.lines if list(line.get_ydata()) == [0.0, 0.0]]


def test_prediction_without_ratios_says_so():
    right = prediction([band(), band(filled=False)], [], "caption").axes[1]
    assert "too few data" in [text.get_text() for text in right.texts]


@pytest.mark.parametrize(
    ("maps", "words"),
    [("LTE NM", "too few data"), ("NM", "LTE not among the maps"), ("LTE", "NM not among the maps"),
     ("", "LTE and NM not among the maps")],
)  # fmt: skip
def test_a_ratio_to_a_map_that_nobody_asked_for_is_not_too_few_data(maps, words):
    bands = {name: [band(filled=name == "LTE")] for name in maps.split()}
    every = [one for of_map in bands.values() for one in of_map]
    chance = [band("chance, LTE", 0), band("chance, NM", 0, filled=False)]
    # chance says nothing of the maps that are there
    figures = [prediction([*every, *chance], [], "caption"),
               later_events(bands, [], {"score": [], "other": []}, "caption")]  # fmt: skip
    for figure in figures:
        (axes,) = [axes for axes in figure.axes if "LTE / NM" in axes.get_ylabel()]
        assert [text.get_text() for text in axes.texts if text.get_text()[0] != "("] == [words]


def test_chance_of_any_panel_is_in_the_key():
    n = np.arange(1.0, 6.0)
    events = [Points("LTE", curve(n, n / 10, n / 20, n / 5))]
    chance = [Points("LTE", curve(n, n / 30, n / 30, n / 30), chance=True)]
    panels = {"less chance": events, "percentile": [*events, *chance]}
    for figure in (later_events({"LTE": [band()]}, [], panels, "caption"),
                   system_size(panels, "caption")):  # fmt: skip
        (key,) = figure.legends
        assert [text.get_text() for text in key.get_texts()] == ["LTE", "chance"]
    (key,) = system_size(dict.fromkeys("ab", events), "caption").legends
    assert [text.get_text() for text in key.get_texts()] == ["LTE"]


def test_infinite_band_does_not_reach_the_axis_limits(tmp_path):
    narrow = band()
    upper = np.full(narrow.curve.x.size, np.inf)
    wide = Band(replace(narrow.curve, estimate=1 + narrow.curve.estimate, upper=upper), "n")
    figure = prediction([narrow], [wide], "caption")
    assert np.isfinite(figure.axes[1].get_ylim()).all()
    save(figure, tmp_path / "ratio.png", 50)


def test_effort_ranking_and_exponents_survive_few_data(tmp_path):
    save(prediction_by_effort({"rank": [band("chance", 0), band()]}, "caption"), tmp_path / "a.png")
    scores = [
        Score("LTE", 1, 0.8, 0.7, 0.9),
        Score("NM", 1, 0.6, 0.5, 0.7),
        Score("NM", 0, 0.5, 0, 1),
    ]
    figure = ranking({"percentile": scores}, "caption")
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["NM", "LTE"]
    save(figure, tmp_path / "b.png")
    none = ExponentCurves("2DIPL", None, None, curve(*np.empty((4, 0))), curve(*np.empty((4, 0))))
    words = [t.get_text() for t in tail_exponent([none]).axes[0].texts]
    assert "too few data" in words
    some = ExponentCurves(
        "2DIPL",
        band().curve,
        (1.5, 2.2),
        curve(*np.array([[20], [2.3], [2.0], [2.6]])),
        none.maxima,
    )
    save(tail_exponent([some, none]), tmp_path / "c.png")


def test_the_prediction_against_temperature_has_a_row_for_what_was_varied(tmp_path):
    x, y = np.array([0.01, 0.1, 0.5]), np.array([0.3, 0.2, 0.1])
    both = [
        Points("LTE", curve(x, y, y - 0.05, y + 0.05)),
        Points("NM", curve(x, 2 * y, y, np.full(3, 4.0)), series=1),
        Points("NM", curve(x, y / 2, y / 2, y / 2), series=1, chance=True),
    ]
    one = [Points("LTE", curve(x[:1], y[:1], y[:1], y[:1]))]
    panels = {"T": {"F": both, "left": both[:1]}, "rate": {"F": one}}
    figure = against_temperature(panels, "caption")
    assert [axes.get_xlabel() for axes in figure.axes] == ["T", "T", "rate"]
    # an interval of a mean beyond 1 does not stretch the axis
    assert figure.axes[0].get_ylim() == (0.0, pytest.approx(1.08))
    assert figure.axes[1].get_ylim() == (0.0, pytest.approx(1.08 * 0.35))
    assert [t.get_text() for t in figure.axes[2].get_xticklabels()] == ["0.01"]
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["LTE", "NM", "chance"]
    save(figure, tmp_path / "a.png", 50)


def test_temperatures_of_one_decade_have_a_number_each():
    x, y = np.array([0.03, 0.1, 0.3]), np.array([0.3, 0.2, 0.1])
    figure = against_temperature({"T": {"F": [Points("LTE", curve(x, y, y, y))]}}, "caption")
    figure.draw_without_rendering()
    axis = figure.axes[0].xaxis
    assert [t.get_text() for t in axis.get_ticklabels()] == ["0.03", "0.1", "0.3"]
    assert not any(t.get_text() for t in axis.get_ticklabels(minor=True))


def test_scores_of_sizes_and_of_later_events_are_drawn_where_they_are(tmp_path):
    x, y = np.array([400.0, 1600.0, 6400.0]), np.array([0.3, 0.2, 0.1])
    both = [
        Points("LTE", curve(x, y, y - 0.05, y + 0.05)),
        Points("NM", curve(x, 2 * y, y, 3 * y), series=1),
        Points("NM", curve(x, y / 2, y / 2, y / 2), series=1, chance=True),
    ]
    figure = system_size({"$F_1(1)$": both, "mean rank": both[:2]}, "caption")
    left = figure.axes[0]
    assert [t.get_text() for t in left.get_xticklabels()] == ["400", "1,600", "6,400"]
    (chance,) = [line for line in left.lines if line.get_linestyle() == ":"]
    np.testing.assert_array_equal(chance.get_data(), [x, y / 2])
    drawn = [container.lines[0] for container in left.containers]
    np.testing.assert_array_equal(drawn[1].get_ydata(), 2 * y)
    # moved to the side by less than a tenth, so that they do not hide each other
    np.testing.assert_allclose(drawn[0].get_xdata(), x, rtol=0.1)
    assert (drawn[0].get_xdata() < drawn[1].get_xdata()).all()
    assert drawn[1].get_markerfacecolor() == "white"
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["LTE", "NM", "chance"]
    save(figure, tmp_path / "sizes.png", 50)

    n = np.arange(1.0, 6.0)
    along = [Points("LTE", curve(n, n / 10, n / 20, n / 5))]
    curves = {"LTE": [band(ordinal=k) for k in range(1, 6)]}
    figure = later_events(curves, [], {"$F_n(1)$": along}, "caption")
    entries = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert entries == [f"$n$ = {k}" for k in range(1, 6)]
    assert len(figure.axes) == 3  # without scores beside them, panels are left out
    assert "NM not among the maps" in [text.get_text() for text in figure.axes[1].texts]
    save(figure, tmp_path / "later.png", 50)


def test_no_pyplot_state():
    folder = Path(softfield.figures.__file__).parent
    names = [f"softfield.figures.{path.stem}" for path in folder.glob("*.py")]
    assert len(names) > 10
    code = f"import sys, {', '.join(names)}; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_low_frequency_draws_the_integral_of_the_fitted_density(tmp_path):
    x = np.geomspace(0.1, 1, 50)
    n = 3 * x**5
    counts = Curve(x, n, 0.9 * n, 1.1 * n, 40 * n, 40)
    fitted = ModeDensity("A", counts, 0.8, (4.0, 3.5, 4.6), 39, 30, band().curve)
    few = ModeDensity("B", counts, 0.8, None, 3, 30, None)
    left, right = low_frequency([fitted, few]).axes
    (line,) = [line for line in left.lines if line.get_linestyle() == "--"]
    (x0, x1), (y0, y1) = line.get_data()
    assert np.log(y1 / y0) / np.log(x1 / x0) == pytest.approx(5)
    # all modes of the fit lie below its upper end: 39 in the 30 glasses, of 40, that were fitted
    assert (x1, y1) == (0.8, pytest.approx(39 / 30))
    assert "4.00 (3.50 to 4.60), 39 modes" in [t.get_text() for t in right.get_legend().get_texts()]
    words = [t.get_text() for t in low_frequency([few]).axes[1].texts]
    assert "too few data" in words
    save(low_frequency([few]), tmp_path / "few.png", 50)


def test_scalings_have_the_guides_of_the_paper_and_survive_no_data(tmp_path):
    omega, k = np.geomspace(0.2, 1, 30), np.array([1.0, 2.0, 4.0])
    shown = Scalings(
        "A", omega, 3 * omega**-4.0, omega**-4.0, np.ones(30), np.ones(30), k, k**3, k,
        {("energy", "localised"): (-4.0, -4.1, -3.9)},
    )  # fmt: skip
    none = Scalings("B", *(np.empty(0) for _ in range(8)), {})
    energy, share, coupling, pull = scalings([shown, none]).axes
    for axes, slope in ((energy, -4), (coupling, 3), (pull, 1)):
        (guide,) = [line for line in axes.lines if line.get_linestyle() == "--"]
        x, y = guide.get_data()
        assert np.log(y[-1] / y[0]) / np.log(x[-1] / x[0]) == pytest.approx(slope)
    np.testing.assert_allclose(share.lines[0].get_ydata(), 1 / 3)
    words = [t.get_text() for t in energy.get_legend().get_texts()]
    assert words[:2] == ["A: -4.00 (-4.10 to -3.90)", "B: too few data"]
    save(scalings([none]), tmp_path / "none.png", 50)


def test_internal_forces_draw_all_and_soft_interactions():
    curves = {"A": (band().curve,) * 2}
    left, right = internal_forces(curves, curves, 1.5).axes
    assert r"\geq 1.5" in left.get_legend().get_texts()[-1].get_text()
    assert [line.get_linestyle() for line in left.lines[:2]] == ["-", "--"]
    np.testing.assert_array_equal(right.lines[0].get_ydata(), band().curve.estimate)
    assert [t.get_text() for t in right.get_legend().get_texts()] == ["A"]


# --- oriented spots ---------------------------------------------------------------------------


def test_double_arrows_lie_along_the_orientation_and_are_longer_where_softer(rng):
    glass = Glass(rng.random((60, 2)) * BOX, np.zeros(60, int), BOX)
    places = np.array([[2.0, 3.0], [12.0, 5.0]])  # the second is an image of (2, 5)
    along = np.array([[1.0, 0.0], [0.6, 0.8]])
    figure = oriented_spots(glass, places, along, [1.0, 0.5], {"xy": [7.0, 1.0]})
    arrows = [text for text in figure.axes[0].texts if text.arrow_patch is not None]
    ends = np.array([(arrow.xyann, arrow.xy) for arrow in arrows])
    middles = ends.mean(axis=1)
    inside = ((middles >= 0) & (middles <= BOX)).all(axis=1)
    # the first goes on across the boundary: its image is drawn too
    np.testing.assert_allclose(middles[~inside], [[2.0 + BOX[0], 3.0]], atol=1e-12)
    ends = ends[inside]
    np.testing.assert_allclose(ends.mean(axis=1), [[2.0, 3.0], [2.0, 5.0]], atol=1e-12)
    vectors = ends[:, 1] - ends[:, 0]
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(vectors / lengths[:, None], along, atol=1e-12)
    assert lengths[0] == pytest.approx(2 * lengths[1])
    (marked,) = [line for line in figure.axes[0].lines if "first event" in str(line.get_label())]
    np.testing.assert_allclose(marked.get_xydata(), [[7.0, 1.0]])


def test_arrows_in_three_dimensions_or_of_negative_softness_are_refused(rng):
    solid = Glass(rng.random((20, 3)) * 5, np.zeros(20, int), [5.0, 5.0, 5.0])
    with pytest.raises(InvalidSettingError, match="two dimensions only"):
        oriented_spots(solid, [[1, 1, 1]], [[1, 0, 0]], [1.0])
    flat = Glass(rng.random((20, 2)) * BOX, np.zeros(20, int), BOX)
    with pytest.raises(InvalidSettingError, match="negative"):
        oriented_spots(flat, [[1, 1]], [[1, 0]], [-1.0])


def test_predicted_strains_are_drawn_by_whether_the_place_was_right():
    figure = predicted_strains([0.01, 0.02, 0.03], [0.012, 0.02, 0.01], [True, True, False])
    right, wrong = figure.axes[0].lines[1:]
    np.testing.assert_allclose(right.get_xydata(), [[0.01, 0.012], [0.02, 0.02]])
    np.testing.assert_allclose(wrong.get_xydata(), [[0.03, 0.01]])
    with pytest.raises(InvalidSettingError, match="must be positive"):
        predicted_strains([0.01], [0.0], [True])


def test_predicted_strains_of_three_decades_have_ticks_that_leave_room():
    figure = predicted_strains([4e-5, 0.04], [4e-5, 0.04], [True, False])
    figure.draw_without_rendering()
    axis = figure.axes[0].xaxis
    boxes = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_text()]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
