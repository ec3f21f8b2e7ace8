// A scanner types a SKU and Enter: ticks that product's line and announces it to screen readers.
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
  const line = lines.find((one) => !one.querySelector("input").checked) ?? lines[0]; // a product may lie at several locations
  field.value = "";
  if (!line) {
    says.textContent = `${sku} is not in this parcel.`;
    says.className = "bad";
    return;
  }
  const box = line.querySelector("input[type=checkbox]");
  const again = box.checked;
  box.checked = true;
  const left = list.querySelectorAll("[data-sku] input:not(:checked)").length;
  says.textContent = again
    ? `${sku} was ticked already.`
    : left
      ? `${sku} ticked, ${left} to go.`
      : "All of it is there.";
  says.className = again ? "wait" : "good";
});
