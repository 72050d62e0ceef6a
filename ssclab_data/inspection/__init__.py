"""Check a target of any kind against a profile: payload, SensorThings JSON, RDF, CSV, store or live service."""
