"""Change what one Observation says."""

from msgspec import UNSET

from ssclab_data.editing.lookups import expanded, find
from ssclab_data.editing.samples import Sample, series_of
from ssclab_data.editing.streams import Streams
from ssclab_data.errors import NotFoundError
from ssclab_data.model.identity import split_observation_handle
from ssclab_data.model.sensorthings import Observation
from ssclab_data.stores.base import Row, Transaction


def read_observation(transaction: Transaction, handle: int) -> Row:
    """Read an Observation with its FeatureOfInterest.

    Raises:
        NotFoundError: there is none.
    """
    row = find(transaction, "Observation", handle, expand=(expanded("FeatureOfInterest", "FeatureOfInterest"),))
    if row is None:
        raise NotFoundError(f"there is no Observation {handle}")
    return row


def revise(
    streams: Streams, handle: int, *, observation: Observation | None = None, feature: int | None = None
) -> None:
    """Replace what an Observation says, or its FeatureOfInterest; None leaves it as it is.

    Raises:
        NotFoundError: there is no such Observation.
        BodyError: the result is none of its Datastream.
        ConflictError: there is another one of that phenomenonTime.
    """
    row = read_observation(streams.transaction, handle)
    own = observation or row.entity
    assert isinstance(own, Observation)  # noqa: S101 - it was read as one
    datastream, _ = split_observation_handle(handle)
    if own.result is not UNSET:
        streams.check(datastream, own.result, "")
    known = [int(one.handle) for one in row.at("FeatureOfInterest")]
    sample = Sample(datastream, feature or (known[0] if known else 0), own)
    streams.transaction.revise(handle, series_of(streams, [sample]))
