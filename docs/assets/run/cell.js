/** A cell that can run: its code, its buttons, and what it puts out. */
import { Editor } from "./editor.js";

/** @type {<T extends keyof HTMLElementTagNameMap>(tag: T, properties?: object, ...children: (Node | string)[]) => HTMLElementTagNameMap[T]} */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Say something to those who cannot see it. */
export const status = make("p", { className: "run-status", role: "status" });
export function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

/** Tell texts apart; a changed page must not bring back edits of what it was. */
function digest(text) {
  let hash = 0;
  for (const letter of text) hash = (Math.imul(hash, 31) + letter.codePointAt(0)) | 0;
  return hash;
}

/** The reader's edits, which the browser keeps where it may. */
const kept = {
  read(key, built) {
    try {
      const { of, text } = JSON.parse(localStorage.getItem(key)) ?? {};
      return of === digest(built) ? text : undefined;
    } catch {
      return undefined;
    }
  },
  write(key, built, text) {
    try {
      if (text === built) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify({ of: digest(built), text }));
    } catch {
      // then they last as long as the page
    }
  },
};

/** A button that runs, waits or stops, and beside it how far things are. */
export class Runner {
  /** @param {string} verb what the button does @param {string} what to what, for those who hear it */
  constructor(verb, what, onRun) {
    Object.assign(this, { verb, what });
    this.runButton = make("button", { type: "button", className: "run-button" });
    this.resetButton = make("button", { type: "button", className: "run-reset", hidden: true });
    this.progress = make("progress", { hidden: true, ariaLabel: "Loading" });
    this.note = make("span", { className: "run-note" });
    // A double click only runs.
    this.runButton.onclick = ({ detail }) => detail < 2 && onRun();
    this.showButton("idle");
  }

  /** @param {"idle" | "waiting" | "running"} state */
  showButton(state) {
    const verb = { idle: this.verb, waiting: "Don't run", running: "Stop" }[state];
    this.runButton.textContent = this.isSmall ? "" : verb;
    this.runButton.ariaLabel = `${verb} ${this.what}`;
    this.runButton.title = this.isSmall ? verb : "";
    this.runButton.classList.toggle("run-stop", state === "running");
    this.runButton.classList.toggle("run-waiting", state === "waiting");
  }

  /** @param {...(string | Node)} parts what the line says */
  say(...parts) {
    this.note.replaceChildren(...parts);
  }

  /** Say that a cell has stopped what was to run. */
  sayWhy(reason, cell) {
    this.say(`A cell ${this.isWhole ? "below" : "above"} stopped: ${reason.slice(0, 120)} `, cell.link);
  }

  /** Show how much is done, or that something goes on, or nothing. */
  showProgress(done, total) {
    this.progress.hidden = total === undefined;
    if (done < total) Object.assign(this.progress, { max: total, value: done });
    else this.progress.removeAttribute("value"); // it moves by itself
  }
}

export class Cell extends Runner {
  /**
   * @param {object} page the page that it stands on
   * @param {HTMLElement} root @param {HTMLElement} code
   * @param {string} name its number, or the function that checks it
   * @param {number} at how many cells run before it
   * @param {string} check what follows the code of an answer, to check it
   * @param {Record<string, {source: string}>} [choices] where edits last as long as the page
   */
  constructor(page, root, code, name, at, check = "", choices = undefined) {
    super(check ? "Check" : "Run", check ? `your answer to ${name}` : `cell ${name}`, () => page.pressed(this));
    Object.assign(this, { page, root, code, name, at, check });
    this.input = code.closest(".cell-input, .run-input");
    this.key = `run:${page.path}#${name}`;
    this.kept = choices ? { read: () => choices[name]?.source, write: (_, __, source) => Object.assign((choices[name] ??= {}), { source }) } : kept;
    this.output = root.querySelector(".cell-output");
    this.own = make("div", { className: "cell-output run-output", hidden: true });
    const fold = root.querySelector(".cell-fold");
    (this.output ?? fold ?? this.input).after(this.own);
    this.editor = new Editor(code);
    const result = this.results[name];
    // A helper that is folded and shows nothing runs along, and asks for no attention.
    if (!fold || this.output || check) this.offer(fold);
    if (result?.source === this.source) this.restore(result);
    this.showChange();
  }

  /** Let the reader change and run it. @param {HTMLElement?} fold what its code is folded in */
  offer(fold) {
    const text = this.kept.read(this.key, this.built);
    if (text !== undefined) this.editor.show(text);
    this.editor.open(this.what, {
      edited: () => this.edited(),
      run: () => this.page.pressed(this),
      leave: () => this.runButton.focus(),
    });
    this.resetButton.onclick = () => this.reset();
    this.resetButton.ariaLabel = `Reset ${this.what}`;
    const buttons = make("div", { className: "run-buttons" }, this.runButton, this.resetButton);
    const bar = make("div", { className: "run-bar" }, this.progress, this.note);
    (fold ?? this.input).after(bar);
    if (this.check) {
      this.resetButton.textContent = "Reset";
      bar.prepend(buttons);
      return;
    }
    this.isSmall = true;
    this.resetButton.title = "Reset";
    this.showButton("idle");
    if (!fold) {
      this.input.append(buttons);
      return;
    }
    // In a fold's line, not inside: what it draws is seen with the fold closed.
    const line = make("div", { className: "run-fold" });
    fold.replaceWith(line);
    line.append(fold, buttons);
  }

