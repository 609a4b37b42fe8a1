"""Questions are answered in the page; the rules that they keep are the build's (test_refusals.py)."""

import pytest
from playwright.sync_api import Browser, expect
from project import LESSONS


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
