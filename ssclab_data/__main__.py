"""Run `python -m ssclab_data` as the command `ssclab`."""

from ssclab_data.cli import main

if __name__ == "__main__":
    main()
