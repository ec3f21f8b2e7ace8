// Unsent input survives a lost session and an outage: stored for the person in this tab, and put back on
// the form's own page. Nothing is ever sent by itself.
import { person, recall, remember } from "./session.js";

const KEPT_FOR = 12 * 60 * 60_000; // a lunch, or a session that ended overnight

const NOT_OURS = new Set(["csrf_token"]);
const alike = (form) =>
  [...document.forms].filter((other) => !other.id && other.action === form.action);
const nameOf = (form) => form.id || `${form.getAttribute("action")}#${alike(form).indexOf(form)}`;
const drawerOf = (form) => `form:${location.pathname}:${nameOf(form)}`;
const keepable = (form) => form?.method === "post" && form.closest("main") && person();
const here = () => location.pathname + location.search;

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
    hasFile: [...form.elements].some((field) => field.type === "file" && field.value),
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

/** Puts the values back, and lets the form's page show again what follows from them (names, prices, sums). */
function putBack(form, kept) {
  const lines = form.querySelector("[data-redrawn]") ?? form; // goes with what the server draws anew
  for (const [name, value] of kept.values)
    if (!form.elements.namedItem(name))
      lines.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  const turns = {};
  for (const [name, value, checked] of kept.values) {
    const found = form.elements.namedItem(name);
    const field =
      found instanceof RadioNodeList ? found[(turns[name] = (turns[name] ?? -1) + 1)] : found;
    if (!field) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = checked;
    else field.value = value;
    if (field.value) field.closest("details")?.setAttribute("open", "");
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
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function restore() {
  const away = recall("came-away"),
    pressed = recall("pressed");
  remember("came-away", null);
  remember("pressed", null);
  if (!away || Date.now() - away > KEPT_FOR) return;
  const forms = [...document.querySelectorAll("main form")]
    .map((form) => [form, keepable(form) && recall(drawerOf(form))])
    .filter(([, kept]) => kept);
  for (const [form, kept] of forms) putBack(form, kept);
  if (!forms.length) return;
  const file = forms.some(([, kept]) => kept.hasFile) ? " Choose the file again." : "";
  const unsent = pressed ? ` “${pressed}” was not sent. Try it again.` : " Nothing was sent.";
  const text = `What you typed was restored.${unsent}${file}`;
  document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "info" } }));
}

/**
 * After a form that left the page: it came back for sign-in, it failed, or the person went back to it.
 * Returns whether it leads away, to the form's own page.
 */
function followUp() {
  const sent = recall("sent"),
    failed = document.querySelector("main [data-failed]"),
    resume = document.querySelector("main [data-resume]"),
    [navigation] = performance.getEntriesByType("navigation");
  const cameBack = ["back_forward", "reload"].includes(navigation?.type) && sent?.page === here();
  if (!sent || failed) return false;
  remember("sent", null);
  if (!resume && !cameBack) return false;
  remember(sent.drawer, sent.kept);
  remember("came-away", Date.now());
  remember("pressed", sent.label);
  if (resume) location.replace(sent.page);
  return Boolean(resume);
}

const labelOf = (button) => (button?.getAttribute("aria-label") ?? button?.innerText ?? "").trim();

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!keepable(form)) return;
  form.dataset.touched = "1";
  keep(form);
});
document.addEventListener("submit", ({ target: form, submitter }) => {
  if (!keepable(form) || form.hasAttribute("hx-post") || submitter?.hasAttribute("hx-post")) return;
  keep(form);
  const drawer = drawerOf(form);
  const kept = recall(drawer);
  remember(drawer, null);
  remember("sent", { page: here(), drawer, kept, label: labelOf(submitter) });
});
document.addEventListener("dm:leaving", keepAll);
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail,
    form = ctx.sourceElement?.closest?.("form") ?? null;
  if (ctx.response.status === 401) {
    if (form) form.dataset.touched = "1";
    if (ctx.request.submitter) remember("pressed", labelOf(ctx.request.submitter));
    keepAll();
  } else if (
    form &&
    ctx.request.method !== "GET" &&
    ctx.response.status < 300 &&
    form === ctx.sourceElement
  )
    remember(drawerOf(form), null);
});
// Once htmx listens: what is put back is to be drawn anew.
document.addEventListener("htmx:after:process", () => followUp() || restore(), { once: true });
