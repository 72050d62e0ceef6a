"""Say what is beside the real payloads: which source reads a file, and what it must be told from outside it."""

import re
from collections.abc import Mapping
from pathlib import Path

from ssclab_data.model.values import Instant
from ssclab_data.sources.base import SourceContext

NOW = Instant.parse("2026-11-27T12:00:00Z")
"""When the payloads came in, for those whose mapping allows that as their time."""

GIVEN: Mapping[str, Mapping[str, str]] = {
    "hackair": {"id": "h1"},
    "munisense": {"id": "m1", "unit": "dB(C)"},
    "sensor-community": {"esp8266id": "esp8266-1"},
    "netatmo": {"type": "Temperature", "station": "70:ee:50:00:00:01"},
    "openaq": {"location_id": "2178", "sensor_id": "3920"},
    "smart-citizen": {"device_id": "7"},
}
"""What payloads of a source do not tell themselves."""

TABLES: Mapping[str, Mapping[str, str]] = {
    "irceline": {"series": "irceline-sos/upstream-stations.json"},
    "rivm-lml": {"stations": "rivm-lml/stations.csv"},
}
"""Tables beside payloads, by source and name."""

NAMED = {
    "luchtmeetnet/get_station.json": "NL49570.json",
    "luchtmeetnet/get_station_measurements.json": "NL49570.json",
    "luchtmeetnet/station-geleen.json": "NL50005.json",
}
"""File names that tell what the payload does not, where the name of the sample does not."""

