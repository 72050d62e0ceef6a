"""Check entities and series against shared rules."""
