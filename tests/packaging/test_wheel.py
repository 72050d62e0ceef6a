"""The built wheel works in a clean environment, outside the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*words: object, cwd: Path) -> str:
    # Nothing of this environment but the way to the package index.
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SSCLAB_", "VIRTUAL_ENV"))
    }
    done = subprocess.run(list(map(str, words)), cwd=cwd, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(900)
def test_the_wheel_runs_the_demo_in_a_clean_environment(repository: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", repository, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "clean", cwd=tmp_path)
    python = tmp_path / "clean/bin/python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[server]", cwd=tmp_path)
    found = run(python, "-c", "import ssclab_data; print(ssclab_data.__file__)", cwd=tmp_path)
    assert str(tmp_path) in found
    assert "FAILED" not in run(tmp_path / "clean/bin/ssclab", "demo", "--check", cwd=tmp_path)
