// Opens questions rendered by the server as a dialog; without JavaScript the link leads to a page of its own.
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
