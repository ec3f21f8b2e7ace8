// The bell on every page: its count, its panel, and rows and toasts that arrive while the page is open.
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
  document
    .getElementById("bell")
    ?.setAttribute("aria-label", next ? `WUPHF, ${next} unseen` : "WUPHF");
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
  const row = parse(html),
    old = document.getElementById(row.id);
  if (old) old.replaceWith(row);
  else if (wash) list.prepend(row);
  if (wash) row.classList.add("wash");
  htmx.process(row);
}

/** Keeps a notification that was settled elsewhere visible for now, without buttons, with the reason. */
function settle(id, reason) {
  for (const row of document.querySelectorAll(`#wu-bell-${id}, #wu-inbox-${id}`)) {
    row.classList.add("gone", "seen");
    row.classList.remove("unseen");
    row.querySelectorAll(".wu-do, .wu-acts, .wu-pick").forEach((part) => part.remove());
    row.querySelector(".wu-s").textContent = reason;
  }
  document.getElementById(`toast-${id}`)?.remove();
  keepFocus();
}

const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
};

const panel = () => document.getElementById("bell-panel");
let byKeyboard = false; // who opened it with a key goes on in it
function open(yes) {
  if (!panel()) return;
  panel().hidden = !yes;
  document.getElementById("bell").setAttribute("aria-expanded", String(yes));
  if (yes) document.getElementById("bell-inside").dispatchEvent(new CustomEvent("bell:open"));
}

function toggle() {
  byKeyboard = panel()?.hidden ?? false;
  document.getElementById("bell")?.focus();
  open(byKeyboard);
}

/** Puts the focus on this row's link, or on the first thing in the panel. */
function goOnIn(row) {
  const place = row?.isConnected ? row : panel();
  (place.querySelector(".wu-t a, a[href], button") ?? panel()).focus();
}

// A part with the focus in it may be swapped or taken away: the focus stays in the panel.
let stoodIn;
document.addEventListener("focusin", ({ target }) => {
  stoodIn = panel()?.contains(target) ? (target.closest("li") ?? target) : undefined;
});
function keepFocus() {
  if (panel()?.hidden !== false) return;
  if (stoodIn && document.activeElement === document.body) goOnIn(stoodIn);
  else if (byKeyboard && document.activeElement.matches("#bell, #bell-panel")) goOnIn();
}

for (const name of ["live:hello", "live:resync", "live:count"])
  document.addEventListener(name, (event) => show(event.detail.count));
document.addEventListener("live:inbox", ({ detail }) => {
  show(detail.count);
  const news = detail.kind === "arrival" || detail.kind === "wake";
  put(detail.row, news);
  if (!detail.row && detail.notification && detail.kind !== "withdrawal")
    document.getElementById(`wu-bell-${detail.notification}`)?.remove();
  if (!detail.notification && detail.kind !== "seen" && panel() && !panel().hidden) open(true);
  if (detail.kind === "withdrawal") settle(detail.notification, detail.reason);
  if (!news || !detail.toast) return; // muted or within quiet hours: only the row is shown
  ring();
  if (!document.hidden && panel()?.hidden) toastHtml(detail.toast);
});
document.addEventListener("live:missed", () =>
  document.dispatchEvent(
    new CustomEvent("toast", {
      detail: {
        kind: "info",
        text: "You were offline too long to receive each notification as it arrived. Your inbox is up to date.",
      },
    }),
  ),
);
document.addEventListener("live:resync", () => {
  if (panel() && !panel().hidden) open(true);
});
document.addEventListener("htmx:after:swap", () => {
  show(count);
  keepFocus();
});
document.addEventListener("click", (event) => {
  const bell = event.target.closest("#bell");
  if (bell && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    open(panel().hidden);
  } else if (!event.target.closest("#bell-panel, #toasts")) open(false);
});
document.addEventListener("dm:palette", () => open(false));
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.id === "bell") {
    event.preventDefault();
    event.target.click();
  }
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "b" && isPlain && !event.target.closest("input, textarea, select, dialog")) {
    event.preventDefault();
    toggle();
  }
  if (event.key === "Escape" && panel() && !panel().hidden) {
    open(false);
    document.getElementById("bell").focus();
  }
});

// If the owning area refuses an action from the bell, its reason is shown here as a toast.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (!ctx.sourceElement?.matches?.("[data-in-place]")) return;
  if (ctx.response.status < 400) {
    ctx.sourceElement.closest(".wu-do")?.remove();
    return keepFocus();
  }
  const answer = new DOMParser().parseFromString(ctx.text ?? "", "text/html");
  const why = answer.querySelector("[role=alert], .err-sum, .is-error, .err");
  if (why)
    document.dispatchEvent(
      new CustomEvent("toast", { detail: { text: why.textContent.trim(), kind: "bad" } }),
    );
});
