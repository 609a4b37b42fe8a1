"""The data of an explorable: on the page, and with what the chart shows of it.

Goes in: a chart's specification. Comes out: nothing, or a refusal.
"""

from collections.abc import Iterator
from typing import Any

from mkdocs.exceptions import PluginError

PARTS = ("layer", "hconcat", "vconcat", "concat")
# What Altair writes for a chart without data: one row without fields.
NO_DATA = {"name": "empty"}


def check_data(part: Any, where: str) -> None:
    """Refuse a chart that would fetch something: a page asks no other host for anything."""
    parts = part.items() if isinstance(part, dict) else []
    for name, value in parts:
        if name == "url" and isinstance(value, str) and not value.startswith("data:"):
            raise PluginError(
                f"{where}: the chart would fetch {value}: give it the data, "
                "as in alt.InlineData(values=...)"
            )
    for value in part if isinstance(part, list) else [value for _, value in parts]:
        check_data(value, where)


def check_fields(spec: dict[str, Any], where: str) -> None:
    """Refuse a chart that shows a field which its data lack, or which no data have."""
    for view in views(spec):
        known = fields_in(view.get("data"), spec.get("datasets", {}))
        if view["transform"] or known is None:
            continue
        for field in sorted(fields_of(view["encoding"]) - known):
            has = f"its data have only {', '.join(sorted(known))}"
            none = "it has no data: write alt.Chart(alt.InlineData(values=...))"
            raise PluginError(
                f"{where}: the chart shows {field}, and {has if known else none}"
            )


def views(part: dict[str, Any], **above: Any) -> Iterator[dict[str, Any]]:
    """List what is drawn, each with the data, the encoding and the transformations from above."""
    transform = [*above.get("transform", []), *part.get("transform", [])]
    encoding = {**above.get("encoding", {}), **part.get("encoding", {})}
    whole = {**above, **part, "transform": transform, "encoding": encoding}
    if "mark" in part:
        yield whole
    kept = {
        name: whole[name] for name in whole.keys() & {"data", "transform", "encoding"}
    }
    for name in PARTS:
        for inner in part.get(name, []):
            yield from views(inner, **kept)


def fields_of(encoding: dict[str, Any]) -> set[str]:
    """List the fields that an encoding names plainly; of nested ones and the like nothing is said."""
    names = {
        channel.get("field")
        for channel in encoding.values()
        if isinstance(channel, dict)
    }
    return {
        name for name in names if isinstance(name, str) and not {*name} & {*"[].\\"}
    }


def fields_in(data: Any, datasets: dict[str, Any]) -> set[str] | None:
    """List the fields of data that stand in a specification as they are; None where that is unclear."""
    if not data or data == NO_DATA:
        return set()
    rows = data.get("values", datasets.get(data.get("name")))
    is_table = isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
    if not rows or not is_table or "format" in data:
        return None
    return {name for row in rows for name in row}
