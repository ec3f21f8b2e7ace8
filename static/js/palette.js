// The palette (Ctrl K): one field for pages, actions and search results. Arrow keys select, Enter opens.
import { counted } from "./counts.js";
import { showKeys } from "./lists.js";
import { csrf, recall, remember } from "./session.js";

const palette = () => document.getElementById("palette");
const ask = () => document.getElementById("palette-ask");
const options = () => [...palette().querySelectorAll('[role="option"]:not([hidden])')];
let answered = ""; // the words that the last answer was for
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
  for (const place of document.querySelectorAll(
    '#palette-here [role="option"], #palette-recent [role="option"], #palette-places [role="option"]',
  ))
    place.hidden = words
      ? !place.textContent.toLowerCase().includes(words)
      : "look" in place.dataset;
  if (!words) document.getElementById("palette-found").replaceChildren();
  tally();
}

function tally() {
  offer(ask().value.trim());
  const found = options();
  document.getElementById("palette-said").textContent = counted(found.length, "result");
  const named = movedByKey ? undefined : found.find(hasTypedNumber);
  if (named) pick(named);
  else if (!found.some((one) => one.getAttribute("aria-selected") === "true")) pick(found[0]);
}

const MOST_RECENT = 6;

/** Notes a record whose page was opened in this tab: number, name and address. */
function noteOpened() {
  const key = document.querySelector("main [data-opened]")?.dataset.opened;
  if (!key) return;
  const name = document.querySelector("main h1")?.innerText.trim() ?? "";
  const others = (recall("recent") ?? []).filter((each) => each.key !== key);
  remember("recent", [{ key, name, url: location.pathname }, ...others].slice(0, MOST_RECENT));
}

function option(tag, text, number = "") {
  const one = Object.assign(document.createElement(tag), { textContent: text });
  one.setAttribute("role", "option");
  one.setAttribute("aria-selected", "false");
  if (number)
    one.append(
      " ",
      Object.assign(document.createElement("span"), { className: "no", textContent: number }),
    );
  return one;
}

/** Fills in what belongs to this moment: the actions of the page in hand, and records opened lately. */
function fill() {
  const here = document.getElementById("palette-here"),
    recent = document.getElementById("palette-recent");
  const actions = [...document.querySelectorAll("main .head-do :is(a, button)")].filter(
    (one) => one.checkVisibility?.() !== false && !one.disabled && one.innerText.trim(),
  );
  here.replaceChildren(
    ...actions.map((action) => {
      const one = option("div", action.innerText.trim());
      one.addEventListener("click", () => {
        palette().close();
        action.click();
      });
      return one;
    }),
  );
  const lately = (recall("recent") ?? []).filter((each) => each.url !== location.pathname);
  recent.replaceChildren(
    ...lately.map(({ key, name, url }) => {
      const one = option("a", name === key ? "" : name, key);
      one.href = url;
      return one;
    }),
  );
}

/** Says that nothing was found once every area has answered, and offers what else to do. */
function offer(words) {
  const offers = document.getElementById("palette-offers");
  const others = options().filter((one) => !offers.contains(one));
  const isLate = palette().querySelector(".late");
  const isEmpty = Boolean(words) && !others.length && !isLate && answered === words;
  offers.hidden = !isEmpty;
  for (const one of offers.querySelectorAll('[role="option"]')) one.hidden = !isEmpty;
  offers.querySelector("b").textContent = words;
  const page = offers.querySelector("[data-with-words]");
  page.href = `/search?q=${encodeURIComponent(words)}`;
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
  if (option.dataset.shows) return showKeys();
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
  if (event.key === "Escape") {
    event.preventDefault(); // a search field would only be emptied
    palette().close();
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
      fill();
      narrow();
      document.dispatchEvent(new CustomEvent("dm:palette"));
    }
  } else if (event.target.id === "palette-ask") move(event);
});
document.addEventListener("click", (event) => {
  if (event.target.closest('[data-open="palette"]')) {
    fill();
    narrow();
  }
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
  if (swapped?.id === "palette-found") answered = ask().value.trim();
  if (swapped?.id === "palette-found" || palette()?.open) tally();
});

document.addEventListener("DOMContentLoaded", noteOpened);
document.addEventListener("htmx:after:history:push", noteOpened);
