/**
 * Lets readers run and change the cells of a page; the page says where Python is. Nothing more is
 * loaded until they do: then one worker serves all pages of a visit.
 *
 * A page marks its cells: `data-run` can run here, `data-needs="library"` cannot. The room for an
 * answer, `.run-answer`, is above the cell that defines the function which checks it; such a
 * function says `Right.`, or gives a hint.
 */
(() => {
  const { src, dataset } = document.currentScript;
  const row = document.querySelector(".run-page");
  if (location.protocol === "file:") {
    // Browsers load neither modules nor data for a file, so there is no Python.
    row.textContent =
      "To run the code on this page, open it from a web server: browsers don't run it from a file. In the folder of the site type “python3 -m http.server”, then open http://localhost:8000.";
    return;
  }
  const files = new URL(dataset.files, document.baseURI).href;
  const hasChoices = document.querySelector(".run-choices, .take-along");
  const modules = hasChoices ? ["page.js", "choices.js"] : ["page.js"];
  Promise.all(modules.map((name) => import(new URL(name, src)))).then(([{ begin }, choices]) => {
    begin({ files, lock: dataset.lock, path: dataset.page }, choices);
  });
})();
