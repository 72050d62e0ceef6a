"""Serve the pages that people look at."""
