/**
 * Controls above a cell of choices, which holds assignments of literals and nothing else. They only edit its
 * text, and run the page from there. What can be chosen Python says, again after every run.
 */
import { Runner, make, say } from "./cell.js";
import * as python from "./python.js";

const WIDTH = 88; // letters in a line, as in choices.py
const WORDS = { True: "true", False: "false", None: "null" };
const TOKEN = /("(?:\\.|[^"\\\n])*")|('(?:\\.|[^'\\\n])*')|\b(True|False|None)\b|^([\p{L}_][\p{L}\p{N}_]*) *= *|,(?=\s*[\]}])/gmu;
const PASTED = "pasted.csv";
const PAUSE = 500; // milliseconds: several boxes are ticked, and then it runs
const megabytes = (bytes) => `${+(bytes / 1e6).toPrecision(2)} MB`;
const isDict = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Read assignments of literals, as JSON would write them; undefined for any other code. */
export function read(source) {
  const json = source.replace(TOKEN, (_, double, single, word, name) => {
    if (single) return `"${single.slice(1, -1).replaceAll("\\'", "'").replace(/(?<!\\)"/g, '\\"')}"`;
    return double ?? WORDS[word] ?? (name ? `,"${name}":` : "");
  });
  try {
    return JSON.parse(`{${json.trim().replace(/^,/, "")}}`);
  } catch {
    return undefined;
  }
}

function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (isDict(value)) return `{${Object.entries(value).map(([key, one]) => `${literal(key)}: ${literal(one)}`).join(", ")}}`;
  const text = JSON.stringify(value);
  return Object.keys(WORDS).find((word) => WORDS[word] === text) ?? text;
}

/** Write an assignment as the page's own code is written. */
export function write(name, value) {
  const line = `${name} = ${literal(value)}`;
  if (line.length <= WIDTH || value === null || typeof value !== "object" || !Object.keys(value).length) return line;
  const items = isDict(value) ? Object.entries(value).map(([key, one]) => `${literal(key)}: ${literal(one)}`) : value.map(literal);
  const [first, last] = isDict(value) ? "{}" : "[]";
  return `${name} = ${first}\n${items.map((item) => `    ${item},\n`).join("")}${last}`;
}

export class Choices extends Runner {
  isWhole = true;

  /** @param {object} page @param {object} cell what it edits @param {HTMLElement} room */
  constructor(page, cell, room) {
    super("Run", "the page with these choices", () => python.press(this));
    Object.assign(this, { page, cell, room, name: `choices ${cell.name}`, options: room.dataset.options });
    this.built = JSON.parse(room.dataset.choices);
    this.form = make("div", { className: "run-controls" });
    this.bar = make("div", { className: "run-bar" }, this.runButton, this.progress, this.note);
    room.append(this.form, this.bar);
    Object.assign(room, { role: "group", ariaLabel: `Choices: ${Object.keys(this.built).join(", ")}` });
    if (Object.values(this.entries).some((entry) => entry.file)) this.takeDrops();
    this.draw();
  }

  /** What the page keeps of it: the text of its cell, and what can be chosen. */
  get kept() {
    return (this.page.choices[this.cell.name] ??= {});
  }

  get entries() {
    return this.kept.entries ?? this.built;
  }

  /** What was suggested when the cell was last seen. */
  get known() {
    return Object.fromEntries(Object.entries(this.entries).map(([name, { chosen }]) => [name, chosen]));
  }

  /** Python has looked again: this is the text now, and this can be chosen. */
  take(source, entries) {
    const { cell } = this;
    if (source !== cell.source) {
      cell.editor.show(source);
      cell.editor.remember();
    }
    cell.result.source = source;
    Object.assign(this.kept, { source, ...(entries && { entries }) });
    cell.changed();
    this.draw();
  }

  /** Choose something: the cell says it, and the page runs from there. */
  choose(name, value, pause = 0) {
    const values = { ...read(this.cell.source), [name]: value };
    const { editor } = this.cell;
    editor.show(Object.entries(values).map((pair) => write(...pair)).join("\n"));
    editor.remember();
    this.cell.edited();
    this.run(pause);
  }

