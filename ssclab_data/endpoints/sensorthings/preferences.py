"""Read what a client would like (RFC 7240), and tell what of it was done."""

from ssclab_data.editing.writes import Preferences, Resolution

_RETURN, _RESOLUTION = "return", "resolution"


def read_preferences(header: str) -> Preferences:
    """Read a `Prefer` header; of several of one name the first holds, and unknown ones are passed over.

    >>> read_preferences("return=minimal; wait=10, resolution=merge-duplicates").minimal
    True
    """
    found: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    wanted = found.get(_RESOLUTION, "")
    known = (Resolution.MERGE, Resolution.IGNORE)
    return Preferences(
        minimal=found.get(_RETURN) == "minimal",
        resolution=Resolution(wanted) if wanted in known else Resolution.REFUSE,
    )


def applied(preferences: Preferences) -> dict[str, str]:
    """Give the header that tells which preferences were followed; none where there was none."""
    told = []
    if preferences.minimal:
        told.append(f"{_RETURN}=minimal")
    if preferences.resolution is not Resolution.REFUSE:
        told.append(f"{_RESOLUTION}={preferences.resolution}")
    return {"Preference-Applied": ", ".join(told)} if told else {}
