"""Hold the tests of series against slow ones, other libraries and known cases."""
