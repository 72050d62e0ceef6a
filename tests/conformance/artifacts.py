"""Get files from Maven Central, and make sure that they are the ones meant."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import msgspec

REPOSITORY = Path.home() / ".m2" / "repository"
_PATIENCE_SECONDS = 300


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """A file on Maven Central.

    Attributes:
        group: `org.example`.
        classifier: of several files of one version, or "".
        sha256: of its bytes.
    """

    group: str
    name: str
    version: str
    sha256: str
    classifier: str = ""

    @property
    def coordinates(self) -> str:
        """How Maven names it."""
        tail = f":{self.classifier}" if self.classifier else ""
        return f"{self.group}:{self.name}:{self.version}:jar{tail}"

    @property
    def path(self) -> Path:
        """Where Maven keeps it."""
        tail = f"-{self.classifier}" if self.classifier else ""
        folder = REPOSITORY / self.group.replace(".", "/") / self.name / self.version
        return folder / f"{self.name}-{self.version}{tail}.jar"


class ArtifactError(Exception):
    """A file cannot be had, or is not the one meant."""


def fetch(artifact: Artifact) -> Path:
    """Give a file, from Maven's folder where it is there.

    Raises:
        ArtifactError: Maven is missing or fails, or the file has another digest.
    """
    if not artifact.path.exists():
        _download(artifact)
    check(artifact.path, artifact.sha256)
    return artifact.path


def check(file: Path, sha256: str) -> None:
    """Compare the digest of a file.

    Raises:
        ArtifactError: it is another one.
    """
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != sha256:
        raise ArtifactError(f"{file} has the SHA-256 {found}, not {sha256}; delete it to get it again")


def _download(artifact: Artifact) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ArtifactError("mvn is missing: apt-get install maven")
    command = [maven, "-q", "-B", "dependency:get", "-Dtransitive=false", f"-Dartifact={artifact.coordinates}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    if done.returncode or not artifact.path.exists():
        raise ArtifactError(f"Maven does not give {artifact.coordinates}: {(done.stdout + done.stderr)[-500:]}")
