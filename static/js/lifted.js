// While a card is in somebody's hand, the board under it stays as it is: what was to replace it is fetched after the drop.
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
    /** What was held back is fetched now. */
    catchUp() {
      if (held) document.querySelector(selector)?.dispatchEvent(new CustomEvent("board:again"));
      held = false;
    },
  };
}
