"""What a later REST or event contract would break for programs written against an earlier one.

`python -m docs.contracts.breaking_changes` compares today's documents with the published ones and
lists each breaking change; `--publish` makes today's the published ones, once none is left.

It knows what this project writes: operations with their names, parameters, bodies and answers;
event types with their topics and payloads; JSON Schemas of objects, arrays, choices, enums and
bounds. What a caller sends may be asked of it no more strictly; what it receives may lose nothing.
A new value of an enum that it receives, a new status of refusal and any wording are not breaking
(rest_api_v1.md, "Versions"). It does not compare patterns, defaults, or what an operation does.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]
FOLDER = Path(__file__).parent
PUBLISHED = FOLDER / "published"
LOWER = ("minLength", "minimum", "minItems", "exclusiveMinimum")
UPPER = ("maxLength", "maximum", "maxItems", "exclusiveMaximum")


def rest_changes(before: Schema, after: Schema) -> list[str]:
    """Return what breaks between two OpenAPI documents of this project, a sentence each."""
    found = []
    for path, item in before["paths"].items():
        for method, old in item.items():
            place = f"{method.upper()} {path}"
            new = after["paths"].get(path, {}).get(method)
            if new is None:
                found.append(f"{place}: the operation is gone")
            else:
                found += [f"{place}: {each}" for each in _of_operation(before, after, old, new)]
    return found


def event_changes(before: Schema, after: Schema) -> list[str]:
    """Return what breaks between two AsyncAPI documents of this project, a sentence each."""
    found = []
    for topic, channel in before["channels"].items():
        there = after["channels"].get(topic, {}).get("messages", {})
        found += [f"{name}: not on {topic} any more" for name in channel["messages"].keys() - there]
    for name, message in before["components"]["messages"].items():
        now = after["components"]["messages"].get(name)
        if now is None:
            continue
        if _key(message) != _key(now):
            found.append(f"{name}: the key is another")
        compare = _Comparison(before, after, sent=False)
        found += [
            f"{message['name']}: {each}"
            for each in compare.schemas(message["payload"], now["payload"], "payload")
        ]
    return found


def _key(message: Schema) -> Any:
    return message["bindings"]["kafka"]["key"]["description"]


def _of_operation(before: Schema, after: Schema, old: Schema, new: Schema) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"its name {old['operationId']} is now {new['operationId']}"
    yield from _of_parameters(before, after, old, new)
    sends, receives = (_Comparison(before, after, sent=each) for each in (True, False))
    body, now = old.get("requestBody", {}), new.get("requestBody", {})
    if now.get("required") and not body:
        yield "a body is now required"
    for kind, content in body.get("content", {}).items():
        if kind not in now.get("content", {}):
            yield f"a body of {kind} is not accepted any more"
        else:
            yield from sends.schemas(content["schema"], now["content"][kind]["schema"], "body")
    for status, answer in old["responses"].items():
        if status[0] != "2":
            continue
        there = new["responses"].get(status)
        if there is None:
            yield f"it never answers {status} any more"
            continue
        for name in answer.get("headers", {}).keys() - there.get("headers", {}):
            yield f"the answer {status} has no {name} any more"
        for kind, content in answer.get("content", {}).items():
            if kind not in there.get("content", {}):
                yield f"the answer {status} is not {kind} any more"
            else:
                now_it_is = there["content"][kind]["schema"]
                yield from receives.schemas(content["schema"], now_it_is, f"answer {status}")


def _of_parameters(before: Schema, after: Schema, old: Schema, new: Schema) -> Iterator[str]:
    was, now = (
        {(each["in"], each["name"]): each for each in _parameters(document, operation)}
        for document, operation in ((before, old), (after, new))
    )
    for where, name in was.keys() - now:
        yield f"the {where} parameter {name} is gone"
    for place, parameter in now.items():
        is_required = parameter.get("required", False)
        if is_required and not was.get(place, {}).get("required", False):
            yield f"the {place[0]} parameter {place[1]} is now required"
        if place in was:
            yield from _Comparison(before, after, sent=True).schemas(
                was[place]["schema"], parameter["schema"], f"parameter {place[1]}"
            )


def _parameters(document: Schema, operation: Schema) -> list[Schema]:
    return [_resolved(document, each) for each in operation.get("parameters", [])]


def _resolved(document: Schema, found: Schema) -> Schema:
    while "$ref" in found:
        name: Any = document
        for part in found["$ref"].removeprefix("#/").split("/"):
            name = name[part]
        found = name
    return found


class _Comparison:
    """Compare two schemas, each in its document; `sent` if the caller writes what they describe."""

    def __init__(self, before: Schema, after: Schema, *, sent: bool) -> None:
        self.before, self.after, self.sent = before, after, sent
        self.seen: set[tuple[str, str]] = set()

    def schemas(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        """Return what breaks, each with its place."""
        names = (str(old.get("$ref")), str(new.get("$ref")))
        if "$ref" in old and "$ref" in new:
            if names in self.seen:
                return
            self.seen.add(names)
        old, new = _resolved(self.before, old), _resolved(self.after, new)
        yield from self._types(old, new, place)
        yield from self._enums(old, new, place)
        if self.sent:
            yield from _bounds(old, new, place)
        yield from self._objects(old, new, place)
        if "items" in old and "items" in new:
            yield from self.schemas(old["items"], new["items"], f"{place}[]")
        if isinstance(old.get("additionalProperties"), dict) and isinstance(
            new.get("additionalProperties"), dict
        ):
            yield from self.schemas(
                old["additionalProperties"], new["additionalProperties"], f"{place}.*"
            )
        for word in ("allOf", "anyOf", "oneOf"):
            pairs = zip(old.get(word, []), new.get(word, []), strict=False)
            for n, (one, other) in enumerate(pairs):
                if _kinds(self.before, one) == _kinds(self.after, other):
                    yield from self.schemas(one, other, f"{place}({n})")

    def _types(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        was, now = _kinds(self.before, old), _kinds(self.after, new)
        lost = (was - now) if self.sent else (now - was)
        if was and now and lost:
            verb = "is not accepted any more" if self.sent else "can now come"
            yield f"{place}: {', '.join(sorted(lost))} {verb}"

    def _enums(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if not self.sent or "enum" not in new:
            return
        if "enum" not in old:
            yield f"{place}: only some values are accepted now"
        elif gone := [each for each in old["enum"] if each not in new["enum"]]:
            yield f"{place}: {gone} is not accepted any more"

    def _objects(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        required, before = set(new.get("required", [])), set(old.get("required", []))
        for name in was.keys() - now:
            yield f"{place}.{name}: gone"
        if self.sent:
            for name in sorted(required - before):
                yield f"{place}.{name}: now required"
        else:
            for name in sorted((before - required) & now.keys()):
                yield f"{place}.{name}: may now be missing"
        for name in was.keys() & now:
            yield from self.schemas(was[name], now[name], f"{place}.{name}")


def _kinds(document: Schema, schema: Schema) -> set[str]:
    """Return the JSON types that a schema allows; nothing for one that does not say."""
    schema = _resolved(document, schema)
    if "type" in schema:
        types = schema["type"]
        form = f" as {schema['format']}" if "format" in schema else ""
        return {f"{each}{form}" for each in ([types] if isinstance(types, str) else types)}
    parts = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    return set().union(*(_kinds(document, each) for each in parts)) if parts else set()


def _bounds(old: Schema, new: Schema, place: str) -> Iterator[str]:
    sides: tuple[tuple[tuple[str, ...], Callable[[float, float], bool]], ...] = (
        (LOWER, lambda was, now: now > was),
        (UPPER, lambda was, now: now < was),
    )
    for words, is_narrower in sides:
        for word in words:
            if word in new and (word not in old or is_narrower(old[word], new[word])):
                yield f"{place}: {word} is now {new[word]}"


def changes() -> list[str]:
    """Return what today's documents break of the published ones."""
    old, new = ([_read(folder / name) for name in NAMES] for folder in (PUBLISHED, FOLDER))
    return rest_changes(old[0], new[0]) + event_changes(old[1], new[1])


NAMES = ("openapi.json", "asyncapi.json")


def _read(path: Path) -> Schema:
    found: Schema = json.loads(path.read_text())
    return found


if __name__ == "__main__":
    if found := changes():
        sys.exit("\n".join(found))
    if "--publish" in sys.argv:
        for name in NAMES:
            (PUBLISHED / name).write_text(
                json.dumps(_read(FOLDER / name), ensure_ascii=False) + "\n"
            )
