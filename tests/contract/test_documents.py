"""Contract and catalogue are well-formed documents that other tools can read."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

FOLDER = Path(__file__).parents[2] / "openapi"
DOCUMENT = yaml.safe_load((FOLDER / "openapi.yaml").read_text("utf-8"))
CATALOGUE = yaml.safe_load((FOLDER / "errors.yaml").read_text("utf-8"))
CATALOGUE_VALIDATOR = Draft202012Validator(json.loads((FOLDER / "errors.schema.json").read_text("utf-8")))
OPERATION = DOCUMENT["paths"]["/api/v2/buy/{id}/identification/liveness"]["get"]


def schema_errors(instance: object, name: str) -> list[str]:
    """What is wrong with an instance of one of the contract's schemas."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return [error.message for error in Draft202012Validator(schema).iter_errors(instance)]


def test_the_contract_is_valid_openapi():
    """The document is OpenAPI 3.1."""
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_catalogue_follows_its_schema():
    """Every row has every column, each fact with its source."""
    Draft202012Validator.check_schema(CATALOGUE_VALIDATOR.schema)
    assert [error.message for error in CATALOGUE_VALIDATOR.iter_errors(CATALOGUE)] == []


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.pop("trigger"),
        lambda row: row["message"].pop("source"),
        lambda row: row["message"].update(source="assumed"),
        lambda row: row["retry"].update(value="maybe"),
        lambda row: row["actor"].update(value=None),
        lambda row: row["http_statuses"].clear(),
        lambda row: row.update(http_status=400),
    ],
)
def test_a_malformed_row_is_refused(change):
    """A row that lacks a column or a source, invents a text, or has a value or a column too many is no row."""
    row = json.loads(json.dumps(CATALOGUE["errors"][0]))
    change(row)
    assert not CATALOGUE_VALIDATOR.is_valid({**CATALOGUE, "errors": [row]})


def test_codes_and_triggers_are_unique():
    """A code stands in one row, and a trigger provokes one code."""
    rows = CATALOGUE["errors"] + CATALOGUE["elsewhere"]
    for values in ([row["code"] for row in rows], [row["trigger"]["value"] for row in rows]):
        assert len(set(values)) == len(values)


def test_only_documented_statuses_are_given_as_documented():
    """Vendor docs give 4xx for every failure and 400 for ER801; any other status is marked as assumed."""
    for row in CATALOGUE["errors"]:
        documented = {fact["value"] for fact in row["http_statuses"] if fact["source"] != "assumed"}
        assert documented == ({"4XX", "400"} if row["code"] == "ER801" else {"4XX"}), row["code"]


def test_both_environments_are_servers():
    """Production and sandbox, in this order."""
    assert [server["url"] for server in DOCUMENT["servers"]] == [
        "https://api.btcdirect.eu",
        "https://api-sandbox.btcdirect.eu",
    ]


def test_the_operation_takes_one_client_authorization_beside_the_user_token():
    """Client token or API key, each together with the user token, and declared on the operation itself."""
    assert [sorted(alternative) for alternative in OPERATION["security"]] == [
        ["clientToken", "userToken"],
        ["apiKey", "userToken"],
    ]
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert (schemes["clientToken"]["type"], schemes["clientToken"]["scheme"]) == ("http", "bearer")
    assert schemes["apiKey"]["name"] == "X-Api-Key"
    assert schemes["userToken"]["name"] == "User-Authorization"


def test_success_failure_and_anything_else_are_described():
    """A response for success, for 4xx (429 apart, which vendor docs describe) and for anything else."""
    assert list(OPERATION["responses"]) == ["2XX", "429", "4XX", "default"]


@pytest.mark.parametrize("name", DOCUMENT["components"]["examples"])
def test_every_example_of_an_error_is_an_envelope(name):
    """The contract's own examples satisfy its schema."""
    assert schema_errors(DOCUMENT["components"]["examples"][name]["value"], "ErrorEnvelope") == []


@pytest.mark.parametrize(
    "status",
    [
        {"name": "liveness", "status": "pending"},
        {"name": "liveness", "status": "pending", "type": None},
        {"name": "liveness", "status": "pending", "type": "sumsub", "data": {"accessToken": "fooToken"}, "more": 1},
        {"name": "", "status": "", "data": {}},
    ],
)
def test_what_the_page_allows_is_valid(status):
    """`type` may be null or absent, `data` absent or with any keys, and fields may be added."""
    assert schema_errors(status, "IdentificationStatus") == []


@pytest.mark.parametrize(
    "status",
    [
        {"name": "liveness"},
        {"status": "pending"},
        {"name": None, "status": "pending"},
        {"name": "liveness", "status": 1},
        {"name": "liveness", "status": "pending", "type": 1},
        {"name": "liveness", "status": "pending", "data": []},
        {"name": "liveness", "status": "pending", "data": None},
        [{"name": "liveness", "status": "pending"}],
    ],
)
def test_what_the_page_does_not_allow_is_invalid(status):
    """A missing or wrongly typed field, PHP's empty array for an object included."""
    assert schema_errors(status, "IdentificationStatus")


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        {"errors": {}},
        {"errors": []},
        {"errors": {"ER036": {"code": "ER034", "message": "m", "solution": "s"}}},
        {"errors": {"ER034": {"code": "ER036", "message": "m", "solution": "s"}}},
        {"errors": {"ER034": {"code": "ER034", "message": "m"}}},
        {"errors": {"ER034": {"code": "ER034", "message": "m", "solution": None}}},
    ],
)
def test_what_is_no_envelope_is_invalid(envelope):
    """No error at all, a code outside the list as key or as code, or a missing or wrongly typed field."""
    assert schema_errors(envelope, "ErrorEnvelope")
