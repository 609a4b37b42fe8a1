"""Every link of the built site leads somewhere, and none is followed without a click."""

import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from hosts import fetched
from project import SHIPPED, read_page

HERE = "https://site.invalid/"

# All other hosts that the pages link to, and why.
EXTERNAL_LINKS = {
    "https://madewithml.com/courses/basics/linear-regression/": "the original lesson",
    "https://squidfunk.github.io/mkdocs-material/": "the theme, in the footer",
    "https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html": "AdamW",
    "https://doi.org/10.1080/00401706.1970.10488634": "Hoerl and Kennard, on ridge",
    "http://127.0.0.1:8000/": "where a reader's own copy is served",
}

# Where Colab opens the notebooks of a published site.
REPOSITORY = urlsplit(SHIPPED.get("REPO_URL", "")).path
COLAB = [
    f"https://colab.research.google.com/github{REPOSITORY}/blob/{branch}/"
    for name, branch in SHIPPED.items()
    if name == "NOTEBOOKS"
]


@pytest.fixture(scope="module")
def pages(site) -> dict[str, BeautifulSoup]:
    """The parsed pages, by their address on the site."""
    found = {}
    for path in site.rglob("*.html"):
        name = path.relative_to(site).as_posix()
        if path.name == "index.html":
            found[name.removesuffix("index.html")] = read_page(site, name[:-10])
        else:
            found[name] = BeautifulSoup(path.read_bytes(), "html.parser")
    return found


def references(html: BeautifulSoup) -> list[tuple[str, str]]:
    """List what a page links to and loads: the tag's name and the address."""
    found = [(tag.name, tag["href"]) for tag in html.select("[href]")]
    found += [(tag.name, tag["src"]) for tag in html.select("[src]")]
    return [(name, link) for name, link in found if not link.startswith("data:")]


def test_every_internal_link_and_anchor_resolves(pages, site):
    ids = {
        name: {tag["id"] for tag in html.select("[id]")} for name, html in pages.items()
    }
    broken = []
    for address, html in pages.items():
        for _, link in references(html):
            target = urlsplit(urljoin(HERE + address, link))
            if target.netloc != urlsplit(HERE).netloc:
                continue
            name = unquote(target.path).lstrip("/")
            file = (
                Path(site, name, "index.html")
                if name.endswith("/") or not name
                else site / name
            )
            if not file.is_file():
                broken.append((address, link, "no such file"))
            elif (
                target.fragment
                and file.suffix == ".html"
                and unquote(target.fragment) not in ids[name.removesuffix("index.html")]
            ):
                broken.append((address, link, "no such anchor"))
    assert broken == []


def test_ids_are_unique_on_each_page(pages):
    for address, html in pages.items():
        ids = [tag["id"] for tag in html.select("[id]")]
        assert sorted(i for i in set(ids) if ids.count(i) > 1) == [], address


def test_external_links_are_the_listed_ones_and_nothing_loads_from_them(pages):
    seen = set()
    own = (*SHIPPED.values(), *COLAB)
    for address, html in pages.items():
        for tag, link in references(html):
            if urlsplit(link).netloc and not link.startswith(own):
                seen.add(link)
                assert tag == "a", f"{address} loads {link}"
    assert seen == set(EXTERNAL_LINKS)


ELSEWHERE = {
    "an image": '<img alt="" src="{}">',
    "an image without quotes": "<img src={} alt=''>",
    "a script": "<p>a</p><script async src='{}'></script>",
    "a frame": '<iframe src = "{}"></iframe>',
    "a style sheet": '<link rel="stylesheet" href="{}">',
    "a picture of a tab": '<link href="{}" rel="icon">',
    "a part of a drawing": '<svg><image width="9" href="{}"/></svg>',
    "an older part of a drawing": '<svg><use xlink:href="{}"/></svg>',
    "the first picture of a film": '<video poster="{}"></video>',
    "an object": '<object data="{}"></object>',
    "one of several images": '<img src="a.png" srcset="a.png 1x, {} 2x">',
    "a background": '<p style="color: red; background: url({})">a</p>',
    "a background in quotes": "<p style=\"background: url('{}')\">a</p>",
    "a style": "<style>p {{ color: red }} @import '{}';</style>",
}
FREE = {
    "a link": '<a class="b" href="{}">a</a>',
    "a link over several lines": '<a\n  class="b"\n  href="{}"\n>a</a>',
    "the address of the page": '<link rel="canonical" href="{}">',
    "words": 'src="{}"',
    "words in a tag": "<code>src={}</code>",
    "a fact": '<p data-source="{}" cite="{}">a</p>',
    "a name": '<svg xmlns="{}"></svg>',
    "where a form leads": '<form action="{}"></form>',
    "code": "<code>&lt;img src=&quot;{}&quot;&gt;</code>",
}


@pytest.mark.parametrize("url", ["https://b.example/a", "//b.example/a"])
@pytest.mark.parametrize("html", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_page_does_not_fetch(html, url):
    assert list(fetched(html.format(url), "")) == [url]
    assert list(fetched(html.format(url), "https://c.example/d/")) == [url]
    assert not list(fetched(html.format(url), "https://b.example/d/"))
    assert not list(fetched(html.format("../a"), ""))


@pytest.mark.parametrize("html", FREE.values(), ids=FREE)
def test_a_page_may_name(html):
    assert not list(fetched(html.replace("{}", "https://b.example/a"), ""))


def test_no_style_sheet_loads_from_another_host(site):
    for path in site.rglob("*.css"):
        text = path.read_text("utf-8")
        for link in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]+)", text):
            assert not re.match(r"(https?:)?//", link), f"{path.name}: {link}"
