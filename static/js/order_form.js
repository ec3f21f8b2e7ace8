// Keys of the forms with lines (orders, receipts) and the order of their requests. Enter moves to the next field and
// never places; Ctrl Enter places, Ctrl Delete removes the line. A quote never arrives after the order was sent, nor
// after a line was added or removed.

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
  const isFilled =
    line &&
    [...line.querySelectorAll(FIELDS)].every(
      (each) => each.value.trim() || each.hasAttribute("data-optional"),
    );
  if (isLast && isFilled) return form.querySelector("[data-adds-line]").click();
  const fields = [...form.querySelectorAll(FIELDS)].filter(isShown);
  const next = fields[fields.indexOf(field) + 1] ?? form.querySelector("[data-sends]");
  next.focus();
  next.select?.();
}

const quotes = new Map(); // those under way, each with what was typed when it was asked for
const typedIn = (form) => [...form.querySelectorAll(FIELDS)].map((field) => field.value).join("\n");
let isSending = false, // the order
  change = null; // of the lines, under way: a quote of the lines before would take it back
const changesLines = (ctx) =>
  ctx.sourceElement.matches?.("[data-adds-line], [data-removes-line]") ?? false;
const isQuote = (ctx) =>
  formOf(ctx.sourceElement) && ctx.target?.matches?.("[data-redrawn]") && !changesLines(ctx);
const isOrder = (ctx) => ctx.sourceElement.matches?.("form[data-enter-moves]");

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (isQuote(ctx)) {
    if (isSending || change) event.preventDefault();
    else quotes.set(ctx, typedIn(formOf(ctx.sourceElement)));
  } else if (isOrder(ctx) || changesLines(ctx)) {
    if (isOrder(ctx)) isSending = true;
    else change = ctx;
    for (const quote of quotes.keys()) quote.request.abort();
  }
});
// A response does not know what was typed or chosen after its request, and would undo it. Another request follows.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const form = quotes.has(ctx) && formOf(ctx.sourceElement);
  if (form && quotes.get(ctx) !== typedIn(form)) event.preventDefault();
});
document.addEventListener("htmx:finally:request", (event) => {
  quotes.delete(event.detail.ctx);
  if (isOrder(event.detail.ctx)) isSending = false;
});
// The button may be gone with the lines it changed; then nothing of it is heard but this.
for (const end of ["htmx:after:swap", "htmx:error", "htmx:response:error", "htmx:finally:request"])
  document.addEventListener(end, (event) => {
    if (event.detail.ctx === change) change = null;
  });
