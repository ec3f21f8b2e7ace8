// A list or card that is fetched anew because a record changed: rows change where they stand. None moves under
// the pointer: a new one waits behind "3 new", one that is gone stays in its place, dimmed, until the next look.
const isLive = (ctx) => ctx.sourceEvent?.type?.startsWith("live:");
const childrenById = (group) => new Map([...group.children].map((row) => [row.id, row]));

/** Whether somebody is about to press something in it. */
const isInUse = (part) => part.matches(":hover") || part.contains(document.activeElement);

/** The list has another state by now, or is about to: a search is typed or under way. */
function isOutdated(list, asked) {
  const shown = new URL(list.getAttribute("hx-get"), location.href);
  const typed = list.querySelector("form[data-list] [name=q]")?.value.trim() ?? "";
  return (
    shown.href !== new URL(asked, location.href).href ||
    typed !== (shown.searchParams.get("q") ?? "")
  );
}

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const list = ctx.sourceElement;
  if (
    isLive(ctx) &&
    list.matches("[data-live-list]") &&
    isOutdated(list, list.getAttribute("hx-get"))
  )
    event.preventDefault();
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const part = ctx.sourceElement;
  if (!isLive(ctx)) return;
  if (part.matches("[data-live-list]")) {
    if (isOutdated(part, ctx.request.action)) return event.preventDefault();
    sayNew(tasks[0].fragment, keepRows(part, tasks[0].fragment));
  } else if (part.matches("[data-card]") && isInUse(part)) {
    keepRows(part, tasks[0].fragment);
    waiting.add(part);
  }
});

/** Gives the rows that come the order of those shown; returns how many new ones are held back. */
function keepRows(shown, coming) {
  let most = 0;
  for (const group of shown.querySelectorAll("[data-rows]")) {
    const next = coming.querySelector(`[data-rows="${group.dataset.rows}"]`);
    if (next) most = Math.max(most, keepOrder(childrenById(group), next));
  }
  return most;
}

function keepOrder(shown, group) {
  const coming = childrenById(group);
  const lastKnown = [...coming.keys()].findLastIndex((id) => shown.has(id));
  const fresh = [...coming].filter(([id]) => !shown.has(id));
  const isAfter = ([id]) => [...coming.keys()].indexOf(id) > lastKnown;
  const kept = [...shown].map(([id, row]) => coming.get(id) ?? dimmed(row));
  group.replaceChildren(...kept, ...fresh.filter(isAfter).map(([, row]) => row));
  return fresh.filter((each) => !isAfter(each)).length;
}

function dimmed(row) {
  const gone = row.cloneNode(true);
  gone.classList.add("gone");
  gone.inert = true;
  gone.title = "No longer in this list";
  return gone;
}

function sayNew(list, heldBack) {
  const bar = list.querySelector(".newbar");
  const count = Number(bar.dataset.news) + heldBack;
  bar.hidden = !count;
  bar.lastElementChild.textContent = `${count.toLocaleString("en-US")} new`;
  bar.setAttribute(
    "aria-label",
    count === 1 ? bar.dataset.one : bar.dataset.many.replace("#", count.toLocaleString("en-US")),
  );
}

// Where something half written would be lost, the page only says that the record changed.
document.addEventListener("live:record", ({ detail }) => {
  for (const note of document.querySelectorAll("[data-changed]"))
    if (detail.records.includes(note.dataset.changed)) note.hidden = false;
});

// A card that was in use gets its new order once it is left alone.
const waiting = new Set();
for (const name of ["pointerout", "focusout"])
  document.addEventListener(name, () =>
    setTimeout(() => {
      for (const card of waiting)
        if (!card.isConnected) waiting.delete(card);
        else if (!isInUse(card)) {
          waiting.delete(card);
          card.dispatchEvent(new CustomEvent("home:again"));
        }
    }, 300),
  );
