"""Remember what is asked of Datastreams again and again, until a descriptive entity changes."""

from typing import Any

from ssclab_data.editing.automatic import feature_of
from ssclab_data.editing.lookups import find
from ssclab_data.errors import BodyError
from ssclab_data.model.json_values import join
from ssclab_data.model.multi import check_result, is_multi
from ssclab_data.model.sensorthings import Datastream
from ssclab_data.stores.base import Transaction


class Streams:
    """The Datastreams of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self._memo = transaction.memo

    def key(self, entity_type: str, handle: int) -> str | None:
        """Give the natural key of a Datastream or FeatureOfInterest; None where there is none."""
        name = (f"key of {entity_type}", handle)
        if name not in self._memo:
            self._memo[name] = self.transaction.key(entity_type, handle)
        key: str | None = self._memo[name]
        return key

    def check(self, datastream: int, result: Any, path: str) -> None:
        """Make sure that a result is one of a Datastream: an array of the right length for a MultiDatastream.

        Args:
            path: of the Observation in the body.

        Raises:
            BodyError: it is not.
        """
        multi = self.multi(datastream)
        if multi is None:
            return
        try:
            check_result(result, multi)
        except BodyError as error:
            message = str(error).removeprefix(f"{error.path}: ")
            raise BodyError(message, path=join(path, error.path)) from error

    def datastream(self, handle: int) -> Datastream | None:
        """Give a Datastream or MultiDatastream as it is kept; None where there is none."""
        name = ("Datastream", handle)
        if name not in self._memo:
            row = find(self.transaction, "Datastream", handle)
            self._memo[name] = None if row is None else row.entity
        found = self._memo[name]
        return found if isinstance(found, Datastream) else None

    def multi(self, handle: int) -> Datastream | None:
        """Give a Datastream that 1.x shows as a MultiDatastream; None for another one."""
        found = self.datastream(handle)
        return found if found is not None and is_multi(found) else None

    def feature(self, datastream: int, path: str) -> int:
        """Find or make the FeatureOfInterest of Observations that name none.

        Raises:
            BodyError: their Thing has no Location.
        """
        name = ("feature", datastream)
        if name not in self._memo:
            self._memo[name] = feature_of(self.transaction, datastream)
        found: int | None = self._memo[name]
        if found is None:
            raise BodyError(
                "is missing, and cannot be made: the Thing of the Datastream has no Location",
                path=join(path, "FeatureOfInterest"),
            )
        return found
