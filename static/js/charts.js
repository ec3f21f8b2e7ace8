// Charts drawn from the table next to them, so that both show the same. Loaded only on pages that have one.
// <figure data-chart="bar|barh|line|stacked"><div class="graph"><canvas></canvas></div> … <table>:
// the first column holds the labels, each further column is a series. A cell's data-value is its number,
// a head's data-tone its color; data-skip leaves a column out. A link in the first column is where the bar leads.
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Filler,
  LineController,
  LineElement,
  LinearScale,
  PointElement,
  Tooltip,
} from "chart.js";

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Filler,
  LineController,
  LineElement,
  LinearScale,
  PointElement,
  Tooltip,
);

const drawn = new Map();
const token = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const TONES = {
  series: "series",
  good: "good-mark",
  wait: "wait-mark",
  bad: "bad-mark",
  info: "info-mark",
  idle: "idle-mark",
};
const numberOf = (cell) =>
  Number(cell?.dataset.value ?? cell?.textContent.replace(/[^\d.−-]/g, "").replace("−", "-"));

function seriesOf(table) {
  const heads = [...table.tHead.rows[0].cells],
    rows = [...table.tBodies[0].rows];
  const labels = rows.map((row) => row.cells[0].dataset.label ?? row.cells[0].textContent.trim());
  const series = heads
    .slice(1)
    .map((head, n) => ({ head, values: rows.map((row) => numberOf(row.cells[n + 1])) }))
    .filter(({ head }) => !("skip" in head.dataset));
  return { labels, series };
}

function say(value, unit) {
  const money = unit === "$",
    large = Math.abs(value) >= 10_000;
  const words = new Intl.NumberFormat("en-US", {
    notation: large ? "compact" : "standard",
    maximumFractionDigits: large ? 1 : money ? 0 : 1,
  }).format(value);
  return money ? `$${words}` : unit ? `${words} ${unit}` : words;
}

/** Labels each bar with its value if there is one series, or each line with its name if there are several. */
const directLabels = {
  id: "directLabels",
  afterDatasetsDraw(chart, _args, { unit, isLine, alone, across }) {
    const { ctx } = chart;
    ctx.save();
    ctx.font = `550 13px ${token("sans")}`;
    ctx.fillStyle = token("ink-2");
    ctx.textBaseline = "middle";
    if (isLine && !alone) nameLines(chart);
    chart.data.datasets.forEach((set, n) => {
      const marks = chart.getDatasetMeta(n).data;
      if (isLine || !alone) return null;
      const room = across || marks.length < 2 ? Infinity : marks[1].x - marks[0].x - 4;
      const fit = set.data.every((value) => ctx.measureText(say(value, unit)).width <= room);
      const most = set.data.indexOf(Math.max(...set.data));
      return marks.forEach((mark, at) => {
        const words = say(set.data[at], unit),
          half = ctx.measureText(words).width / 2;
        if (!fit && at !== most) return; // too narrow: only the highest bar, which has room
        ctx.textAlign = across ? "left" : "center";
        ctx.fillText(
          words,
          across ? mark.x + 6 : Math.min(mark.x, chart.width - half),
          across ? mark.y : mark.y - 10,
        );
      });
    });
    ctx.restore();
  },
};

const LINE_OF_TEXT = 17;

/** Writes each line's name next to its end, in the margin that `nameMargin` leaves, without overlap. */
function nameLines(chart) {
  const { ctx, chartArea: area } = chart;
  const ends = chart.data.datasets
    .map((set, n) => {
      const marks = chart.getDatasetMeta(n).data;
      const last = marks.findLast((_mark, at) => Number.isFinite(set.data[at]));
      return last && { name: set.label, y: last.y };
    })
    .filter(Boolean)
    .sort((one, other) => one.y - other.y);
  let free = area.top;
  for (const end of ends) free = (end.y = Math.max(end.y, free)) + LINE_OF_TEXT;
  free = area.bottom;
  for (const end of ends.toReversed()) free = (end.y = Math.min(end.y, free)) - LINE_OF_TEXT;
  ctx.textAlign = "left";
  for (const { name, y } of ends) ctx.fillText(name, area.right + 6, y);
}

/** How much room the names of the lines need at the right. */
function nameMargin(series) {
  const ctx = document.createElement("canvas").getContext("2d");
  ctx.font = `550 13px ${token("sans")}`;
  return 8 + Math.max(...series.map(({ head }) => ctx.measureText(head.textContent.trim()).width));
}

