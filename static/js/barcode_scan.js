// A scanner types a SKU and Enter: ticks that product's line, or counts one case of it where packing counts
// every line, and announces it to screen readers.
const countOf = (line) => line.querySelector("[data-count]");
const missing = (line) =>
  Number(countOf(line).dataset.count) - (parseInt(countOf(line).value) || 0);

/** Counts one case of the product; returns what to say and how. */
function countOne(list, lines, sku) {
  const line = lines.find((one) => missing(one) > 0);
  if (!line) return [`${sku}: all cases are already counted. This one was not added.`, "bad"];
  const field = countOf(line);
  field.value = (parseInt(field.value) || 0) + 1;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const left = [...list.querySelectorAll("[data-sku]")].filter((one) => missing(one) !== 0);
  return left.length
    ? [`${sku}: ${field.value} of ${field.dataset.count}.`, "good"]
    : ["Everything is counted.", "good"];
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-count-all]");
  if (!button) return;
  const field = countOf(button.closest("[data-sku]"));
  field.value = field.dataset.count;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
const offer = () =>
  document.querySelectorAll("[data-count-all]").forEach((button) => (button.hidden = false));
document.addEventListener("DOMContentLoaded", offer);
document.addEventListener("htmx:after:swap", offer);

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !field.dataset?.scan) return;
  event.preventDefault();
  const list = document.querySelector(field.dataset.scan),
    says = list.querySelector("[data-scan-says]");
  const sku = field.value.trim().toUpperCase();
  const lines = [...list.querySelectorAll("[data-sku]")].filter(
    (one) => one.dataset.sku.toUpperCase() === sku,
  );
  if (lines.length && countOf(lines[0])) {
    field.value = "";
    [says.textContent, says.className] = countOne(list, lines, sku);
    return;
  }
  const line = lines.find((one) => !one.querySelector("input").checked) ?? lines[0]; // a product may lie at several locations
  field.value = "";
  if (!line) {
    says.textContent = `${sku} is not in this shipment.`;
    says.className = "bad";
    return;
  }
  const box = line.querySelector("input[type=checkbox]");
  const again = box.checked;
  box.checked = true;
  const left = list.querySelectorAll("[data-sku] input:not(:checked)").length;
  says.textContent = again
    ? `${sku} is already checked off.`
    : left
      ? `${sku} checked off, ${left} to go.`
      : "Everything is checked off.";
  says.className = again ? "wait" : "good";
});
