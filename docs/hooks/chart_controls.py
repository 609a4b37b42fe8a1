"""The controls of an explorable: Altair's bindings as a form, which `assets/explorables.js` listens to.

They stand on the page from the start, so nothing moves when the chart comes alive.
"""

import json
from html import escape
from typing import Any

from mkdocs.exceptions import PluginError


def check_controls(params: list[dict[str, Any]], where: str) -> None:
    """Refuse a chart that could not be read without seeing it, or moved by what we write."""
    if "state" not in {param["name"] for param in params}:
        raise PluginError(
            f"{where}: the chart does not say its state in words: give it "
            f'alt.param(name="state", expr=...) with the text'
        )
    for param in filter(is_control, params):
        if param["bind"].get("input") not in WRITERS:
            raise PluginError(
                f"{where}: the control of {param['name']} is not one of "
                f"{', '.join(WRITERS)}: bind it as alt.binding_range(...) does"
            )
        if "value" not in param:
            raise PluginError(
                f"{where}: {param['name']} has a control and no value to begin with: "
                "give it value=..."
            )


def controls_to_html(params: list[dict[str, Any]], words: dict[str, str]) -> str:
    """Write the form. What each slider is set to stands in `words`, or is its number."""
    steps = {param["name"]: param["value"] for param in params if is_steps(param)}
    html = ""
    for param in filter(is_control, params):
        name = param["name"]
        html += buttons(name, steps.get(f"{name}_steps", {}))
        html += WRITERS[param["bind"]["input"]](param, words.get(f"{name}_text"))
    # A form that would close a dialog, and stands in none, is never sent.
    return (
        '<form class="explorable-controls" method="dialog" autocomplete="off">'
        f"{html}</form>"
    )


def is_control(param: dict[str, Any]) -> bool:
    """Tell if a parameter has a control; what follows the pointer is bound to something else."""
    return isinstance(param.get("bind"), dict)


def is_steps(param: dict[str, Any]) -> bool:
    """Tell if a parameter holds the buttons of a slider: how far each moves it, by its label."""
    return bool(param["name"].endswith("_steps"))


def buttons(name: str, steps: dict[str, float]) -> str:
    """Write the buttons before a slider."""
    if not steps:
        return ""
    row = "".join(
        f'<button type="button" data-step="{step}">{escape(label)}</button>'
        for label, step in steps.items()
    )
    return (
        f'<div class="explorable-buttons" role="group" aria-label="{escape(name)}">'
        f"{row}</div>"
    )


def slider(param: dict[str, Any], text: str | None) -> str:
    """Write a range, with what it is set to beside its name."""
    bind, value = param["bind"], param["value"]
    limits = {"min": bind.get("min", 0), "max": bind.get("max", 100)}
    step = bind.get("step", 1)
    if text is None:
        text = f"{value:.{len(str(step).partition('.')[2])}f}"
    numbers = "".join(f' {k}="{v}"' for k, v in {**limits, "step": step}.items())
    return (
        f'<label data-value="{escape(text)}">{label_of(param)}'
        f'<input type="range" name="{escape(param["name"])}"{numbers} value="{value}"'
        f' aria-valuetext="{escape(text)}"></label>'
    )


def checkbox(param: dict[str, Any], _: str | None) -> str:
    """Write a box to check."""
    checked = " checked" * bool(param["value"])
    name = escape(param["name"])
    return f'<label><input type="checkbox" name="{name}"{checked}>{label_of(param)}</label>'


def radio(param: dict[str, Any], _: str | None) -> str:
    """Write a choice whose options are all in sight."""
    options = "".join(
        f'<label><input type="radio" name="{escape(param["name"])}" value="{value}"'
        f"{' checked' * is_set}>{label}</label>"
        for value, label, is_set in options_of(param)
    )
    name = escape(param["bind"].get("name") or param["name"])
    return (
        f'<div class="explorable-choice" role="radiogroup" aria-label="{name}">'
        f"{label_of(param)}{options}</div>"
    )


def select(param: dict[str, Any], _: str | None) -> str:
    """Write a choice whose options fold out."""
    options = "".join(
        f'<option value="{value}"{" selected" * is_set}>{label}</option>'
        for value, label, is_set in options_of(param)
    )
    return (
        f'<label>{label_of(param)}<select name="{escape(param["name"])}">'
        f"{options}</select></label>"
    )


def label_of(param: dict[str, Any]) -> str:
    """Write the name of a control."""
    return f"<span>{escape(param['bind'].get('name') or param['name'])}</span>"


def options_of(param: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """List the options of a choice: the value as JSON, the label, and if it is set."""
    options = param["bind"]["options"]
    labels = param["bind"].get("labels") or options
    return [
        (escape(json.dumps(option)), escape(str(label)), option == param["value"])
        for option, label in zip(options, labels, strict=True)
    ]


# By the kind of binding, as Vega-Lite calls it.
WRITERS = {"range": slider, "checkbox": checkbox, "radio": radio, "select": select}
