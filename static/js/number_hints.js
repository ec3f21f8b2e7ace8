// Says while a number is typed what the server will refuse. The fields declare their bounds
// (components/field.html, `number`); what several readings could mean is left to the server.
const KINDS = {
  cases: { example: "Enter a whole number of cases, such as 12.", after: " cases" },
  days: { example: "Enter a whole number of days, such as 30.", after: " days" },
  amount: { example: "Enter an amount, such as 1,250.00.", before: "$", decimals: 2 },
  percent: { example: "Enter a percentage, such as 12.5.", after: " percent", decimals: 2 },
};
const PAUSE = 400; // a word too early is noise: a number is not wrong before it is complete
const GROUPS = /^\d{1,3}(?:,\d{3})+$/;
const PLAIN = /^(?:\d+|\d{1,3}(?:[, '’]\d{3})+)?(?:\.\d*)?$/;

const waits = new WeakMap();

document.addEventListener("input", ({ target: field }) => {
  if (!field.dataset?.number) return;
  clearTimeout(waits.get(field));
  waits.set(
    field,
    setTimeout(() => remark(field), PAUSE),
  );
});

function remark(field) {
  if (!field.isConnected || field.getAttribute("aria-invalid") === "true") return;
  const words = refusalOf(field.value, field.dataset);
  if (!words) return;
  const id = `err-${field.id}`;
  const below = document.getElementById("err-model").content.cloneNode(true).firstElementChild;
  below.id = id;
  below.querySelector("span").textContent = words;
  (field.closest(".with-unit") ?? field).after(below);
  field.classList.add("is-wrong");
  field.setAttribute("aria-invalid", "true");
  const described = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", described ? `${id} ${described}` : id);
}

function refusalOf(typed, { number: kind, least, most }) {
  const { example, before = "", after = "", decimals = 0 } = KINDS[kind];
  const bare = typed
    .replace(/\p{Cf}/gu, "")
    .replace(/US\$|USD|[$＄﹩%％]/gi, "")
    .replace(/\s+/gu, " ")
    .trim();
  const [, sign, digits] = bare.match(/^([+\-−–﹣－]?) ?(.*)$/u);
  if (!digits) return "";
  if (!/^[\d.,'’ ]*\d[\d.,'’ ]*$/.test(digits)) return example;
  const part = digits.match(/^\d*[.,](\d+)$/)?.[1] ?? "";
  const exact = part.replace(/0+$/, "");
  if (exact.length > decimals && part.length !== 3) return example;
  const size = sizeOf(digits, part);
  const found = sign && sign !== "+" ? -size : size;
  if (Number.isNaN(found) || (found >= Number(least) && found <= Number(most))) return "";
  const [from, to] = [least, most].map((each) => before + Number(each).toLocaleString("en-US"));
  return `Enter from ${from} to ${to}${after}.`.replaceAll("-", "−");
}

function sizeOf(digits, part) {
  const isClear = GROUPS.test(digits) || (PLAIN.test(digits) && part.length !== 3);
  return isClear ? Number(digits.replace(/[, '’]/g, "")) : NaN;
}
