// Draws the latest values on the map and one series as a chart; asks this server alone.
"use strict";

const settings = JSON.parse(document.getElementById("settings").textContent);
const texts = settings.texts;
const find = (id) => document.getElementById(id);
const colours = ["#2c7bb6", "#7fc4b5", "#f4d35e", "#f28e2b", "#c1272d"];
const shown = { features: [], markers: new Map(), thing: null };

const map = L.map("map", { zoomSnap: 0.5, attributionControl: Boolean(settings.tiles) });
if (settings.tiles) {
  L.tileLayer(settings.tiles, { attribution: settings.attribution, maxZoom: 19 }).addTo(map);
}
const points = L.featureGroup();

function drawAreas() {
  const areas = L.featureGroup();
  for (const lab of settings.labs) {
    if (!lab.area) continue;
    const [west, south, east, north] = lab.area;
    L.rectangle([[south, west], [north, east]], { color: "#8fa3b3", weight: 1, fillOpacity: 0.15, interactive: false })
      .bindTooltip(text(lab.name), { permanent: true, direction: "top", offset: [0, -8], className: "lab-name" })
      .addTo(areas);
  }
  areas.addTo(map);
  points.addTo(map);
  if (areas.getLayers().length) map.fitBounds(areas.getBounds(), { padding: [12, 12] });
  else map.setView([52.1, 5.3], 7);
}

function text(value) {
  const holder = document.createElement("span");
  holder.textContent = value;
  return holder;
}

async function readJson(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return answer.json();
}

async function readThings() {
  const features = [];
  let address = `${settings.base}/ogc/collections/things/items?f=json&limit=1000`;
  let federation = null;
  while (address) {
    const page = await readJson(address);
    features.push(...page.features);
    federation = page.federation || federation;
    const next = (page.links || []).find((link) => link.rel === "next");
    address = next && page.features.length ? next.href : null;
  }
  return { features, federation };
}

function property() {
  return settings.properties.find((one) => one.id === find("property").value);
}

function number(value) {
  return typeof value === "number" ? value : null;
}

function limits(values) {
  const sorted = values.slice().sort((one, other) => one - other);
  return colours.map((_, step) => sorted[Math.min(sorted.length - 1, Math.floor((step / colours.length) * sorted.length))]);
}

function colourOf(value, steps) {
  let at = 0;
  steps.forEach((step, index) => { if (value >= step) at = index; });
  return colours[at];
}

function drawPoints() {
  points.clearLayers();
  shown.markers.clear();
  const { id, label } = property();
  const valued = shown.features.filter((one) => number(one.properties[id]) !== null && one.geometry);
  const steps = limits(valued.map((one) => one.properties[id]));
  for (const one of valued) {
    const [longitude, latitude] = one.geometry.coordinates;
    const value = one.properties[id];
    const unit = one.properties[`${id}_unit`] || "";
    const words = `${one.properties.name}: ${value.toFixed(1)} ${unit}`;
    const marker = L.circleMarker([latitude, longitude], {
      radius: 7, weight: 1, color: "#15232f", fillColor: colourOf(value, steps), fillOpacity: 0.95, className: "unit",
    });
    marker.bindTooltip(text(words));
    marker.on("click", () => choose(one.id));
    marker.addTo(points);
    shown.markers.set(one.id, marker);
  }
  drawLegend(label, valued, steps, id);
  drawUnits(valued);
}

function drawLegend(label, valued, steps, id) {
  const legend = find("legend");
  legend.replaceChildren();
  const unit = valued.length ? valued[0].properties[`${id}_unit`] || "" : texts.none;
  const head = document.createElement("strong");
  head.textContent = `${label} (${unit})`;
  legend.append(head);
  if (!valued.length) return;
  steps.forEach((step, index) => {
    const line = document.createElement("div");
    const dot = document.createElement("i");
    dot.style.background = colours[index];
    line.append(dot, `≥ ${step.toFixed(1)}`);
    legend.append(line);
  });
}

