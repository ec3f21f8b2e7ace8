// Saved views: saves the list's current query, including filters set after the page was loaded.
const state = (query) =>
  [...new URLSearchParams(query)]
    .filter(([name, value]) => value && !["after", "before"].includes(name))
    .map(String)
    .sort()
    .join();

function follow() {
  for (const field of document.querySelectorAll("[data-view-query]")) field.value = location.search;
  for (const link of document.querySelectorAll("[data-saved-views] nav a"))
    if (state(link.search) === state(location.search)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
}

document.addEventListener("htmx:after:swap", () => setTimeout(follow));
document.addEventListener("submit", follow, { capture: true });
