// A list's search and filters: what goes into the address, and what into the browser's history.
import htmx from "htmx.org/dist/htmx.esm.js";

const FORM = "form[data-list]";
const typedInto = new WeakSet(); // forms whose last request came from a letter

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement: form, sourceEvent, request } = event.detail.ctx;
  if (!form.matches(FORM)) return;
  const isSearchField = sourceEvent.target?.type === "search";
  // Leaving the field says nothing new: each letter was asked for already.
  if (sourceEvent.type === "change" && isSearchField) return event.preventDefault();
  if (sourceEvent.type === "input") typedInto.add(form);
  else typedInto.delete(form);
  for (const [name, value] of [...request.body])
    if (!value || value === form.elements.namedItem(name)?.dataset?.default)
      request.body.delete(name);
});

// A letter replaces the address, a deliberate choice is a step that Back undoes.
document.addEventListener("htmx:before:history:update", ({ detail }) => {
  const form = detail.sourceElement;
  if (!form?.matches?.(FORM)) return;
  const { history } = detail;
  history.path = history.path.replace(/\?$/, "");
  if (typedInto.has(form) || history.path === location.pathname + location.search)
    history.type = "replace";
});

// Such a menu stays as the person left it: a list that is drawn anew knows nothing of that.
htmx.registerExtension("stays-open", {
  htmx_before_morph_attr: (element, { attrName }) =>
    attrName !== "open" || !element.matches("[data-stays-open]"),
});
