"""Run the benchmark as a script: `make bench ARGS="--scale 20"`.

The folder is a package, but not of the name `tests`: pygeoapi's wheel installs one of that name.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    runpy.run_module("benchmarks", run_name="__main__", alter_sys=True)
