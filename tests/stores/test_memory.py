"""The memory store fulfils the contract."""

import pytest

from ssclab_data.stores.memory import MemoryStore
from ssclab_data.testing import StoreTests


class TestMemoryStore(StoreTests):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore("breda")
