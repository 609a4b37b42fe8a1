"""`mkdocs serve` shows the result of an edit, wherever the edit was made."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

LESSON = (
    '# A\n\n```python tags=["embed"]\nfrom shapes.sizes import half\n```\n\n'
    "```python\nprint(half(3.0))\n```\n\nIt is {{ half(3.0) }}.\n"
)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, text: str, server: subprocess.Popen[str], log: Path) -> None:
    """Wait until a page holds a text."""
    seen = ""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                seen = response.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            seen = "no answer yet"
        if text in seen:
            return
        time.sleep(0.2)
    raise AssertionError(
        f"{text!r} did not come; the log says\n{log.read_text('utf-8')}"
    )


def replace(path: Path, old: str, new: str) -> None:
    """Edit a file as a writer would."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_serve_rebuilds_on_an_edit_to_lesson_package_hook_and_style(
    small_site, tmp_path
):
    project = small_site(
        {"index.md": LESSON, "shapes/sizes.py": "def half(x):\n    return x / 2\n"}
    )
    address = f"127.0.0.1:{free_port()}"
    log = tmp_path / "serve.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", address],
            cwd=project,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        home = f"http://{address}/"
        wait_for(home, "It is 1.5.", server, log)

        replace(project / "docs/index.md", "It is", "The half is")
        wait_for(home, "The half is 1.5.", server, log)

        replace(project / "shapes/sizes.py", "x / 2", "x / 2 + 10")
        wait_for(home, "The half is 11.5.", server, log)

        hook = project / "docs/hooks/rendering.py"
        replace(hook, 'class="cell-origin"', 'class="cell-origin edited"')
        wait_for(home, "cell-origin edited", server, log)

        replace(project / "docs/assets/lesson.css", "/* What", "/* Edited. What")
        wait_for(f"{home}assets/lesson.css", "/* Edited.", server, log)
    finally:
        server.terminate()
        server.wait(timeout=20)
