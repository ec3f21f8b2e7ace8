// While a card is being dragged, updates of the board are held back and fetched after the drop.
export function stillWhileLifted(selector) {
  let lifted = false,
    held = false;
  function hold(event) {
    if (!lifted || !event.target.closest?.(selector)) return;
    event.preventDefault();
    held = true;
  }
  document.addEventListener("htmx:before:request", hold);
  document.addEventListener("htmx:before:swap", hold);
  return {
    lift() {
      lifted = true;
    },
    drop() {
      lifted = false;
    },
    /** Fetches the update that was held back. */
    catchUp() {
      if (held) document.querySelector(selector)?.dispatchEvent(new CustomEvent("board:again"));
      held = false;
    },
  };
}
