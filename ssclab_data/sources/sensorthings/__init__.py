"""Map documents of SensorThings services."""
