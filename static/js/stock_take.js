// A count that is being typed is left alone when the page hears that others counted.
document.addEventListener("input", ({ target }) => {
  target.closest?.("#count-form td")?.setAttribute("hx-morph-skip", "");
});
