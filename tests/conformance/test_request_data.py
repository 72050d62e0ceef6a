"""Conformance class request-data: every system query option, operator and function (OGC 18-088, 9.3)."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import MAX_PAGE_SIZE, PAGE_SIZE
from .requirements import requirement
from .service import NOT_THERE, SETS, Service
from .world import CORNER, LINE, POLYGON, RESULTS

OVEN = "Observations?$filter=Datastream/name eq 'Oven temperature'"


def of_oven(service: Service, options: str) -> list[Any]:
    """Results of the Observations of the oven, in their order, that pass one more filter."""
    return service.results(f"{OVEN} and ({options})&$orderby=phenomenonTime")


# status codes


@requirement("request-data/status-code")
@pytest.mark.parametrize("plural", SETS.values())
def test_what_is_not_there_is_not_found(filled: Service, plural: str) -> None:
    assert filled.ask("GET", f"{plural}(999999)").status_code in NOT_THERE
    assert filled.ask("GET", f"{plural}(999999)/name").status_code in NOT_THERE


@requirement("request-data/status-code")
def test_an_address_that_has_expired_is_not_found(service: Service) -> None:
    path = service.create("Things", {"name": "Oven", "description": "soon gone"})
    link = service.get(path)["Locations@iot.navigationLink"]
    assert service.ask("DELETE", path).status_code in (200, 204)
    assert service.ask("GET", path).status_code in NOT_THERE
    assert service.ask("GET", link).status_code in NOT_THERE


@requirement("request-data/query-status-code")
@pytest.mark.parametrize("option", ["$search=Oven", "$compute=result add 1 as more", "$deltatoken=1", "$levels=2"])
def test_an_option_that_is_not_supported_is_not_implemented(filled: Service, option: str) -> None:
    """Options of OData that SensorThings 1.1 has not."""
    answer = filled.ask("GET", f"Things?{option}")
    assert answer.status_code == 501
    assert option.partition("=")[0] in answer.text, "the answer names it"


# order of evaluation


@requirement("request-data/order")
@pytest.mark.parametrize("reverse", [False, True])
def test_options_are_evaluated_in_the_order_of_the_standard(filled: Service, reverse: bool) -> None:
    """Filter, count, orderby, skip, top; then select and expand; whatever their order in the request."""
    options = [
        "$filter=Datastream/name eq 'Oven temperature' and result ge 4",
        "$count=true",
        "$orderby=result desc",
        "$skip=2",
        "$top=3",
        "$select=result",
        "$expand=Datastream($select=name)",
    ]
    body = filled.get("Observations?" + "&".join(reversed(options) if reverse else options))
    assert body["@iot.count"] == 8, "of the filter, not of skip and top"
    assert body["value"] == [{"result": n, "Datastream": {"name": "Oven temperature"}} for n in (9, 8, 7)]


@requirement("request-data/order")
def test_a_page_is_made_before_properties_are_selected(filled: Service) -> None:
    """What is not selected still sorts and filters."""
    body = filled.get(f"{OVEN} and result lt 3&$orderby=phenomenonTime desc&$select=result")
    assert body["value"] == [{"result": 2}, {"result": 1}, {"result": 0}]


# $expand


@requirement("request-data/expand")
@pytest.mark.parametrize(
    ("plural", "names"),
    [
        ("Things", ("Locations", "Datastreams", "HistoricalLocations")),
        ("Locations", ("Things", "HistoricalLocations")),
        ("HistoricalLocations", ("Thing", "Locations")),
        ("Datastreams", ("Thing", "Sensor", "ObservedProperty", "Observations")),
        ("Sensors", ("Datastreams",)),
        ("ObservedProperties", ("Datastreams",)),
        ("Observations", ("Datastream", "FeatureOfInterest")),
        ("FeaturesOfInterest", ("Observations",)),
    ],
)
def test_expand_puts_inline_what_the_links_lead_to(filled: Service, plural: str, names: tuple[str, ...]) -> None:
    for one in filled.values(f"{plural}?$expand={','.join(names)}"):
        path = filled.path_of(one["@iot.selfLink"])
        for name in names:
            linked = filled.get(f"{path}/{name}")
            assert one[name] == linked.get("value", linked)
        assert {key for key in one if key.endswith("navigationLink")}.isdisjoint(
            f"{name}@iot.navigationLink" for name in names
        )


@requirement("request-data/expand")
def test_expand_goes_on_after_a_slash(filled: Service) -> None:
    for thing in filled.values("Things?$expand=Datastreams/ObservedProperty"):
        for stream in thing["Datastreams"]:
            path = filled.path_of(stream["@iot.selfLink"])
            assert stream["ObservedProperty"] == filled.get(f"{path}/ObservedProperty")
    (lamp,) = filled.values("Things?$filter=name eq 'Lamp'&$expand=Datastreams/Observations/FeatureOfInterest")
    places = [one["FeatureOfInterest"]["name"] for one in lamp["Datastreams"][0]["Observations"]]
    assert places == ["Light", "Light"]


@requirement("request-data/expand")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$filter=result eq 1", [1]),
        ("$filter=result lt 3;$orderby=result desc", [2, 1, 0]),
        ("$orderby=result desc;$top=2", [11, 10]),
        ("$orderby=result;$skip=3;$top=2", [3, 4]),
        ("$orderby=result;$filter=result gt 9", [10, 11]),
    ],
)
def test_expand_takes_options_of_its_own(filled: Service, options: str, expected: list[int]) -> None:
    path = filled.path_by_name("Datastreams", "Oven temperature")
    inline = filled.get(f"{path}?$expand=Observations({options})")["Observations"]
    assert [one["result"] for one in inline] == expected


@requirement("request-data/expand")
def test_expand_takes_select_count_and_expand(filled: Service) -> None:
    path = filled.path_by_name("Things", "Oven")
    inner = "Observations($filter=result ge 10;$count=true;$orderby=result;$select=result;$expand=FeatureOfInterest)"
    (stream,) = filled.get(f"{path}?$expand=Datastreams($select=name;$expand={inner})")["Datastreams"]
    assert stream["name"] == "Oven temperature"
    assert "description" not in stream
    assert stream["Observations@iot.count"] == 2
    assert [set(one) for one in stream["Observations"]] == [{"result", "FeatureOfInterest"}] * 2


@requirement("request-data/expand")
def test_an_unknown_link_cannot_be_expanded(filled: Service) -> None:
    assert filled.ask("GET", "Things?$expand=Wheels").status_code == 400
    assert filled.ask("GET", "Things?$expand=Datastreams($filter=nothing eq 1)").status_code == 400


# $select


@requirement("request-data/select")
@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("Observations?$select=result,resultTime", {"result", "resultTime"}),
        ("Things?$select=name", {"name"}),
        ("Things?$select=id,name", {"@iot.id", "name"}),
        ("Things?$select=@iot.id", {"@iot.id"}),
        ("Things?$select=name,Locations", {"name", "Locations@iot.navigationLink"}),
        ("Locations?$select=encodingType,location", {"encodingType", "location"}),
        ("Datastreams?$select=unitOfMeasurement", {"unitOfMeasurement"}),
        ("HistoricalLocations?$select=time", {"time"}),
        ("Datastreams?$select=name&$expand=Thing", {"name", "Thing"}),
    ],
)
def test_select_gives_what_is_asked_for_and_no_more(filled: Service, path: str, members: set[str]) -> None:
    assert {frozenset(one) for one in filled.values(path)} == {frozenset(members)}


@requirement("request-data/select")
def test_select_keeps_the_values(filled: Service) -> None:
    for one in filled.values("Sensors"):
        path = filled.path_of(one["@iot.selfLink"])
        assert filled.get(f"{path}?$select=name,metadata") == {"name": one["name"], "metadata": one["metadata"]}


@requirement("request-data/select", "request-data/expand")
def test_what_is_expanded_is_selected_too(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Lamp on")
    body = filled.get(f"{path}?$select=id&$expand=Observations/FeatureOfInterest")
    assert set(body) == {"@iot.id", "Observations"}
    assert all({"result", "phenomenonTime", "FeatureOfInterest"} <= set(one) for one in body["Observations"])
    body = filled.get(f"{path}?$expand=Observations($select=result;$orderby=phenomenonTime)")
    assert body["Observations"] == [{"result": True}, {"result": False}]
    assert body["name"] == "Lamp on"


@requirement("request-data/select")
def test_an_unknown_property_cannot_be_selected(filled: Service) -> None:
    assert filled.ask("GET", "Things?$select=wheels").status_code == 400


# $orderby


@requirement("request-data/orderby")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Things?$orderby=name", ["Fridge", "Lamp", "Oven"]),
        ("Things?$orderby=name asc", ["Fridge", "Lamp", "Oven"]),
        ("Things?$orderby=name  desc", ["Oven", "Lamp", "Fridge"]),
        ("Things?$orderby=id desc", ["Lamp", "Fridge", "Oven"]),
        ("Things?$orderby=@iot.id", ["Oven", "Fridge", "Lamp"]),
        ("Things?$orderby=properties/number desc", ["Lamp", "Fridge", "Oven"]),
        ("Things?$orderby=length(name),name", ["Lamp", "Oven", "Fridge"]),
        ("Datastreams?$orderby=Thing/name", ["Fridge temperature", "Lamp on", "Oven temperature"]),
        ("Datastreams?$orderby=unitOfMeasurement/name,name", ["Lamp on", "Fridge temperature", "Oven temperature"]),
        (
            "Datastreams?$orderby=unitOfMeasurement/name desc,name",
            ["Fridge temperature", "Oven temperature", "Lamp on"],
        ),
    ],
)
def test_orderby_sorts(filled: Service, path: str, expected: list[str]) -> None:
    """Ascending unless it says desc; by the next expression where one is equal; nulls first, last when descending."""
    assert filled.names(path) == expected


@requirement("request-data/orderby")
@pytest.mark.parametrize(
    ("orderby", "expected"),
    [
        ("resultTime,result", [-32.4, 31.5, 32.5]),
        ("resultTime desc", [32.5, 31.5, -32.4]),
        ("result desc", [32.5, 31.5, -32.4]),
        ("phenomenonTime", [31.5, 32.5, -32.4]),
    ],
)
def test_orderby_puts_nulls_before_values(filled: Service, orderby: str, expected: list[float]) -> None:
    path = filled.path_by_name("Datastreams", "Fridge temperature")
    assert filled.results(f"{path}/Observations?$orderby={orderby}") == expected


@requirement("request-data/orderby")
def test_orderby_sorts_numbers_as_numbers(filled: Service) -> None:
    """9 is before 10."""
    assert filled.results(f"{OVEN}&$orderby=result") == list(RESULTS)


@requirement("request-data/orderby")
def test_orderby_takes_properties_of_links(filled: Service) -> None:
    """Example 2 of the standard, spelled with the name of the link."""
    found = filled.values("Observations?$expand=Datastream&$orderby=Datastream/id desc,phenomenonTime")
    keys = [(-one["Datastream"]["@iot.id"], one["phenomenonTime"]) for one in found]
    assert keys == sorted(keys)
    assert len(keys) == filled.count("Observations")


@requirement("request-data/orderby")
@pytest.mark.parametrize("orderby", ["wheels", "name up", "name,", ""])
def test_a_wrong_orderby_is_refused(filled: Service, orderby: str) -> None:
    assert filled.ask("GET", f"Things?$orderby={orderby}").status_code == 400


# $top and $skip


@requirement("request-data/top")
@pytest.mark.parametrize(("top", "expected"), [(0, 0), (1, 1), (2, 2), (3, 3), (5, 3)])
def test_top_limits_the_number_of_items(filled: Service, top: int, expected: int) -> None:
    assert len(filled.get(f"Things?$top={top}")["value"]) == expected


@requirement("request-data/top", "request-data/skip")
@pytest.mark.parametrize("option", ["$top", "$skip"])
@pytest.mark.parametrize("value", ["-1", "one", "1.5", ""])
def test_top_and_skip_are_numbers_from_zero(filled: Service, option: str, value: str) -> None:
    assert filled.ask("GET", f"Things?{option}={value}").status_code == 400


@requirement("request-data/top")
def test_top_over_the_limit_of_the_server_is_discarded(filled: Service) -> None:
    body = filled.get("Observations?$top=1000")
    assert len(body["value"]) == MAX_PAGE_SIZE
    assert "@iot.nextLink" in body


@requirement("request-data/top", "request-data/skip")
def test_the_order_is_stable_without_orderby(filled: Service) -> None:
    """Pages of one make up the whole set."""
    whole = [one["@iot.id"] for one in filled.values("Observations")]
    single = [filled.get(f"Observations?$top=1&$skip={n}")["value"][0]["@iot.id"] for n in range(len(whole))]
    assert single == whole


@requirement("request-data/skip")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$skip=0", ["Fridge", "Lamp", "Oven"]),
        ("$skip=1", ["Lamp", "Oven"]),
        ("$skip=2&$top=2", ["Oven"]),
        ("$top=1&$skip=1", ["Lamp"]),
        ("$skip=3", []),
        ("$skip=30", []),
    ],
)
def test_skip_leaves_out_the_first(filled: Service, options: str, expected: list[str]) -> None:
    """Before top is applied, whatever comes first in the request."""
    assert [one["name"] for one in filled.get(f"Things?$orderby=name&{options}")["value"]] == expected


# $count


@requirement("request-data/count")
@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("Things?$count=true", 3),
        ("Things?$count=true&$top=1", 3),
        ("Things?$count=true&$skip=2", 3),
        ("Things?$count=true&$expand=Datastreams", 3),
        ("Things?$count=true&$filter=properties/owner eq 'Breda'&$top=1", 2),
        ("Observations?$count=true", 17),
        (f"{OVEN}&$count=true&$top=0", 12),
        ("Observations?$count=true&$filter=result gt 1000", 0),
    ],
)
def test_count_is_of_all_that_match(filled: Service, path: str, count: int) -> None:
    assert filled.get(path)["@iot.count"] == count


@requirement("request-data/count")
@pytest.mark.parametrize("path", ["Things", "Things?$count=false"])
def test_there_is_no_count_unless_it_is_asked_for(filled: Service, path: str) -> None:
    assert "@iot.count" not in filled.get(path)


@requirement("request-data/count")
@pytest.mark.parametrize("value", ["yes", "1", "", "truefalse"])
def test_count_is_true_or_false(filled: Service, value: str) -> None:
    assert filled.ask("GET", f"Things?$count={value}").status_code == 400


# $filter


@requirement("request-data/filter")
@pytest.mark.parametrize(
    ("path", "expected", "why"),
    [
        ("Things?$filter=name eq 'Oven'", ["Oven"], "a text"),
        ("Things?$filter=properties/number eq 2", ["Fridge"], "a number"),
        ("Things?$filter=properties/owner eq 'Breda'&$orderby=name", ["Fridge", "Oven"], "a member of an object"),
        ("Things?$filter=properties/owner ne 'Breda'", [], "null for the lamp, which has no owner: left out"),
        ("Things?$filter=properties/nested/colour eq 'black'", ["Oven"], "deeper"),
        ("Datastreams?$filter=Thing/name eq 'Lamp'", ["Lamp on"], "over a link to one"),
        ("Things?$filter=Datastreams/name eq 'Lamp on'", ["Lamp"], "over a link to many"),
        ("Things?$filter=Datastreams/Observations/result eq 11", ["Oven"], "over two"),
        ("Datastreams?$filter=Thing/properties/number eq 3", ["Lamp on"], "over a link into an object"),
        ("Things?$filter=true", ["Oven", "Fridge", "Lamp"], "a truth"),
        ("Things?$filter=false", [], "and its contrary"),
        ("Things?$filter=geo.distance(Locations/location, geography'POINT(4.776512 51.589123)') lt 0.001", ["Oven"],
         "over a link in a function"),
        ("Things?$filter=name eq 'O''Brien'", [], "a quote in a text is doubled"),
        ("Things?$filter=name eq 'oven'", [], "texts compare by their characters"),
    ],
)  # fmt: skip
def test_filter_keeps_what_is_true(filled: Service, path: str, expected: list[str], why: str) -> None:
    assert filled.names(path) == expected, why


@requirement("request-data/filter")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("result lt 2.00", [0, 1]),
        ("phenomenonTime eq 2026-03-01T00:03:00Z", [3]),
        ("phenomenonTime ge 2026-03-01T00:10:00Z", [10, 11]),
        ("phenomenonTime lt 2026-03-01T01:02:00%2B01:00", [0, 1]),
        ("resultTime gt 2000-01-01T00:00:00Z", []),
        ("Datastream/id eq 999999", []),
        ("Datastream/unitOfMeasurement/symbol eq '°C' and result eq 5", [5]),
        ("FeatureOfInterest/name ne 'Light' and result eq 5", [5]),
    ],
)
def test_filter_compares_numbers_and_times(filled: Service, options: str, expected: list[int]) -> None:
    assert of_oven(filled, options) == expected


@requirement("request-data/filter")
def test_filter_finds_truths(filled: Service) -> None:
    assert filled.results("Observations?$filter=result eq true") == [True]
    assert filled.results("Observations?$filter=result eq false") == [False]


@requirement("request-data/filter")
def test_filter_finds_by_identifier(filled: Service) -> None:
    for one in filled.values("Datastreams"):
        found = filled.values(f"Observations?$filter=Datastream/id eq {one['@iot.id']}")
        assert found == filled.values(f"Datastreams({one['@iot.id']})/Observations")
        assert filled.names(f"Datastreams?$filter=id eq {one['@iot.id']}") == [one["name"]]


@requirement("request-data/filter")
def test_filter_holds_on_the_set_that_a_path_addresses(filled: Service) -> None:
    path = filled.path_by_name("Things", "Oven")
    assert filled.names(f"{path}/Datastreams?$filter=startswith(name,'Oven')") == ["Oven temperature"]
    assert filled.names(f"{path}/Datastreams?$filter=startswith(name,'Lamp')") == []


@requirement("request-data/filter")
@pytest.mark.parametrize(
    "filter_",
    ["name", "name eq", "name eq 'Oven", "wheels eq 4", "name is 'Oven'", "(name eq 'Oven'", "", "name eq 'a' and"],
)
def test_a_wrong_filter_is_refused(filled: Service, filter_: str) -> None:
    assert filled.ask("GET", f"Things?$filter={filter_}").status_code == 400


type Truth = Callable[[int], bool]

OPERATORS: tuple[tuple[str, Truth], ...] = (
    ("result eq 5", lambda r: r == 5),
    ("result ne 5", lambda r: r != 5),
    ("result gt 5", lambda r: r > 5),
    ("result ge 5", lambda r: r >= 5),
    ("result lt 5", lambda r: r < 5),
    ("result le 5", lambda r: r <= 5),
    ("result gt 2 and result lt 5", lambda r: 2 < r < 5),
    ("result lt 2 or result gt 9", lambda r: r < 2 or r > 9),
    ("not (result gt 5)", lambda r: not r > 5),
    ("result add 5 gt 10", lambda r: r + 5 > 10),
    ("result sub 5 gt 3", lambda r: r - 5 > 3),
    ("result mul 2 gt 10", lambda r: r * 2 > 10),
    ("result div 2 gt 4", lambda r: r / 2 > 4),
    ("result mod 2 eq 0", lambda r: r % 2 == 0),
    ("result mod 4 eq 3", lambda r: r % 4 == 3),
    ("(result sub 5) gt 3", lambda r: (r - 5) > 3),
    ("-result lt -9", lambda r: -r < -9),
    ("5 lt result", lambda r: r > 5),
)
PRECEDENCE: tuple[tuple[str, Truth], ...] = (
    ("-result mul 2 eq -6", lambda r: (-r) * 2 == -6),
    ("result add 2 mul 3 eq 11", lambda r: r + (2 * 3) == 11),
    ("(result add 2) mul 3 eq 21", lambda r: (r + 2) * 3 == 21),
    ("result sub 4 div 2 eq 3", lambda r: r - (4 / 2) == 3),
    ("20 sub result mod 4 eq 18", lambda r: 20 - (r % 4) == 18),
    ("2 mul result add 1 eq 9", lambda r: (2 * r) + 1 == 9),
    ("20 sub result sub 5 eq 10", lambda r: (20 - r) - 5 == 10),
    ("20 sub (result sub 5) eq 20", lambda r: 20 - (r - 5) == 20),
    ("24 div 4 div 2 eq result", lambda r: r == 3),
    ("24 div 4 mul 2 eq result add 1", lambda r: r + 1 == 12),
    ("result add 1 gt 5 sub 2", lambda r: (r + 1) > (5 - 2)),
    ("(result gt 5) eq true", lambda r: (r > 5) is True),
    ("(result gt 5) ne true", lambda r: (r > 5) is not True),
    ("(result add 1 gt 5) eq (result lt 8)", lambda r: (r + 1 > 5) == (r < 8)),
    ("result eq 1 or result gt 2 and result lt 5", lambda r: r == 1 or (r > 2 and r < 5)),
    ("(result eq 1 or result gt 2) and result lt 5", lambda r: (r == 1 or r > 2) and r < 5),
    ("result gt 2 and result lt 5 or result eq 9", lambda r: (r > 2 and r < 5) or r == 9),
    ("not (result gt 2) and result gt 0", lambda r: (not r > 2) and r > 0),
    ("not (result gt 2) or result eq 9", lambda r: (not r > 2) or r == 9),
    ("not (result gt 2 and result gt 0)", lambda r: not (r > 2 and r > 0)),
    ("result ge 3 and (result le 3) eq true", lambda r: r >= 3 and (r <= 3) is True),
)
"""Operators of adjacent precedence in OData: unary, multiplying, adding, comparing, and, or.

