// Connection loss and outages of an area; also marks requests caused by a live event as background.
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceEvent?.type?.startsWith("live:")) ctx.request.headers["X-Background"] = "1";
});

export function connectionIs(lost) {
  const line = document.getElementById("lost");
  if (line) line.hidden = !lost;
}

document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx || event.detail.error?.name === "AbortError") return;
  connectionIs(true);
  const card = event.detail.ctx.sourceElement?.closest?.("[data-card]");
  if (card) showOutage(card, "");
});
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response.status < 500) connectionIs(false);
});
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail,
    card = ctx.sourceElement?.closest?.("[data-card]");
  if (card && ctx.response.status !== 401)
    showOutage(card, ctx.response.headers.get("X-Correlation-ID") ?? "", ctx.response.status);
});

/** Shows in a home card that its area is down, and retries after 20 s. */
function showOutage(card, request, status = "") {
  const outage = document.getElementById("outage").content.cloneNode(true);
  outage.querySelector("[data-title]").textContent = card.dataset.card;
  outage.querySelector(".rid").textContent = [status, request && `request ${request}`]
    .filter(Boolean)
    .join(" · ");
  outage.querySelector("button").addEventListener("click", () => again(card));
  card.replaceChildren(outage);
  setTimeout(() => again(card), 20_000 + Math.random() * 2000);
}

const again = (card) => card.isConnected && card.dispatchEvent(new CustomEvent("home:again"));