READ: Mapping[str, tuple[str, int, str]] = {
    "airnow/response.json": ("airnow", 3, ""),
    "chirpstack/event-location.json": ("chirpstack", 0, ""),
    "chirpstack/event-status.json": ("chirpstack", 0, ""),
    "chirpstack/event-up.json": ("chirpstack", 0, "incomplete-message"),
    "chirpstack/uplink-jena-dragino-lse01.json": ("chirpstack", 4, ""),
    "coveragejson/point-collection.covjson": ("coveragejson", 0, "unknown-field"),
    "coveragejson/point.covjson": ("coveragejson", 0, "unknown-field"),
    "coveragejson/pointseries.covjson": ("coveragejson", 0, "unknown-field"),
    "coveragejson/polygonseries.covjson": ("coveragejson", 3, ""),
    "coveragejson/trajectory.covjson": ("coveragejson", 0, "unknown-field"),
    "eea-ereporting/AirQualityExport-DEBB054-onerow.csv": ("eea", 1, ""),
    "eea-ereporting/REP_D-NL_RIVM_20140805_E-001-sample.xml": ("eea-ereporting", 52, "unknown-field"),
    "hackair/push-payload.json": ("hackair", 2, ""),
    "inspire-ef/EMF.BRGM_1.geom.gml": ("inspire-ef", 0, ""),
    "inspire-ef/EMF.BRGM_3.coord.gml": ("inspire-ef", 0, ""),
    "inspire-ef/efs_example_1.geojson": ("inspire-ef", 0, ""),
    "inspire-ef/hamburg-EnvironmentalMonitoringFacility.gml": ("inspire-ef", 0, ""),
    "irceline-sos/upstream-stations.json": ("irceline", 0, ""),
    "irceline-sos/upstream-timeseries.json": ("irceline", 8, ""),
    "knmi/KNMI_20171010_hourly.txt.tsv": ("knmi-hourly", 1086, ""),
    "knmi/api-daggegevens-2019.txt": ("knmi-daily", 92, ""),
    "knmi/api-uurgegevens-2019.txt": ("knmi-hourly", 12, ""),
    "knmi/stations.csv": ("knmi-hourly", 0, "table-not-given"),
    "knmi/utrecht-370-2019-H.txt": ("knmi-hourly", 6597, "table-not-given"),
    "knmi/uurgegevens-20171001.txt": ("knmi-hourly", 4841, ""),
    "luchtmeetnet/get_components.json": ("luchtmeetnet", 0, ""),
    "luchtmeetnet/get_lki.json": ("luchtmeetnet", 2, ""),
    "luchtmeetnet/get_measurements.json": ("luchtmeetnet", 0, "unknown-field"),
    "luchtmeetnet/get_station.json": ("luchtmeetnet", 0, ""),
    "luchtmeetnet/get_station_measurements.json": ("luchtmeetnet", 0, "unknown-field"),
    "luchtmeetnet/get_stations.json": ("luchtmeetnet", 0, ""),
    "luchtmeetnet/station-geleen.json": ("luchtmeetnet", 0, ""),
    "madrid/horario-20190926.csv": ("madrid", 2575, "flagged-by-source table-not-given"),
    "meetjestad/data-20190419.tsv": ("meet-je-stad", 14, ""),
    "munisense/query-last_day-shape.json": ("munisense", 3, ""),
    "netatmo/getpublicdata.json": ("netatmo", 36, ""),
    "netatmo/getstationsdata.json": ("netatmo", 69, "incomplete-message"),
    "netatmo/weatherstation_data_unreachable_station.json": ("netatmo", 19, "incomplete-message"),
    "netatmo/weatherstation_measure.json": ("netatmo", 13, ""),
    "ngsi/AirQualityObserved-example-geojsonfeature.json": ("ngsi", 0, "zone-missing"),
    "ngsi/AirQualityObserved-example-normalized.json": ("ngsi", 0, "zone-missing"),
    "ngsi/AirQualityObserved-example-normalized.jsonld": ("ngsi", 0, "zone-missing"),
    "ngsi/AirQualityObserved-example.json": ("ngsi", 0, "zone-missing"),
    "ngsi/AirQualityObserved-example.jsonld": ("ngsi", 0, "zone-missing"),
    "ngsi/NoiseLevelObserved-example-geojsonfeature.json": ("ngsi", 4, ""),
    "ngsi/NoiseLevelObserved-example-normalized.json": ("ngsi", 4, ""),
    "ngsi/NoiseLevelObserved-example-normalized.jsonld": ("ngsi", 4, ""),
    "ngsi/NoiseLevelObserved-example.json": ("ngsi", 4, ""),
    "ngsi/NoiseLevelObserved-example.jsonld": ("ngsi", 4, ""),
    "ngsi/NoisePollution-example.json": ("ngsi", 3, ""),
    "openaq/v1-latest.json": ("openaq", 6, ""),
    "openaq/v1-measurements.ndjson": ("openaq", 8, ""),
    "openaq/v3-locations.json": ("openaq", 0, ""),
    "openaq/v3-locations_variation.json": ("openaq", 0, ""),
    "openaq/v3-measurements.json": ("openaq", 2, ""),
    "openaq/v3-parameters.json": ("openaq", 0, ""),
    "openaq/v3-sensors.json": ("openaq", 8, ""),
    "opensensemap/box.json": ("opensensemap", 2, ""),
    "purpleair/get_sensor_response.json": ("purpleair", 36, ""),
    "purpleair/get_sensors_response.json": ("purpleair", 0, "incomplete-message"),
    "rivm-lml/2014070708-CO.xml": ("rivm-lml", 4, ""),
    "rivm-lml/2014070708-NH3.xml": ("rivm-lml", 7, "no-match"),
    "rivm-lml/2014070708-PM2.5.xml": ("rivm-lml", 0, ""),
    "rivm-lml/2014070708.xml": ("rivm-lml", 258, "no-match"),
    "rivm-lml/rio-input-2015091611.csv": ("rivm-rio", 101, ""),
    "rivm-lml/stations.csv": ("rivm-lml", 0, ""),
    "samenmeten/datastreams.json": ("samen-meten", 0, "partly-described"),
    "samenmeten/things.json": ("samen-meten", 0, ""),
    "sensor-community/api-v1-sensor-152.json": ("sensor-community", 4, ""),
    "sensor-community/api-v1-upstream.json": ("sensor-community", 10, ""),
    "sensor-community/archive-2017-09-21_sds011_sensor_5331.csv": ("sensor-community", 2, ""),
    "sensor-community/archive-2018-08-30_bme280_sensor_16423.csv": ("sensor-community", 213, ""),
    "sensor-community/archive-2019-04-21_dht22_sensor_24544.csv": ("sensor-community", 846, ""),
    "sensor-community/archive-2019-05-18_sds011_sensor_15462.csv": ("sensor-community", 1160, ""),
    "sensor-community/push-payload-NRZ-2016.json": ("sensor-community", 2, ""),
    "sensor-community/push-payload-NRZ-2018-121.json": ("sensor-community", 4, ""),
    "smart-emission/jose_push_2015_unit1_raw.txt": ("smart-emission", 880, "no-position"),
    "smart-emission/sosemu_stations.json": ("smart-emission", 0, ""),
    "smart-emission/sosemu_timeseries-expanded_station23.json": ("smart-emission", 7, ""),
    "smart-emission/whale_device.json": ("smart-emission", 0, ""),
    "smart-emission/whale_last-multi.json": (
        "smart-emission",
        150,
        "cannot-decode no-position outside-limits unknown-field",
    ),
    "smart-emission/whale_last.json": ("smart-emission", 12, "outside-limits"),
    "smart-emission/whale_timeseries-hour_device23_20160108_h23.json.gz": ("smart-emission", 2000, "outside-limits"),
    "smartcitizen/fake_device_data.csv": ("smart-citizen", 11, ""),
    "smartcitizen/sdcard-18-12-06.CSV": ("smart-citizen", 7782, ""),
    "smartcitizen/single_device_add.json": ("smart-citizen", 0, "unknown-field"),
    "sos-om/sos_52n_get_observation_ioos.xml": ("sos", 21, ""),
    "sos-om/sos_52n_get_observation_ioos_wml2.xml": ("sos", 420, ""),
    "sos-om/sos_52n_getobservation_wml2_response.xml": ("sos", 6, ""),
    "sos-om/swe_ioos_multistation_timeseries.xml": ("sos", 16, "unknown-field"),
    "sta-bgs/observations-101.json": ("sensorthings", 0, "no-datastream"),
    "sta-bgs/observations-page.json": ("sensorthings", 3, ""),
    "sta-frost/airquality-frost-geojson-1.json": ("sensorthings", 0, "unknown-service"),
    "sta-frost/airquality-frost-geojson-2.json": ("sensorthings", 4, "partly-described unknown-service"),
    "sta-frost/csv-resultformat-example.csv": ("sensorthings", 2, "partly-described unknown-service"),
    "sta-frost/entitiesDefault.json": ("sensorthings", 4, "unknown-observed-property unknown-service"),
    "sta-hamburg/thing-7648-expanded.json": ("sensorthings", 0, "partly-described"),
    "sta-usgs/datastreams-09380000-first.json": ("sensorthings", 0, "partly-described unknown-observation-type"),
    "sta-usgs/locations-09380000.json": ("sensorthings", 0, ""),
    "ttn/uplink_message-repaired.json": ("ttn", 1, ""),
}
"""Which source reads a file, how many Observations it makes of it, and the rules of its findings."""

