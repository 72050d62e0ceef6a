"""Remember, in the published store, what was published from what."""

import msgspec


class StreamState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one Datastream.

    Attributes:
        plan: id of how it was published.
        pending: whether some of its values wait for the end of their window.
        counts: what became of its Observations.
    """

    plan: str
    pending: bool = False
    counts: dict[str, int] = {}


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of the last publication; it holds nothing of what was not published.

    Attributes:
        secret: id of the key that was used.
        source: id of the exact store.
        sequence: its sequence then.
        traces: whether what was deleted or changed may still be in the file.
        streams: by published key.
    """

    secret: str = ""
    source: str = ""
    sequence: int = 0
    traces: bool = False
    streams: dict[str, StreamState] = {}

    @property
    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self, order="sorted").decode()


def read_state(text: str) -> State:
    """Read what was kept; nothing where it cannot be read, which publishes all of it anew."""
    try:
        return msgspec.json.decode(text, type=State) if text else State()
    except msgspec.MsgspecError:
        return State(traces=True)
