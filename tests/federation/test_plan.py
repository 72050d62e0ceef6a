"""A lab is asked for what sorting needs, and the hub's rows hold only what the client asked for."""

import msgspec
from msgspec import UNSET

from ssclab_data.federation.plan import count_plan, finish, plan
from ssclab_data.model.sensorthings import Datastream, ObservedProperty, Thing
from ssclab_data.model.values import UnitOfMeasurement
from ssclab_data.query import ast
from ssclab_data.query.ast import Expand, OrderBy, Path, Query
from ssclab_data.query.bind import bind
from ssclab_data.stores.base import Page, Row


def order(*paths: tuple[str, ...]) -> tuple[OrderBy, ...]:
    return tuple(OrderBy(Path(path)) for path in paths)


def test_sort_keys_are_asked_for_and_taken_away_again() -> None:
    query = bind(
        Query(
            entity_type="Datastream",
            select=(("name",),),
            orderby=order(("Thing", "name"), ("unitOfMeasurement", "symbol")),
            top=5,
        )
    )
    asked = plan(query, "breda")
    assert asked is not None
    assert set(asked.select) == {("name",), ("unitOfMeasurement",), (ast.ID,)}
    assert [(expand.name, set(expand.query.select)) for expand in asked.expand] == [("Thing", {(ast.ID,), ("name",)})]
    thing = Row(lab="breda", handle="breda~1", entity=Thing(key="sta/1", name="unit 1"))
    stream = Datastream(key="sta/2", name="PM2.5", unit_of_measurement=UnitOfMeasurement("x", "µg/m³", None))
    row = finish(Row(lab="breda", handle="breda~2", entity=stream, related={"Thing": thing}), query)
    assert row.order == ("unit 1", "µg/m³", "breda~2")
    assert row.entity == Datastream(key="sta/2", name="PM2.5")
    assert row.related == {}


def test_an_expand_of_the_client_is_widened_and_narrowed_too() -> None:
    inner = bind(Query(entity_type="Thing", select=(("description",),)))
    query = bind(
        Query(
            entity_type="Datastream", expand=(Expand("Thing", inner),), orderby=order(("Thing", "properties", "owner"))
        )
    )
    asked = plan(query, "breda")
    assert asked is not None
    assert set(asked.expand[0].query.select) == {("description",), (ast.ID,), ("properties",)}
    thing = Thing(key="sta/1", description="d", properties={"owner": "b"})
    stream = Row(
        lab="breda",
        handle="breda~2",
        entity=Datastream(key="sta/2"),
        related={"Thing": Row(lab="breda", handle="breda~1", entity=thing)},
    )
    row = finish(stream, query)
    related = row.related["Thing"]
    assert isinstance(related, Row)
    assert related.entity == Thing(key="sta/1", description="d")
    assert row.order == ("b", "breda~2")


def test_rows_behind_a_link_have_order_values_for_their_own_next_page() -> None:
    streams = bind(Query(entity_type="Datastream", orderby=order(("ObservedProperty", "name")), select=(("name",),)))
    query = bind(Query(entity_type="Thing", expand=(Expand("Datastreams", streams),)))
    asked = plan(query, "breda")
    assert asked is not None
    nested = asked.expand[0].query
    assert [expand.name for expand in nested.expand] == ["ObservedProperty"]
    observed = Row(lab="breda", handle="breda~3", entity=ObservedProperty(key="sta/3", name="pm25"))
    stream = Row(
        lab="breda", handle="breda~2", entity=Datastream(key="sta/2", name="x"), related={"ObservedProperty": observed}
    )
    page = Page(entity_type="Datastream", rows=(stream,), more=True)
    related = finish(
        Row(lab="breda", handle="breda~1", entity=Thing(key="sta/1"), related={"Datastreams": page}), query
    ).related["Datastreams"]
    assert isinstance(related, Page)
    assert related.more
    assert related.rows[0].order == ("pm25", "breda~2")
    assert related.rows[0].related == {}


def test_a_link_that_leads_nowhere_sorts_as_null() -> None:
    query = bind(Query(entity_type="Datastream", orderby=order(("Thing", "name"), ("Thing", ast.ID))))
    row = Row(lab="breda", handle="breda~2", entity=Datastream(key="sta/2"), related={"Thing": None})
    assert finish(row, query).order == (None, None, "breda~2")


def test_filters_behind_links_name_the_labs_own_ids() -> None:
    wanted = ast.Compare("eq", Path((ast.ID,)), ast.Literal("breda~7"))
    streams = bind(Query(entity_type="Datastream", filter=wanted))
    query = bind(Query(entity_type="Thing", expand=(Expand("Datastreams", streams),)))
    breda, helmond = plan(query, "breda"), plan(query, "helmond")
    assert breda is not None
    assert helmond is not None
    assert breda.expand[0].query.filter == ast.Compare("eq", Path((ast.ID,)), ast.Literal(7))
    assert helmond.expand[0].query.filter == ast.Compare("ne", Path((ast.ID,)), Path((ast.ID,))), "nothing"


def test_a_count_looks_at_the_filter_alone() -> None:
    name = ast.Compare("eq", Path(("name",)), ast.Literal("a"))
    query = bind(Query(entity_type="Thing", filter=name, orderby=order(("name",)), top=5, skip=2))
    asked = count_plan(msgspec.structs.replace(query, after=("a", "breda~1")), "breda")
    assert asked is not None
    assert (asked.filter, asked.top, asked.skip, asked.count, asked.after) == (name, 0, 0, True, ())
    assert asked.orderby == ()


def test_nothing_is_unset_where_everything_is_asked_for() -> None:
    query = bind(Query(entity_type="Thing"))
    row = finish(Row(lab="b", handle="b~1", entity=Thing(key="k", name="n", description="d")), query)
    assert row.entity == Thing(key="k", name="n", description="d")
    assert row.entity.key is not UNSET
