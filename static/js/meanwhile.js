// What was told while a part of the page was on its way: the part may have been read before that, and nothing of it listened yet.
const SEEN_LATER = "[hx-trigger*='live:']";
const KEPT = 500; // names; who is forgotten was told long before any request that is under way
const toldAt = new Map(),
  began = new WeakMap(),
  known = new WeakSet();

/** Tells the page; who is drawn from something older is told again. */
export function tellPage(name, detail) {
  toldAt.delete(name);
  toldAt.set(name, Date.now());
  if (toldAt.size > KEPT) toldAt.delete(toldAt.keys().next().value);
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Whether it was told after that moment, in milliseconds since 1970. */
export const wasToldSince = (name, moment) => (toldAt.get(name) ?? -Infinity) >= moment;

/** The parts that were not on the page before, which are on it from now on. */
function newParts() {
  const parts = [...document.querySelectorAll(SEEN_LATER)].filter((part) => !known.has(part));
  parts.forEach((part) => known.add(part));
  return parts;
}

const namesIn = (part) => part.getAttribute("hx-trigger").match(/live:[^\s,]+/g);

document.addEventListener("DOMContentLoaded", newParts);
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) =>
  began.set(ctx, Date.now()),
);
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const names = new Set(newParts().flatMap(namesIn));
  for (const name of names) if (wasToldSince(name, began.get(ctx) ?? Infinity)) tellPage(name, {});
});
