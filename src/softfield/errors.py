"""What can go wrong, by name.

Every error says what is wrong, why that matters, and what to do about it. All of
them derive from :class:`SoftfieldError`, so that one ``except`` is enough for a
workflow that records failures and goes on.
"""


class SoftfieldError(Exception):
    """Base of every error that softfield raises on purpose."""


class InvalidGlassError(SoftfieldError, ValueError):
    """Positions, species or box do not describe a glass (shape, sign, finiteness)."""


class UnknownSpeciesError(SoftfieldError, ValueError):
    """A species index for which the potential has no parameters."""


class UnknownModelError(SoftfieldError, KeyError):
    """A model name that is not one of the known models."""

    def __str__(self) -> str:
        return str(self.args[0])


class InvalidPotentialError(SoftfieldError, ValueError):
    """Potential parameters that define no usable potential."""


class NoPairSumError(InvalidPotentialError):
    """A force law that is no sum over pairs of types; a calculator may evaluate it.

    Attributes
    ----------
    reason : where it is said, and why it is none; no full stop
    """

    reason: str = ""


class InvalidSettingError(SoftfieldError, ValueError):
    """A setting outside the range in which it means something."""


class BoxTooSmallError(SoftfieldError, ValueError):
    """A box edge below twice the interaction range: a pair could meet twice."""


class OverlapError(SoftfieldError, ValueError):
    """Two particles on top of each other: energy and forces are not finite."""


class NotAMinimumError(SoftfieldError):
    """Residual forces are too large for an expansion about a minimum."""


class SaddleError(SoftfieldError):
    """The dynamical matrix is not positive definite: a saddle, not a glass."""


class FloatingParticlesError(SoftfieldError):
    """Rattlers or unconnected clusters: more zero modes than translations."""


class NotConvergedError(SoftfieldError):
    """An iteration used up its budget before it met its tolerance."""


class FileFormatError(SoftfieldError, ValueError):
    """A file that cannot be read as what it claims, or is asked, to be."""


class MissingPackageError(SoftfieldError, ImportError):
    """A file format or a calculator that needs an optional package."""


class TooManyFailuresError(SoftfieldError):
    """More failed realizations than a summary may leave out."""


class LeftOutError(SoftfieldError):
    """A table that an earlier step left out; the message has its reason."""


class TooFewDataError(SoftfieldError, ValueError):
    """Too few realizations, events or values for a fit or an interval."""


class CalculatorError(SoftfieldError):
    """A calculator that is missing, fails, or does not give what is needed of it."""


class TooLargeError(SoftfieldError, ValueError):
    """More atoms than a method with dense matrices is allowed to take."""
