"""Questions are answered in the page; the rules that they keep are the build's (test_refusals.py)."""

import ast
import re

import pytest
from playwright.sync_api import Browser, expect
from project import LESSONS, PROJECT


@pytest.mark.parametrize("path", LESSONS)
def test_a_check_is_tried_with_three_right_forms_and_four_impostors(path):
    lesson = (PROJECT / "docs" / f"{path[:-1]}.md").read_text("utf-8")
    fence = r'^```python tags=\["claim"\]\n(.*?)^```'
    for claim in re.findall(fence, lesson, re.MULTILINE | re.DOTALL):
        sizes = {
            ast.unparse(node.targets[0]): len(node.value.elts)
            for node in ast.parse(claim).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
        }
        assert sizes.get("right_forms", 3) >= 3 and sizes.get("impostors", 4) >= 4, (
            claim
        )


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
