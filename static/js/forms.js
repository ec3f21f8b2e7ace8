// Prevents double submits, shows progress on the button, and focuses the error summary.
document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    if (form.hasAttribute("data-downloads")) return; // the answer is a file: this page stays
    if (form.hasAttribute("hx-post") || submitter?.hasAttribute("hx-post")) return;
    form.dataset.sent = "1";
    work(submitter, true);
  },
  true,
);

document.addEventListener("htmx:before:request", (event) => work(buttonOf(event), true));
document.addEventListener("htmx:finally:request", (event) => work(buttonOf(event), false));

const buttonOf = (event) => {
  const { request, sourceElement } = event.detail.ctx;
  return request.submitter ?? (sourceElement?.matches?.("button") ? sourceElement : null);
};

function work(button, busy) {
  if (!button) return;
  if (busy) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

function leadToErrors(root) {
  const summary = root.querySelector?.(".err-sum");
  if (!summary || summary.dataset.told) return;
  summary.dataset.told = "1";
  summary.tabIndex = -1;
  summary.focus();
}

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.response?.status === 422) leadToErrors(document);
});
document.addEventListener("DOMContentLoaded", () => leadToErrors(document));
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => work(button, false));
  }
});

// An error stands until its field is edited; whether the new value is right, the server says.
document.addEventListener("input", (event) => {
  const { target: field } = event;
  if (field.getAttribute?.("aria-invalid") !== "true") return;
  field.removeAttribute("aria-invalid");
  field.classList.remove("is-wrong");
  const described = (field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean);
  const left = described.filter((id) => !id.startsWith("err-"));
  described
    .filter((id) => id.startsWith("err-"))
    .forEach((id) => document.getElementById(id)?.remove());
  if (left.length) field.setAttribute("aria-describedby", left.join(" "));
  else field.removeAttribute("aria-describedby");
  const link = field.form?.querySelector(`.err-sum a[href="#${CSS.escape(field.id)}"]`);
  const summary = link?.closest(".err-sum");
  link?.closest("li").remove();
  if (summary && !summary.querySelector("li")) summary.remove();
});
