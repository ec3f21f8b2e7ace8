// A combobox whose list comes from the server: arrow keys move, Enter or Tab chooses, Escape closes.
import { counted } from "./counts.js";

const chosen = new WeakMap();
const isField = (element) => element?.matches?.('.combo [role="combobox"]');
const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const optionsOf = (field) => [
  ...listOf(field).querySelectorAll('[role="option"]:not([aria-disabled])'),
];
const marked = (field) =>
  optionsOf(field).find((one) => one.getAttribute("aria-selected") === "true");

function show(field, open) {
  listOf(field).hidden = !open;
  field.setAttribute("aria-expanded", String(open));
  if (!open) mark(field, null);
}

function mark(field, option) {
  optionsOf(field).forEach((one, at) => {
    one.id ||= `${field.id}-option-${at}`;
    one.setAttribute("aria-selected", String(one === option));
  });
  if (!option) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", option.id);
  return option.scrollIntoView({ block: "nearest" });
}

/** After the list is replaced, marks the option that was marked before, or else the first. */
function markAgain(field, value) {
  const all = optionsOf(field);
  if (value) mark(field, all.find((one) => one.dataset.value === value) ?? all[0]);
}

function choose(field, option) {
  field.value = option.dataset.value;
  chosen.set(field, field.value);
  show(field, false);
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function step(field, by) {
  const all = optionsOf(field),
    at = all.indexOf(marked(field));
  if (listOf(field).hidden) field.dispatchEvent(new Event("combo:ask"));
  else if (all.length)
    mark(field, all[at < 0 && by < 0 ? all.length - 1 : (at + by + all.length) % all.length]);
}

document.addEventListener("keydown", (event) => {
  const { target: field, key } = event;
  if (!isField(field)) return;
  const option = !listOf(field).hidden && marked(field);
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    step(field, key === "ArrowDown" ? 1 : -1);
  } else if (key === "Escape" && !listOf(field).hidden) {
    event.preventDefault();
    event.stopPropagation();
    show(field, false);
  } else if (option && key === "Enter") {
    event.preventDefault();
    choose(field, option);
  } else if (option && key === "Tab") choose(field, option);
});
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.('.combo-list [role="option"]');
  if (!option) return;
  event.preventDefault();
  if (!option.hasAttribute("aria-disabled"))
    choose(option.closest(".combo").querySelector('[role="combobox"]'), option);
});
document.addEventListener("click", (event) => {
  if (isField(event.target) && !event.target.value)
    event.target.dispatchEvent(new Event("combo:ask"));
});
document.addEventListener("focusout", (event) => {
  if (isField(event.target)) show(event.target, false);
});
const before = new WeakMap();
document.addEventListener("htmx:before:swap", (event) => {
  const field = document.activeElement;
  if (isField(field)) before.set(field, marked(field)?.dataset.value);
});
document.addEventListener("htmx:after:swap", (event) => {
  const list = event.detail.ctx.target,
    field = document.activeElement;
  if (isField(field) && list?.matches?.(".combo-list") && listOf(field) === list) {
    show(field, chosen.get(field) !== field.value);
    if (!list.hidden) markAgain(field, before.get(field));
    const found = optionsOf(field).length;
    list.nextElementSibling.textContent = counted(found, "result");
  } else if (isField(field)) field.setAttribute("aria-expanded", String(!listOf(field).hidden)); // a morph reset the attribute
});
document.addEventListener("input", (event) => {
  if (isField(event.target)) chosen.delete(event.target);
});
