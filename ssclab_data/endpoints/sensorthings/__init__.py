"""Serve SensorThings (OGC 18-088)."""
