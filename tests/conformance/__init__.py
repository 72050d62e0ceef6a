"""Prove that the server does what SensorThings says: the official test suite, and a test for each requirement."""
