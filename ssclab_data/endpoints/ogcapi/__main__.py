"""Write the committed pygeoapi configuration again: `python -m ssclab_data.endpoints.ogcapi`."""

import sys
from pathlib import Path

from ssclab_data import resources
from ssclab_data.endpoints.ogcapi.config import committed

for path, content in committed(Path(str(resources.folder("pygeoapi-config")))).items():
    path.write_bytes(content)
    sys.stdout.write(f"{path}\n")
