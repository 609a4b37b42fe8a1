/** What is wider than its room scrolls: code, a formula, an output. Then the keyboard reaches it, and only then. */
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else if (!target.isContentEditable) target.removeAttribute("tabindex");
  }
});
document$.subscribe(async () => {
  await document.fonts.ready;
  watcher.disconnect();
  for (const wide of document.querySelectorAll(".formula, .long-formula, pre.columns, pre > code")) watcher.observe(wide);
});