  get results() {
    return this.page.results;
  }

  get source() {
    return this.editor.source;
  }

  get built() {
    return this.editor.built;
  }

  get isEdited() {
    return this.source !== this.built;
  }

  /** The text has changed. */
  edited() {
    this.editor.mark();
    this.kept.write(this.key, this.built, this.source);
    this.choices?.draw();
    this.changed();
  }

  /** Show that the code differs from the page's, and offer the way back. */
  showChange() {
    this.root.classList.toggle("run-edited", this.isEdited);
    this.resetButton.hidden = !this.isEdited && this.own.hidden;
  }

  changed() {
    this.showChange();
    this.page.age();
  }

  begin() {
    this.editor.mark();
    const shown = this.own.hidden ? this.output : this.own;
    this.own.style.minHeight = `${shown?.offsetHeight ?? 0}px`; // so that nothing jumps meanwhile
    this.waiting = true;
    this.result = { source: this.source, items: [], note: "" };
  }

  /** Let the reader's output take the place of the page's. */
  open() {
    if (!this.waiting) return;
    this.waiting = false;
    this.own.replaceChildren();
    this.own.hidden = false;
    if (this.output) this.output.hidden = true;
  }

  /** Add to the output. */
  put(kind, text) {
    this.open();
    this.result?.items.push({ kind, text });
    const last = this.own.lastElementChild;
    if (kind === "svg") {
      this.own.insertAdjacentHTML("beforeend", text);
      const alt = this.output?.querySelectorAll("svg")[this.own.querySelectorAll("svg").length - 1];
      if (alt && !this.isEdited) {
        this.own.lastElementChild.setAttribute("aria-label", alt.getAttribute("aria-label"));
      }
    } else {
      const pre = last?.matches(`.run-${kind}`) ? last : make("pre", { className: `run-${kind}` });
      if (pre !== last) this.own.append(pre);
      pre.append(text);
      if (kind === "out" && /\S {2,}\S/.test(text)) pre.classList.add("columns");
    }
  }

  /** Forget what it was about to put out. */
  breakOff() {
    if (this.waiting) {
      this.open();
      this.own.hidden = true;
      if (this.output) this.output.hidden = this.isEdited;
    }
    this.own.style.minHeight = "";
    delete this.results[this.name];
    this.changed();
  }

  /** Say how it ended. @param {{before: number, isTarget: boolean}} result how many cells ran for it before */
  end({ error, seconds, versions, before, isTarget }) {
    const isNameless = this.check && /^NameError/m.test(error);
    if (error) this.put("error", isNameless ? `${error}\nThe check runs ${this.name}.` : error);
    this.open();
    this.own.style.minHeight = "";
    if (!this.own.children.length) this.own.hidden = true;
    this.praise();
    const time = seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0);
    const first = before ? `First ran the ${before === 1 ? "cell" : `${before} cells`} above. ` : "";
    const silent = this.own.hidden ? ", which printed nothing" : "";
    const how = error ? "stopped by an error" : `${time} s`;
    const next = silent && this.isEdited ? ". Run a cell below to see what follows from it" : "";
    // When more than it was asked for, its controls say what there is to say.
    if (!this.choices || error || isTarget) this.say(`${first}Your run${silent}: ${how}, with ${versions.join(", ")}${next}.`);
    this.results[this.name] = { ...this.result, note: this.note.textContent };
    this.changed();
  }

  /** Mark an answer that is right. */
  praise() {
    this.own.classList.toggle("run-right", Boolean(this.check) && /^Right\.\s*$/m.test(this.own.textContent));
  }

  restore({ items, note }) {
    this.waiting = true;
    for (const { kind, text } of items) this.put(kind, text);
    this.praise();
    if (!items.length && this.output) this.output.hidden = true;
    this.say(note);
  }

  /** Show its number: a message names it. */
  showNumber() {
    if (!this.check) this.root.dataset.number = this.name;
  }

  /** A way to this cell, for the line of another. */
  get link() {
    this.showNumber();
    const link = make("button", { type: "button", className: "run-link" }, `Go to ${this.what}`);
    link.onclick = () => {
      this.code.closest("details")?.setAttribute("open", "");
      this.code.focus();
      this.root.scrollIntoView({ block: "center" });
    };
    return link;
  }

  /** Go back to the page's own code and output. */
  reset() {
    this.page.stopIfRunning(this);
    this.editor.show(this.editor.builtText);
    this.editor.remember();
    this.editor.mark();
    this.kept.write(this.key, this.built, this.built);
    this.choices?.reset();
    delete this.results[this.name];
    this.own.replaceChildren();
    this.own.hidden = true;
    if (this.output) this.output.hidden = false;
    this.say("");
    if (document.activeElement === this.resetButton) this.runButton.focus();
    this.changed();
    say(`${this.what} is as it was`);
  }
}
