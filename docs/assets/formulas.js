/** A formula, table or output that is wider than its room scrolls: then the keyboard reaches it, and only then. */
(() => {
  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document.fonts.ready.then(() => {
    for (const formula of document.querySelectorAll(".formula, .long-formula, pre.columns")) watcher.observe(formula);
  });
})();