  run(pause = 0) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.page.fresh < this.page.cells.length && python.renew(this), pause);
  }

  /** Draw the controls, and leave the focus where it is. */
  draw() {
    const values = read(this.cell.source);
    const state = JSON.stringify([values, this.entries]);
    if (this.drawn === state) return;
    this.drawn = state;
    const { activeElement } = document;
    const at = this.form.contains(activeElement) ? activeElement.dataset.at : undefined;
    const names = Object.keys(values ?? {}).filter((name) => this.entries[name]);
    const controls = names.map((name) => this.control(name, values[name], this.entries[name]));
    this.form.replaceChildren(...(values ? controls : ["You have written other code than these controls can. Reset brings them back."]));
    if (at !== undefined) this.form.querySelector(`[data-at=${CSS.escape(at)}]`)?.focus({ preventScroll: true });
  }

  control(name, value, entry) {
    const id = `choice-${this.cell.name}-${name}`;
    const label = entry.label ?? name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
    // A reason is of the whole, or of an option each.
    const describe = (element, key = undefined) => {
      const text = isDict(entry.why) ? entry.why[key] : key === undefined && entry.why;
      if (!text) return [element];
      const why = make("small", { className: "run-why", id: key === undefined ? id + "-why" : `${id}-${key}` }, text);
      element.setAttribute("aria-describedby", why.id);
      return [element, why];
    };
    const group = (rows) => describe(make("fieldset", {}, make("legend", {}, label), make("div", { className: "run-many" }, ...rows)));
    const mark = (element, part = "") => Object.assign(element.dataset, { at: `${name} ${part}` }) && element;
    const box = make("div", { className: "run-choice" });
    const others = read(this.cell.source);
    box.hidden = !Object.entries(entry.when ?? {}).every(([other, wanted]) => same(others[other], wanted));
    if (entry.file) box.append(make("label", { htmlFor: id }, label), ...this.fileControls(name, value, entry, id, mark));
    else if (entry.range) {
      const [min, max, step] = entry.range;
      const input = this.field({ type: "number", id, min, max, step }, value, (one) => this.choose(name, one));
      box.append(make("label", { htmlFor: id }, label), ...describe(mark(input)));
    } else if (isDict(entry.options)) {
      const rows = Object.entries(entry.options).map(([key, options], at) => {
        const change = (one) => this.choose(name, { ...value, [key]: one }, PAUSE);
        const field = Array.isArray(options) ? this.select(options, value?.[key], [], change) : this.field({ type: options, step: "any" }, value?.[key], change);
        Object.assign(mark(field, key), { id: `${id}-${at}` });
        return make("div", {}, make("label", { htmlFor: field.id }, key), ...describe(field, key));
      });
      box.append(...group(rows));
    } else if (Array.isArray(entry.chosen)) {
      const rows = entry.options.map((option, at) => {
        const input = make("input", { type: "checkbox", checked: value?.some((one) => same(one, option)) ?? false });
        input.onchange = () => {
          const ticked = [...box.querySelectorAll("input")].map((one) => one.checked);
          this.choose(name, entry.options.filter((_, index) => ticked[index]), PAUSE);
        };
        const [ticked, ...why] = describe(mark(input, String(option)), String(option));
        return make("div", {}, make("label", {}, ticked, make("span", {}, entry.shown?.[at] ?? String(option))), ...why);
      });
      box.append(...group(rows));
    } else {
      const select = this.select(entry.options, value, entry.shown, (one) => this.choose(name, one));
      box.append(make("label", { htmlFor: id }, label), ...describe(mark(Object.assign(select, { id }))));
    }
    return box;
  }

  field(properties, value, onChange) {
    const input = make("input", { ...properties, value: value ?? "", required: true });
    input.onchange = () => input.reportValidity() && onChange(input.type === "number" ? Number(input.value) : input.value);
    return input;
  }

  select(options, value, shown, onChange) {
    const select = make("select", {}, ...options.map((option, at) => make("option", {}, shown?.[at] ?? String(option))));
    select.selectedIndex = options.findIndex((option) => same(option, value));
    select.onchange = () => onChange(options[select.selectedIndex]);
    return select;
  }

  fileControls(name, value, entry, id, mark) {
    const input = make("input", { type: "file", id, accept: entry.file });
    input.onchange = () => input.files[0] && this.hand(name, input.files[0]);
    const area = make("textarea", { id: `${id}-text`, rows: 6, spellcheck: false, wrap: "off" });
    const use = make("button", { type: "button", className: "md-button" }, "Use this text");
    use.onclick = () => area.value.trim() && this.hand(name, new File([area.value], PASTED));
    const keep = make("button", { type: "button", className: "md-button" }, `Save it as ${PASTED}`);
    keep.onclick = () => save(area.value, PASTED);
    const paste = make("details", {}, make("summary", {}, "Or paste a table"), make("label", { htmlFor: area.id }, "The table as text"), mark(area, "text"), mark(use, "use"), " ", keep);
    const now = `Now ${value}. You can drop a file here, too, of ${megabytes(entry.most_bytes)} at most. It stays in this browser.`;
    const why = make("small", { className: "run-why", id: `${id}-why` }, now);
    input.setAttribute("aria-describedby", why.id);
    return [mark(input), why, paste];
  }

  /** Let a file be dropped on the controls. */
  takeDrops() {
    const { room } = this;
    const over = (is) => (event) => {
      event.preventDefault();
      room.classList.toggle("run-over", is);
    };
    room.addEventListener("dragover", over(true));
    room.addEventListener("dragleave", over(false));
    room.addEventListener("drop", (event) => {
      over(false)(event);
      const [file] = event.dataTransfer.files;
      const [name] = Object.entries(this.entries).find(([, entry]) => entry.file);
      if (file) this.hand(name, file);
    });
  }

  /** Hand a file to the cells, under its own name. */
  async hand(name, file) {
    const most = this.entries[name].most_bytes;
    if (file.size > most) {
      this.refuse(`${file.name} has ${megabytes(file.size)}, more than the ${megabytes(most)} that can be taken here. Take a part of its rows.`);
      return;
    }
    let bytes;
    try {
      bytes = await file.arrayBuffer();
    } catch (error) {
      this.refuse(`${file.name} can't be read: ${error.message}`);
      return;
    }
    python.hand(file.name, bytes, this.cell.at);
    this.choose(name, file.name);
  }

  refuse(text) {
    this.say(text);
    this.bar.classList.add("run-refused");
    say(text);
  }

  say(...parts) {
    super.say(...parts);
    this.bar?.classList.remove("run-refused");
  }

  /** What a cell has against these choices is said here, in its own words. */
  sayWhy(reason, cell) {
    const isFull = reason.startsWith("MemoryError");
    const said = isFull ? "This needs more memory than a page gets. Take a part of the rows." : reason.replace(/^\w+(Error|Exception): /, "");
    this.say(`${said} `, cell.link);
    this.bar.classList.add("run-refused");
  }

  /** Go back to what the page was built with. */
  reset() {
    delete this.page.choices[this.cell.name];
    this.say("");
    this.draw();
  }
}

