// Who is signed in according to the page, and the silent sign-in after the session was lost.
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

export const person = () => meta("dm-person");
export const channelName = () => meta("dm-channel");

export function csrf() {
  const headers = document.body.getAttribute("hx-headers:inherited") ?? "{}";
  return JSON.parse(headers)["X-CSRF-Token"] ?? "";
}

/** The sessionStorage key for a name, separate for each person. */
export const drawer = (name) => `dm:${person()}:${name}`;

export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(drawer(name)));
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(drawer(name));
    else sessionStorage.setItem(drawer(name), JSON.stringify(value));
  } catch {
    /* full or disabled storage must not break the page */
  }
}

let lastTyped = 0;
document.addEventListener("input", () => {
  lastTyped = Date.now();
});

/** Leaves for the silent sign-in: at most once a minute, so that a refusal cannot loop, and not while typing. */
export function signInAgain(url) {
  const last = recall("signed-in-again") ?? 0;
  if (Date.now() - last < 60_000) return false;
  remember("signed-in-again", Date.now());
  leaveInAPause(
    url || `/auth/silent?next=${encodeURIComponent(location.pathname + location.search)}`,
    Date.now() + 20_000,
  );
  return true;
}

function leaveInAPause(url, atLatest) {
  if (Date.now() - lastTyped < 1500 && Date.now() < atLatest)
    return setTimeout(() => leaveInAPause(url, atLatest), 200);
  document.dispatchEvent(new CustomEvent("dm:leaving"));
  return location.assign(url);
}
