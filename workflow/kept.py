"""What takes long to find out about source files is kept until one of them changes.

It is kept beside Python's bytecode, and like that belongs to a time and a size of each file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from softfield.files.atomic import replaced_atomically

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).parent / "__pycache__"


def kept(name: str, files: Iterable[Path], find_out: Callable[[], Any]) -> Any:
    """What ``find_out()`` says of the files, as JSON has it; asked only if it is not kept yet."""
    state, path = _state(files), FOLDER / f"{name}.json"
    try:
        found = json.loads(path.read_text())
        if found["state"] == state:
            return found["content"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never kept, or damaged: found out anew
    content = json.loads(json.dumps(find_out()))
    try:
        with replaced_atomically(path) as temporary:
            temporary.write_text(json.dumps({"state": state, "content": content}))
    except OSError:
        pass  # a checkout that cannot be written to: the next process finds out again
    return content


def _state(files: Iterable[Path]) -> dict[str, list[int]]:
    found = {}
    for path in sorted(files):
        status = path.stat()
        found[path.relative_to(REPOSITORY).as_posix()] = [status.st_mtime_ns, status.st_size]
    return found
