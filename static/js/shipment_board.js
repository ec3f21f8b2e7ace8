// The board of shipments: dragging moves a card one step forward or back, as its button does. A step that
// needs input (a carrier, a signature) opens the shipment. The server decides; the column that refuses a
// card shows why. Loaded only on the board.
import Sortable from "sortablejs";
import { stillWhileLifted } from "./drag_hold.js";
import { csrf } from "./session.js";

const STEPS = ["waiting", "picked", "packed", "dispatched"];
const DOING = { picked: "pick", packed: "pack" };
const board = () => document.getElementById("parcel-board");
const hand = stillWhileLifted("#parcel-board");

/** Moves a card. Returns why it could not be moved; nothing if it was, or if another page takes over. */
async function move(card, to) {
  const { number, version, status } = card.dataset,
    page = `/inventory/shipments/${encodeURIComponent(number)}`;
  const by = STEPS.indexOf(to) - STEPS.indexOf(status);
  if (Math.abs(by) > 1) return "Move one step at a time: Picked, then Packed, then Shipped.";
  if (by === 1 && (!DOING[to] || "counted" in card.dataset)) return location.assign(`${page}#step`);
  const body = new URLSearchParams({ version, from: "board", form_key: crypto.randomUUID() });
  const answer = await fetch(`${page}/${by === 1 ? DOING[to] : "undo"}`, {
    method: "POST",
    body,
    headers: { "X-CSRF-Token": csrf(), "HX-Request": "true", "HX-Request-Type": "partial" },
  }).catch(() => null);
  if (answer?.ok) return (board().dispatchEvent(new CustomEvent("board:again")), "");
  if (answer?.status === 401)
    return location.assign(answer.headers.get("HX-Redirect") ?? location.href);
  const why = JSON.parse(answer?.headers.get("HX-Trigger") ?? "{}").toast?.text;
  return why ?? "The server is not responding. Nothing was moved.";
}

/** Whether the card may go there; the others say why, if it is dropped there all the same. */
function isOffered(card, to) {
  const by = STEPS.indexOf(to) - STEPS.indexOf(card.dataset.status);
  return by === -1 || (by === 1 && !("stays" in card.dataset));
}

const aim = (column, card) => {
  for (const one of board().querySelectorAll(".parcel-col"))
    one.classList.toggle(
      "is-target",
      one === column && (!card || isOffered(card, one.dataset.status)),
    );
};
const close = (card) => {
  for (const one of board().querySelectorAll(".parcel-col")) {
    const { status } = one.dataset;
    one.classList.toggle(
      "is-closed",
      Boolean(card) && status !== card.dataset.status && !isOffered(card, status),
    );
  }
};
const clear = () => {
  for (const note of board().querySelectorAll(".refusal")) note.hidden = true;
};

async function dropped({ item, from, to, oldDraggableIndex }) {
  hand.drop();
  aim(null);
  close(null);
  if (from === to) return hand.catchUp();
  const column = to.closest("[data-status]");
  from.insertBefore(
    item,
    from.querySelectorAll(":scope > .parcel-card")[oldDraggableIndex] ?? null,
  );
  const why = await move(item, column.dataset.status);
  hand.catchUp();
  if (!why) return;
  const note = board().querySelector(
    `.parcel-col[data-status="${column.dataset.status}"] .refusal`,
  );
  note.querySelector("span").textContent = why;
  note.hidden = false;
}

function lift() {
  for (const place of board()?.querySelectorAll(".parcel-cards") ?? []) {
    if (Sortable.get(place)) continue;
    Sortable.create(place, {
      group: "parcels",
      draggable: ".parcel-card",
      filter: ".parcel-card:not(.can-move)",
      preventOnFilter: false,
      sort: false,
      animation: 120,
      delay: 150,
      delayOnTouchOnly: true,
      ghostClass: "is-ghost",
      chosenClass: "is-lifted",
      onStart({ item }) {
        hand.lift();
        clear();
        close(item);
      },
      onMove({ to, dragged }) {
        aim(to.closest("[data-status]"), dragged);
      },
      onEnd: dropped,
    });
  }
}

document.addEventListener("htmx:after:swap", lift);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", lift);
else lift();
