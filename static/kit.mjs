// Reduces a style sheet to the rules that could apply, and lets `auto` follow the browser's preference.

/** Splits CSS into its top-level blocks: [prelude, body], or [statement, null]. */
function* blocks(css) {
  const text = css.replace(/\/\*[\s\S]*?\*\//g, "");
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at];
    if (mark === '"' || mark === "'") at = endOfString(text, at);
    else if (mark === ";") {
      yield [text.slice(start, at + 1).trim(), null];
      start = at + 1;
    } else if (mark === "{") {
      const end = endOfBlock(text, at);
      yield [text.slice(start, at).trim(), text.slice(at + 1, end)];
      start = at = end + 1;
      at--;
    }
  }
}

function endOfString(text, at) {
  const quote = text[at];
  for (at++; text[at] !== quote; at++) if (text[at] === "\\") at++;
  return at;
}

function endOfBlock(text, at) {
  for (let depth = 0; at < text.length; at++) {
    if (text[at] === '"' || text[at] === "'") at = endOfString(text, at);
    else if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  throw new Error("a block is not closed");
}

/** Splits a rule's selectors at the commas outside brackets. */
function selectors(prelude) {
  let depth = 0;
  return [...prelude]
    .reduce(
      (all, mark) => {
        if ("([".includes(mark)) depth++;
        else if (")]".includes(mark)) depth--;
        if (mark === "," && depth === 0) all.push("");
        else all[all.length - 1] += mark;
        return all;
      },
      [""],
    )
    .map((one) => one.trim());
}

/** Returns the style sheet without rules for classes that no template, script or module mentions. */
export function onlyUsed(css, words) {
  const may = (selector) =>
    [...selector.matchAll(/\.([\w-]+)/g)].every(([, name]) => words.has(name));
  let kept = "";
  for (const [prelude, body] of blocks(css)) {
    if (body === null) {
      if (!prelude.startsWith("@charset")) kept += prelude;
      continue;
    }
    if (/^@(media|supports|layer|container)/.test(prelude)) {
      const inner = onlyUsed(body, words);
      if (inner) kept += `${prelude}{${inner}}`;
    } else if (prelude.startsWith("@")) {
      if (!prelude.startsWith("@font-face")) kept += `${prelude}{${body}}`;
    } else {
      const left = selectors(prelude).filter(may);
      if (left.length) kept += `${left.join(",")}{${body}}`;
    }
  }
  return kept;
}

/** Repeats the dark rules for `auto`, for browsers that prefer dark. */
export function withAuto(css) {
  return css.replace(
    /\[data-bs-theme="dark"\] \{([^}]*)\}/,
    (all, body) =>
      `${all}\n@media (prefers-color-scheme: dark) { [data-bs-theme="auto"] {${body}} }`,
  );
}