REFUSED: Mapping[str, tuple[str, str]] = {
    "airbase-legacy/DENW150.csv": ("eea", "statistics by year, not of measurements"),
    "coveragejson/grid-categorical.covjson": ("coveragejson", "a grid of 3 by 2 cells, which are no stations"),
    "coveragejson/grid-domain-bng.covjson": ("coveragejson", "a domain without values"),
    "eea-ereporting/MT_Historical_Valletta.csv": ("eea", "a list of addresses, not of values; fetch the Parquet files"),
    "eea-ereporting/REP_D-NL_RIVM_20140805_B-002.csv": ("eea", "a list of zones for reporting"),
    "eea-ereporting/zones-wfs-concatenated.json": ("eea", "a list of zones for reporting"),
    "purpleair/error_not_found_response.json": ("purpleair", "Cannot find a sensor with the provided parameters"),
    "rivm-lml/2014070708-benzeen.xml": ("rivm-lml", "it is empty"),
    "smart-emission/whale_devices.json": ("smart-emission", "a list of addresses of units; fetch each of them"),
    "smart-emission/whale_timeseries-hours.json": ("smart-emission", "a list of the hours of a day"),
    "smart-emission/whale_timeseries.json": ("smart-emission", "a list of days, which hold no values"),
    "sos-om/sos_ncSOS_getcapabilities.xml": ("sos", "the capabilities of a service, not its observations"),
    "ttn/uplink_message-invalid-as-published.json": ("ttn", "Expecting ',' delimiter: line 79 column 5"),
}
"""Which source a file looks like one of, and words of what it says instead of reading it."""

NO_PAYLOADS: Mapping[str, str] = {
    "SAMPLES.md": "the list of the samples",
    "inspire-ef/ads_example_1_EPSG.3857.geojson": "a programme of measurements: no station and no value",
    "pygeoapi/obs.csv": "test data of a server, of no source",
    "pygeoapi/obs_malformatted.csv": "the same, spoiled",
    "pygeoapi/wmo-station_list.csv": "a list of stations of the WMO, of no source",
    "rivm-lml/raw-readme.txt": "a note of the publisher",
    "rivm-lml/rio-formaat-CSV-input.txt": "a description of a format",
    "smart-emission/SOURCES.md": "where the samples are from",
    "smart-emission/gost_sta_responses_2018-02.json": "several answers in one document of the one who kept them",
    "smart-emission/whale_api_spec_v1.1.txt": "the specification of the interface",
    "sta-bgs/datastreams-by-feature-first3.json": "Datastreams by the number of a feature, as a client kept them",
    "sta-frost/example-entities-posts.txt": "bodies of several requests in one text",
}
"""Files that are no payload of any source, and what they are."""


def context_of(samples: Path, source: str, file: str = "") -> SourceContext:
    """Give what a source is told about one of the real payloads."""
    tables = {name: (samples / path).read_bytes() for name, path in TABLES.get(source, {}).items()}
    where = NAMED.get(file, file)
    return SourceContext(where=where, given=GIVEN.get(source, {}), received=NOW, tables=tables)


def every_file(samples: Path) -> list[str]:
    """Name each file under the samples, hidden ones left out."""
    files = [str(path.relative_to(samples)) for path in samples.rglob("*") if path.is_file()]
    return sorted(file for file in files if not re.search(r"(^|/)\.", file))
