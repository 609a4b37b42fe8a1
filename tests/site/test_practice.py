"""Every lesson can be practised: exercises with checks that hint, and questions that explain."""

import ast
import re

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, expect
from project import LESSONS, PROJECT, read_page


def content(site, path: str) -> BeautifulSoup:
    """Parse the text of a page."""
    return read_page(site, path).select_one("article")


def below(heading: Tag) -> list[Tag]:
    """List what stands under a heading, up to the next of its rank or above."""
    found = []
    for tag in heading.find_next_siblings():
        if re.fullmatch("h[1-6]", tag.name) and tag.name <= heading.name:
            break
        found.append(tag)
    return found


@pytest.mark.parametrize("path", LESSONS)
def test_exercises_have_a_check_and_a_solution_that_passes_it(path, site):
    practice = content(site, path).find(id="practice")
    exercises = [tag for tag in below(practice) if tag.name == "h3"]
    assert 3 <= len(exercises) <= 5
    for exercise in exercises[:-1]:
        folds = [
            tag
            for part in below(exercise)
            for tag in ([part] if part.name == "details" else part.select("details"))
            if "cell-fold" in tag["class"]
        ]
        titles = [fold.summary.get_text() for fold in folds]
        assert titles == ["Check your answer", "One solution"], exercise.get_text()
        printed = folds[1].select_one(".cell-output")
        assert "Right" in printed.get_text(), exercise.get_text()
    assert not any("Check your" in str(part) for part in below(exercises[-1]))


def tried(claims: list[str], check: str) -> tuple[int, int]:
    """Count the right forms and the impostors that claims list for a check."""
    for claim in claims:
        if f"{check}(" in claim:
            lists = {
                ast.unparse(node.targets[0]): len(node.value.elts)
                for node in ast.parse(claim).body
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
            }
            if {"right_forms", "impostors"} <= lists.keys():
                return lists["right_forms"], lists["impostors"]
    return 0, 0


@pytest.mark.parametrize("path", LESSONS)
def test_each_check_is_shown_to_hint_at_two_wrong_answers_at_least(path):
    lesson = (PROJECT / "docs" / f"{path[:-1]}.md").read_text("utf-8")
    claims = re.findall(
        r'^```python tags=\["claim"\]\n(.*?)^```', lesson, re.MULTILINE | re.DOTALL
    )
    checks = re.findall(r"^def (check_\w+)\(", lesson, re.MULTILINE)
    assert checks
    for check in checks:
        rights, impostors = tried(claims, check)
        if rights or impostors:
            assert rights >= 3 and impostors >= 4, check
        else:
            assert "\n".join(claims).count(f"{check}(") >= 3, check


@pytest.mark.parametrize("path", LESSONS)
def test_each_question_has_one_right_option_and_explains_the_others(path, site):
    questions = below(content(site, path).find(id="check-yourself"))
    questions = [tag for tag in questions if tag.name == "h3"]
    assert 3 <= len(questions) <= 5
    places = []
    for question in questions:
        options = below(question)
        assert len(options) >= 3, question.get_text()
        kinds = [
            {"answer", "right", "wrong"} & set(o.get("class", [])) for o in options
        ]
        assert kinds.count({"answer", "right"}) == 1, question.get_text()
        assert kinds.count({"answer", "wrong"}) == len(options) - 1
        places.append(kinds.index({"answer", "right"}))
        for option, kind in zip(options, kinds, strict=True):
            parts = option.summary.next_siblings
            explanation = "".join(part.get_text() for part in parts)
            begin = "Right. " if "right" in kind else "Not quite. "
            assert explanation.strip().replace("\n", " ").startswith(begin)
            assert len(explanation) > 40
            assert not option.has_attr("open")
    assert len(set(places)) > 1, "the right option always stands at the same place"


@pytest.mark.parametrize("javascript", [True, False])
def test_a_question_is_answered_by_keyboard(javascript, browser: Browser, address):
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    page.goto(address + LESSONS[0])
    for kind, sign in (("wrong", "✗"), ("right", "✓")):
        option = page.locator(f".answer.{kind}").first
        explanation = option.locator("p").first
        expect(explanation).to_be_hidden()
        option.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(explanation).to_be_visible()
        if javascript:  # or else nothing can be evaluated in the page
            mark = "e => getComputedStyle(e, '::before').content"
            assert sign in option.locator("summary").evaluate(mark)
    context.close()
