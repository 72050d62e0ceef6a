"""A body is unpacked as it arrives, in any pieces, and never further than the limit."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import WebError
from ssclab_data.web.faults import WebFault
from ssclab_data.web.unpacking import Unpacker

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
}


@given(st.sampled_from(list(PACK)), st.binary(max_size=500), st.integers(1, 50))
def test_any_pieces_give_the_whole(encoding: str, content: bytes, size: int) -> None:
    packed = PACK[encoding](content)
    unpacker = Unpacker(encoding, 500)
    for at in range(0, len(packed), size):
        unpacker.add(packed[at : at + size])
    assert unpacker.finish() == content


@given(st.lists(st.binary(max_size=50), max_size=4), st.integers(1, 30))
def test_a_gzip_of_several_members_is_one_body(contents: list[bytes], size: int) -> None:
    packed = b"".join(map(gzip.compress, contents))
    unpacker = Unpacker("gzip", 500)
    for at in range(0, len(packed), size):
        unpacker.add(packed[at : at + size])
    assert unpacker.finish() == b"".join(contents)


@given(st.binary(min_size=1, max_size=200), st.integers(0, 30))
def test_a_gzip_that_was_cut_off_is_told(content: bytes, kept: int) -> None:
    packed = gzip.compress(content)
    unpacker = Unpacker("gzip", 500)
    unpacker.add(packed[: min(kept + 1, len(packed) - 1)])
    with pytest.raises(WebError, match="cut off"):
        unpacker.finish()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip"])
def test_what_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(WebError, match="not asked for"):
        Unpacker(encoding, 500)


def test_what_is_no_gzip_is_told() -> None:
    with pytest.raises(WebError, match="cannot be decompressed"):
        Unpacker("gzip", 500).add(b"{}" * 20)


@pytest.mark.parametrize(("size", "fits"), [(500, True), (501, False)])
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_limit_is_exact(encoding: str, size: int, fits: bool) -> None:
    unpacker = Unpacker(encoding, 500)
    if fits:
        unpacker.add(PACK[encoding](bytes(size)))
        assert len(unpacker.finish()) == 500
        return
    with pytest.raises(WebError, match="larger than 500 bytes") as caught:
        unpacker.add(PACK[encoding](bytes(size)))
    assert caught.value.fault == WebFault.TOO_LARGE


def test_a_bomb_takes_no_memory() -> None:
    """100 MB of zeros in 100 KB: unpacking stops at the limit, and never holds much more than it."""
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    with pytest.raises(WebError, match="larger than"):
        Unpacker("gzip", 1_000_000).add(bomb)
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()