/** Let the browser save a text as a file. */
function save(text, file) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text])), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`Saved ${file}`);
}

/** Offer the page's code as it is now, choices and all, as a script and as a notebook. */
export function offerCode(page) {
  const address = document.querySelector("a[download][href$='.ipynb']").href;
  const name = address.split("/").at(-1).replace(".ipynb", "");
  const current = async () => {
    const notebook = await (await fetch(address)).json();
    const sources = page.sources;
    for (const cell of notebook.cells) {
      if (cell.cell_type === "code") Object.assign(cell, { source: sources.shift(), outputs: [], execution_count: null });
    }
    return notebook;
  };
  const textOf = ({ source }) => (Array.isArray(source) ? source.join("") : source);
  const commented = (text) => text.replace(/^/gm, "# ").replace(/^# $/gm, "#");
  const asScript = ({ cells }) =>
    cells.map((cell) => (cell.cell_type === "code" ? `# %%\n${textOf(cell)}\n` : `# %% [markdown]\n${commented(textOf(cell))}\n`)).join("\n");
  const button = (label, onclick) => make("button", { type: "button", className: "md-button", onclick }, label);
  document.querySelector(".take-along")?.replaceChildren(
    button("Download the script", async () => save(asScript(await current()), `${name}.py`)),
    " ",
    button("Download the notebook", async () => save(JSON.stringify(await current(), null, 1), `${name}.ipynb`)),
  );
}
