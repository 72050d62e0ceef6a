"""Run the official test suite: `make conformance`, or `make conformance ARGS=--check`.

The folder is a package, but not of the name `tests`: pygeoapi's wheel installs one of that name.
"""

import runpy
import sys
import warnings
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    warnings.filterwarnings("ignore", "Using `httpx` with `starlette.testclient`")  # as in pyproject.toml
    runpy.run_module("conformance", run_name="__main__", alter_sys=True)
