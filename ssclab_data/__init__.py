"""Map, validate, store, serve and federate municipal sensor data."""

__all__: list[str] = []
