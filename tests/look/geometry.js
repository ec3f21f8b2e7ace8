// What is wrong with the layout of the page that is open, measured: a list of sentences, empty where nothing is.
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  await frame(); // what follows the window's size has followed
  const FLOATS = "[popover], .pop, .combo-list, .toasts, dialog, [role=menu], [role=tooltip]";
  const CONTROLS =
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const BOXES =
    ".sheet, .btn, .st, .chip, .badge-i, .tile, .parcel-card, .stage, .parcel-col, .hint, .claim, dialog, .pop";
  const WHOLE_ON_HOVER = "td, .one, .strong, .todo-s, .chip, li, option, a, b, span"; // static/js/whole_text.js
  const SLACK = 1.5;
  const found = new Map();
  const styles = new Map();
  const styleOf = (element) => {
    if (!styles.has(element)) styles.set(element, getComputedStyle(element));
    return styles.get(element);
  };
  const ancestors = (element) => {
    const all = [];
    for (let at = element; at && at !== document.documentElement; at = at.parentElement)
      all.push(at);
    return all;
  };
  const isHush = (element) => {
    const box = element.getBoundingClientRect();
    return styleOf(element).clipPath !== "none" || (box.width <= 1 && box.height <= 1);
  };
  const isSeen = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !ancestors(element).some((each) => isHush(each) && styleOf(each).position === "absolute");
  const nameOf = (element) => {
    const named = element.closest("[id], [class]") ?? element;
    const mark = named.id
      ? `#${named.id}`
      : `.${String(named.getAttribute("class")).trim().replace(/\s+/g, ".")}`;
    return `${element.tagName.toLowerCase()} ${mark}`;
  };
  /** Says it once for all elements alike, with the first one's words. */
  const say = (what, element, text) => {
    const words = text?.trim().replace(/\s+/g, " ").slice(0, 40);
    const key = `${what} ${nameOf(element)}`.replace(/-?[A-Z]*-?\d+/g, "");
    if (!found.has(key)) found.set(key, `${what}: ${nameOf(element)}${words ? ` “${words}”` : ""}`);
  };

  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) say(`page ${root.scrollWidth} px wide`, document.body);

  /** The ancestors that bound what is in them: where it scrolls nothing is lost. */
  function checkBounds(element, box, text) {
    let inX = true,
      inY = true;
    const chain = ancestors(element);
    for (const [at, each] of chain.entries()) {
      const style = styleOf(each);
      const own = each.getBoundingClientRect();
      const beyondX = inX && (box.right > own.right + SLACK || box.left < own.left - SLACK);
      const beyondY = inY && (box.bottom > own.bottom + SLACK || box.top < own.top - SLACK);
      const clips = (overflow) => overflow === "hidden" || overflow === "clip";
      const scrolls = (overflow) => overflow === "auto" || overflow === "scroll";
      if (scrolls(style.overflowX)) inX = false;
      if (scrolls(style.overflowY)) inY = false;
      if (
        (inX && beyondX && clips(style.overflowX)) ||
        (inY && beyondY && clips(style.overflowY))
      ) {
        const isShortened = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
        const isWhole =
          chain.slice(0, at + 2).some((one) => one.title) || each.closest(WHOLE_ON_HOVER);
        if (!(isShortened && isWhole)) say("clipped", element, text);
        return;
      }
      if (each.matches(BOXES) && ((inX && beyondX) || (inY && beyondY))) {
        say(`out of its ${nameOf(each)}`, element, text);
        return;
      }
      if (each.matches(FLOATS) || ["absolute", "fixed"].includes(style.position)) return;
      if (!inX && !inY) return;
    }
  }

  /** What is left of a box within the ancestors that clip it. */
  function shownPart(element, box) {
    let { left, right, top, bottom } = box;
    for (const each of ancestors(element)) {
      const { overflowX, overflowY, position } = styleOf(each);
      const own = each.getBoundingClientRect();
      if (overflowX !== "visible")
        [left, right] = [Math.max(left, own.left), Math.min(right, own.right)];
      if (overflowY !== "visible")
        [top, bottom] = [Math.max(top, own.top), Math.min(bottom, own.bottom)];
      if (position === "fixed") break;
    }
    return right - left > 2 && bottom - top > 2 ? { left, right, top, bottom } : null;
  }

  /** Whether a short word goes on in the next line. */
  function isBroken(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    if (range.getClientRects().length < 2) return false;
    return [...node.data.matchAll(/[\p{L}\d,.$]{2,12}/gu)].some((word) => {
      if (/^\S*@/.test(node.data.slice(word.index)) || /@\S*$/.test(node.data.slice(0, word.index)))
        return false; // a mail address has no space to break at
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const [first, ...rest] = [...range.getClientRects()].filter((box) => box.width > 0);
      return rest.some((box) => box.top > first.bottom - 2);
    });
  }

  const layerOf = (element) =>
    ancestors(element).find(
      (each) =>
        ["fixed", "sticky"].includes(styleOf(each).position) ||
        each.matches(FLOATS) ||
        (styleOf(each).position === "absolute" && styleOf(each).zIndex !== "auto"),
    ) ?? null;

  scrollTo(0, 0);
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.matches("script, style, noscript, option, textarea, title"))
      continue;
    if (!isSeen(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    if (isBroken(node)) say("broken", element, node.data);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0.5 && box.height > 0.5);
    for (const box of boxes) {
      checkBounds(element, box, node.data);
      const shown = shownPart(element, box);
      if (!shown) continue;
      const inset = (box.height * 0.28) | 0; // a line's box is taller than its letters
      texts.push({
        node,
        element,
        text: node.data,
        layer: layerOf(element),
        left: shown.left,
        right: shown.right,
        top: shown.top + inset,
        bottom: shown.bottom - inset,
      });
    }
  }
  texts.sort((one, other) => one.top - other.top);
  for (let at = 0; at < texts.length; at++)
    for (let next = at + 1; next < texts.length && texts[next].top < texts[at].bottom - 1; next++) {
      const [one, other] = [texts[at], texts[next]];
      if (one.node === other.node || one.layer !== other.layer) continue;
      if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2)
        say(`over ${nameOf(other.element)}`, one.element, `${one.text.trim()} / ${other.text}`);
    }

  for (const element of document.querySelectorAll("svg, img, input, select, textarea, button"))
    if (isSeen(element) && !element.closest("svg svg")) {
      const box = element.getBoundingClientRect();
      if (box.width > 1 && box.height > 1) checkBounds(element.parentElement, box, element.tagName);
    }

  for (const element of document.querySelectorAll(CONTROLS)) {
    if (!isSeen(element) || styleOf(element).pointerEvents === "none") continue;
    if (element.matches(".skip:not(:focus)")) continue; // comes in with the focus
    if (element.matches("input") && styleOf(element).opacity === "0") continue;
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = [...element.getClientRects()].find((each) => each.width > 1 && each.height > 1);
    if (!box) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const above = document.elementFromPoint(x, y);
    if (!above) say("out of the window", element, element.textContent);
    else if (above.closest("#toasts"))
      continue; // toasts come and go by themselves
    else if (
      !element.contains(above) &&
      !above.contains(element) &&
      !element.labels?.values().some((label) => label.contains(above))
    )
      say(`under ${nameOf(above)}`, element, element.textContent || element.name);
  }
  scrollTo(0, 0);
  return [...found.values()];
};
