"""What is in a file, compressed or not, before anybody knows what it means."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import FileFormatError, MissingPackageError

#: As much of a file as tells its format.
_HEAD = 1 << 16


#: Where files that are opened are noted, if anywhere.
_NOTED: ContextVar[set[Path] | None] = ContextVar("noted", default=None)


@contextmanager
def noted_files() -> Iterator[set[Path]]:
    """Paths of all files that become a :class:`Source` within."""
    noted: set[Path] = set()
    token = _NOTED.set(noted)
    try:
        yield noted
    finally:
        _NOTED.reset(token)


class Source:
    """The content of a file, decompressed.

    Attributes
    ----------
    path : the file as the user named it, for messages
    name : its name without the suffix of the compression
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise FileFormatError(f"{path} is a folder; name a file in it.")
        if not path.exists():
            raise FileNotFoundError(f"there is no file {path}")
        if not path.is_file():
            raise FileFormatError(
                f"{path} is a pipe or a device, which can be read once only; write it into a file, "
                "which may be compressed."
            )
        self.path = path
        if (noted := _NOTED.get()) is not None:
            noted.add(path)
        with path.open("rb") as file:
            self._start = file.read(_HEAD)
        self._compression = next((c for c in COMPRESSIONS if self._start.startswith(c)), None)
        self.name = path.name
        if self._compression and path.suffix.lower() in COMPRESSED_SUFFIXES:
            self.name = path.stem

    @cached_property
    def content(self) -> bytes:
        """All bytes, decompressed."""
        raw = self.path.read_bytes()
        if self._compression is None:
            return raw
        kind, decompress = COMPRESSIONS[self._compression]
        try:
            return decompress(raw)
        except MissingPackageError as error:
            raise MissingPackageError(f"{self.path}: {error}") from error
        except (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError) as error:
            raise FileFormatError(
                f"{self.path} is compressed by {kind}, and truncated or damaged ({error})."
            ) from error

    @property
    def head(self) -> bytes:
        """The first bytes, decompressed."""
        return self._start if self._compression is None else self.content[:_HEAD]

    def lines(self) -> list[str]:
        """The lines of a text file.

        Raises
        ------
        FileFormatError
            If it is no text.
        """
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = self.content.decode("latin-1")  # a comment in an older encoding
        if "\x00" in text:
            raise FileFormatError(f"{self.path} is not a text file; it holds binary data.")
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """A path where the decompressed content lies, under its own name."""
        if self._compression is None:
            yield self.path
            return
        with TemporaryDirectory() as folder:
            path = Path(folder) / self.name
            path.write_bytes(self.content)
            yield path


def _zstd(content: bytes) -> bytes:
    """By the standard library (3.14), or by whichever package is there."""
    for module in ("compression.zstd", "backports.zstd", "pyzstd"):
        try:
            found = import_module(module)
        except ImportError:
            continue
        try:
            return bytes(found.decompress(content))
        except found.ZstdError as error:
            raise ValueError(str(error)) from error
    try:
        zstandard = import_module("zstandard")
    except ImportError as error:
        raise MissingPackageError(
            "it is compressed by zstd, which this Python cannot read; run pip install zstandard, "
            "or decompress the file."
        ) from error
    try:
        with zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True) as file:
            return bytes(file.read())
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


#: First bytes of a compressed file -> name of the compression, and what undoes it.
COMPRESSIONS: dict[bytes, tuple[str, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": ("gzip", gzip.decompress),
    b"BZh": ("bzip2", bz2.decompress),
    b"\xfd7zXZ\x00": ("xz", lzma.decompress),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
}


COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zstd")
