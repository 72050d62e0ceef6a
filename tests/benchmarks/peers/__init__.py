"""Measure the eleven requests a to k on servers of SensorThings 1.1 that hold the same data."""
