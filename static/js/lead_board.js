// The board of leads: cards move by dragging, by their menu, or by pressing M. The server decides; the column
// that refuses a card shows why. Loaded only on the board.
import Sortable from "sortablejs";
import { stillWhileLifted } from "./drag_hold.js";
import { csrf } from "./session.js";

const board = () => document.querySelector("[data-board]");
const columnOf = (stage) => board().querySelector(`.stage[data-stage="${stage}"]`);
const hand = stillWhileLifted("[data-board]");
let moving = null;

async function move(tile, stage) {
  const { number, version } = tile.dataset,
    page = `/sales/leads/${encodeURIComponent(number)}`;
  if (stage === "lost") return location.assign(`${page}/lose`);
  if (stage === "converted" && tile.dataset.stage === "proposal")
    return location.assign(`${page}/convert`);
  const answer = await fetch(`${page}/stage`, {
    method: "POST",
    body: new URLSearchParams({ stage, version, from: "board" }),
    headers: { "X-CSRF-Token": csrf(), "HX-Request": "true", "HX-Request-Type": "partial" },
  }).catch(() => null);
  if (answer?.ok) {
    again();
    return "";
  }
  if (answer?.status === 401)
    return location.assign(answer.headers.get("HX-Redirect") ?? location.href);
  const why = JSON.parse(answer?.headers.get("HX-Trigger") ?? "{}").toast?.text;
  return why ?? "The server is not responding. The lead was not moved.";
}

const isOffered = (tile, stage) => tile.dataset.moves.split(" ").includes(stage);
const again = () => board().dispatchEvent(new CustomEvent("board:again"));

/** Shows the refusal in the column; the next move of any card clears it. */
function refuse(stage, why) {
  const note = columnOf(stage)?.querySelector(".refusal");
  if (!note) return;
  note.querySelector("span").textContent = why;
  note.hidden = false;
}

const clear = () =>
  document.querySelectorAll(".refusal").forEach((note) => {
    note.hidden = true;
  });
const target = (element) =>
  document.querySelectorAll("[data-stage].is-target").forEach((other) => {
    if (other !== element) other.classList.remove("is-target");
  });

/** Dims the columns that do not take the card; dropped there all the same, it is told why. */
function close(tile) {
  for (const place of board().querySelectorAll(".stage, .lostbar")) {
    const { stage } = place.dataset;
    place.classList.toggle(
      "is-closed",
      Boolean(tile) && stage !== tile.dataset.stage && !isOffered(tile, stage),
    );
  }
}

async function dropped({ item, from, to, oldDraggableIndex }) {
  hand.drop();
  target(null);
  close(null);
  const stage = to.closest("[data-stage]").dataset.stage;
  if (from === to) return hand.catchUp();
  from.insertBefore(item, from.querySelectorAll(":scope > .tile")[oldDraggableIndex] ?? null);
  const why = await move(item, stage);
  hand.catchUp();
  if (why) refuse(stage, why);
}

function lift() {
  for (const place of document.querySelectorAll(
    "[data-board] .stage-cards, [data-board] .lostbar",
  )) {
    if (Sortable.get(place)) continue;
    Sortable.create(place, {
      group: "leads",
      draggable: ".tile",
      filter: ".tile:not(.can-move)",
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
        const column = to.closest("[data-stage]");
        target(column);
        column.classList.toggle("is-target", isOffered(dragged, column.dataset.stage));
      },
      onEnd: dropped,
    });
  }
}

function ask(tile) {
  const dialog = document.getElementById("move-to");
  moving = tile;
  clear();
  dialog.querySelector("h2").textContent = `Move ${tile.dataset.company} to`;
  dialog.querySelector(".err").hidden = true;
  for (const button of dialog.querySelectorAll("[data-to]"))
    button.hidden = !isOffered(tile, button.dataset.to);
  dialog.showModal();
}

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-move]"),
    choice = event.target.closest("#move-to [data-to]");
  if (opener) ask(opener.closest(".tile"));
  if (!choice || !moving) return;
  const { number } = moving.dataset,
    why = await move(moving, choice.dataset.to),
    dialog = document.getElementById("move-to");
  if (why) {
    dialog.querySelector(".err span").textContent = why;
    dialog.querySelector(".err").hidden = false;
  } else if (why === "") {
    dialog.close();
    focusAgain = number;
  }
});
let focusAgain = "";

document.addEventListener("keydown", (event) => {
  const tile = event.target.closest?.(".tile.can-move");
  if (!tile || event.key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey)
    return;
  event.preventDefault();
  ask(tile);
});
document.addEventListener("htmx:after:swap", () => {
  if (!board()) return;
  lift();
  if (focusAgain) {
    document.querySelector(`#tile-${CSS.escape(focusAgain)} a`)?.focus();
    focusAgain = "";
  }
});
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", lift);
else if (board()) lift();
