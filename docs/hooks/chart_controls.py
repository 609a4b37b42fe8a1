"""The controls of an explorable: Altair's bindings as a form, which `assets/explorables.js` listens to.

They stand on the page from the start, so nothing moves when the chart comes alive.
"""

import json
import re
from html import escape
from typing import Any

from cells import meant
from choices import is_in, is_number, is_on_step
from mkdocs.exceptions import PluginError

# The name that Altair gives to a parameter that has none.
NO_NAME = re.compile(r"param_(?:\d+|[0-9a-f]{16})")
# What follows from a slider by its name.
HELPERS = ("_text", "_steps")


def check_controls(spec: dict[str, Any], where: str) -> None:
    """Refuse a chart that could not be read without seeing it, or moved by what we write."""
    params = spec.get("params", [])
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
        if fault := fault_of_control(param):
            raise PluginError(f"{where}: {fault}")
        if not is_used(param["name"], spec):
            raise PluginError(
                f"{where}: nothing in the chart follows {param['name']}: use it in an "
                "expression, or leave its control out"
            )
    sliders = {param["name"] for param in params if is_slider(param)}
    for param in params:
        if fault := fault_of_helper(param, sliders, spec):
            raise PluginError(f"{where}: {fault}")
    if fault := fault_of_usermeta(spec.get("usermeta", {}), params):
        raise PluginError(f"{where}: {fault}")


def fault_of_control(param: dict[str, Any]) -> str:
    """Say what is wrong with a control and what it begins with, if something is."""
    name, bind, value = param["name"], param["bind"], param["value"]
    if NO_NAME.fullmatch(name):
        return f'a control has no name: give it alt.param(name="...", value={value!r})'
    if is_slider(param):
        low, high, step = limits_of(bind)
        if not all(map(is_number, (low, high, step))) or low >= high or step <= 0:
            return (
                f"the slider {name} can't go from {low} to {high} by {step}: let min be below "
                "max, and step above zero"
            )
        if not is_number(value) or not low <= value <= high:
            return f"{name} begins with {value!r}, and its slider goes from {low} to {high}"
        if not is_on_step(value, low, high, step):
            return f"{name} begins with {value}, where no step of {step} from {low} on leads"
    if bind["input"] in ("radio", "select"):
        options = bind.get("options", [])
        if not is_in(value, options):
            return (
                f"{name} begins with {value!r}, which is none of its options {options}"
            )
        if len(bind.get("labels") or options) != len(options):
            return f"{name} has {len(options)} options and {len(bind['labels'])} labels"
    return ""


def fault_of_helper(
    param: dict[str, Any], sliders: set[str], spec: dict[str, Any]
) -> str:
    """Say what is wrong with a parameter that is called as if it said or moved what a slider is set to."""
    name = param["name"]
    for ending in HELPERS:
        base = name.removesuffix(ending)
        if base == name:
            continue
        if base not in sliders and not is_used(name, spec):
            near = meant(base, sorted(sliders)) if sliders else "there is none"
            return f"{name} is for a slider {base}: {near}"
        if base in sliders and is_steps(param) and not are_steps(param.get("value")):
            return f'{name} says how far each button moves {base}: write value={{"Step": 1}}'
    return ""


def fault_of_usermeta(usermeta: dict[str, Any], params: list[dict[str, Any]]) -> str:
    """Say what in the data of one's own nothing heeds."""
    for key in usermeta:
        if key != "on":
            return f'nothing heeds {key} in usermeta: write usermeta={{"on": {{...}}}}'
    names = [param["name"] for param in params]
    for name in usermeta.get("on", {}):
        if name not in names:
            return f"usermeta has handlers for {name}: {meant(name, names)}"
    return ""


def is_used(name: str, spec: dict[str, Any]) -> bool:
    """Tell whether something in a chart speaks of a parameter, but for itself and its helpers."""
    own = {name, *(f"{name}{ending}" for ending in HELPERS)}
    params = [param for param in spec.get("params", []) if param["name"] not in own]
    rest = {**spec, "params": params, "datasets": {}}
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    return any(pattern.search(text) for text in texts_in(rest))


def texts_in(part: Any) -> list[str]:
    """List all texts in a specification, but for the names of what it says."""
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list):
        return [text for one in part for text in texts_in(one)]
    return [part] if isinstance(part, str) else []


def are_steps(value: Any) -> bool:
    """Tell whether a value says how far buttons move a slider, by their labels."""
    return isinstance(value, dict) and all(map(is_number, value.values()))


def controls_to_html(params: list[dict[str, Any]], words: dict[str, str]) -> str:
    """Write the form. What each slider is set to stands in `words`, or is its number."""
    steps = {param["name"]: param.get("value") for param in params if is_steps(param)}
    html = ""
    for param in filter(is_control, params):
        name = param["name"]
        html += buttons(name, steps.get(f"{name}_steps") or {})
        html += WRITERS[param["bind"]["input"]](param, words.get(f"{name}_text"))
    # A form that would close a dialog, and stands in none, is never sent.
    return (
        '<form class="explorable-controls" method="dialog" autocomplete="off">'
        f"{html}</form>"
    )


def is_control(param: dict[str, Any]) -> bool:
    """Tell if a parameter has a control; what follows the pointer is bound to something else."""
    return isinstance(param.get("bind"), dict)


def is_slider(param: dict[str, Any]) -> bool:
    """Tell if a parameter is set by a slider."""
    return is_control(param) and param["bind"].get("input") == "range"


def limits_of(bind: dict[str, Any]) -> tuple[float, float, float]:
    """Read where a slider begins and ends, and its step."""
    return bind.get("min", 0), bind.get("max", 100), bind.get("step", 1)


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
    limits = dict(zip(("min", "max", "step"), limits_of(bind), strict=True))
    if text is None:
        text = f"{value:.{len(str(limits['step']).partition('.')[2])}f}"
    numbers = "".join(f' {k}="{v}"' for k, v in limits.items())
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
