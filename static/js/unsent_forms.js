// Unsent input survives a lost session: stored for the person in this tab, restored after signing in again.
import { person, recall, remember } from "./session.js";

const NOT_OURS = new Set(["csrf_token"]);
const drawerOf = (form) => `form:${location.pathname}:${form.id || form.getAttribute("action")}`;
const keepable = (form) => form?.method === "post" && form.closest("main") && person();

function values(form) {
  return [...form.elements]
    .filter(
      (field) =>
        field.name &&
        !NOT_OURS.has(field.name) &&
        !["password", "file", "submit", "button"].includes(field.type),
    )
    .map((field) => [field.name, field.value, field.checked ?? null]);
}

export function keep(form) {
  if (!keepable(form)) return;
  const at = form.contains(document.activeElement) ? document.activeElement : null;
  remember(drawerOf(form), {
    values: values(form),
    lines: form.querySelector("#order-lines")?.outerHTML.length ?? 0,
    focus: at?.name ?? "",
    from: at?.selectionStart ?? null,
    to: at?.selectionEnd ?? null,
  });
}

const keepAll = () => {
  document.querySelectorAll("main form").forEach((form) => {
    if (form.dataset.touched) keep(form);
  });
  remember("came-away", Date.now());
};

function putBack(form, kept) {
  const missing = kept.values.filter(([name]) => !form.elements.namedItem(name));
  for (const [name, value] of missing)
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  const turns = {};
  for (const [name, value, checked] of kept.values) {
    const found = form.elements.namedItem(name);
    const field =
      found instanceof RadioNodeList ? found[(turns[name] = (turns[name] ?? -1) + 1)] : found;
    if (!field) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = checked;
    else field.value = value;
  }
  const field = kept.focus && form.elements.namedItem(kept.focus);
  if (field?.focus) {
    field.focus();
    try {
      field.setSelectionRange(kept.from, kept.to);
    } catch {
      /* a field without a cursor */
    }
  }
  form.dataset.touched = "1";
  if (missing.length)
    form
      .querySelector("[hx-trigger]#order-lines")
      ?.dispatchEvent(new Event("change", { bubbles: true }));
}

function restore() {
  const away = recall("came-away");
  remember("came-away", null);
  if (!away || Date.now() - away > 15 * 60_000) return;
  let put = 0;
  document.querySelectorAll("main form").forEach((form) => {
    const kept = keepable(form) && recall(drawerOf(form));
    if (kept) {
      putBack(form, kept);
      put++;
    }
  });
  if (put)
    document.dispatchEvent(
      new CustomEvent("toast", {
        detail: { text: "You were signed in again. What you typed is back.", kind: "info" },
      }),
    );
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!keepable(form)) return;
  form.dataset.touched = "1";
  keep(form);
});
document.addEventListener("dm:leaving", keepAll);
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail,
    form = ctx.sourceElement?.closest?.("form") ?? null;
  if (ctx.response.status === 401) {
    if (form) form.dataset.touched = "1";
    keepAll();
  } else if (
    form &&
    ctx.request.method !== "GET" &&
    ctx.response.status < 300 &&
    form === ctx.sourceElement
  )
    remember(drawerOf(form), null);
});
document.addEventListener("DOMContentLoaded", restore);
