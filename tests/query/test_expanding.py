"""What is selected, expanded and ordered, as clients write it, becomes one form; what contradicts itself is refused."""

import pytest

from ssclab_data.errors import QueryError, QueryLimitError, QuerySyntaxError, QueryTypeError, UnknownNameError
from ssclab_data.query import ast
from ssclab_data.query.bind import Limits, bind
from ssclab_data.query.lexer import parse_number
from ssclab_data.query.odata import format_options, parse_options

BY_ID = "$orderby=@iot.id asc"


@pytest.mark.parametrize(
    ("entity_type", "options", "bound", "why"),
    [
        ("Thing", {"$select": "*"}, {}, "everything is what comes unasked"),
        ("Thing", {"$select": "*,name"}, {}, "and more than everything is not there"),
        ("Thing", {"$select": "@iot.id,name,id"}, {"$select": "@iot.id,name"}, "both names of the handle"),
        (
            "Datastream",
            {"$select": "name,Thing/@iot.id"},
            {"$expand": f"Thing($select=@iot.id;{BY_ID})", "$select": "name,Thing"},
            "a path over a link expands it",
        ),
        (
            "Datastream",
            {"$select": "Thing/name", "$expand": "Thing($select=description),Sensor"},
            {"$expand": f"Thing($select=description,name;{BY_ID}),Sensor({BY_ID})", "$select": "Thing"},
            "what is selected twice is joined",
        ),
        (
            "Datastream",
            {"$select": "Thing/name", "$expand": "Thing"},
            {"$expand": f"Thing({BY_ID})", "$select": "Thing"},
            "an expand without select has it already",
        ),
        (
            "Thing",
            {"$expand": "Datastreams($top=1),Datastreams($count=true;$top=1),Datastreams/Sensor"},
            {"$expand": f"Datastreams($expand=Sensor({BY_ID});{BY_ID};$top=1;$count=true)"},
            "what does not contradict is joined",
        ),
        (
            "Datastream",
            {
                "$expand": "Sensor,\n Thing/Locations , Observations($select=@iot.id;$orderby=phenomenonTime DESC),"
                "Observations/FeatureOfInterest($select=feature)"
            },
            {
                "$expand": f"Sensor({BY_ID}),Thing($expand=Locations({BY_ID});{BY_ID}),Observations($expand="
                f"FeatureOfInterest($select=feature;{BY_ID});$select=@iot.id;$orderby=phenomenonTime desc,@iot.id desc)"
            },
            "pygeoapi, with raw newlines (FROST-Server#2351)",
        ),
        (
            "Observation",
            {"$orderby": "Datastream/Thing/@iot.id ASC, Datastream/Thing/properties/a/b\tDESC,Datastream/id"},
            {
                "$orderby": "Datastream/Thing/@iot.id asc,Datastream/Thing/properties/a/b desc,"
                "Datastream/@iot.id asc,@iot.id asc"
            },
            "over to-one links and into JSON",
        ),
        ("Thing", {"$orderby": "name,name desc,id"}, {"$orderby": "name asc,@iot.id asc"}, "a key twice says nothing"),
    ],
)
def test_it_becomes_one_form(entity_type: str, options: dict[str, str], bound: dict[str, str], why: str) -> None:
    query = bind(parse_options(entity_type, options))
    assert format_options(query) == {"$orderby": "@iot.id asc", **bound}, why
    assert bind(query) == query
    assert bind(parse_options(entity_type, format_options(query))) == query


@pytest.mark.parametrize(
    ("entity_type", "options", "error", "words"),
    [
        (
            "Thing",
            {"$expand": "Datastreams($top=1),Datastreams($top=2)"},
            QuerySyntaxError,
            r"two values of \$top.* 20\)",
        ),
        (
            "Thing",
            {"$expand": "Datastreams/Observations($top=1),Datastreams($expand=Observations($top=2))"},
            QuerySyntaxError,
            r"Observations is expanded twice.*\(at 53\)",
        ),
        ("Thing", {"$expand": "Datastreams($filter=foo eq 1)"}, UnknownNameError, r"\$expand .*'foo'.*\(at 20\)"),
        ("Thing", {"$expand": "Datastreams($orderby=foo)"}, UnknownNameError, r"\$expand .*'foo'.*\(at 21\)"),
        ("Thing", {"$expand": "Datastreams($nope=1)"}, UnknownNameError, r"\$expand no option '\$nope'.*\(at 12\)"),
        ("Thing", {"$expand": "Datastreams($filter=name eq)"}, QuerySyntaxError, r"\$expand .*\(at 27\)"),
        ("Thing", {"$expand": "Datastreams($top=99999)"}, QueryLimitError, r"\$expand more than 10000 rows"),
        ("Thing", {"$select": "name/x"}, QueryTypeError, r"\$select name has no members \(at 5\)"),
        ("Thing", {"$select": "@iot.id/x"}, QueryTypeError, r"\$select @iot.id has no members"),
        (
            "Thing",
            {"$select": ",".join(f"properties/a{n}" for n in range(201))},
            QueryLimitError,
            r"\$select more than",
        ),
        ("Datastream", {"$select": "unitOfMeasurement/unit"}, UnknownNameError, "known: name, symbol, definition"),
        (
            "Datastream",
            {"$orderby": "Observations/phenomenonTime desc"},
            QueryTypeError,
            r"\$expand=Observations\(\$orderby=phenomenonTime\); or by the phenomenonTime .*\(at 0\)",
        ),
        (
            "Thing",
            {"$orderby": "Datastreams/Observations/result"},
            QueryTypeError,
            r"\$expand=Datastreams/Observations\(\$orderby=result\)",
        ),
        ("Thing", {"$orderby": "Datastreams"}, QueryTypeError, r"\$expand=Datastreams\(\$orderby=@iot.id\)"),
        ("Thing", {"$filter": "name/any(x: true)"}, QueryTypeError, "any.. needs a link, and name is none"),
        ("Datastream", {"$filter": "Thing/any(x: true)"}, QueryTypeError, "leads to one"),
        ("Thing", {"$filter": "@iot.id/x eq 1"}, QueryTypeError, "has no members"),
    ],
)
def test_errors_name_the_option_and_the_place(
    entity_type: str, options: dict[str, str], error: type[QueryError], words: str
) -> None:
    with pytest.raises(error, match=words):
        bind(parse_options(entity_type, options))


def test_links_to_many_are_limited_as_expands_are() -> None:
    text = "Datastreams/Thing/Datastreams/name eq 'a'"
    bind(parse_options("Thing", {"$filter": text}), limits=Limits(max_expand_depth=2))
    with pytest.raises(QueryLimitError, match="links to many nested deeper than 1"):
        bind(parse_options("Thing", {"$filter": text}), limits=Limits(max_expand_depth=1))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", float(2**63)),
        ("-9223372036854775809", -float(2**63)),
        ("00000000000000000000000000000012", 12),
        ("-0", 0),
        ("1.0", 1.0),
        ("1e3", 1000.0),
    ],
)
def test_numbers_of_64_bits_stay_whole(text: str, number: float) -> None:
    assert (parse_number(text), type(parse_number(text))) == (number, type(number))


def test_a_handle_behind_a_link_is_a_value_everywhere() -> None:
    query = bind(parse_options("Observation", {"$filter": "Datastream/@iot.id eq 5 and Datastream/id in (5,6)"}))
    assert query.filter == ast.And(
        (
            ast.Compare("eq", ast.Path(("Datastream", ast.ID)), ast.Literal(5)),
            ast.In(ast.Path(("Datastream", ast.ID)), (ast.Literal(5), ast.Literal(6))),
        )
    )
