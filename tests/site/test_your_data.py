"""The page of a reader's own data: its warnings lead to their lessons, and it says what it is."""

import re

from project import PROJECT, read_page

PATH = "lessons/your-data/"


def test_every_warning_leads_to_a_section_that_the_page_links(site):
    warned = {
        lesson
        for path in (PROJECT / "linreg").glob("*.py")
        for lesson in re.findall(r'"([\w-]+\.md#[\w-]+)"', path.read_text("utf-8"))
    }
    assert len(warned) > 6
    page = read_page(site, PATH)
    linked = {link["href"] for link in page.select("article a[href]")}
    for lesson in warned:
        name, _, part = lesson.partition(".md#")
        assert f"../{name}/#{part}" in linked, lesson
        assert read_page(site, f"lessons/{name}/").find(id=part), lesson


def test_the_page_is_a_lesson_of_a_few_lines_that_begins_with_a_picture(site):
    article = read_page(site, PATH).select_one("article")
    shown = [
        code
        for code in article.select(".cell-input code")
        if not code.find_parent("details")
    ]
    assert sum(len(code.get_text().splitlines()) for code in shown) < 250
    above = article.select_one("figure.cell").find_all_previous("p")
    seen = [
        p for p in above if p.find_parent("article") and not p.find_parent("details")
    ]
    assert sum(len(p.get_text().split()) for p in seen) < 150
