"""The contract, the catalogue and the vendor's page say the same, to the letter."""

import copy
import json
from typing import Any

import pytest
import yaml
from tests.contract.endpoint_page import FILE, EndpointPage, read_page

ROOT = FILE.parents[1]
# What a contradiction names is the file to edit.
PAGE, CONTRACT, CATALOGUE = "openapi/endpoint-page.txt", "openapi/openapi.yaml", "openapi/errors.yaml"


@pytest.fixture(scope="session")
def page() -> EndpointPage:
    """The facts of the vendor's page."""
    return read_page(FILE.read_text("utf-8"))


@pytest.fixture
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return yaml.safe_load((ROOT / "openapi/openapi.yaml").read_text("utf-8"))


@pytest.fixture
def catalogue() -> dict[str, Any]:
    """The catalogue of error codes."""
    return yaml.safe_load((ROOT / "openapi/errors.yaml").read_text("utf-8"))


def contradictions(page: EndpointPage, document: dict[str, Any], catalogue: dict[str, Any]) -> list[str]:
    """Each place in which the three disagree, by name."""
    return [*_codes(page, document, catalogue), *_texts(page, document, catalogue), *_shape(page, document)]


def _codes(page: EndpointPage, document: dict[str, Any], catalogue: dict[str, Any]) -> list[str]:
    rows = [row["code"] for row in catalogue["errors"]]
    listed = {
        f"{PAGE}: the list of codes": page.codes,
        f"{PAGE}: the example": list(page.error_example["errors"]),
        f"{CATALOGUE}: the list errors": rows,
        f"{CONTRACT}: the enum ErrorCode": document["components"]["schemas"]["ErrorCode"]["enum"],
        f"{CONTRACT}: the example EveryError": list(
            document["components"]["examples"]["EveryError"]["value"]["errors"]
        ),
        f"{CONTRACT}: components.examples": [n for n in document["components"]["examples"] if n != "EveryError"],
        f"{CONTRACT}: the 4XX response's examples": [n for n in _failure(document)["examples"] if n != "EveryError"],
    }
    found = []
    for where, codes in listed.items():
        found += [f"{where} lacks {code}" for code in dict.fromkeys([*page.codes, *rows]) if code not in codes]
        found += [f"{where} has {code}, which {PAGE} does not list" for code in codes if code not in page.codes]
        found += [f"{where} has {code} twice" for code in set(codes) if codes.count(code) > 1]
    return found


def _texts(page: EndpointPage, document: dict[str, Any], catalogue: dict[str, Any]) -> list[str]:
    found = []
    for row in catalogue["errors"]:
        expected = page.error_example["errors"].get(row["code"])
        if expected is None:
            continue
        for name in ("message", "solution"):
            if row[name]["value"] != expected[name]:
                found.append(f"{CATALOGUE}: {row['code']}.{name} is {row[name]['value']!r}, not {expected[name]!r}")
            if row[name]["source"] != "endpoint-page":
                found.append(f"{CATALOGUE}: {row['code']}.{name} is on the endpoint page, and names another source")
    for name, example in document["components"]["examples"].items():
        for code, error in example["value"]["errors"].items():
            if error != page.error_example["errors"].get(code):
                found.append(f"{CONTRACT}: the example {name} differs from the page in {code}")
        if name != "EveryError" and list(example["value"]["errors"]) != [name]:
            found.append(f"{CONTRACT}: the example {name} is not of {name} alone")
    for name, reference in _failure(document)["examples"].items():
        if reference["$ref"] != f"#/components/examples/{name}":
            found.append(f"{CONTRACT}: the example {name} of the 4XX response is another one's")
    return found


def _shape(page: EndpointPage, document: dict[str, Any]) -> list[str]:
    found = []
    operation = document["paths"].get(page.path, {}).get(page.method.lower())
    if operation is None:
        return [f"{CONTRACT} lacks {page.method} {page.path}"]
    (parameter,) = operation["parameters"]
    facts = (parameter["name"], parameter["schema"]["type"], parameter["required"], parameter["in"])
    if facts != (page.parameter.name, page.parameter.type, page.parameter.required, "path"):
        found.append(f"{CONTRACT}: the parameter is not the page's")
    if operation["summary"] != page.summary:
        found.append(f"{CONTRACT}: the operation's summary is not the page's")
    if not operation["responses"]["2XX"]["description"].startswith(page.success_description):
        found.append(f"{CONTRACT}: the description of the success is not the page's")
    schemas = document["components"]["schemas"]
    if not schemas["ErrorEnvelope"]["description"].startswith(page.failure_description):
        found.append(f"{CONTRACT}: the description of the envelope is not the page's")
    if schemas["IdentificationStatus"]["properties"].get("data", {}).get("examples") != [page.data_example]:
        found.append(f"{CONTRACT}: the example of data is not the page's")
    for name, fields in (("IdentificationStatus", page.success), ("Error", page.error)):
        schema = schemas[name]
        properties = schema["properties"]
        found += [f"{CONTRACT}: {name} has a field {one}, {PAGE} has not" for one in properties if one not in fields]
        found += [f"{PAGE} has a field {one} of {name}, {CONTRACT} has not" for one in fields if one not in properties]
        for field in (field for field in fields.values() if field.name in properties):
            given = properties[field.name]
            given_type = "string" if given.get("$ref") == "#/components/schemas/ErrorCode" else given.get("type")
            if given_type != ([field.type, "null"] if field.nullable else field.type):
                found.append(f"{CONTRACT}: {name}.{field.name} has another type than on the page")
            if (field.name in schema["required"]) is not field.required:
                found.append(f"{CONTRACT}: {name}.{field.name} is required in one place and optional in the other")
            if field.description and not given.get("description", "").startswith(field.description):
                found.append(f"{CONTRACT}: the description of {name}.{field.name} is not the page's")
    return found


