"""Declare entities, values, identity and units."""
