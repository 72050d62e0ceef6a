"""Tell whether a new version of a shape asks more or less of data than the one before."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from ssclab_data.workgroup.differences import Difference
from ssclab_data.workgroup.shape_values import ShapeValues

_LOWER = ("sh:minCount", "sh:minInclusive", "sh:minExclusive", "sh:minLength", "sh:qualifiedMinCount")
_UPPER = ("sh:maxCount", "sh:maxInclusive", "sh:maxExclusive", "sh:maxLength", "sh:qualifiedMaxCount")
_CHOICES = ("sh:in", "sh:languageIn", "sh:or")
"""Lists of which one must fit: a longer one asks less."""

_SEVERITIES = ("Info", "Warning", "Violation")
_NOTHING = {"sh:minCount": ("0",), "sh:uniqueLang": ("false",), "sh:closed": ("false",)}
"""Values that ask nothing."""

type Shapes = Mapping[str, ShapeValues]


def shape_differences(old: Shapes, new: Shapes, fresh: frozenset[str]) -> Iterator[Difference]:
    """Compare all shapes of two versions.

    Args:
        fresh: IRIs of terms that are new; a shape that looks at these alone breaks no data that was well.
    """
    for name in sorted(old.keys() | new.keys()):
        was, is_ = old.get(name), new.get(name)
        if was is None and is_ is not None and _is_fresh(is_, new, fresh):
            yield Difference(kind="shape-new", term=name)
            continue
        yield from _shape(name, was or ShapeValues(name=name), is_ or ShapeValues(name=name))


def _is_fresh(shape: ShapeValues, shapes: Shapes, fresh: frozenset[str]) -> bool:
    """Tell whether a new shape is about new terms: by its targets, or as a property of a shape that is."""
    targets = [one for kind in shape.targets.values() for one in kind]
    if targets:
        return all(one in fresh for one in targets)
    around = shape.name.partition("/<")[0]
    if around in shapes and around != shape.name:
        return _is_fresh(shapes[around], shapes, fresh)
    return shape.path.strip("<>") in fresh or not shape.parameters


def _shape(name: str, old: ShapeValues, new: ShapeValues) -> Iterator[Difference]:
    for part in sorted(old.targets.keys() | new.targets.keys()):
        yield from _set(name, part, (old.targets.get(part, ()), new.targets.get(part, ())), is_choice=False)
    for part in sorted(old.parameters.keys() | new.parameters.keys()):
        was, is_ = (each.parameters.get(part, ()) for each in (old, new))
        if _plain(was) != _plain(is_):
            yield from _parameter(name, part, (was, is_))
    if old.messages != new.messages and old.messages and new.messages:
        yield Difference(kind="text-changed", term=name, part="sh:message")
    if old.path and new.path and old.path != new.path:
        yield Difference(kind="shape-stricter", term=name, part="sh:path", old=old.path, new=new.path)


def _parameter(name: str, part: str, values: tuple[tuple[str, ...], tuple[str, ...]]) -> Iterator[Difference]:
    was, is_ = values
    if part in _CHOICES and was and is_:
        yield from _set(name, part, values, is_choice=True)
        return
    if part in ("sh:severity", "sh:deactivated"):
        is_stricter = _weight(part, is_) > _weight(part, was)
    elif part in (*_LOWER, *_UPPER) and was and is_:
        is_stricter = _is_closer(part, was[0], is_[0])
    else:
        is_stricter = bool(is_) and _plain(is_) != _NOTHING.get(part)
    kind = "shape-stricter" if is_stricter else "shape-looser"
    yield Difference(kind=kind, term=name, part=part, old=" ".join(was), new=" ".join(is_))


def _set(
    name: str, part: str, values: tuple[tuple[str, ...], tuple[str, ...]], *, is_choice: bool
) -> Iterator[Difference]:
    """Compare sets of which one must fit (a choice), or each counts (targets)."""
    gone, more = sorted({*values[0]} - {*values[1]}), sorted({*values[1]} - {*values[0]})
    if gone:
        kind = "shape-stricter" if is_choice else "shape-looser"
        yield Difference(kind=kind, term=name, part=part, old=" ".join(gone))
    if more:
        kind = "shape-looser" if is_choice else "shape-stricter"
        yield Difference(kind=kind, term=name, part=part, new=" ".join(more))


def _weight(part: str, values: tuple[str, ...]) -> int:
    """Weigh a severity, `Violation` where none is given, or being switched off."""
    if part == "sh:deactivated":
        return 0 if values and "true" in values[0] else 1
    name = values[0].strip("<>").rpartition("#")[2] if values else "Violation"
    return _SEVERITIES.index(name) if name in _SEVERITIES else len(_SEVERITIES)


def _is_closer(part: str, old: str, new: str) -> bool:
    was, is_ = _number(old), _number(new)
    if was is None or is_ is None:
        return True
    return is_ > was if part in _LOWER else is_ < was


def _plain(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.partition('"^^')[0].strip('"') for value in values)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(_plain((text,))[0])
    except InvalidOperation:
        return None
