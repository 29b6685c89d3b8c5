"""`/openapi.json`, completed: what FastAPI leaves out and can be told from what is there.

A field has its description and example where it is declared. From these come the examples of whole answers and
bodies; a route's docstring is its summary (the first line) and its description (the rest).
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.refusals import Problem

Schema = dict[str, Any]

REF = "#/components/schemas/"
PLAIN = "Successful Response"
"""What FastAPI calls an answer; the model's docstring says what it is."""

TAGS = {
    "search": "Titles, typos and all.",
    "recommend": "Films that are kin to those you like.",
    "catalogue": "Browse the films, one by one and by the page.",
    "shelves": "Films in the order of a rule that is told with them.",
    "statistics": "Numbers for charts, under the filters.",
    "accounts": "Tokens for what not everybody may do.",
    "editing": "Write films, as an editor.",
    "operation": "For those who run it.",
}


class DocumentedApp(FastAPI):
    """FastAPI with a document that has an example of everything."""

    def openapi(self) -> Schema:
        """The OpenAPI document, the same object each time."""
        known = self.openapi_schema
        document = super().openapi()
        if document is not known:
            _complete(document)
        return document


def _complete(document: Schema) -> None:
    schemas: dict[str, Schema] = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=f"{REF}{{model}}")
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if "examples" not in field and (example := _example(field, schemas)) is not None:
                field["examples"] = [example]
    for operations in document["paths"].values():
        for operation in operations.values():
            summary, _, more = operation["description"].partition("\n\n")
            operation |= {"summary": summary.rstrip("."), "description": more or summary}
            for parameter in operation.get("parameters", ()):
                _show(parameter)
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in body.get("content", {}).values():
                    if "example" not in content:
                        content["example"] = _example(content["schema"], schemas)
                    if body.get("description") == PLAIN and "$ref" in content["schema"]:
                        body["description"] = _named(content["schema"], schemas)["description"]


def _show(parameter: Schema) -> None:
    """Fill a parameter that must be there in, and name an example of one that may be left out.

    Swagger UI shows no examples of a parameter's schema; what it fills in is sent, so all filters at once.
    """
    example = parameter["schema"]["examples"][0]
    if parameter["required"]:
        parameter["example"] = example
    elif not isinstance(example, bool):
        written = ",".join(map(str, example)) if isinstance(example, list) else example
        parameter["description"] += f", such as `{written}`"


def _example(schema: Schema, schemas: dict[str, Schema]) -> Any:
    """The example of a schema, or one made of those of its parts; None where a part has none."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return _example(_named(schema, schemas), schemas)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if "properties" in schema:
        return {name: _example(field, schemas) for name, field in schema["properties"].items()}
    if "items" in schema:
        return [_example(schema["items"], schemas)]
    return None


def _named(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    return schemas[schema["$ref"].removeprefix(REF)]
