"""What Lighthouse says of the built site on an emulated phone, served compressed as any host does.

    npm install --prefix /tmp/lighthouse lighthouse
    python tests/benchmarks/lighthouse.py site /tmp/lighthouse/node_modules/.bin/lighthouse [page ...]

Prints the median of three runs for each page: performance, accessibility, best practices, SEO, and
what the performance is made of. Let nothing else run meanwhile: it times a processor.
"""

import functools
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RUNS = 3
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = {
    "first-contentful-paint": "FCP",
    "largest-contentful-paint": "LCP",
    "total-blocking-time": "TBT",
    "cumulative-layout-shift": "CLS",
}
PACKED = {".html", ".css", ".js", ".json", ".svg", ".xml"}


@functools.cache
def packed(path: Path) -> bytes:
    """Compress a file once."""
    return gzip.compress(path.read_bytes(), mtime=0)


class Host(SimpleHTTPRequestHandler):
    """A host that compresses what is text."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if path.suffix not in PACKED or not path.is_file():
            super().do_GET()
            return
        body = packed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)


def measure(lighthouse: str, url: str) -> dict[str, float]:
    """Run Lighthouse once."""
    command = [lighthouse, url, "--quiet", "--output=json", "--output-path=stdout"]
    flags = "--headless=new --no-sandbox"
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    run = subprocess.run(
        [*command, f"--chrome-flags={flags}"],
        env={**os.environ, "CHROME_PATH": chromium},
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(run.stdout)
    found = {name: 100 * report["categories"][name]["score"] for name in CATEGORIES}
    return found | {
        short: report["audits"][name]["numericValue"] for name, short in TIMES.items()
    }


def main(site: Path, lighthouse: str, pages: list[str]) -> None:
    """Print a row for each page."""
    handler = functools.partial(Host, directory=str(site))
    every = sorted(path.parent for path in site.rglob("index.html"))
    pages = pages or ["" if p == site else f"{p.relative_to(site)}/" for p in every]
    print(
        f"{'page':28}{'perf':>6}{'a11y':>6}{'best':>6}{'SEO':>5}   FCP   LCP   TBT    CLS"
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for page in pages:
            url = f"http://127.0.0.1:{server.server_port}/{page}"
            runs = [measure(lighthouse, url) for _ in range(RUNS)]
            median = {n: statistics.median(run[n] for run in runs) for n in runs[0]}
            scores = "".join(f"{median[n]:6.0f}" for n in CATEGORIES)
            times = "".join(f"{median[n]:6.0f}" for n in ("FCP", "LCP", "TBT"))
            print(f"{page or 'Home':28}{scores}{times}{median['CLS']:7.3f}", flush=True)
        server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
