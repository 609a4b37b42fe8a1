/** A page whose code readers run and change: its cells, its answers, and the row that runs all. */
import { Cell, Runner, make, say, status } from "./cell.js";
import { coloured } from "./colours.js";
import * as python from "./python.js";

const CELLS = ".md-content .cell:is([data-run], [data-needs])";

class Page extends Runner {
  isWhole = true;

  /**
   * @param {{files: string, lock: string, path: string}} facts where Python is, and which page this is
   * @param {typeof import("./choices.js").Choices} [Choices] on a page where something can be chosen
   */
  constructor(facts, Choices) {
    super("Run all", "the cells of this page", () => python.press(this));
    Object.assign(this, facts, { cells: [], answers: [], controls: [] });
    const roots = [...document.querySelectorAll(CELLS)];
    roots.forEach((root, index) => root.dataset.needs || this.add(root, String(index + 1), Choices));
    this.resetButton.textContent = "Reset page";
    this.resetButton.onclick = () => this.reset();
    const row = document.querySelector(".run-page");
    this.say(row.dataset.note);
    row.append(this.runButton, this.resetButton, this.progress, this.note, status);
  }

  /** Add a cell, and its controls, and the answer that it checks. */
  add(root, name, Choices) {
    const at = this.cells.length;
    const room = root.previousElementSibling;
    const isChosen = room?.matches(".run-choices");
    const cell = new Cell(this, root, root.querySelector(".cell-input code"), name, at, "", isChosen && this.choices);
    this.cells.push(cell);
    if (isChosen) this.controls.push((cell.choices = new Choices(this, cell, room)));
    if (!room?.matches(".run-answer")) return;
    const { check, starter } = room.dataset;
    const code = make("code", { innerHTML: coloured(`${starter}\n`) });
    const input = make("div", { className: "run-input highlight" }, make("div", { className: "run-code" }, code));
    room.append(make("p", { className: "run-title" }, "Your answer"), input);
    this.answers.push(new Cell(this, room, code, check, at + 1, `\n\nprint(${check})`));
  }

  get all() {
    return [...this.cells, ...this.answers];
  }

  /** All that has a button. */
  get runners() {
    return [...this.all, ...this.controls, this];
  }

  /** The code of all cells as it is now, also of those that can't run here. */
  get sources() {
    const roots = [...document.querySelectorAll(CELLS)];
    return roots.map((root, index) => this.find(String(index + 1))?.source ?? root.querySelector(".cell-input code").textContent.trimEnd());
  }

  get choices() {
    return python.keptOf(this.path).choices;
  }

  get results() {
    return python.keptOf(this.path).results;
  }

  /** How many cells, from the first on, have run as they stand. */
  get fresh() {
    const { ran } = python.keptOf(this.path);
    const index = this.cells.findIndex((cell, at) => ran[at] !== cell.source);
    return index < 0 ? this.cells.length : index;
  }

  /** @param {string} name */
  find(name) {
    return this.runners.find((runner) => runner.name === name);
  }

  pressed(runner) {
    python.press(runner);
  }

  /** What is to run for a runner: before a cell, whatever above it has not run as it stands. */
  plan(target) {
    const { fresh, cells } = this;
    const queue = target.isWhole ? cells.slice(fresh < cells.length ? fresh : 0) : [...cells.slice(fresh, target.at), target];
    const steps = queue.map(({ at, name, source, check, choices }) => ({
      at,
      name,
      source: source + check,
      keep: !check && at >= fresh,
      options: choices?.options,
      known: choices?.known,
    }));
    return { queue, steps };
  }

  /** Tell the reader's outputs that are of code as it stands from those that may differ by now. */
  age() {
    const from = this.fresh;
    for (const { at, own, root, source, name } of this.all) {
      const result = this.results[name];
      root.classList.toggle("run-old", Boolean(result) && !own.hidden && (at > from || result.source !== source));
    }
    this.markValues();
    this.resetButton.hidden = !this.all.some(({ isEdited, own }) => isEdited || !own.hidden);
  }

  /** Numbers in the text stay the built page's: mark those of edited cells. */
  markValues() {
    const edited = new Set(this.cells.filter(({ isEdited }) => isEdited).map(({ name }) => name));
    for (const value of document.querySelectorAll(".value")) {
      value.classList.toggle("value-old", value.dataset.from.split(" ").some((name) => edited.has(name)));
    }
  }

  /** Show on each button what it does now. */
  refresh() {
    for (const runner of this.runners) runner.showButton(python.stateOf(runner));
    this.age();
  }

  /** Mark the lines that an error came through. @param {[string, number][]} marks */
  mark(marks, cell) {
    for (const [name, line] of marks) {
      const found = this.find(name);
      found?.editor.mark(line);
      if (found !== cell) found?.showNumber();
    }
  }

  stopIfRunning(cell) {
    if (python.runs(cell)) python.stop();
  }

  /** Go back to the page as it was built. */
  reset() {
    const edited = this.all.filter(({ isEdited }) => isEdited).length;
    const places = edited === 1 ? "one place" : `${edited} places`;
    if (edited && !confirm(`This takes back your changes in ${places}, answers too. Go on?`)) return;
    if (python.isBusy()) python.stop();
    for (const cell of this.all) cell.reset();
    python.forget();
    this.say("The page is as it was.");
    say("The page is as it was");
  }
}

let isWatching = false;

/**
 * @param {{files: string, lock: string, path: string}} facts
 * @param {typeof import("./choices.js")} [choices] on a page where something can be chosen
 */
export function begin(facts, choices) {
  const page = new Page(facts, choices?.Choices);
  choices?.offerCode(page);
  python.open(page);
  page.refresh();
  if (isWatching) return;
  isWatching = true;
  // Instant navigation: whoever leaves while something runs, stops it.
  window.document$?.subscribe(() => document.querySelector(".run-page") || python.leave());
}
