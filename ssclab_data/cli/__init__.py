"""Run the library from a terminal: `ssclab COMMAND`."""

import sys

from ssclab_data.cli.app import build
from ssclab_data.errors import SsclabError


def main() -> None:
    """Run the command line; an error of ours is one plain line and exit code 2."""
    try:
        build()()
    except SsclabError as error:
        sys.stderr.write(f"ssclab: {error}\n")
        raise SystemExit(2) from None
