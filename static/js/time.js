// Keeps "12 min ago" current while the page stays open, in the words of webapp/shared/pages/presentation.py.
const MINUTE = 60_000;

function words(at, now) {
  const minutes = (now - at) / MINUTE;
  if (minutes < 0.75) return "just now";
  if (minutes < 59.5) return `${Math.max(1, Math.round(minutes))} min ago`;
  return minutes < 720 ? `${Math.round(minutes / 60)} h ago` : null;
}

const LIVING = /^(just now|\d+ min ago|\d+ h ago)$/;
function tick() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    if (!LIVING.test(time.textContent)) continue;
    const text = words(Date.parse(time.dateTime), Date.now());
    if (text && text !== time.textContent) time.textContent = text;
  }
}

setInterval(tick, 30_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) tick();
});
