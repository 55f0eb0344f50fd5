"""The examples of the OpenAPI document have the shape it tells of."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator


def test_each_example_has_the_fields_of_its_shape_and_no_others() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    shapes = document["components"]["schemas"]

    wrong = [
        (where, sorted(set(value) ^ set(shape["properties"])))
        for where, shape, value in _answered(document, shapes)
        if set(value) != set(shape["properties"])
    ]

    assert wrong == [], "\n".join(map(str, wrong))


def _answered(document: Any, shapes: Any) -> Any:
    """Every example of a good answer, with its shape and where it stands."""
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            for status, response in operation.get("responses", {}).items():
                for content in response.get("content", {}).values():
                    for name, example in content.get("examples", {}).items():
                        if not status.startswith("2"):
                            continue
                        shape, value = content["schema"], example["value"]
                        if shape.get("type") == "array":
                            shape, value = shape["items"], value[0]
                        shape = shapes[shape["$ref"].rpartition("/")[2]]
                        yield f"{verb} {path}: {name}", shape, value
