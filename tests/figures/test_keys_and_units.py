"""Keys hide no data, a colour has one meaning in a figure, and axes say their units."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from test_figures import band, curve, ensemble

from softfield.figures.curves import Points
from softfield.figures.distributions import distributions
from softfield.figures.internal_forces import internal_forces
from softfield.figures.low_frequency import ModeDensity, low_frequency
from softfield.figures.oriented_spots import predicted_strains
from softfield.figures.pair_energies import MolecularDynamics, pair_energies
from softfield.figures.prediction import later_events
from softfield.figures.scalings import Scalings, scalings
from softfield.figures.tail_exponent import ExponentCurves, tail_exponent


def of_modes():
    """Three ensembles of many modes, and waves of ten lengths."""
    rng, k, found = np.random.default_rng(3), np.arange(1.0, 11.0), []
    for name in "ABC":
        x = rng.uniform(0.2, 1.0, 200)
        exponents = {(q, m): (-4.0, -4.1, -3.9) for q in ("energy", "coupling", "pull")
                     for m in ("localised", "plane waves")}  # fmt: skip
        noise = rng.lognormal(size=(4, 200))
        found.append(Scalings(
            f"2DIPL, $N$ = 1,600 ({name})", x, noise[0] * x**-4, noise[1] * x**-4, noise[2],
            noise[3], 0.3 * k, 1e-3 * k**3, 0.01 * k, exponents,
        ))  # fmt: skip
    return found


def of_densities():
    x = np.geomspace(0.1, 1, 50)
    counts = curve(x, 3 * x**5, 2 * x**5, 4 * x**5)
    return [ModeDensity(name, counts, 0.8, (4.0, 3.5, 4.6), 39, 40, band().curve) for name in "ABC"]


def dynamics():
    time, averages = np.linspace(1, 600, 40), np.ones((3, 40))
    return [
        MolecularDynamics(f"pair {k}", 1.0 + k, np.array([1e-6, 1e-5, 1e-4]), time,
                          (1.0 + k) * averages, np.full(3, 0.1), (1.0 + k, 0.1), (0.1, 0.01))
        for k in range(3)
    ]  # fmt: skip


def with_keys():
    some = band().curve
    yield "scalings", scalings(of_modes())
    yield "low_frequency", low_frequency(of_densities())
    yield "internal_forces", internal_forces({"A": (some, some)}, {"A": (some, some)}, 1.0)
    yield "tail_exponent", tail_exponent([ExponentCurves("A", some, (1.5, 0.4), some, some)])
    yield "distributions", distributions([ensemble((2.3, 2.1, 2.6)), ensemble(None)], dynamics())
    yield "predicted_strains", predicted_strains([0.01, 0.02], [0.02, 0.01], [True, False])


@pytest.mark.parametrize(("name", "figure"), list(with_keys()))
def test_keys_are_beside_the_data_and_inside_the_figure(name, figure):
    figure.draw_without_rendering()
    keys = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    assert keys
    panels = [axes.get_window_extent() for axes in figure.axes]
    whole = figure.bbox
    for key in keys:
        box = key.get_window_extent()
        assert not any(box.overlaps(panel) for panel in panels)
        assert whole.x0 - 1 <= box.x0
        assert box.x1 <= whole.x1 + 1
        assert whole.y0 - 1 <= box.y0
        assert min(text.get_fontsize() for text in key.get_texts()) >= 7
    boxes = [key.get_window_extent() for key in keys]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


# --- colours ---


def colours(axes):
    return {to_rgba(line.get_color()) for line in axes.lines if line.get_linestyle() != ":"}


def test_interactions_of_the_inset_have_other_colours_than_models():
    axes, *_ = distributions([ensemble(None)] * 3, dynamics()).axes
    (inset,) = axes.child_axes
    assert not colours(inset) & colours(axes)
    # the same as in the figure that has them alone
    alone = pair_energies(dynamics(), "caption").axes[0]
    assert colours(inset) <= colours(alone)
    sizes = [t.get_fontsize() for t in (inset.xaxis.label, inset.yaxis.label)]
    sizes += [t.get_fontsize() for t in inset.get_xticklabels() + inset.get_yticklabels()]
    assert min(sizes) >= 7


def test_labels_of_the_inset_meet_neither_each_other_nor_its_panel():
    figure = distributions([ensemble(None)] * 3, dynamics())
    figure.draw_without_rendering()
    axes = figure.axes[0]
    (inset,) = axes.child_axes
    label = inset.yaxis.label.get_window_extent()
    assert label.x0 > axes.get_window_extent().x0
    low, high = inset.get_ylim()
    shown = [t for t in inset.get_yticklabels() if low <= t.get_position()[1] <= high]
    ticks = sorted((t.get_window_extent() for t in shown if t.get_text()), key=lambda box: box.y0)
    assert len(ticks) >= 2
    assert all(below.y1 <= above.y0 for below, above in pairwise(ticks))
    assert not any(label.overlaps(box) for box in ticks)


def test_maps_below_have_other_colours_than_ordinals_above():
    n = np.arange(1.0, 6.0)
    maps = [Points(name, curve(n, n / 10, n / 20, n / 5), series=k)
            for k, name in enumerate(("LTE", "NM"))]  # fmt: skip
    curves = {"LTE": [band(ordinal=k) for k in range(1, 6)]}
    figure = later_events(curves, [], {"$F_n(1)$": maps}, "caption")
    above, below = figure.axes[0], figure.axes[2]
    of_maps = {to_rgba(container.lines[0].get_color()) for container in below.containers}
    assert len(of_maps) == 2
    assert not of_maps & colours(above)
    (key,) = figure.legends
    assert {to_rgba(line.get_color()) for line in key.get_lines()} == of_maps


# --- units ---


def test_frequencies_temperatures_and_times_have_their_units():
    omega = r"\sqrt{\epsilon/m}\,\sigma^{-1}"
    assert all(omega in axes.get_xlabel() for axes in scalings(of_modes()).axes)
    assert all(omega in axes.get_xlabel() for axes in low_frequency(of_densities()).axes)
    assert all(r"/\,\epsilon" in a.get_xlabel() for a in pair_energies(dynamics(), "caption").axes)
    (inset,) = distributions([ensemble(None)], dynamics()).axes[0].child_axes
    assert r"\sigma\sqrt{m/\epsilon}" in inset.get_xlabel()
