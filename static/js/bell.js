// The bell on every page: its count, its panel, the rows and toasts that arrive while one looks.
import htmx from "htmx.org/dist/htmx.esm.js";
import { toastHtml } from "./toasts.js";

let count = 0;
const title = () => document.title.replace(/^\(\d+\) /, "");

function show(next) {
  if (next === undefined) return;
  for (const place of document.querySelectorAll("[data-bell-count]")) {
    place.textContent = next > 99 ? "99+" : next || "";
    place.hidden = !next;
  }
  document.getElementById("bell")?.setAttribute("aria-label", next ? `WUPHF, ${next} unseen` : "WUPHF");
  document.title = next ? `(${next}) ${title()}` : title();
  count = next;
}

function ring() {
  const bell = document.getElementById("bell");
  bell?.classList.add("bell-rings");
  bell?.addEventListener("animationend", () => bell.classList.remove("bell-rings"), { once: true });
}

function put(html, wash) {
  const list = document.getElementById("bell-rows");
  if (!list || !html) return;
  const row = parse(html), old = document.getElementById(row.id);
  if (old) old.replaceWith(row);
  else if (wash) list.prepend(row);
  if (wash) row.classList.add("wash");
  htmx.process(row);
}

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};

const panel = () => document.getElementById("bell-panel");
function open(yes) {
  if (!panel()) return;
  panel().hidden = !yes;
  document.getElementById("bell").setAttribute("aria-expanded", String(yes));
  if (yes) document.getElementById("bell-inside").dispatchEvent(new CustomEvent("bell:open"));
}

for (const name of ["live:hello", "live:resync", "live:count"]) document.addEventListener(name, (event) => show(event.detail.count));
document.addEventListener("live:inbox", ({ detail }) => {
  show(detail.count);
  put(detail.row, detail.kind === "arrival");
  if (detail.kind !== "arrival") return;
  ring();
  if (detail.toast && !document.hidden && panel()?.hidden) toastHtml(detail.toast);
});
document.addEventListener("live:resync", () => { if (panel() && !panel().hidden) open(true); });
document.addEventListener("htmx:after:swap", () => show(count));
document.addEventListener("click", (event) => {
  const bell = event.target.closest("#bell");
  if (bell && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(panel().hidden); }
  else if (!event.target.closest("#bell-panel")) open(false);
});
document.addEventListener("dm:palette", () => open(false));
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.id === "bell") { event.preventDefault(); event.target.click(); }
  if (event.key === "Escape" && panel() && !panel().hidden) { open(false); document.getElementById("bell").focus(); }
});
