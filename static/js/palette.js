// The palette (Ctrl K): one field for pages, actions and search results. Arrow keys select, Enter opens.
import { csrf } from "./session.js";

const palette = () => document.getElementById("palette");
const ask = () => document.getElementById("palette-ask");
const options = () => [...palette().querySelectorAll('[role="option"]:not([hidden])')];
let movedByKey = false; // whether the arrow keys chose the marked option

function pick(option) {
  for (const one of palette().querySelectorAll('[role="option"]'))
    one.setAttribute("aria-selected", String(one === option));
  if (!option) return ask().removeAttribute("aria-activedescendant");
  option.id ||= `option-${options().indexOf(option)}`;
  ask().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function narrow() {
  movedByKey = false;
  const words = ask().value.trim().toLowerCase();
  for (const place of document.querySelectorAll('#palette-places [role="option"]'))
    place.hidden = words
      ? !place.textContent.toLowerCase().includes(words)
      : "look" in place.dataset;
  if (!words) document.getElementById("palette-found").replaceChildren();
  tally();
}

function tally() {
  const found = options();
  document.getElementById("palette-said").textContent =
    `${found.length} result${found.length === 1 ? "" : "s"}`;
  const named = movedByKey ? undefined : found.find(hasTypedNumber);
  if (named) pick(named);
  else if (!found.some((one) => one.getAttribute("aria-selected") === "true")) pick(found[0]);
}

/** Whether this is the record whose number was typed: Enter opens it, whichever area answered first. */
function hasTypedNumber(option) {
  const number = option.querySelector(".no")?.textContent.trim().toLowerCase();
  return number !== undefined && number === ask().value.trim().toLowerCase();
}

function step(by) {
  const all = options(),
    at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (all.length) pick(all[(at + by + all.length) % all.length]);
}

/** Posts a form without fields, for an action that starts a record. */
function post(address) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: address });
  for (const [name, value] of [
    ["csrf_token", csrf()],
    ["form_key", crypto.randomUUID()],
  ])
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(form);
  form.submit();
}

/** Runs an option that is not a link: start a record, set theme or density, open a dialog. */
async function run(option) {
  palette().close();
  if (option.dataset.posts) return post(option.dataset.posts);
  if (option.dataset.shows) return document.getElementById(option.dataset.shows).showModal();
  const [name, value] = option.dataset.look.split("=");
  await fetch("/preferences", {
    method: "POST",
    headers: { "X-CSRF-Token": csrf(), "HX-Request": "true", "HX-Request-Type": "partial" },
    body: new URLSearchParams({ [name]: value }),
  });
  location.reload();
}

function move(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    movedByKey = true;
    step(event.key === "ArrowDown" ? 1 : -1);
  }
  if (event.key === "Enter") {
    event.preventDefault();
    options()
      .find((one) => one.getAttribute("aria-selected") === "true")
      ?.click();
  }
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && palette()) {
    event.preventDefault();
    if (palette().open) palette().close();
    else {
      ask().value = "";
      palette().showModal();
      narrow();
      document.dispatchEvent(new CustomEvent("dm:palette"));
    }
  } else if (event.target.id === "palette-ask") move(event);
});
document.addEventListener("click", (event) => {
  const option = event.target.closest(
    "#palette [data-look], #palette [data-shows], #palette [data-posts]",
  );
  if (option) run(option);
});
document.addEventListener("input", (event) => {
  if (event.target.id === "palette-ask") narrow();
});
document.addEventListener("htmx:after:swap", (event) => {
  const swapped = event.detail.ctx.target;
  if (swapped?.id === "palette-found" || palette()?.open) tally();
});
