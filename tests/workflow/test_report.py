"""The report of a finished run, opened offline in headless Chromium."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
]
# no name can be resolved
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND"

# Written into a copy of the report: decodes every result as the page does, and notes the outcome
# at the load event, which waits for the images.
PROBE = """
<pre id="probe">unfinished</pre>
<script>
const images = {};
for (const [path, result] of Object.entries(results)) {
  if (result.mime_type.startsWith("image/")) {
    images[path] = document.createElement("img");
    images[path].src = result.data_uri;
    document.body.append(images[path]);
  }
}
window.addEventListener("load", () => {
  const found = {};
  for (const [path, result] of Object.entries(results)) {
    const content = atob(result.data_uri.split(",")[1]);
    const entry = [result.mime_type, result.caption, content.length];
    if (path in images) {
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.drawImage(images[path], 0, 0);  // throws for an image that is broken
      entry.push(images[path].naturalWidth, images[path].naturalHeight);
    } else {
      entry.push(escape(content));
    }
    found[path] = entry;
  }
  const wanted = performance.getEntriesByType("resource").map((entry) => entry.name);
  const outside = wanted.filter((name) => name.startsWith("http"));
  document.getElementById("probe").textContent = btoa(JSON.stringify([found, outside]));
});
</script>
</body>
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.workflow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium"),
]


def opened(page: Path, profile: Path) -> tuple[str, str]:
    """The document after the scripts of the page, and what Chromium said."""
    call = [CHROMIUM, *FLAGS, OFFLINE, f"--user-data-dir={profile}"]
    call += ["--virtual-time-budget=60000", "--timeout=240000", "--dump-dom", page.as_uri()]
    done = subprocess.run(call, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def console(said: str) -> list[str]:
    """Messages of the page on the console, but for the one that Snakemake's style sheet prints."""
    lines = [line for line in said.splitlines() if "CONSOLE" in line]
    return [line for line in lines if "tailwindcss.com should not be used" not in line]


def probed(page: Path, profile: Path) -> tuple[dict[str, list], list[str]]:
    """What every result in a report decodes to, and addresses outside that the page wanted."""
    copy = page.with_name(f"probed_{page.name}")
    head, separator, tail = page.read_text().rpartition("</body>")
    assert separator
    copy.write_text(head + PROBE + tail)
    document, said = opened(copy, profile)
    encoded = re.search(r'<pre id="probe">([A-Za-z0-9+/=]+)</pre>', document)
    assert encoded, said
    assert encoded[1] != "unfinished", console(said)
    found, outside = json.loads(base64.b64decode(encoded[1]))
    return found, outside


def test_an_error_on_the_console_is_seen(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html><body><script>nonsense();</script></body></html>")
    _, said = opened(page, tmp_path / "profile")
    assert any("nonsense is not defined" in line for line in console(said))


def test_broken_images_and_addresses_outside_are_seen(tmp_path):
    page = tmp_path / "page.html"
    image = '<img src="https://elsewhere.test/image.png">'
    page.write_text(f"<html><body>{image}<script>var results = {{}};</script></body></html>")
    found, outside = probed(page, tmp_path / "profile")
    assert found == {}
    assert outside == ["https://elsewhere.test/image.png"]

    broken = {"mime_type": "image/png", "caption": "", "data_uri": "data:image/png;base64,AAAA"}
    script = f"var results = {json.dumps({'broken.png': broken})};"
    page.write_text(f"<html><body><script>{script}</script></body></html>")
    with pytest.raises(AssertionError, match="broken"):
        probed(page, tmp_path / "profile")


def test_the_report_opens_offline_with_all_figures_and_the_table(smoke, smoke_report, tmp_path):
    page = smoke_report
    document, said = opened(page, tmp_path / "profile")
    assert console(said) == []
    assert "Paper versus measured" in document  # the menu was drawn
    found, outside = probed(page, tmp_path / "profile")
    assert outside == []
    check_results(smoke, found)


def check_results(folder: Path, found: dict[str, list]) -> None:
    """Every figure and the table of a run are in its report, whole and with a caption."""
    figures = {str(path.relative_to(folder)) for path in folder.glob("results/**/figures/*.png")}
    images = {path: entry for path, entry in found.items() if entry[0] == "image/png"}
    assert figures
    assert images.keys() == figures
    for path, (_, caption, size, *shape) in images.items():
        content = (folder / path).read_bytes()
        assert size == len(content), path
        # bytes 16 to 24 of a PNG: width and height, big-endian
        assert shape == [int.from_bytes(content[i : i + 4], "big") for i in (16, 20)], path
        assert caption.strip(), path
    (table,) = folder.glob("results/**/paper_versus_measured.md")
    _, caption, _, text = found[str(table.relative_to(folder))]
    assert unquote_to_bytes(text) == table.read_bytes()
    assert caption.strip()
