/**
 * Lets readers run and change the cells of a page. Nothing is loaded until they do; then one
 * worker (worker.js) serves all pages of a visit, each with a namespace of its own.
 *
 * A page marks its cells: `data-run` can run here, `data-needs="library"` cannot. The room for an
 * answer, `.run-answer`, stands above the cell that defines the function which checks it; such a
 * function says `Right.`, or gives a hint.
 */
(() => {
  const { src, dataset } = document.currentScript;
  const workerAddress = new URL("worker.js", src).href;
  const files = new URL(dataset.files, document.baseURI).href;

  /**
   * What outlives a page: the worker, what it is busy with, and each page's results.
   * @type {{worker: Worker?, busy: object?, ran: Record<string, string[]>,
   *   results: Record<string, object>, preload: string}}
   */
  const visit = (window.pythonVisit ??= {
    worker: null,
    busy: null,
    ran: {}, // by page, the sources of the cells that ran, from the first on
    results: {},
    preload: "",
  });
  const path = dataset.page; // the address may still be that of the page before
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

  /** @type {<T extends keyof HTMLElementTagNameMap>(tag: T, properties?: object, ...children: (Node | string)[]) => HTMLElementTagNameMap[T]} */
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  /** Tell a text from another; a changed page must not bring back edits of what it was. */
  function digest(text) {
    let hash = 0;
    for (const letter of text) hash = (Math.imul(hash, 31) + letter.codePointAt(0)) | 0;
    return hash;
  }

  /** The reader's edits: kept by the browser, where that is allowed. */
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

  /** Say something to those who cannot see it. */
  const status = make("p", { className: "run-status", role: "status" });
  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };

  /** A cell that can run: its code, which can be edited, its buttons and its output. */
  class Cell {
    /**
     * @param {string} name what it is called in this script
     * @param {string} label what it is called for those who hear it
     * @param {HTMLElement} root @param {HTMLElement} code
     * @param {number} at how many cells run before it
     * @param {{verb?: string, check?: string}} options what its button says; what follows its code
     */
    constructor(name, label, root, code, at, { verb = "Run", check = "" } = {}) {
      Object.assign(this, { name, label, root, code, at, verb, check });
      Object.assign(this, { past: [], now: -1 }); // for Undo: texts, and which of them is shown
      this.key = `run:${path}#${name}`;
      this.builtHtml = code.innerHTML;
      this.built = this.source;
      this.output = root.querySelector(".cell-output");
      this.own = make("div", { className: "cell-output run-output", hidden: true });
      const above = this.output ?? root.querySelector(".cell-fold") ?? code.closest(".cell-input, .run-input");
      above.after(this.own);
      this.runButton = make("button", { type: "button", className: "run-button" });
      this.resetButton = make("button", { type: "button", className: "run-reset", hidden: true }, "Reset");
      this.resetButton.ariaLabel = `Reset ${label}`;
      this.progress = make("progress", { hidden: true, ariaLabel: "Loading" });
      this.note = make("span", { className: "run-note" });
      this.bar = make("div", { className: "run-bar" }, this.runButton, this.resetButton, this.progress, this.note);
      code.closest(".cell-input, .run-input").append(this.bar);
      this.runButton.onclick = ({ detail }) => {
        if (visit.busy?.target !== this) runCell(this);
        else if (detail < 2) stop(); // a double click only runs
      };
      this.resetButton.onclick = () => this.reset();
      this.showButton();
      this.makeEditable();
      const text = kept.read(this.key, this.built);
      if (text !== undefined) this.code.textContent = text;
      const result = this.results[name];
      if (result && result.source === this.source) this.restore(result);
      this.remember();
      this.changed();
    }

    get results() {
      return (visit.results[path] ??= {});
    }

    get text() {
      return this.code.querySelector("br, div") ? this.code.innerText : this.code.textContent;
    }

    get source() {
      return this.text.trimEnd();
    }

    /** Make the code a text field that keeps its colours. */
    makeEditable() {
      const { code } = this;
      try {
        code.contentEditable = "plaintext-only";
      } catch {
        code.contentEditable = "true"; // in older browsers
      }
      Object.assign(code, { role: "textbox", ariaMultiLine: "true", spellcheck: false, tabIndex: 0 });
      code.ariaLabel = `Code of ${this.label}`;
      code.setAttribute("aria-description", "Shift and Enter runs it. Escape leaves it.");
      code.setAttribute("autocapitalize", "off");
      let typing = false; // until then Tab moves on, as it does everywhere
      const insert = (text) => document.execCommand("insertText", false, text);
      code.addEventListener("pointerdown", () => (typing = true));
      code.addEventListener("blur", () => (typing = false));
      code.addEventListener("input", ({ inputType }) => {
        typing = true;
        this.remember(inputType === "insertText");
        this.edited();
      });
      // From a menu; the browser's own would go on with other cells.
      code.addEventListener("beforeinput", (event) => {
        if (!event.inputType.startsWith("history")) return;
        event.preventDefault();
        this.travel(event.inputType === "historyUndo" ? -1 : 1);
      });
      code.addEventListener("keydown", (event) => {
        const { key, shiftKey, ctrlKey, metaKey, isComposing } = event;
        if (isComposing) return;
        const command = ctrlKey || metaKey ? key.toLowerCase() : "";
        if (key === "Enter" && (shiftKey || ctrlKey || metaKey)) runCell(this);
        else if (key === "Enter") insert(`\n${this.indent()}`);
        else if (key === "Tab" && typing && (shiftKey || !getSelection().isCollapsed)) this.shift(shiftKey);
        else if (key === "Tab" && typing) insert("    ");
        else if (command === "z" || command === "y") this.travel(command === "z" && !shiftKey ? -1 : 1);
        else if (key === "Escape") this.runButton.focus();
        else return;
        event.preventDefault();
        event.stopPropagation();
      });
    }

    /** Keep the text as it is now, to come back to. @param {boolean} typed letter by letter */
    remember(typed = false) {
      const before = this.textBeforeCaret();
      const goesOn = typed && this.past[this.now]?.typed && !/\s\S$/.test(before);
      if (!goesOn) this.now += 1; // each word is a step
      this.past.splice(this.now, Infinity, { text: this.text, caret: before.length, typed });
    }

    /** Undo or redo. @param {-1 | 1} step */
    travel(step) {
      const then = this.past[this.now + step];
      if (!then) return;
      this.now += step;
      this.write(then.text, then.caret);
    }

    /** Replace the text, and select what lies between two places. */
    write(text, from, to = from) {
      if (text.trimEnd() === this.built) this.code.innerHTML = this.builtHtml;
      else this.code.textContent = text;
      const place = (offset) => {
        const walker = document.createTreeWalker(this.code, NodeFilter.SHOW_TEXT);
        let node = walker.nextNode();
        for (let rest = offset; node; node = walker.nextNode()) {
          if (rest <= node.length) return [node, rest];
          rest -= node.length;
        }
        return [this.code, this.code.childNodes.length];
      };
      getSelection().setBaseAndExtent(...place(from), ...place(to));
      this.edited();
    }

    /** Indent the selected lines, or take that back. */
    shift(isBack) {
      const { text } = this;
      const end = this.textBeforeCaret().length;
      const from = text.lastIndexOf("\n", end - getSelection().toString().length - 1) + 1;
      const lines = text.slice(from, end).split("\n");
      const moved = lines.map((line) => (isBack ? line.replace(/^ {1,4}/, "") : line && `    ${line}`));
      const block = moved.join("\n");
      this.write(text.slice(0, from) + block + text.slice(end), from, from + block.length);
      this.remember();
    }

    /** The text has changed. */
    edited() {
      this.mark();
      kept.write(this.key, this.built, this.source);
      this.changed();
    }

    /** The text up to the caret, or to the end of what is selected. */
    textBeforeCaret() {
      if (!this.code.contains(getSelection().anchorNode)) return "";
      const before = getSelection().getRangeAt(0).cloneRange();
      before.setStart(this.code, 0);
      return before.toString();
    }

    /** The white space that the next line begins with. */
    indent() {
      const line = this.textBeforeCaret().split("\n").at(-1);
      return line.match(/^\s*/)[0] + (/:\s*$/.test(line) ? "    " : "");
    }

    /** Show that the code differs from the page's, and offer the way back. */
    changed() {
      const edited = this.source !== this.built;
      this.root.classList.toggle("run-edited", edited);
      this.resetButton.hidden = !edited && this.own.hidden;
      age();
    }

    showButton() {
      const running = visit.busy?.target === this;
      this.runButton.textContent = running ? "Stop" : this.verb;
      this.runButton.ariaLabel = `${running ? "Stop" : this.verb} ${this.label}`;
      this.runButton.classList.toggle("run-stop", running);
    }

    /** Mark a line, or none. */
    mark(line) {
      this.code.classList.toggle("run-marked", line !== undefined);
      this.code.style.setProperty("--line", line);
      if (line !== undefined) this.code.closest("details")?.setAttribute("open", "");
    }

    begin() {
      this.mark();
      const shown = this.own.hidden ? this.output : this.own;
      this.own.style.minHeight = `${shown?.offsetHeight ?? 0}px`; // so that nothing jumps meanwhile
      this.waiting = true;
      this.result = { source: this.source, items: [], note: "", error: false };
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
        if (alt && this.source === this.built) {
          this.own.lastElementChild.setAttribute("aria-label", alt.getAttribute("aria-label"));
        }
      } else if (last?.className === `run-${kind}`) {
        last.append(text);
      } else {
        this.own.append(make("pre", { className: `run-${kind}` }, text));
      }
    }

    /** Forget what it was about to put out. */
    breakOff() {
      if (this.waiting) {
        this.open();
        this.own.hidden = true;
        if (this.output) this.output.hidden = this.source !== this.built;
      }
      this.own.style.minHeight = "";
      delete this.results[this.name];
      this.changed();
    }

    /** Say how it ended. */
    end({ error, seconds, versions, before }) {
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
      const next = silent && this.source !== this.built ? ". Run a cell below to see what follows from it" : "";
      this.say(`${first}Your run${silent}: ${how}, with ${versions.join(", ")}${next}.`);
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

    /** @param {...(string | Node)} parts what the line beside the buttons says */
    say(...parts) {
      this.note.replaceChildren(...parts);
    }

    /** A way to this cell, for the line of another. */
    get link() {
      const link = make("button", { type: "button", className: "run-link" }, `Go to ${this.label}`);
      link.onclick = () => {
        this.code.closest("details")?.setAttribute("open", "");
        this.code.focus();
        this.root.scrollIntoView({ block: "center" });
      };
      return link;
    }

    /** Go back to the page's own code and output. */
    reset() {
      if (visit.busy?.queue.includes(this)) stop();
      this.code.innerHTML = this.builtHtml;
      this.remember();
      kept.write(this.key, this.built, this.built);
      delete this.results[this.name];
      this.own.replaceChildren();
      this.own.hidden = true;
      if (this.output) this.output.hidden = false;
      this.mark();
      this.say("");
      if (document.activeElement === this.resetButton) this.runButton.focus();
      this.changed();
      say(`${this.label} is as it was`);
    }
  }

  /** @type {Cell[]} */
  const cells = [];
  /** @type {Cell[]} */
  const answers = [];
  const ran = () => (visit.ran[path] ??= []);

  /** How many cells, from the first on, have run as they stand. */
  function fresh() {
    const index = cells.findIndex((cell, at) => ran()[at] !== cell.source);
    return index < 0 ? cells.length : index;
  }

  /** Tell the readers' outputs that are of code as it stands from those that may differ by now. */
  function age() {
    const from = fresh();
    for (const { at, own, root, source, results, name } of [...cells, ...answers]) {
      const isOld = at > from || results[name]?.source !== source;
      root.classList.toggle("run-old", isOld && Boolean(results[name]) && !own.hidden);
    }
  }

  /** @param {Cell} cell run it, and before it what has not run as it stands */
  function runCell(cell) {
    const from = fresh();
    const above = cells.slice(from, cell.at);
    run([...above, cell], cell);
  }

  /**
   * Run cells in their order. @param {Cell[]} queue
   * @param {Cell} target the one whose button was pressed; it shows how far things are
   */
  function run(queue, target) {
    if (visit.busy) {
      if (visit.busy.target === target) return;
      visit.busy.turnedAway.push([target, target.note.textContent]);
      target.say("Python is busy with another cell: stop that first.");
      return;
    }
    const done = fresh();
    const steps = queue.map(({ at, name, source, check }) => ({
      at,
      name,
      source: source + check,
      keep: !check && at >= done,
    }));
    visit.busy = { path, queue, steps, target, step: -1, turnedAway: [] };
    refresh();
    target.say(visit.worker ? "Running …" : "Loading Python …");
    say(visit.worker ? "Running" : "Loading Python");
    send(steps);
  }

  /** Hear what the worker says. */
  function listen() {
    visit.worker.onmessage = ({ data }) => {
      if (visit.busy) heard[data.kind](data);
      else if (data.kind === "failed") end(); // it came up by itself, and nobody waits for it
    };
  }

  /** Hand steps to the worker, which starts with the first. */
  function send(steps) {
    if (!visit.worker) {
      visit.worker = new Worker(workerAddress, { type: "module" });
      visit.worker.onerror = (event) => failed({ missing: ["worker.js"], reason: event.message });
    }
    listen();
    for (const { source } of steps) {
      if (!visit.preload.includes(source)) visit.preload += `\n${source}`;
    }
    const { preload } = visit;
    visit.worker.postMessage({ files, lock: dataset.lock, page: path, preload, steps });
  }

  /** What the worker says, by its kind. */
  const heard = {
    progress({ what, done, total }) {
      const { target } = visit.busy;
      target.progress.hidden = false;
      Object.assign(target.progress, { max: total, value: done });
      const all = done >= total;
      target.say(all ? `Starting ${what} …` : `Loading ${what}: ${megabytes(done)} of ${megabytes(total)} MB`);
      const part = Math.floor((4 * done) / total) * 25;
      say(all ? `Starting ${what}` : `Loading ${what}, ${megabytes(total)} megabytes: ${part} %`);
    },
    start() {
      const { queue, target, steps } = visit.busy;
      const at = (visit.busy.step += 1);
      target.progress.hidden = true;
      const above = target === page ? "" : " above first";
      const isLast = at === queue.length - 1;
      target.say(isLast ? "Running …" : `Running the cells${above}: ${at + 1} of ${queue.length} …`);
      say("Running");
      if (steps[at].keep) ran().length = Math.min(ran().length, queue[at].at);
      queue[at].begin();
    },
    out: ({ text }) => visit.busy.queue[visit.busy.step].put("out", text),
    err: ({ text }) => visit.busy.queue[visit.busy.step].put("err", text),
    svg: ({ text }) => visit.busy.queue[visit.busy.step].put("svg", text),
    end({ error, reason, marks, seconds, versions }) {
      const { queue, steps, step, target } = visit.busy;
      const cell = queue[step];
      if (steps[step].keep && !error) ran()[cell.at] = steps[step].source;
      cell.end({ error, seconds, versions, before: cell === target ? step : 0 });
      for (const [name, line] of marks) {
        [...cells, ...answers].find((other) => other.name === name)?.mark(line);
      }
      const where = target === page ? "below" : "above";
      if (error && cell !== target) target.say(`A cell ${where} stopped: ${reason.slice(0, 120)} `, cell.link);
      const drawn = cell.own.querySelectorAll("svg").length;
      const printed = [...cell.own.querySelectorAll("pre")].map((pre) => pre.textContent).join("").trim();
      const figures = drawn ? ` ${plural(drawn, "figure")}.` : "";
      say(error ? `Stopped: ${reason}` : `Done.${figures} ${printed.slice(-200)}`.trim());
    },
    idle() {
      const { queue, target, step } = visit.busy;
      if (target === page && step === queue.length - 1) page.say(`Ran ${plural(queue.length, "cell")}.`);
      release();
    },
    failed: (problem) => failed(problem),
  };

  /**
   * Go on with what runs although the page has been put in place anew, as Material does at the
   * first jump within it. @param {object} busy what the page before was busy with
   */
  function adopt(busy) {
    const heir = ({ name }) => [...cells, ...answers].find((cell) => cell.name === name) ?? page;
    const running = busy.queue[busy.step];
    Object.assign(busy, { queue: busy.queue.map(heir), target: heir(busy.target) });
    if (running) {
      heir(running).begin();
      for (const { kind, text } of running.result.items) heir(running).put(kind, text);
    }
    busy.target.say("Running …");
    listen();
    refresh();
  }

  /** Nothing runs any more. */
  function release() {
    const { target, turnedAway = [] } = visit.busy ?? {};
    visit.busy = null;
    if (target) target.progress.hidden = true;
    for (const [cell, note] of turnedAway.reverse()) cell.say(note);
    refresh();
  }

  /** End the worker, and with it all that it knows. */
  function end() {
    visit.busy?.queue[visit.busy.step]?.breakOff();
    if (visit.worker) visit.worker.onmessage = visit.worker.onerror = null; // what is on its way
    visit.worker?.terminate();
    visit.worker = null;
    visit.ran = {};
    release();
  }

  /** End what runs; a new interpreter comes up by itself. */
  function stop(why = "Stopped. Your changes are still here.") {
    const { target } = visit.busy ?? {};
    end();
    target?.say(why);
    say(why);
    send([]);
  }

  /** The worker cannot go on: a file is missing, or Python has crashed. */
  function failed({ missing, reason }) {
    const { target } = visit.busy ?? {};
    if (!missing.length) {
      stop(`Python crashed and starts anew. Your changes are still here. (${reason.split("\n")[0].slice(0, 80)})`);
      return;
    }
    end();
    const why = `${missing.join(", ")} could not be loaded. Run tries again.`;
    target?.say(why);
    say(why);
  }

  /** The row above the first cell; it shows how far things are when all cells run. */
  const page = {
    runButton: make("button", { type: "button", className: "run-button" }),
    resetButton: make("button", { type: "button", className: "run-reset" }, "Reset page"),
    progress: make("progress", { hidden: true, ariaLabel: "Loading" }),
    note: make("span", { className: "run-note" }),
    say: (...parts) => page.note.replaceChildren(...parts),
  };
  page.runButton.onclick = ({ detail }) => {
    if (visit.busy) detail < 2 && stop();
    else run(fresh() < cells.length ? cells.slice(fresh()) : cells, page);
  };
  page.resetButton.onclick = () => {
    const all = [...cells, ...answers];
    const edited = all.filter(({ source, built }) => source !== built).length;
    const question = `This takes back your changes in ${plural(edited, "place")}, answers too. Go on?`;
    if (edited && !confirm(question)) return;
    if (visit.busy) stop();
    for (const cell of all) cell.reset();
    page.say("The page is as it was.");
    say("The page is as it was");
  };
  function refresh() {
    for (const cell of [...cells, ...answers]) cell.showButton();
    page.runButton.textContent = visit.busy ? "Stop" : "Run all";
    page.runButton.classList.toggle("run-stop", Boolean(visit.busy));
    age();
  }

  /** Give an answer its editor. */
  function addAnswer(room, at) {
    const { check, starter } = room.dataset;
    const code = make("code", {}, starter);
    const title = make("p", { className: "run-title" }, "Your answer");
    const input = make("div", { className: "run-input" }, make("div", { className: "run-code" }, code));
    room.append(title, input);
    const options = { verb: "Check", check: `\n\nprint(${check})` };
    answers.push(new Cell(check, `your answer to ${check}`, room, code, at, options));
  }

  if (visit.busy?.path !== path) window.pythonLeave?.();
  document.querySelectorAll(".md-content .cell:is([data-run], [data-needs])").forEach((root, index) => {
    const input = root.querySelector(".cell-input");
    const { needs } = root.dataset;
    if (needs) {
      const text = `Runs in the notebook, not in the browser: it needs ${needs}.`;
      input.append(make("p", { className: "run-bar run-needs" }, text));
      return;
    }
    const at = cells.length;
    cells.push(new Cell(String(index), `cell ${index + 1}`, root, input.querySelector("code"), at));
    const room = root.previousElementSibling;
    if (room?.matches(".run-answer")) addAnswer(room, at + 1);
  });
  const all = document.querySelectorAll(".md-content .cell:is([data-run], [data-needs])").length;
  const what = cells.length === all ? "The code below is" : `${cells.length} of the ${all} cells below are`;
  page.say(`${what} yours to change and run.`);
  const { runButton, resetButton, progress, note } = page;
  document.querySelector(".run-page")?.append(runButton, resetButton, progress, note, status);
  if (visit.busy) adopt(visit.busy);
  else refresh();

  // Instant navigation: whoever leaves while something runs, stops it.
  window.pythonLeave = () => {
    if (visit.busy) end();
    window.pythonLeave = undefined;
  };
  if (!visit.watching) {
    visit.watching = true;
    window.document$?.subscribe(() => {
      if (!document.querySelector(".run-page .run-button")) window.pythonLeave?.();
    });
  }
})();
