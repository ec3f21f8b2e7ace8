// Repeats live events for parts of the page that were being fetched when the event came: such a part may
// show older data, and it was not listening yet.
const SEEN_LATER = "[hx-trigger*='live:']";
const KEPT = 500; // names; a dropped one is older than any request still in progress
const toldAt = new Map(),
  began = new WeakMap(),
  known = new WeakSet();

/** Dispatches a live event and remembers when, so that it can be repeated for parts that were in flight. */
export function tellPage(name, detail) {
  toldAt.delete(name);
  toldAt.set(name, Date.now());
  if (toldAt.size > KEPT) toldAt.delete(toldAt.keys().next().value);
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Whether the event was dispatched since that moment (milliseconds since 1970). */
export const wasToldSince = (name, moment) => (toldAt.get(name) ?? -Infinity) >= moment;

/** Returns the parts that are new on the page, and counts them as known from now on. */
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