The grammar of OData 4.0 wants parentheses around one of two comparisons in a row.
"""


@requirement("request-data/built-in-filter-operations")
@pytest.mark.parametrize(("filter_", "truth"), OPERATORS, ids=[filter_ for filter_, _ in OPERATORS])
def test_operators_do_what_they_say(filled: Service, filter_: str, truth: Truth) -> None:
    assert of_oven(filled, filter_) == [result for result in RESULTS if truth(result)]


@requirement("request-data/built-in-filter-operations")
@pytest.mark.parametrize(("filter_", "truth"), PRECEDENCE, ids=[filter_ for filter_, _ in PRECEDENCE])
def test_operators_bind_as_in_odata(filled: Service, filter_: str, truth: Truth) -> None:
    expected = [result for result in RESULTS if truth(result)]
    assert of_oven(filled, filter_) == expected
    assert expected, "a filter that finds nothing shows nothing"


@requirement("request-data/built-in-filter-operations")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Datastreams?$filter=unitOfMeasurement/name eq 'degree Celsius'", ["Fridge temperature", "Oven temperature"]),
        ("Datastreams?$filter=unitOfMeasurement/name ne 'kelvin' and name gt 'G'", ["Oven temperature"]),
        ("Things?$filter=not startswith(description,'cold')", ["Lamp", "Oven"]),
        ("Things?$filter=not startswith(description,'cold') and name lt 'M'", ["Lamp"]),
        ("Things?$filter=name ge 'Lamp'", ["Lamp", "Oven"]),
        ("Things?$filter=name lt 'Lamp'", ["Fridge"]),
        ("Things?$filter=name le 'Lamp'", ["Fridge", "Lamp"]),
    ],
)
def test_operators_compare_texts(filled: Service, path: str, expected: list[str]) -> None:
    assert filled.names(f"{path}&$orderby=name") == expected


@requirement("request-data/built-in-filter-operations")
def test_what_compares_with_null_is_left_out(filled: Service) -> None:
    """A comparison that is neither true nor false leaves an entity out, and so does its negation."""
    assert filled.results("Observations?$filter=resultTime gt 2016-01-01T00:00:00Z") == [32.5]
    assert filled.results("Observations?$filter=not (resultTime gt 2016-01-01T00:00:00Z)") == [31.5]
    assert filled.results("Observations?$filter=resultTime ne null&$orderby=resultTime") == [31.5, 32.5]
    assert filled.count("Observations") - 2 == len(filled.values("Observations?$filter=resultTime eq null"))


STRINGS = [
    ("substringof('Sensor Things',description)", ["Lamp", "Oven"]),
    ("substringof('things',description)", []),
    ("endswith(description,'Things')", ["Oven"]),
    ("endswith(description,'store')", ["Fridge"]),
    ("startswith(description,'Sensor')", ["Oven"]),
    ("startswith(description,' ')", ["Lamp"]),
    ("length(description) eq 13", ["Oven"]),
    ("length(name) eq 4", ["Lamp", "Oven"]),
    ("indexof(description,'Sensor') eq 0", ["Oven"]),
    ("indexof(description,'Sensor') eq 1", ["Lamp"]),
    ("indexof(description,'Things') eq 7", ["Oven"]),
    ("indexof(description,'none') eq -1", ["Fridge", "Lamp", "Oven"]),
    ("substring(description,1) eq 'ensor Things'", ["Oven"]),
    ("substring(description,2,4) eq 'nsor'", ["Oven"]),
    ("substring(description,0,1) eq ' '", ["Lamp"]),
    ("tolower(description) eq 'sensor things'", ["Oven"]),
    ("toupper(description) eq 'SENSOR THINGS'", ["Oven"]),
    ("trim(description) eq 'Sensor Things'", ["Lamp", "Oven"]),
    ("concat(concat(name,', '),description) eq 'Fridge, cold store'", ["Fridge"]),
    ("length(trim(description)) eq 13 and startswith(tolower(name),'l')", ["Lamp"]),
]


@requirement("request-data/built-in-query-functions")
@pytest.mark.parametrize(("filter_", "expected"), STRINGS)
def test_functions_of_strings(filled: Service, filter_: str, expected: list[str]) -> None:
    assert filled.names(f"Things?$filter={filter_}&$orderby=name") == expected


@requirement("request-data/built-in-query-functions")
def test_functions_of_strings_reach_units(filled: Service) -> None:
    """Example of table 23."""
    filter_ = "concat(concat(unitOfMeasurement/symbol,', '),unitOfMeasurement/name) eq '°C, degree Celsius'"
    found = filled.names(f"Datastreams?$filter={filter_}&$orderby=name")
    assert found == ["Fridge temperature", "Oven temperature"]


DATES = [
    ("year(resultTime) eq 2015", [31.5]),
    ("month(resultTime) eq 12", [31.5]),
    ("day(resultTime) eq 8", [31.5]),
    ("hour(resultTime) eq 1", [31.5]),
    ("minute(resultTime) eq 2", [31.5]),
    ("second(resultTime) eq 3", [31.5]),
    ("fractionalseconds(resultTime) eq 0.25", [31.5]),
    ("fractionalseconds(resultTime) eq 0", [32.5]),
    ("year(resultTime) eq 2016 and month(resultTime) eq 1 and day(resultTime) eq 31", [32.5]),
    ("hour(resultTime) eq 23 and minute(resultTime) eq 59 and second(resultTime) eq 59", [32.5]),
    ("date(resultTime) eq date(2015-12-08T05:06:07Z)", [31.5]),
    ("date(resultTime) ne date(phenomenonTime)", [31.5, 32.5]),
    ("time(resultTime) eq time(2026-03-01T23:59:59Z)", [32.5]),
    ("time(resultTime) le time(2026-03-01T01:02:04Z)", [31.5]),
    ("totaloffsetminutes(resultTime) eq 0", [31.5, 32.5]),
    ("resultTime le now()", [31.5, 32.5]),
    ("resultTime ge now()", []),
    ("resultTime gt mindatetime()", [31.5, 32.5]),
    ("resultTime eq mindatetime()", []),
    ("resultTime lt maxdatetime()", [31.5, 32.5]),
    ("mindatetime() lt maxdatetime() and result eq 32.5", [32.5]),
]


@requirement("request-data/built-in-query-functions")
@pytest.mark.parametrize(("filter_", "expected"), DATES)
def test_functions_of_dates(filled: Service, filter_: str, expected: list[float]) -> None:
    """All times are stored in UTC, so the offset is 0."""
    path = filled.path_by_name("Datastreams", "Fridge temperature")
    assert filled.results(f"{path}/Observations?$filter={filter_}&$orderby=phenomenonTime") == expected


NUMBERS = [
    ("round(result) eq 32", [31.5]),
    ("round(result) eq 33", [32.5]),
    ("round(result) eq -32", [-32.4]),
    ("floor(result) eq 32", [32.5]),
    ("floor(result) eq -33", [-32.4]),
    ("ceiling(result) eq 32", [31.5]),
    ("ceiling(result) eq 33", [32.5]),
    ("ceiling(result) eq -32", [-32.4]),
    ("floor(result) add 1 eq ceiling(result)", [31.5, 32.5, -32.4]),
]


@requirement("request-data/built-in-query-functions")
@pytest.mark.parametrize(("filter_", "expected"), NUMBERS)
def test_functions_of_numbers(filled: Service, filter_: str, expected: list[float]) -> None:
    """A half is rounded away from zero (OData 5.1.1.4)."""
    path = filled.path_by_name("Datastreams", "Fridge temperature")
    assert filled.results(f"{path}/Observations?$filter={filter_}&$orderby=phenomenonTime") == expected


SPACE = [
    (f"geo.distance(location,{CORNER}) lt 0.001", ["Corner"]),
    (f"geo.distance(location,{CORNER}) gt 0.001 and name gt 'K'", ["Kitchen", "Middle", "Road"]),
    ("geo.length(location) gt 0 and name eq 'Road'", ["Road"]),
    (f"geo.length({LINE}) gt geo.length(geography'LINESTRING (30 10, 10 30)') and name eq 'Away'", ["Away"]),
    (f"geo.intersects(location,{POLYGON})", ["Corner", "Field", "Middle", "Road"]),
    (f"st_equals(location,{CORNER})", ["Corner"]),
    (f"st_disjoint(location,{POLYGON})", ["Away", "Cellar", "Kitchen"]),
    (f"st_touches(location,{LINE})", ["Corner"]),
    (f"st_within(location,{POLYGON})", ["Middle"]),
    (f"st_overlaps(location,{POLYGON})", ["Field"]),
    (f"st_crosses(location,{LINE})", ["Road"]),
    (f"st_intersects(location,{LINE})", ["Corner", "Road"]),
    ("st_contains(location,geography'POINT (45 25)')", ["Field"]),
    (f"st_relate(location,{POLYGON},'T********')", ["Field", "Middle", "Road"]),
    (f"st_relate(location,{POLYGON},'FF*FF****')", ["Away", "Cellar", "Kitchen"]),
    (f"not st_within(location,{POLYGON}) and name le 'Corner'", ["Away", "Cellar", "Corner"]),
]


@requirement("request-data/built-in-query-functions")
@pytest.mark.parametrize(("filter_", "expected"), SPACE)
def test_functions_of_space(filled: Service, filter_: str, expected: list[str]) -> None:
    """Against the polygon and the line of the examples in table 23."""
    assert filled.names(f"Locations?$filter={filter_}&$orderby=name") == expected


@requirement("request-data/built-in-query-functions")
def test_functions_sort(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Fridge temperature")
    assert filled.results(f"{path}/Observations?$orderby=floor(result) desc") == [32.5, 31.5, -32.4]
    found = filled.names(f"Locations?$orderby=geo.distance(location,{CORNER}),name&$top=3")
    assert found[:3] == ["Corner", "Field", "Road"]


# server-driven paging


@requirement("request-data/pagination")
@pytest.mark.parametrize(
    ("path", "total"),
    [
        ("Observations", 17),
        ("Observations?$orderby=result desc", 17),
        (f"{OVEN}&$count=true", 12),
        ("Observations?$expand=Datastream", 17),
    ],
)
def test_pages_are_linked_until_the_last(filled: Service, path: str, total: int) -> None:
    """Each page but the last has a link, and together they have each entity once."""
    pages = list(filled.pages(path))
    assert len(pages) == math.ceil(total / PAGE_SIZE)
    assert {len(page["value"]) for page in pages[:-1]} == {PAGE_SIZE}
    assert ["@iot.nextLink" in page for page in pages] == [True] * (len(pages) - 1) + [False]
    seen = [one["@iot.id"] for page in pages for one in page["value"]]
    assert len(seen) == len(set(seen)) == total


@requirement("request-data/pagination")
def test_a_set_of_one_page_has_no_link(filled: Service) -> None:
    assert "@iot.nextLink" not in filled.get("Things")
    assert "@iot.nextLink" not in filled.get("Things?$top=3")


@requirement("request-data/pagination")
def test_references_are_paged_too(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Oven temperature")
    pages = list(filled.pages(f"{path}/Observations/$ref"))
    assert [len(page["value"]) for page in pages] == [PAGE_SIZE, 12 - PAGE_SIZE]


@requirement("request-data/pagination")
def test_what_is_expanded_is_paged_too(filled: Service) -> None:
    path = filled.path_by_name("Datastreams", "Oven temperature")
    body = filled.get(f"{path}?$expand=Observations($orderby=result)")
    first = [one["result"] for one in body["Observations"]]
    rest = filled.results(body["Observations@iot.nextLink"])
    assert (first, first + rest) == (list(RESULTS[:PAGE_SIZE]), list(RESULTS))


@requirement("request-data/pagination")
def test_a_link_keeps_the_options_of_its_request(filled: Service) -> None:
    first = filled.get(f"{OVEN}&$orderby=result desc&$top=4&$select=result")
    assert re.match(r"https?://", first["@iot.nextLink"])
    second = filled.get(first["@iot.nextLink"])
    assert second["value"] == [{"result": result} for result in (7, 6, 5, 4)]
