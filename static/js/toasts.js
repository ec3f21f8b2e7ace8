// Toasts appear at the bottom, never over the content, and stay while hovered or focused. One with Undo stays
// long enough to be read, reached and pressed by a slow hand on a slow machine (WCAG 2.2, 2.2.1).
import htmx from "htmx.org/dist/htmx.esm.js";

const TOLD = 6000,
  TO_UNDO = 20_000,
  MOST = 3;
const ICONS = { good: "circle-check", bad: "alert-circle", wait: "clock", info: "info-circle" };

export function toastHtml(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  place(template.content.firstElementChild);
}

function toastText(text, kind = "good", undo = "") {
  const slip = document.getElementById("toast-model").content.cloneNode(true).firstElementChild;
  const use = slip.querySelector("use");
  use.setAttribute(
    "href",
    use.getAttribute("href").replace(/#.*/, `#i-${ICONS[kind] ?? ICONS.info}`),
  );
  slip.querySelector("span").textContent = text;
  if (undo) slip.querySelector("span").after(undoForm(undo));
  place(slip);
}

/** Builds the Undo button of a toast, which works on whatever page the person is on. */
function undoForm(url) {
  const form = document.createElement("form"),
    here = document.getElementById("inbox-page");
  form.setAttribute("hx-post", url);
  form.setAttribute("hx-target", here ? "#inbox-page" : "this");
  form.setAttribute("hx-swap", here ? "outerMorph" : "none");
  const fields = {
    place: here ? "inbox" : "elsewhere",
    next: document.querySelector("#inbox-form [name=next]")?.value ?? "",
  };
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  form.append(
    Object.assign(document.createElement("button"), {
      className: "toast-do",
      textContent: "Undo",
      title: "Undo (z)",
    }),
  );
  form.addEventListener("htmx:finally:request", () => form.closest(".toast-slip").remove());
  return form;
}

function place(slip) {
  const toasts = document.getElementById("toasts");
  if (!toasts || (slip.id && document.getElementById(slip.id))) return;
  slip.removeAttribute("role");
  toasts.append(slip);
  htmx.process(slip);
  while (toasts.children.length > MOST)
    (
      toasts.querySelector(".toast-slip:not(:has(form), :last-child)") ?? toasts.firstElementChild
    ).remove();
  const leave = () =>
    slip.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : slip.remove();
  setTimeout(leave, slip.querySelector("form") ? TO_UNDO : TOLD);
}

// What is told on the way to another page (HX-Location swaps the body) is still to be read there.
let kept = [];
document.addEventListener("htmx:before:swap", () => {
  kept = [...document.querySelectorAll("#toasts > *")];
});
document.addEventListener("htmx:after:swap", () => {
  const toasts = document.getElementById("toasts");
  for (const slip of kept) if (!slip.isConnected) toasts?.append(slip);
  kept = [];
});
document.addEventListener("toast", (event) =>
  toastText(event.detail.text, event.detail.kind, event.detail.undo),
);
document.addEventListener("click", (event) =>
  event.target.closest(".toast-slip > button")?.closest(".toast-slip").remove(),
);