function drawUnits(valued) {
  const list = find("thing");
  list.replaceChildren(new Option("–", ""));
  for (const one of valued) list.append(new Option(`${labName(one.properties.lab)} – ${one.properties.name}`, one.id));
  list.value = valued.some((one) => String(one.id) === String(shown.thing)) ? shown.thing : "";
}

function labName(key) {
  const lab = settings.labs.find((one) => one.key === key);
  return lab ? lab.name : key;
}

function shortTime(stamp) {
  return new Intl.DateTimeFormat(settings.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(stamp));
}

function drawLabs(federation) {
  const list = find("labs");
  list.replaceChildren();
  const gone = new Map();
  for (const source of (federation && federation.sources) || []) {
    if (source.status !== "ok" && source.status !== "not-relevant") gone.set(source.id, source.reason || source.status);
  }
  for (const lab of settings.labs) {
    const own = shown.features.filter((one) => one.properties.lab === lab.key);
    const times = own.flatMap((one) => Object.entries(one.properties)
      .filter(([name, value]) => name.endsWith("_time") && value).map(([, value]) => value)).sort();
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.textContent = lab.name;
    button.addEventListener("click", () => {
      if (lab.area) map.fitBounds([[lab.area[1], lab.area[0]], [lab.area[3], lab.area[2]]]);
    });
    const note = document.createElement("small");
    if (gone.has(lab.key)) {
      note.className = "gone";
      note.textContent = `${texts.missing} ${lab.name}: ${gone.get(lab.key)}`;
    } else {
      note.textContent = `${own.length} ${texts.units} · ${texts.newest} ${times.length ? shortTime(times[times.length - 1]) : "–"}`;
    }
    item.append(button, note);
    list.append(item);
  }
  const status = find("status");
  const names = [...gone.keys()].map(labName);
  status.textContent = names.length ? `${texts.missing} ${names.join(", ")}.` : texts.complete;
  status.classList.toggle("partial", names.length > 0);
}

async function choose(id) {
  shown.thing = id;
  find("thing").value = id;
  const { definition, label, id: name } = property();
  const key = typeof id === "number" ? String(id) : `'${String(id).replaceAll("'", "''")}'`;
  const options = new URLSearchParams({
    $filter: `ObservedProperty/definition eq '${definition}'`,
    $expand: "Observations($select=phenomenonTime,result;$orderby=phenomenonTime desc;$top=1000)",
  });
  const page = await readJson(`${settings.base}/sta/v1.1/Things(${encodeURIComponent(key)})/Datastreams?${options}`);
  const traces = page.value.map((stream) => ({
    name: stream.name,
    x: stream.Observations.map((one) => one.phenomenonTime.split("/").pop()),
    y: stream.Observations.map((one) => one.result),
    mode: "lines+markers",
    marker: { size: 4 },
  }));
  const feature = shown.features.find((one) => one.id === id);
  find("chart-title").textContent = `${label} – ${feature ? feature.properties.name : id}`;
  find("chart").replaceChildren();
  const layout = {
    margin: { l: 55, r: 15, t: 10, b: 40 },
    height: 280,
    showlegend: traces.length > 1,
    yaxis: { title: { text: feature ? feature.properties[`${name}_unit`] || "" : "" } },
    xaxis: { type: "date" },
  };
  await Plotly.newPlot("chart", traces, layout, { responsive: true, displaylogo: false, displayModeBar: false });
}

async function start() {
  for (const one of settings.properties) find("property").append(new Option(one.label, one.id));
  drawAreas();
  find("property").addEventListener("change", () => {
    drawPoints();
    if (shown.thing !== null) choose(shown.thing);
  });
  find("thing").addEventListener("change", (event) => {
    const one = shown.features.find((feature) => String(feature.id) === event.target.value);
    if (one) choose(one.id);
  });
  try {
    const { features, federation } = await readThings();
    shown.features = features;
    drawPoints();
    drawLabs(federation);
    const first = find("thing").options[1];
    if (first) await choose(shown.features.find((one) => String(one.id) === first.value).id);
    document.body.dataset.ready = "true";
  } catch (error) {
    find("status").textContent = `${texts.failed} (${error.message})`;
    find("status").classList.add("partial");
  }
}

window.addEventListener("DOMContentLoaded", start);
