/** The style sheet shows what a term means on hover and focus: above it, low in the window. */
for (const event of ["focusin", "pointerover"]) {
  document.addEventListener(event, ({ target }) => {
    const term = target.closest?.("a.term");
    term?.classList.toggle("low", term.getBoundingClientRect().bottom > 0.75 * innerHeight);
  });
}

/** Escape puts that away. */
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const term of document.querySelectorAll("a.term:is(:focus, :hover)")) {
    term.classList.add("dismissed");
    for (const leave of ["blur", "pointerleave"]) {
      term.addEventListener(leave, () => term.classList.remove("dismissed"), { once: true });
    }
  }
});
