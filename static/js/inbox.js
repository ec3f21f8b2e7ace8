// The inbox page: selection and focus survive a refresh; every row can be worked by keyboard.
import { tellPage } from "./event_replay.js";

const page = () => document.getElementById("inbox-page");
const rows = () => [...document.querySelectorAll("#inbox-rows > .wu")];
const rowOf = (element) => element?.closest?.("#inbox-rows > .wu");
const rowWithKeys = (element) =>
  element?.closest?.("#inbox-rows > .wu, #bell-rows > .wu, main .todo, main tbody tr");
let stood = -1,
  picked = new Set();

document.addEventListener("live:inbox", ({ detail }) => {
  soon("live:inbox-changed");
  const arrived = detail.kind === "arrival" || detail.kind === "wake";
  soon(arrived ? "live:inbox-arrived" : "live:inbox-moved");
});
for (const name of ["live:resync", "live:missed"])
  document.addEventListener(name, () => {
    soon("live:inbox-changed");
    soon("live:inbox-moved");
    soon("live:inbox-arrived");
  });
document.addEventListener("live:missed", () => {
  const line = document.getElementById("inbox-missed");
  if (line) line.hidden = false;
});

/** Tells the page once of a burst of entries. */
const waiting = new Map();
function soon(name) {
  if (waiting.has(name)) return;
  waiting.set(
    name,
    setTimeout(() => {
      waiting.delete(name);
      tellPage(name, {});
    }, 150),
  );
}

document.addEventListener("htmx:before:swap", () => {
  if (!page()) return;
  stood = rows().indexOf(rowOf(document.activeElement));
  picked = new Set(
    [...document.querySelectorAll("#inbox-rows input[name=ids]:checked")].map((box) => box.id),
  );
});
document.addEventListener("htmx:after:swap", () => {
  if (!page()) return;
  for (const id of picked) {
    const box = document.getElementById(id);
    if (box) box.checked = true;
  }
  if (stood < 0 || rowOf(document.activeElement)) return;
  const next = rows()[Math.min(stood, rows().length - 1)];
  (next?.querySelector("a[href], summary") ?? document.getElementById("main")).focus({
    preventScroll: true,
  });
});

document.addEventListener("keydown", (event) => {
  const row = rowWithKeys(document.activeElement);
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.closest("input:not([type=checkbox]), textarea, dialog")
  )
    return;
  const undo = [...document.querySelectorAll(".toast-slip form button")].at(-1); // the last action is undone first
  if (event.key === "z" && undo) return press(event, undo);
  if (!row) return;
  if (event.key === "x" && rowOf(row))
    return press(event, row.querySelector("input[type=checkbox]"));
  const act = row.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!act) return;
  // What cannot be taken back is pressed twice: the first time shows what will be done.
  if (act.matches("[data-asks-first]") && act !== document.activeElement) {
    event.preventDefault();
    return act.focus();
  }
  press(event, act);
  if (act.matches("summary"))
    act.parentElement.querySelector("form .form-control, form button")?.focus();
});

function press(event, control) {
  event.preventDefault();
  control?.click();
}
