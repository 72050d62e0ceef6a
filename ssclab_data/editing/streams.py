"""Remember, within one request, what is asked of Datastreams again and again."""

from typing import Any

from ssclab_data.editing.automatic import feature_of
from ssclab_data.editing.lookups import find
from ssclab_data.editing.values import join
from ssclab_data.errors import BodyError
from ssclab_data.model.entity import Entity
from ssclab_data.model.multi import check_result, is_multi
from ssclab_data.model.sensorthings import Datastream
from ssclab_data.stores.base import Transaction


class Streams:
    """The Datastreams of one request, which nobody else changes meanwhile."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self._multis: dict[int, Datastream | None] = {}
        self._keys: dict[tuple[str, int], str | None] = {}
        self._features: dict[int, int | None] = {}

    def key(self, entity_type: str, handle: int) -> str | None:
        """Give the natural key of a Datastream or FeatureOfInterest; None where there is none."""
        name = (entity_type, handle)
        if name not in self._keys:
            self._keys[name] = self.transaction.key(entity_type, handle)
        return self._keys[name]

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

    def multi(self, datastream: int) -> Datastream | None:
        """Give a Datastream that 1.x shows as a MultiDatastream; None for another one."""
        if datastream not in self._multis:
            row = find(self.transaction, "Datastream", datastream)
            self.see(datastream, row.entity if row is not None else None)
        return self._multis[datastream]

    def see(self, datastream: int, entity: Entity | None) -> None:
        """Take note of a Datastream that was read; None where there is none."""
        self._multis[datastream] = entity if isinstance(entity, Datastream) and is_multi(entity) else None

    def feature(self, datastream: int, path: str) -> int:
        """Find or make the FeatureOfInterest of Observations that name none.

        Raises:
            BodyError: their Thing has no Location.
        """
        if datastream not in self._features:
            self._features[datastream] = feature_of(self.transaction, datastream)
        found = self._features[datastream]
        if found is None:
            raise BodyError(
                "is missing, and cannot be made: the Thing of the Datastream has no Location",
                path=join(path, "FeatureOfInterest"),
            )
        return found
