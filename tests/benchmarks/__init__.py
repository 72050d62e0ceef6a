"""Measure the library on the machine at hand."""