def row_of(code: str, catalogue: dict[str, Any]) -> dict[str, Any]:
    """The catalogue's row of a code."""
    return next(row for row in catalogue["errors"] if row["code"] == code)


def _failure(document: dict[str, Any]) -> dict[str, Any]:
    (operation,) = (p["get"] for name, p in document["paths"].items() if name.endswith("/identification/liveness"))
    return operation["responses"]["4XX"]["content"]["application/json"]


def test_the_page_the_contract_and_the_catalogue_agree(page, document, catalogue):
    """No code, text, field, type or description differs between the three."""
    found = contradictions(page, document, catalogue)
    assert not found, "\n" + "\n".join(found)


def test_the_page_lists_at_least_thirteen_codes(page):
    """The reader of the page reads: a page that lost its codes would agree with anything."""
    assert len(page.codes) >= 13
    assert list(page.success)[:4] == ["name", "type", "status", "data"]
    assert list(page.error) == ["code", "message", "solution"]


@pytest.mark.parametrize("name", ["message", "solution"])
@pytest.mark.parametrize("index", range(13))
def test_a_changed_character_in_a_text_is_named(page, document, catalogue, index, name):
    """A full stop that becomes a comma in any text of the catalogue is a contradiction that names code and field."""
    row = row_of(page.codes[index], catalogue)
    row[name]["value"] = row[name]["value"].removesuffix(".") + ","
    assert any(f"{row['code']}.{name}" in line for line in contradictions(page, document, catalogue))


@pytest.mark.parametrize("index", range(13))
def test_a_changed_example_is_named(page, document, catalogue, index):
    """A text that differs in an example of the contract is a contradiction that names the code."""
    code = page.codes[index]
    document["components"]["examples"][code] = copy.deepcopy(document["components"]["examples"][code])
    document["components"]["examples"][code]["value"]["errors"][code]["message"] += " "
    assert any(f"example {code} differs" in line for line in contradictions(page, document, catalogue))


@pytest.mark.parametrize("index", range(13))
def test_a_missing_code_is_named(page, document, catalogue, index):
    """A code that is gone from the catalogue and from the enum is a contradiction that names it, in both places."""
    code = page.codes[index]
    catalogue["errors"].remove(row_of(code, catalogue))
    document["components"]["schemas"]["ErrorCode"]["enum"].remove(code)
    found = contradictions(page, document, catalogue)
    assert f"openapi/errors.yaml: the list errors lacks {code}" in found
    assert f"openapi/openapi.yaml: the enum ErrorCode lacks {code}" in found


def test_a_code_too_many_is_named(page, document, catalogue):
    """A fourteenth code is a contradiction wherever it was added."""
    catalogue["errors"].append({**catalogue["errors"][0], "code": "ER036"})
    document["components"]["schemas"]["ErrorCode"]["enum"].append("ER036")
    found = contradictions(page, document, catalogue)
    assert "openapi/errors.yaml: the list errors has ER036, which openapi/endpoint-page.txt does not list" in found
    assert "openapi/openapi.yaml: the enum ErrorCode has ER036, which openapi/endpoint-page.txt does not list" in found


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda s: s["IdentificationStatus"]["required"].remove("status"), "IdentificationStatus.status is required"),
        (lambda s: s["IdentificationStatus"]["properties"]["type"].update(type="string"), "type has another type"),
        (lambda s: s["IdentificationStatus"]["properties"].pop("data"), "a field data of IdentificationStatus"),
        (lambda s: s["IdentificationStatus"]["properties"].update(at={}), "IdentificationStatus has a field at"),
        (lambda s: s["Error"]["required"].remove("solution"), "Error.solution is required"),
        (lambda s: s["IdentificationStatus"]["properties"]["name"].update(description="?"), "description of Identif"),
    ],
)
def test_a_changed_schema_is_named(page, document, catalogue, change, complaint):
    """A field that is optional, of another type, gone or described in other words is a contradiction."""
    change(document["components"]["schemas"])
    assert any(complaint in line for line in contradictions(page, document, catalogue))


def test_a_page_of_another_layout_is_refused():
    """A page whose layout changed is an error, never a page without facts."""
    with pytest.raises(ValueError, match="layout"):
        read_page(FILE.read_text("utf-8").replace("object", "objects"))


def test_a_field_behind_an_example_is_read():
    """A new field may stand anywhere on the page, and has its description and type."""
    text = FILE.read_text("utf-8").replace(
        '"fooToken"\n}\n', '"fooToken"\n}\nanotherField\n\nWhen the check ends.\n\nstring\nnullable\n'
    )
    field = read_page(text).success["anotherField"]
    assert (field.type, field.nullable, field.description) == ("string", True, "When the check ends.")


def test_the_page_is_well_read(page):
    """What the reader makes of the page gives the page's own JSON again."""
    text = FILE.read_text("utf-8")
    assert json.loads(text[text.rindex("Example") + len("Example") :]) == page.error_example
