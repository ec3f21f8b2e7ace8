// Keyboard control of lists: / searches, j and k move between rows, ? shows the shortcuts.
const typing = (element) =>
  element.closest("input, textarea, select, [contenteditable], dialog[open]");
const rows = () =>
  [
    ...document.querySelectorAll("main .list tbody tr, main .wu, main .todo, main .card-row"),
  ].filter((row) => row.offsetParent);
const linkOf = (row) => (row.matches("a") ? row : row.querySelector("a[href]"));

function walk(by) {
  const all = rows(),
    at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  if (next) linkOf(next)?.focus();
}

const KEYS = {
  "/": () => document.querySelector("main input[type=search]")?.focus(),
  j: () => walk(1),
  k: () => walk(-1),
  "?": showKeys,
};

/** Opens the list of keys: those that work on what is on the page. */
export function showKeys() {
  const dialog = document.getElementById("shortcuts");
  for (const key of dialog?.querySelectorAll("[data-where]") ?? [])
    key.hidden = key.nextElementSibling.hidden = !document.querySelector(key.dataset.where);
  dialog?.showModal();
}

let going = 0; // when g was pressed; the next letter names the destination
function goTo(letter) {
  const place =
    Date.now() - going < 1500 &&
    document.querySelector(`.nav-side [data-go="${CSS.escape(letter)}"]`);
  going = 0;
  place?.click?.();
  return Boolean(place);
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (going && goTo(event.key)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.key === "g") going = Date.now();
    else if (event.key === "n") document.querySelector("main .head-do a.btn-primary")?.click();
  },
  { capture: true },
);

// A column moves up by one in the menu of columns: the one above moves, so that the focus stays.
document.addEventListener("click", ({ target }) => {
  const up = target.closest("[data-move-up]"),
    row = up?.closest("li");
  if (row?.previousElementSibling) row.after(row.previousElementSibling);
});

// The tick in a table's head is for all rows of the page, and says whether all or some have one.
const picksIn = (head) => [...head.closest("table").querySelectorAll("[data-pick]")];
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-pick-page]"))
    for (const pick of picksIn(target)) pick.checked = target.checked;
  else if (target.matches("[data-pick]")) {
    const head = target.closest("table").querySelector("[data-pick-page]"),
      picks = head ? picksIn(head) : [];
    const some = picks.filter((pick) => pick.checked).length;
    if (!head) return;
    head.checked = some === picks.length;
    head.indeterminate = some > 0 && !head.checked;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !KEYS[event.key])
    return;
  event.preventDefault();
  KEYS[event.key]();
});
