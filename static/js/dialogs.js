// A question that the server draws opens over the page: the link's own page remains for who has no JavaScript.
document.addEventListener("htmx:after:swap", (event) => {
  const dialog = event.detail.ctx.target?.closest?.("dialog[data-asks]");
  if (dialog && !dialog.open && dialog.childElementCount) dialog.showModal();
});
document.addEventListener("click", (event) =>
  event.target.closest("[data-close]")?.closest("dialog")?.close(),
);
document.addEventListener(
  "close",
  (event) => {
    if (event.target.matches?.("dialog[data-asks]")) event.target.replaceChildren();
  },
  true,
);
