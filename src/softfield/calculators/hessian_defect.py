"""What a Hessian that is slightly wrong makes of X and E_i, measured on the way.

Differences of forces along a mode give the second derivatives, and the first ones beside them:
the true Hessian H times the mode. With u_k the displacements of mode k of the Hessian that is used,

    M^+ - M_true^+  =  sum_k M^+ r_k u_k / lambda_k  to first order,  r_k = H u_k - M u_k,

is the mean of ``w y`` over random signs z_k, with ``y = sum_k z_k u_k / sqrt(lambda_k)`` and
``w = M^+ sum_k z_k r_k / sqrt(lambda_k)`` (M. F. Hutchinson, Commun. Stat. Simul. Comput. 19, 433
(1990)). Eqs. 2 and 3 along these fields say what it changes. The root of the mean square over the
draws is not below the change itself on average, and of its order.
"""

from __future__ import annotations

import numpy as np

from ..glass import FloatArray
from .evaluations import Derivatives, Task
from .second_order import SecondOrder, centred, derivative_along

#: Draws of the signs; each costs twelve evaluations.
_DRAWS = 8


class HessianDefect:
    """Gathers what is wrong with the Hessian of a minimum, mode by mode."""

    def __init__(self, minimum: SecondOrder) -> None:
        self._minimum = minimum
        shape = (_DRAWS, *minimum.modes.shape[1:])
        self._signs = np.random.default_rng(4)
        self._fields = np.zeros(shape)
        self._residuals = np.zeros(shape)

    def take_in(self, value: float, mode: FloatArray, second: Derivatives) -> None:
        """A mode (N, d), its eigenvalue, and what differences along its displacements gave."""
        if second.slopes is None:
            raise TypeError("differences of second order have slopes")
        weights = self._minimum.weights
        residual = -second.slopes[1] - value * mode / weights[:, None]
        signs = self._signs.choice([-1.0, 1.0], size=_DRAWS) / np.sqrt(value)
        self._fields += np.multiply.outer(signs, centred(mode, weights))
        self._residuals += np.multiply.outer(signs, residual)

    def errors(self, shift: FloatArray, force: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Errors of E_i (N,) and X (N, d), at least their medians over the atoms.

        Parameters
        ----------
        shift : (N, d) X
        force : (N, d) derivative of the forces along X, by differences
        """
        minimum = self._minimum
        # the force of which X is the solution, and what the true Hessian makes of X
        common = minimum.solve(-force - self._stiffness_times(shift))
        pairs = zip(self._fields, self._residuals, strict=True)
        changes = [self._change(*pair, common) for pair in pairs]
        of_energy, of_shift = (
            np.sqrt(np.mean(np.square(each), axis=0)) for each in zip(*changes, strict=True)
        )
        return (
            np.maximum(of_energy, np.median(of_energy)),
            np.maximum(of_shift, np.median(of_shift)),
        )

    def _change(
        self, field: FloatArray, residual: FloatArray, common: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Changes of E_i and X for one draw of the signs."""
        minimum = self._minimum
        moved = minimum.solve(residual)
        # of a Hessian without a defect nothing is left but zeros
        scale = float(np.linalg.norm(field) / (np.linalg.norm(moved) or 1.0))
        tasks = [self._second(field + sign * scale * moved) for sign in (1.0, -1.0)]
        ahead, behind = minimum.team.derivatives(tasks)
        harmonic = -(ahead.energies[1] - behind.energies[1]) / (4.0 * scale)
        thermal_force = (ahead.forces[1] - behind.forces[1]) / (4.0 * scale)
        shift = -minimum.solve(thermal_force) - common
        along = derivative_along(minimum.team, shift, minimum.amplitude)
        return harmonic + along.energies[1], shift

    def _second(self, direction: FloatArray) -> Task:
        largest = np.linalg.norm(direction, axis=1).max()
        return Task(2, direction, self._minimum.amplitude / largest)

    def _stiffness_times(self, field: FloatArray) -> FloatArray:
        """The Hessian that is used, times displacements (N, d) of zero mean."""
        minimum = self._minimum
        flat = minimum.modes.reshape(len(minimum.modes), -1)
        weighted = (field / minimum.weights[:, None]).ravel()
        image: FloatArray = ((flat @ weighted * minimum.values) @ flat).reshape(field.shape)
        return image / minimum.weights[:, None]
