"""Kill a writer many times, and write the report: `make crash ARGS="--kills 1000"`.

The folder is a package, but not of the name `tests`: pygeoapi's wheel installs one of that name.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    runpy.run_module("crash", run_name="__main__", alter_sys=True)
