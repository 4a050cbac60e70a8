"""Blocks of a page that scripts write, between ``<!-- name -->`` and ``<!-- end of name -->``."""

import re
from collections.abc import Mapping
from pathlib import Path


def put_blocks(page: Path, blocks: Mapping[str, str]) -> None:
    """Write each block between the comments of its name."""
    text = page.read_text()
    for name, block in blocks.items():
        start, end = re.escape(f"<!-- {name} -->\n"), re.escape(f"<!-- end of {name} -->")
        marked = re.compile(f"({start}).*({end})", re.DOTALL)
        text, replaced = marked.subn(lambda m, b=block: f"{m[1]}\n{b}\n\n{m[2]}", text)
        if not replaced:
            raise SystemExit(f"{page} lacks the comments of {name!r}.")
    page.write_text(text)


def every_ensemble(page: str) -> str:
    """The rows of all ensembles in a page *paper versus measured*, its headings one level lower."""
    return page[page.index("## Every ensemble") :].strip().replace("## ", "### ")
