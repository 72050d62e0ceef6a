"""Run the library from a terminal."""
