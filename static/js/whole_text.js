// A text that does not fit where it is shown comes whole on hover and on focus.
const SHORTENED = "td, .one, .strong, .todo-s, .chip, li, option, a, b, span";

function showWhole(event) {
  const shown = event.target instanceof Element && event.target.closest(SHORTENED);
  if (!shown || shown.title || shown.scrollWidth <= shown.clientWidth) return;
  if (getComputedStyle(shown).textOverflow === "ellipsis")
    shown.title = shown.innerText.trim().slice(0, 500);
}

document.addEventListener("pointerover", showWhole);
document.addEventListener("focusin", showWhole);
