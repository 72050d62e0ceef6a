"""SOS, O&M, WaterML and SWE Common: values worked out by hand, the real files, and what OWSLib reads of them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssclab_data.errors import SourceError
from ssclab_data.model.sensorthings import Location, Thing
from ssclab_data.model.values import Instant
from ssclab_data.sources.base import MappedPayload, SourceContext
from ssclab_data.sources.mapping import load_source
from ssclab_data.sources.reading.om_alone import write_alone

NAMES = (
    'xmlns:om="http://www.opengis.net/om/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:swe="http://www.opengis.net/swe/2.0" xmlns:wml2="http://www.opengis.net/waterml/2.0" '
    'xmlns:sos="http://www.opengis.net/sos/2.0"'
)
MOMENT = "<gml:TimeInstant><gml:timePosition>2026-01-01T00:00:00Z</gml:timePosition></gml:TimeInstant>"
FEATURE = '<om:featureOfInterest xlink:href="http://x.example/f/1" xlink:title="square"/>'
NO2 = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/8"
MEASURED = '<om:result uom="ug/m3" xsi:type="gml:MeasureType">21.5</om:result>'


def answer(
    result: str = MEASURED, *, time: str = MOMENT, feature: str = FEATURE, property_: str = NO2, more: str = ""
) -> bytes:
    return f"""<sos:GetObservationResponse {NAMES}><sos:observationData><om:OM_Observation gml:id="o1">
      <om:phenomenonTime>{time}</om:phenomenonTime>{more}
      <om:procedure xlink:href="http://x.example/p/1"/><om:observedProperty xlink:href="{property_}"/>{feature}{result}
    </om:OM_Observation></sos:observationData></sos:GetObservationResponse>""".encode()


def array(rows: str, *, fields: str, count: int, encoding: str = 'tokenSeparator="," blockSeparator="@@"') -> str:
    return f"""<om:result><swe:DataArray>
      <swe:elementCount><swe:Count><swe:value>{count}</swe:value></swe:Count></swe:elementCount>
      <swe:elementType name="x"><swe:DataRecord>{fields}</swe:DataRecord></swe:elementType>
      <swe:encoding><swe:TextEncoding {encoding}/></swe:encoding>
      <swe:values>{rows}</swe:values></swe:DataArray></om:result>"""


TIME = (
    '<swe:field name="time"><swe:Time definition="http://www.opengis.net/def/property/OGC/0/SamplingTime"/></swe:field>'
)
VALUE = '<swe:field name="v"><swe:Quantity><swe:uom code="ug/m3"/></swe:Quantity></swe:field>'


def read(content: bytes, source: str = "sos") -> MappedPayload:
    mapped = load_source(source).read(content, SourceContext(where="x.xml"))
    tally = mapped.tally
    assert tally.records_read == tally.records_mapped + tally.records_partly + tally.records_rejected
    assert tally.fields_read == tally.fields_mapped + tally.fields_ignored + tally.fields_rejected
    return mapped


def rules(mapped: MappedPayload) -> dict[str, int]:
    return {finding.rule: finding.count for finding in mapped.findings}


def results(mapped: MappedPayload) -> list[Any]:
    return [value for series in mapped.series for value in series.result]


def place(mapped: MappedPayload) -> Any:
    return [entity.location["coordinates"] for entity in mapped.defaults if isinstance(entity, Location)]  # type: ignore[index]


@pytest.mark.parametrize(
    ("result", "property_", "value", "why"),
    [
        (MEASURED, NO2, 21.5, "as it is"),
        ('<om:result uom="mg/m3">0.0215</om:result>', NO2, 21.5, "1 mg is 1000 ug"),
        ('<om:result uom="urn:ogc:def:uom:UCUM::Cel">4</om:result>', "http://x/air_temperature", 4.0, "a unit by URN"),
        (
            '<om:result uom="http://www.opengis.net/def/uom/UCUM/0/degC">4</om:result>',
            "http://x/air_temperature",
            4.0,
            "a unit by URL",
        ),
        (
            '<om:result><swe:Quantity><swe:uom code="ug/m3"/><swe:value>3</swe:value></swe:Quantity></om:result>',
            NO2,
            3.0,
            "a quantity of SWE Common",
        ),
    ],
)
def test_a_measurement_is_one_value(result: str, property_: str, value: float, why: str) -> None:
    mapped = read(answer(result, property_=property_))
    assert results(mapped) == [value], why
    assert mapped.findings == (), why
    (thing,) = [entity for entity in mapped.entities if isinstance(entity, Thing)]
    assert (thing.key, thing.name) == ("sos/http:%2F%2Fx.example%2Ff%2F1", "square")


@pytest.mark.parametrize(
    ("time", "start", "end", "found"),
    [
        (MOMENT, "2026-01-01T00:00:00Z", None, {}),
        (
            "<gml:TimePeriod><gml:beginPosition>2026-01-01T00:00:00+01:00</gml:beginPosition>"
            "<gml:endPosition>2026-01-01T01:00:00+01:00</gml:endPosition></gml:TimePeriod>",
            "2025-12-31T23:00:00Z",
            "2026-01-01T00:00:00Z",
            {},
        ),
        (
            "<gml:TimePeriod><gml:begin><gml:TimeInstant><gml:timePosition>2026-01-01T00:00:00Z</gml:timePosition></gml:TimeInstant>"
            "</gml:begin><gml:end><gml:TimeInstant><gml:timePosition>2026-01-01T01:00:00Z</gml:timePosition></gml:TimeInstant></gml:end>"
            "</gml:TimePeriod>",
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00Z",
            {},
        ),
        (
            '<gml:TimeInstant><gml:timePosition indeterminatePosition="unknown"/></gml:TimeInstant>',
            "",
            None,
            {"bad-time": 1},
        ),
        (
            "<gml:TimePeriod><gml:beginPosition>2026-01-01T00:00:00Z</gml:beginPosition>"
            '<gml:endPosition indeterminatePosition="now"/></gml:TimePeriod>',
            "",
            None,
            {"bad-time": 1},
        ),
        (MOMENT.replace("00:00Z", "00:00"), "", None, {"zone-missing": 1}),
    ],
)
def test_times_are_moments_or_periods(time: str, start: str, end: str | None, found: dict[str, int]) -> None:
    mapped = read(answer(time=time))
    assert rules(mapped) == found
    if not start:
        assert mapped.series == ()
        return
    (series,) = mapped.series
    assert tuple(series.start) == (Instant.parse(start).us,)
    assert series.end == (None if end is None else (Instant.parse(end).us,))


def test_a_time_may_be_a_reference_inside_the_document() -> None:
    mapped = read(
        answer(
            time=MOMENT.replace("TimeInstant>", 'TimeInstant gml:id="t1">', 1), more='<om:resultTime xlink:href="#t1"/>'
        )
    )
    (series,) = mapped.series
    assert series.result_time == (Instant.parse("2026-01-01T00:00:00Z").us,)


@pytest.mark.parametrize(
    ("point", "coordinates", "found"),
    [
        ('<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>52.1 5.1</gml:pos></gml:Point>', [5.1, 52.1], {}),
        (
            '<gml:Point srsName="http://www.opengis.net/def/crs/EPSG/0/4258"><gml:pos>52.1 5.1</gml:pos></gml:Point>',
            [5.1, 52.1],
            {},
        ),
        (
            '<gml:Point srsName="EPSG:4326"><gml:coordinates>5.1,52.1,0</gml:coordinates></gml:Point>',
            [5.1, 52.1],
            {"axis-order": 1},
        ),
        (
            '<gml:Point srsName="http://www.opengis.net/def/crs/EPSG/0/28992">'
            "<gml:pos>155000 463000</gml:pos></gml:Point>",
            [5.38720621, 52.15517440],
            {},
        ),
        ("<gml:Point><gml:pos>5.1 52.1</gml:pos></gml:Point>", [5.1, 52.1], {}),
    ],
)
def test_a_position_has_the_order_of_its_reference_system(
    point: str, coordinates: list[float], found: dict[str, int]
) -> None:
    """cases.md, row 44: URNs and URLs have the latitude first, the short form the longitude, with a warning."""
    feature = (
        f"<om:featureOfInterest><x><gml:identifier>f1</gml:identifier><shape>{point}</shape></x></om:featureOfInterest>"
    )
    mapped = read(answer(feature=feature))
    (position,) = place(mapped)
    assert position[:2] == pytest.approx(coordinates, abs=1e-4)
    assert rules(mapped) == found


def test_a_box_of_one_corner_or_none_at_all_is_no_position() -> None:
    """cases.md, row 124: the extent is unknown, the values are kept."""
    box = "<gml:boundedBy><gml:Envelope><gml:lowerCorner>-90.0 NaN</gml:lowerCorner></gml:Envelope></gml:boundedBy>"
    mapped = read(answer().replace(b"<sos:observationData>", f"{box}<sos:observationData>".encode(), 1))
    assert (results(mapped), place(mapped), mapped.findings) == ([21.5], [], ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b'<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1">'
            b'<ows:Exception exceptionCode="InvalidParameterValue">'
            b"<ows:ExceptionText>no such offering</ows:ExceptionText></ows:Exception></ows:ExceptionReport>",
            "InvalidParameterValue: no such offering",
        ),
        (
            b'<ServiceExceptionReport><ServiceException code="X">broken</ServiceException></ServiceExceptionReport>',
            "X: broken",
        ),
        (b"<sos:Capabilities xmlns:sos='http://www.opengis.net/sos/2.0'/>", "capabilities"),
        (b"<html><body/></html>", "no payload of sos"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "DOCTYPE"),
        (
            answer(array("1", fields=TIME + VALUE, count=1, encoding='tokenSeparator="," decimalSeparator=","')),
            "decimal separator",
        ),
        (answer(array("1", fields="", count=1)), "does not say what its rows hold"),
    ],
)
def test_what_holds_no_observations_is_a_source_error(content: bytes, reason: str) -> None:
    """cases.md, row 124: an exception with its code and text, never an empty success."""
    with pytest.raises(SourceError, match=reason):
        read(content)


@pytest.mark.parametrize(
    ("rows", "encoding", "values"),
    [
        ("2026-01-01T00:00:00Z,1.5@@2026-01-01T01:00:00Z,2@@", 'tokenSeparator="," blockSeparator="@@"', [1.5, 2.0]),
        (
            "2026-01-01T00:00:00Z;1,5#2026-01-01T01:00:00Z;2",
            'tokenSeparator=";" blockSeparator="#" decimalSeparator=","',
            [1.5, 2.0],
        ),
        (
            "\n 2026-01-01T00:00:00Z,1.5\n 2026-01-01T01:00:00Z,2\n",
            'tokenSeparator="," blockSeparator="&#10;"',
            [1.5, 2.0],
        ),
        ("2026-01-01T00:00:00Z,1.5 2026-01-01T01:00:00Z,2", 'tokenSeparator="," blockSeparator=" "', [1.5, 2.0]),
    ],
)
def test_an_array_is_parted_as_it_says(rows: str, encoding: str, values: list[float]) -> None:
    mapped = read(answer(array(rows, fields=TIME + VALUE, count=2, encoding=encoding)))
    assert results(mapped) == values
    assert mapped.findings == ()


@pytest.mark.parametrize(
    ("rows", "count", "why"),
    [
        ("2026-01-01T00:00:00Z,1@@2026-01-01T01:00:00Z", 2, "a token is missing"),
        ("2026-01-01T00:00:00Z,1@@2026-01-01T01:00:00Z,2,3", 2, "a token too many"),
        ("2026-01-01T00:00:00Z,1", 2, "a row is missing, so the answer was cut"),
    ],
)
def test_a_broken_row_is_rejected_and_the_others_are_kept(rows: str, count: int, why: str) -> None:
    mapped = read(answer(array(rows, fields=TIME + VALUE, count=count)))
    assert results(mapped) == [1.0], why
    assert rules(mapped) == {"unreadable-record": 1}, why
    assert mapped.tally.records_rejected == 1, why


def test_a_token_that_stands_for_nothing_is_no_value() -> None:
    nil = '<swe:nilValues><swe:NilValues><swe:nilValue reason="http://x/BelowDetection">-1</swe:nilValue></swe:NilValues></swe:nilValues>'
    fields = TIME + VALUE.replace("</swe:Quantity>", f"{nil}</swe:Quantity>")
    mapped = read(answer(array("2026-01-01T00:00:00Z,-1@@2026-01-01T01:00:00Z,2", fields=fields, count=2)))
    assert (results(mapped), mapped.tally.fields_missing) == ([2.0], 1)
    gone = read(answer('<om:result xsi:nil="true" nilReason="missing" uom="ug/m3"/>'))
    assert (gone.series, gone.tally.fields_missing, gone.findings) == ((), 1, ())


def test_points_of_a_series_have_the_unit_of_all_or_their_own() -> None:
    def point(time: str, value: str, more: str = "") -> str:
        inner = f"<wml2:time>{time}</wml2:time>{value}{more}"
        return f"<wml2:point><wml2:MeasurementTVP>{inner}</wml2:MeasurementTVP></wml2:point>"

    series = f"""<om:result><wml2:MeasurementTimeseries>
      <wml2:defaultPointMetadata><wml2:DefaultTVPMeasurementMetadata><wml2:uom code="ug/m3"/>
      </wml2:DefaultTVPMeasurementMetadata></wml2:defaultPointMetadata>
      {point("2026-01-01T00:00:00Z", "<wml2:value>5</wml2:value>")}
      {
        point(
            "2026-01-01T01:00:00Z",
            "<wml2:value>0.006</wml2:value>",
            "<wml2:metadata><wml2:TVPMeasurementMetadata>"
            '<wml2:uom code="mg/m3"/></wml2:TVPMeasurementMetadata></wml2:metadata>',
        )
    }
      {point("2026-01-01T02:00:00Z", '<wml2:value xsi:nil="true"/>')}
      {point("2026-01-01T03:00:00Z", "<wml2:value/>")}
    </wml2:MeasurementTimeseries></om:result>"""
    mapped = read(answer(series))
    assert sorted(results(mapped)) == [5.0, 6.0]
    assert (mapped.tally.fields_missing, mapped.findings) == (2, ())


@pytest.mark.parametrize(
    ("kind", "duration", "start", "end"),
    [
        ("AveragePrec", "PT1H", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        ("TotalSucc", "P1D", "2026-01-01T01:00:00Z", "2026-01-02T01:00:00Z"),
        ("Continuous", "PT1H", "2026-01-01T01:00:00Z", None),
        ("AveragePrec", "", "2026-01-01T01:00:00Z", None),
        ("AveragePrec", "P1M", "2026-01-01T01:00:00Z", None),
    ],
)
def test_a_mean_of_a_series_is_of_its_interval(kind: str, duration: str, start: str, end: str | None) -> None:
    """A month has no fixed length, so the point keeps its moment."""
    length = f"<wml2:aggregationDuration>{duration}</wml2:aggregationDuration>" if duration else ""
    iri = f"http://www.opengis.net/def/waterml/2.0/interpolationType/{kind}"
    series = f"""<om:result><wml2:MeasurementTimeseries>
      <wml2:defaultPointMetadata><wml2:DefaultTVPMeasurementMetadata><wml2:uom code="ug/m3"/>
        <wml2:interpolationType xlink:href="{iri}"/>{length}
      </wml2:DefaultTVPMeasurementMetadata></wml2:defaultPointMetadata>
      <wml2:point><wml2:MeasurementTVP><wml2:time>2026-01-01T01:00:00Z</wml2:time><wml2:value>5</wml2:value>
      </wml2:MeasurementTVP></wml2:point></wml2:MeasurementTimeseries></om:result>"""
    (found,) = read(answer(series)).series
    assert tuple(found.start) == (Instant.parse(start).us,)
    assert found.end == (None if end is None else (Instant.parse(end).us,))


def test_an_observation_of_the_first_version_is_read() -> None:
    content = b"""<om:ObservationCollection xmlns:om="http://www.opengis.net/om/1.0" xmlns:gml="http://www.opengis.net/gml"
      xmlns:swe="http://www.opengis.net/swe/1.0.1" xmlns:xlink="http://www.w3.org/1999/xlink"><om:member><om:Observation>
      <om:samplingTime><gml:TimePeriod><gml:beginPosition>2026-01-01T00:00:00Z</gml:beginPosition>
        <gml:endPosition>2026-01-01T01:00:00Z</gml:endPosition></gml:TimePeriod></om:samplingTime>
      <om:procedure xlink:href="urn:p:1"/><om:observedProperty><swe:CompositePhenomenon gml:id="c" dimension="2">
        <swe:component xlink:href="urn:x"/></swe:CompositePhenomenon></om:observedProperty>
      <om:featureOfInterest><gml:FeatureCollection gml:id="f9"><gml:location>
        <gml:Point srsName="urn:ogc:def:crs:EPSG::4326">
        <gml:pos>52.1 5.1</gml:pos></gml:Point></gml:location></gml:FeatureCollection></om:featureOfInterest>
      <om:result><swe:DataArray><swe:elementCount><swe:Count><swe:value>1</swe:value></swe:Count></swe:elementCount>
        <swe:elementType name="d"><swe:SimpleDataRecord>
          <swe:field name="Time"><swe:Time definition="urn:ogc:data:time:iso8601"/></swe:field>
          <swe:field name="t"><swe:Quantity definition="http://x/air_temperature">
            <swe:uom code="Cel"/></swe:Quantity></swe:field>
          <swe:field name="h"><swe:Quantity definition="http://x/relative_humidity">
            <swe:uom code="%"/></swe:Quantity></swe:field>
        </swe:SimpleDataRecord></swe:elementType>
        <swe:encoding><swe:TextBlock tokenSeparator="," blockSeparator=";" decimalSeparator="."/></swe:encoding>
        <swe:values>2026-01-01T00:30:00Z,4.5,81;</swe:values></swe:DataArray></om:result>
      </om:Observation></om:member></om:ObservationCollection>"""
    mapped = read(content)
    found = {series.datastream.rpartition("/")[2]: list(series.result) for series in mapped.series}
    assert found == {"temperature": [4.5], "relative-humidity": [81.0]}
    assert (place(mapped), mapped.findings) == ([[5.1, 52.1]], ())


def test_an_unknown_property_is_told_and_can_be_read_again() -> None:
    mapped = read(answer(property_="http://x.example/unknown"))
    assert (rules(mapped), mapped.series) == ({"unknown-field": 1}, ())
    (rejected,) = mapped.rejected
    again = read(rejected.payload)
    assert [finding.path for finding in again.findings] == [finding.path for finding in mapped.findings]
    assert again.tally == mapped.tally


@given(
    value=st.floats(-1e6, 1e6, allow_nan=False),
    at=st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")),
    name=st.text("abc <&>é", max_size=5),
)
def test_what_is_written_for_the_quarantine_is_read_as_it_was(value: float, at: str, name: str) -> None:
    fields = {"feature": "f", "feature.name": name.strip() or "n", "procedure": "p", "time": at, "unit": "ug/m3"}
    content = write_alone(
        {**fields, "position": ["52.1", "5.1"], "crs": "urn:ogc:def:crs:EPSG::4326", NO2: repr(value)}, NO2
    )
    mapped = read(content)
    if rules(mapped) == {}:
        assert results(mapped) == [value]
        assert place(mapped) == [[5.1, 52.1]]
    else:
        assert set(rules(mapped)) <= {"bad-time", "outside-limits"}


@pytest.mark.needs("samples")
@pytest.mark.parametrize(
    ("source", "name", "records", "observations", "found"),
    [
        ("sos", "sos-om/sos_52n_getobservation_wml2_response.xml", 6, 6, {}),
        ("sos", "sos-om/sos_52n_get_observation_ioos.xml", 21, 21, {}),
        ("sos", "sos-om/sos_52n_get_observation_ioos_wml2.xml", 420, 420, {}),
        # 3 x 3 + 3 x 2 + 3 + 3 + 1 values; those of oxygen and of where wind goes to are in no code list.
        ("sos", "sos-om/swe_ioos_multistation_timeseries.xml", 22, 16, {"unknown-field": 3}),
        ("eea-ereporting", "eea-ereporting/REP_D-NL_RIVM_20140805_E-001-sample.xml", 104, 52, {"unknown-field": 52}),
    ],
)
def test_real_files_give_what_can_be_counted_in_them(
    source: str, name: str, records: int, observations: int, found: dict[str, int], samples: Path
) -> None:
    mapped = read((samples / name).read_bytes(), source)
    assert mapped.tally.records_read == records
    assert len(results(mapped)) == observations
    assert rules(mapped) == found


@pytest.mark.needs("samples")
def test_capabilities_with_half_a_box_are_refused(samples: Path) -> None:
    """cases.md, row 124."""
    with pytest.raises(SourceError, match="capabilities"):
        read((samples / "sos-om/sos_ncSOS_getcapabilities.xml").read_bytes())


@pytest.mark.needs("samples")
def test_weekly_values_of_the_netherlands_are_periods(samples: Path) -> None:
    """The first value is 9 mm from 2 to 9 January 2013, at +01:00, known on 5 August 2014."""
    mapped = read((samples / "eea-ereporting/REP_D-NL_RIVM_20140805_E-001-sample.xml").read_bytes(), "eea-ereporting")
    (series,) = mapped.series
    assert series.end is not None
    assert series.result_time is not None
    assert (series.start[0], series.end[0], series.result[0], series.result_time[0]) == (
        Instant.parse("2013-01-01T23:00:00Z").us,
        Instant.parse("2013-01-08T23:00:00Z").us,
        9.0,
        Instant.parse("2014-08-05T08:23:07Z").us,
    )
    assert series.datastream == "eea-ereporting/NL.RIVM.AQ%2FSPO-NL00444_753_100/precipitation"


@pytest.mark.needs("samples")
@pytest.mark.parametrize("name", ["sos_52n_getobservation_wml2_response.xml", "sos_52n_get_observation_ioos_wml2.xml"])
def test_owslib_reads_the_same_values(name: str, samples: Path) -> None:
    from owslib.etree import etree
    from owslib.swe.observation.sos200 import SOSGetObservationResponse

    content = (samples / "sos-om" / name).read_bytes()
    theirs = [
        (Instant.of(point.datetime).us, point.value)
        for observation in SOSGetObservationResponse(etree.fromstring(content)).observations
        for point in observation.result.points
    ]
    ours = [row for series in read(content).series for row in zip(series.start, series.result, strict=True)]
    assert sorted(ours) == sorted(theirs)


WORDS = ("", "x", "NaN", "1e999", "2026-01-01", "#t1", "urn:ogc:def:crs:EPSG::999999", "52.1 5.1 3 4", ",", "@@")


@given(data=st.data())
def test_a_changed_document_gives_findings_and_never_a_trace(data: st.DataObject) -> None:
    from lxml import etree

    point = '<gml:Point srsName="EPSG:4326"><gml:pos>52.1 5.1</gml:pos></gml:Point>'
    feature = f"<om:featureOfInterest><x><gml:identifier>f1</gml:identifier>{point}</x></om:featureOfInterest>"
    rows = array("2026-01-01T00:00:00Z,1.5@@2026-01-01T01:00:00Z,2", fields=TIME + VALUE, count=2)
    root = etree.fromstring(answer(data.draw(st.sampled_from([MEASURED, rows])), feature=feature))
    for _ in range(data.draw(st.integers(1, 3))):
        element = data.draw(st.sampled_from(list(root.iter("*"))))
        parent = element.getparent()
        if data.draw(st.booleans()) or parent is None:
            element.text = data.draw(st.sampled_from(WORDS))
        elif element.attrib and data.draw(st.booleans()):
            element.set(data.draw(st.sampled_from(sorted(element.attrib))), data.draw(st.sampled_from(WORDS)))
        else:
            parent.remove(element)
    try:
        read(etree.tostring(root))
    except SourceError:
        return
