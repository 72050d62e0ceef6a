"""Map documents of SensorThings services."""

from ssclab_data.sources.sensorthings.source import SensorThingsSource

__all__ = ["SOURCE", "SensorThingsSource"]

SOURCE = SensorThingsSource()
"""The source of the documents of any service."""
