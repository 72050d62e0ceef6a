import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssclab_data.endpoints.sensorthings.cursor import read_cursor, write_cursor
from ssclab_data.errors import CursorError
from ssclab_data.model.values import Duration, Instant, Interval
from ssclab_data.query.ast import WKT, Value

SECRET = b"s" * 32

instants = st.integers(-(10**15), 10**15).map(Instant)
intervals = st.tuples(instants, st.integers(0, 10**9)).map(
    lambda pair: Interval(pair[0], Instant(pair[0].us + pair[1]))
)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    instants,
    intervals,
    st.integers(-(10**12), 10**12).map(Duration),
    st.just(WKT("POINT(5 51)")),
)


@settings(max_examples=200)
@given(st.lists(values, max_size=4).map(tuple))
def test_a_cursor_gives_back_what_it_was_made_of(after: tuple[Value, ...]) -> None:
    again = read_cursor(SECRET, "Things", write_cursor(SECRET, "Things", after))
    assert again == after
    assert [type(value) for value in again] == [type(value) for value in after]
    assert [math.copysign(1, value) for value in again if isinstance(value, float)] == [
        math.copysign(1, value) for value in after if isinstance(value, float)
    ]


def test_every_changed_character_is_noticed() -> None:
    token = write_cursor(SECRET, "Things", ("b", 12))
    for place in range(len(token)):
        forged = token[:place] + ("A" if token[place] != "A" else "Z") + token[place + 1 :]
        if place == len(token) - 1:
            continue  # its last bits are padding, which no byte of the text depends on
        with pytest.raises(CursorError):
            read_cursor(SECRET, "Things", forged)


@pytest.mark.parametrize(
    ("secret", "binding", "token", "why"),
    [
        (b"t" * 32, "Things", write_cursor(SECRET, "Things", (1,)), "another store"),
        (SECRET, "Sensors", write_cursor(SECRET, "Things", (1,)), "another query"),
        (SECRET, "Things", "", "nothing"),
        (SECRET, "Things", "!!!", "no base64"),
        (SECRET, "Things", "ü", "no ASCII"),
        (SECRET, "Things", "AAAA", "too short"),
        (SECRET, "Things", write_cursor(SECRET, "Things", (1,))[:-4], "cut"),
    ],
)
def test_cursors_that_are_refused(secret: bytes, binding: str, token: str, why: str) -> None:
    with pytest.raises(CursorError) as caught:
        read_cursor(secret, binding, token)
    assert caught.value.option == "$skiptoken", why
