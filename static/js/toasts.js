// Toasts stand at the foot, never over the work; they stay while the pointer or the focus is on them.
const LONG = 6000, MOST = 3;
const ICONS = { good: "circle-check", bad: "alert-circle", wait: "clock", info: "info-circle" };

export function toastHtml(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  place(template.content.firstElementChild);
}

function toastText(text, kind = "good") {
  const slip = document.getElementById("toast-model").content.cloneNode(true).firstElementChild;
  const use = slip.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${ICONS[kind] ?? ICONS.info}`));
  slip.querySelector("span").textContent = text;
  place(slip);
}

function place(slip) {
  const toasts = document.getElementById("toasts");
  if (!toasts || (slip.id && document.getElementById(slip.id))) return;
  slip.removeAttribute("role");
  toasts.append(slip);
  while (toasts.children.length > MOST) toasts.firstElementChild.remove();
  const leave = () => (slip.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : slip.remove());
  setTimeout(leave, LONG);
}

document.addEventListener("toast", (event) => toastText(event.detail.text, event.detail.kind));
document.addEventListener("click", (event) => event.target.closest(".toast-slip button")?.closest(".toast-slip").remove());