function options(kind, unit, alone) {
  const across = kind === "barh",
    isLine = kind === "line",
    stacked = kind === "stacked";
  const text = { color: token("ink-3"), font: { family: token("sans"), size: 13 } };
  const names = {
    grid: { display: false },
    border: { color: token("rule-2") },
    ticks: { ...text, maxRotation: 0, autoSkip: !across },
    stacked,
  };
  const values = {
    beginAtZero: true,
    stacked,
    grid: { color: token("rule") },
    border: { display: false },
    grace: alone && !isLine ? "12%" : 0,
    ticks: {
      ...text,
      maxTicksLimit: 5,
      precision: unit === "$" ? 0 : undefined,
      callback: (value) => say(value, unit),
    },
  };
  return {
    maintainAspectRatio: false,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
    indexAxis: across ? "y" : "x",
    scales: across ? { x: values, y: names } : { x: names, y: values },
    interaction: { mode: "index", axis: across ? "y" : "x", intersect: false },
    plugins: {
      directLabels: { unit, isLine, alone, across },
      tooltip: {
        backgroundColor: token("slip"),
        titleColor: token("on-slip"),
        bodyColor: token("on-slip"),
        displayColors: !alone,
        callbacks: {
          label: (item) => `${alone ? "" : `${item.dataset.label}: `}${say(item.raw, unit)}`,
        },
      },
    },
  };
}

function look(head, n, kind) {
  const colour = token(
    TONES[head.dataset.tone ?? ["series", "idle", "info", "wait", "good", "bad"][n % 6]],
  );
  if (kind !== "line") return { backgroundColor: colour, borderRadius: 3, maxBarThickness: 36 };
  return {
    borderColor: colour,
    backgroundColor: token("series-soft"),
    borderWidth: 2,
    pointRadius: 0,
    pointHoverRadius: 4,
    tension: 0,
    borderDash: "dashed" in head.dataset ? [2, 4] : [],
    stepped: "stepped" in head.dataset,
    fill: "filled" in head.dataset && "origin",
  };
}

/** Moves a chart's bars and lines to what its table says now. */
function renew(chart, labels, series) {
  chart.data.labels = labels;
  chart.data.datasets.forEach((set, n) => (set.data = series[n].values));
  chart.update();
}

function draw(figure, isAnew) {
  const canvas = figure.querySelector("canvas"),
    table = figure.querySelector("table"),
    { chart: kind, unit = "" } = figure.dataset;
  if (!canvas || !table?.tBodies[0]?.rows.length) return;
  canvas.ariaLabel = figure.dataset.says;
  const { labels, series } = seriesOf(table),
    before = drawn.get(canvas);
  if (before && !isAnew && before.data.datasets.length === series.length)
    return renew(before, labels, series);
  before?.destroy();
  const linkAt = ([bar]) =>
    bar && figure.querySelector("tbody").rows[bar.index].cells[0].querySelector("a");
  drawn.set(
    canvas,
    new Chart(canvas, {
      type: kind === "line" ? "line" : "bar",
      options: {
        ...options(kind, unit, series.length === 1),
        layout: {
          padding: { right: kind === "line" && series.length > 1 ? nameMargin(series) : 0 },
        },
        onClick: (_event, bars) => linkAt(bars)?.click(),
        onHover: (_event, bars) => (canvas.style.cursor = linkAt(bars) ? "pointer" : ""),
      },
      plugins: [directLabels],
      data: {
        labels,
        datasets: series.map(({ head, values }, n) => ({
          label: head.textContent.trim(),
          data: values,
          ...look(head, n, kind),
        })),
      },
    }),
  );
}

/** Draws every chart of the page; `isAnew`: with the colors of now. */
function drawAll(isAnew = false) {
  for (const [canvas, chart] of drawn)
    if (!canvas.isConnected) {
      chart.destroy();
      drawn.delete(canvas);
    }
  for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure, isAnew);
}

/** Tables that were open before a swap stay open. */
let opened = [];
function rememberOpened() {
  opened = [...document.querySelectorAll(".graph-table[open]")];
}
function openAgain() {
  for (const table of opened) table.open = true;
}

if (!window.dmCharts) {
  window.dmCharts = true;
  document.addEventListener("htmx:before:swap", rememberOpened);
  document.addEventListener("htmx:after:swap", () => {
    openAgain();
    drawAll();
  });
  const drawAnew = () => drawAll(true);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAnew);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", drawAnew);
  else document.fonts.ready.then(drawAnew);
}
