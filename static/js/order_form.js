// The order form's keys and the order of its requests. Enter moves to the next field and never places;
// Ctrl Enter places, Ctrl Delete removes the line. A quote never arrives after the order was sent.

const FIELDS = "input:not([type=hidden], [tabindex='-1']), select, textarea";
const formOf = (element) => element.closest?.("form[data-enter-moves]");
const isShown = (field) => field.checkVisibility?.() ?? field.offsetParent !== null;

document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.isComposing) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && isCommand) {
    event.preventDefault();
    form.querySelector("[data-sends]").click();
  } else if (event.key === "Delete" && isCommand) {
    const remove = event.target.closest(".order-line")?.querySelector("[data-removes-line]");
    if (remove) event.preventDefault();
    remove?.click();
  } else if (event.key === "Enter" && event.target.matches("input, select")) {
    if (event.defaultPrevented) return; // the list of a combobox took it
    event.preventDefault();
    moveOn(form, event.target);
  }
});

/** Focuses the next field; from the last line's cases, adds a line if this one is filled in. */
function moveOn(form, field) {
  const lines = [...form.querySelectorAll(".order-line:has([data-removes-line])")];
  const line = field.closest(".order-line");
  const isLast = line === lines.at(-1) && field.name.endsWith("-quantity");
  const isFilled = line && [...line.querySelectorAll(FIELDS)].every((each) => each.value.trim());
  if (isLast && isFilled) return form.querySelector("[data-adds-line]").click();
  const fields = [...form.querySelectorAll(FIELDS)].filter(isShown);
  const next = fields[fields.indexOf(field) + 1] ?? form.querySelector("[data-sends]");
  next.focus();
  next.select?.();
}

const quotes = new Set(); // those under way
let isSending = false;
const isQuote = (ctx) => formOf(ctx.sourceElement) && ctx.target?.id === "order-lines";
const isOrder = (ctx) => ctx.sourceElement.matches?.("form[data-enter-moves]");

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (isQuote(ctx)) {
    if (isSending) event.preventDefault();
    else quotes.add(ctx);
  } else if (isOrder(ctx)) {
    isSending = true;
    for (const quote of quotes) quote.request.abort();
  }
});
document.addEventListener("htmx:finally:request", (event) => {
  quotes.delete(event.detail.ctx);
  if (isOrder(event.detail.ctx)) isSending = false;
});
