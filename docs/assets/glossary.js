/** The style sheet shows what a term means on hover and focus: above it, low in the window. */
for (const event of ["focusin", "pointerover"]) {
  document.addEventListener(event, ({ target }) => {
    const term = target.closest?.("a.term");
    term?.classList.toggle("low", term.getBoundingClientRect().bottom > 0.75 * innerHeight);
  });
}

/** Where nothing hovers, the first tap explains; a second, or one on the explanation, follows. */
let touched = false;
document.addEventListener("pointerdown", ({ pointerType }) => (touched = pointerType !== "mouse"), true);
document.addEventListener(
  "click",
  (event) => {
    const term = event.target.closest?.("a.term");
    const explains = touched && term && !term.classList.contains("open");
    if (explains) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    for (const open of document.querySelectorAll("a.term.open")) open.classList.remove("open");
    term?.classList.toggle("open", Boolean(explains));
  },
  true,
);

/** Escape puts that away. */
document.addEventListener("keydown", ({ key }) => {
  touched = false;
  if (key !== "Escape") return;
  for (const term of document.querySelectorAll("a.term:is(:focus, :hover, .open)")) {
    term.classList.remove("open");
    term.classList.add("dismissed");
    for (const leave of ["blur", "pointerleave"]) {
      term.addEventListener(leave, () => term.classList.remove("dismissed"), { once: true });
    }
  }
});
