// Connection loss and outages of an area; also marks requests caused by a live event as background.
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceEvent?.type?.startsWith("live:")) ctx.request.headers["X-Background"] = "1";
});

let pressed = ""; // the button whose request did not arrive
const unsaved = new Set(); // forms whose draft was not saved

/** Says whether the connection is lost, and what of the page is sent by itself once it is back. */
export function connectionIs(lost) {
  const line = document.getElementById("lost");
  if (!line) return;
  const wasLost = !line.hidden;
  line.hidden = !lost;
  line.querySelector("#lost-pressed").hidden = !pressed;
  line.querySelector("#lost-pressed b").textContent = pressed;
  line.querySelector("#lost-draft").hidden = !unsaved.size || pressed !== "";
  if (!lost && wasLost) goOn();
}

/** Saves drafts that could not be saved; what a person pressed is theirs to press again. */
function goOn() {
  for (const form of unsaved)
    if (form.isConnected) form.dispatchEvent(new Event("change", { bubbles: true }));
  unsaved.clear();
  if (pressed) {
    const text = `You are back online. “${pressed}” was not sent. Try it again.`;
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "wait" } }));
  }
  pressed = "";
}

/** The form whose draft a request saves by itself; none for what a person sends. */
function draftOf({ sourceElement }) {
  const form = sourceElement?.closest?.("main form");
  return form && sourceElement !== form && !sourceElement.matches("button") ? form : null;
}

const buttonOf = ({ request, sourceElement }) =>
  (request.submitter ?? sourceElement)?.innerText?.trim().split("\n")[0] ?? "";

function noteWhatFailed(ctx) {
  if (ctx.request.method === "GET") return;
  const form = draftOf(ctx);
  if (form) unsaved.add(form);
  else pressed = buttonOf(ctx);
}

document.addEventListener("htmx:error", (event) => {
  if (!event.detail.ctx || event.detail.error?.name === "AbortError") return;
  noteWhatFailed(event.detail.ctx);
  connectionIs(true);
  const card = event.detail.ctx.sourceElement?.closest?.("[data-card]");
  if (card) showOutage(card, "");
});
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status >= 500) return;
  if (ctx.request.method !== "GET" && !draftOf(ctx) && buttonOf(ctx) === pressed) pressed = "";
  connectionIs(false);
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
  outage.querySelector(".rid").textContent = [status, request && `Request ID ${request}`]
    .filter(Boolean)
    .join(" · ");
  outage.querySelector("button").addEventListener("click", () => again(card));
  card.replaceChildren(outage);
  setTimeout(() => again(card), 20_000 + Math.random() * 2000);
}

const again = (card) => card.isConnected && card.dispatchEvent(new CustomEvent("home:again"));
