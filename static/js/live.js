// One live stream for all tabs of a session: the tab that holds the lock reads it and forwards its events
// to the others over a BroadcastChannel.
import { connectionIs } from "./connection.js";
import { tellPage, wasToldSince } from "./event_replay.js";
import { channelName, csrf, person, recall, remember, signInAgain } from "./session.js";

const LONGEST_WAIT = 15_000;
const LATE = 10_000; // after this the server may no longer know what changed since the page was read
const tab = crypto.randomUUID();
let channel,
  source,
  letGo,
  stream = "",
  wait = 500,
  timer,
  stopped = false,
  state = null;
const watchedBy = new Map();

function tell(name, data) {
  channel?.postMessage({ kind: "event", name, data });
  hear(name, data);
}

function hear(name, data) {
  if (data.n !== undefined) remember("cursor", data.n);
  if (data.count !== undefined) state = { count: data.count, n: data.n };
  if (name === "bye") {
    stopped = data.reason === "session";
    say("off");
  }
  if (name === "record") for (const record of data.records) tellPage(`live:${record}`, data);
  if (name === "resync" || (name === "hello" && Date.now() - asked() > LATE)) refreshShown();
  tellPage(`live:${name}`, data);
}

/** Refreshes every watched fragment: after an interruption nobody knows what changed. */
function refreshShown() {
  for (const record of shown()) tellPage(`live:${record}`, {});
}

let said = "waiting";
function say(word) {
  said = word;
  const live = document.getElementById("live-word");
  if (!live) return;
  live.hidden = false;
  live.dataset.state = word;
  live.textContent = word === "on" ? "Live" : word === "waiting" ? "Connecting…" : "Offline";
}

function connect() {
  const last = recall("cursor");
  source = new EventSource(last === null ? "/live" : `/live?last=${last}`);
  for (const name of ["hello", "inbox", "record", "resync", "missed", "bye"])
    source.addEventListener(name, (event) => received(name, JSON.parse(event.data)));
  source.onerror = lost;
}

function received(name, data) {
  if (name === "hello") {
    stream = data.stream;
    wait = 500;
    connectionIs(false);
    watch();
    share("on");
  }
  tell(name, data);
  if (name === "bye") {
    source.close();
    if (data.reason === "session") ask();
    else later();
  }
}

function lost() {
  source.close();
  stream = "";
  share("waiting");
  ask();
}

/** Finds out with a plain request why the stream broke: a 401 starts one silent sign-in, the rest retries. */
async function ask() {
  try {
    const answer = await fetch("/live/watch", {
      method: "POST",
      headers: { ...headers(), "HX-Request": "true" },
      body: '{"stream":"","records":[]}',
    });
    if (answer.status === 401) {
      share("off");
      stopped = !signInAgain(answer.headers.get("HX-Redirect"));
      if (!stopped) channel?.postMessage({ kind: "leaving" });
      return;
    }
  } catch {
    /* the server is down: retry later */
  }
  later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      if (letGo && !stopped) connect();
    },
    wait * (0.75 + Math.random() / 2),
  );
  wait = Math.min(wait * 1.5, LONGEST_WAIT);
}

function share(word) {
  channel?.postMessage({ kind: "state", word, state });
  say(word);
}

const headers = () => ({
  "Content-Type": "application/json",
  "X-CSRF-Token": csrf(),
  "X-Background": "1",
});
/** When the page was asked for, after the redirects that led to it (milliseconds since 1970). */
const asked = () =>
  performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.requestStart ?? 0);
/** When the server read the page, by its own clock (seconds since 1970); 0 if it does not say. */
const readAt = () => Number(document.getElementById("main")?.dataset.readAt ?? 0);
const shown = () => [
  ...new Set(
    [...document.querySelectorAll("[data-watch]")]
      .flatMap((element) => element.dataset.watch.split(/\s+/))
      .filter(Boolean),
  ),
];

let lastWatched = "";
function watch(since) {
  const mine = { records: shown(), readAt: readAt() };
  watchedBy.set(tab, mine);
  if (!letGo) return channel?.postMessage({ kind: "watch", tab, ...mine, since });
  const read_at = whenRead(),
    records = Object.keys(read_at).slice(0, 100),
    key = stream + records.join();
  if (!stream || key === lastWatched) return;
  lastWatched = key;
  fetch("/live/watch", {
    method: "POST",
    headers: headers(),
    body: JSON.stringify({ stream, records, read_at }),
  })
    .then((answer) => {
      if (!answer.ok) unwatched(answer.status >= 500 || answer.status === 429);
    })
    .catch(() => unwatched(true));
}

/** The records that the tabs show, each with when the oldest page that shows it was read. */
function whenRead() {
  const read = {};
  for (const { records, readAt: at } of watchedBy.values())
    for (const record of records) read[record] = Math.min(read[record] ?? at, at);
  return read;
}

/** The server did not accept what this page watches: retry unless it refused. */
function unwatched(isPassing) {
  lastWatched = "";
  if (isPassing)
    setTimeout(() => {
      if (letGo) watch();
    }, LONGEST_WAIT / 5);
}

/** Tells a new tab what it missed while loading, if the records were already being watched. */
function tellAgain({ records, since }) {
  const missed = since ? records.filter((record) => wasToldSince(`live:${record}`, since)) : [];
  if (missed.length)
    channel.postMessage({ kind: "event", name: "record", data: { records: missed } });
}

function lead() {
  navigator.locks
    .request(
      `dm-live-${channelName()}`,
      { signal: (election = new AbortController()).signal },
      () =>
        new Promise((release) => {
          letGo = release;
          channel.postMessage({ kind: "who" });
          if (othersLeft) followSoon();
          else connect();
        }),
    )
    .catch(() => {});
}
let election,
  othersLeft = false;

/** Follows the leading tab, which left to sign in again, into the same new session. */
const followSoon = () => setTimeout(() => signInAgain(location.href), 4000);

function start() {
  if (!person() || channel) return;
  channel = new BroadcastChannel(`dm-${channelName()}`);
  channel.onmessage = ({ data: message }) => {
    if (message.kind === "event") hear(message.name, message.data);
    else if (message.kind === "watch") {
      watchedBy.set(message.tab, message);
      if (letGo) {
        watch();
        tellAgain(message);
      }
    } else if (message.kind === "gone") {
      watchedBy.delete(message.tab);
      if (letGo) watch();
    } else if (message.kind === "who") {
      watch();
      if (letGo && state) share(stream ? "on" : "waiting");
    } else if (message.kind === "state") {
      say(message.word);
      if (message.state) tellPage("live:count", (state = message.state));
    } else if (message.kind === "leaving") othersLeft = true;
  };
  say("waiting");
  channel.postMessage({ kind: "who" });
  watch(asked());
  lead();
}

function stop() {
  channel?.postMessage({ kind: "gone", tab });
  source?.close();
  clearTimeout(timer);
  election?.abort();
  letGo?.();
  channel?.close();
  channel = source = letGo = undefined;
  stream = lastWatched = "";
}

document.addEventListener("DOMContentLoaded", start);
document.addEventListener("htmx:after:swap", () => {
  if (channel) {
    say(said);
    watch();
  }
});
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => {
  if (event.persisted) start();
});
addEventListener("online", () => {
  if (letGo && !stream) {
    wait = 500;
    later();
  }
});
