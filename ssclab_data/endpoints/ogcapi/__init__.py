"""Serve OGC API by pygeoapi in this process."""
