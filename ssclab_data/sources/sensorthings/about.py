"""Say what is read of SensorThings services, for the pages of the documentation."""

from collections.abc import Iterator

from ssclab_data.model.codelists import observed_property
from ssclab_data.sources.base import About
from ssclab_data.sources.declaration.services import SeriesRule, ServiceFile, ThingsBy

_TEXT = """\
Any document of a SensorThings 1.0 or 1.1 service is read: pages and single entities of all types with any `$expand`,
bodies of deep inserts, data arrays, and the GeoJSON and CSV result formats of FROST. Each entity that is written out
is a record.

## Keys

Natural keys are `sensorthings`, the service and the `@iot.id`. The service is host and path before the version
(`sensors.bgs.ac.uk/FROST-Server`), so that 1.0 and 1.1 of it are one and two services never collide. It is taken from
the links of the document; where it has none, from the address that it was fetched from, or from `service` that is
given with the payload. Else the name of the file stands for it, with the finding `unknown-service`. An entity without
an id, as in a deep insert, is known by its name.

## Observed properties and units

An ObservedProperty becomes that of the code list when its definition is the IRI of one, or is exactly aligned with
one, or when it has no IRI and its name can only mean one: `Temperature` is that of air, water or a housing, and stays
what it is. Others keep their own definition (`unknown-observed-property`). Units are recognised by symbol, definition
(`ucum:` too) and name, in this order; results are converted to the unit of the property, exactly. A unit that nobody
knows is kept with the values as it was given (`unit-kept-as-given`).

## Traps

- A page of Datastreams does not tell their Thing, Sensor and ObservedProperty: ask with
  `$expand=Thing,Sensor,ObservedProperty`. Without it, what is known of a Datastream stays, and a new one gets
  stand-ins until it is told (`partly-described`).
- An Observation must tell its Datastream: by `$expand=Datastream($select=id)`, by the address of its page, or by
  `Datastream` that is given with the payload. Else it is rejected (`no-datastream`).
- A subscriber to MQTT gets what was sent as well as what was stored. The former has no id, and is dropped
  (`raw-echo`).
- A result that is null, empty or NaN is no value. A text is a number where the Datastream is one of numbers, or where
  nothing tells and it is written as numbers are; `007` stays a text.
- Bounds that the service gives (observedArea, phenomenonTime and resultTime of Datastreams) are not kept: they follow
  from the Observations.

## One service

A mapping file with the key `service` in place of `forms` tells more of one service: what names of Datastreams say,
and what is behind them. Its keys leave the service out, and documents of another service are refused.

```yaml
source: some-city
title: SensorThings API of a city
documentation: its web page
service: sta.example.org/city
things: name
names: '(?P<thing>.+)-(?P<sensor>\\d+)-(?P<property>[a-z0-9_]+)'
fields:
  no2: {property: no2, unit: ug/m3, series: raw, stamp: end, period: PT1H, because: its web page}
```"""

ABOUT = About(
    source="sensorthings",
    title="SensorThings API 1.0 and 1.1, of any service",
    documentation="OGC 15-078r6 and 18-088, documentation of FROST, answers of RIVM, BGS, USGS, Hamburg and GOST",
    text=_TEXT,
)
"""What there is to say of the source of any service."""


def about_service(file: ServiceFile) -> About:
    """Describe the mapping of one service."""
    return About(
        source=file.source, title=file.title, documentation=file.documentation, text="\n".join(_service_lines(file))
    )


def _service_lines(file: ServiceFile) -> Iterator[str]:
    facts = {
        "Homepage": f"<{file.homepage}>" if file.homepage else "",
        "Licence of the data": file.licence,
        "Profile that fits": f"`{file.profile}`" if file.profile else "",
        "Service": f"`{file.service}`; all that is not told here is read as by `sensorthings`",
        "Things": "by name" if file.things is ThingsBy.NAME else "by id",
        "Names of Datastreams": f"`{file.names}`" if file.names else "",
    }
    yield from (f"- {name}: {fact}" for name, fact in facts.items() if fact)
    if file.traps:
        yield from ("", "## Traps", "", *(f"- {trap}" for trap in file.traps))
    if file.fields:
        yield from ("", "## Fields", "", "| name | observed property | notes |", "| --- | --- | --- |")
        yield from (_field(name, rule) for name, rule in file.fields.items())


def _field(name: str, rule: SeriesRule) -> str:
    info = observed_property(rule.property)
    notes = [
        f"unit `{rule.unit}` where none is given" if rule.unit else "",
        f"series `{rule.series}`" if rule.series else "",
        rule.kind,
        "calibrated by the source" if rule.calibrated else "as measured",
        f"stamp: {rule.stamp} of {rule.period}" if rule.period else "",
        rule.because,
    ]
    return f"| `{name}` | {info.label_en} (`{info.id}`) | {'; '.join(filter(None, notes))} |"
