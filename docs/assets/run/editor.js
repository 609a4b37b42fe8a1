/** Makes code a text field with colours, indentation, and a past of its own. */
import { coloured } from "./colours.js";

export class Editor {
  /** @param {HTMLElement} code */
  constructor(code) {
    Object.assign(this, { code, builtHtml: code.innerHTML, builtText: code.textContent, past: [], now: 0 });
    this.built = this.source;
  }

  /**
   * Let the reader edit. @param {string} label what it is called for those who hear it
   * @param {{edited: () => void, run: () => void, leave: () => void}} on what it calls
   */
  open(label, on) {
    const { code } = this;
    this.on = on;
    try {
      code.contentEditable = "plaintext-only";
    } catch {
      code.contentEditable = "true"; // in older browsers
    }
    Object.assign(code, { role: "textbox", ariaMultiLine: "true", spellcheck: false, tabIndex: 0 });
    code.ariaLabel = `Code of ${label}`;
    code.setAttribute("aria-description", "Shift and Enter runs it. Escape leaves it.");
    code.setAttribute("autocapitalize", "off");
    this.listen();
    this.past = [{ text: this.text, caret: 0, byLetter: false }];
  }

  get text() {
    return this.code.querySelector("br, div") ? this.code.innerText : this.code.textContent;
  }

  get source() {
    return this.text.trimEnd();
  }

  listen() {
    const { code } = this;
    let typing = false; // until then Tab moves on, as it does everywhere
    code.addEventListener("pointerdown", () => (typing = true));
    code.addEventListener("blur", () => (typing = false));
    code.addEventListener("input", ({ inputType, isComposing }) => {
      typing = true;
      if (!isComposing) this.typed(inputType === "insertText");
    });
    code.addEventListener("compositionend", () => this.typed(false));
    code.addEventListener("paste", (event) => {
      event.preventDefault();
      this.insert(event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n"));
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
      if (key === "Enter" && (shiftKey || ctrlKey || metaKey)) this.on.run();
      else if (key === "Enter") this.insert(`\n${this.indent()}`);
      else if (key === "Tab" && typing && (shiftKey || !getSelection().isCollapsed)) this.shift(shiftKey);
      else if (key === "Tab" && typing) this.insert("    ");
      else if (command === "z" || command === "y") this.travel(command === "z" && !shiftKey ? -1 : 1);
      else if (key === "Escape") this.on.leave();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** The browser has changed the text: colour it anew. @param {boolean} byLetter */
  typed(byLetter) {
    const caret = this.textUpTo("end").length;
    this.show(this.text, caret);
    this.select(caret);
    this.remember(byLetter);
    this.on.edited();
  }

  /** Put a text in place of what is selected. */
  insert(text) {
    const [before, upToEnd] = [this.textUpTo("start"), this.textUpTo("end")];
    this.write(before + text + this.text.slice(upToEnd.length), before.length + text.length);
    this.remember();
  }

  /** Replace the text, and select what lies between two places. */
  write(text, from, to = from) {
    this.show(text, to);
    this.select(from, to);
    this.on.edited();
  }

  /** Show a text in its colours. A caret on a last, empty line needs a line break after it. */
  show(text, caret = 0) {
    const whole = text.endsWith("\n") && caret < text.length ? text : `${text}\n`;
    this.code.innerHTML = whole === this.builtText ? this.builtHtml : coloured(whole);
  }

  select(from, to = from) {
    const place = (offset) => {
      const walker = document.createTreeWalker(this.code, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(), rest = offset; node; node = walker.nextNode()) {
        if (rest <= node.length) return [node, rest];
        rest -= node.length;
      }
      return [this.code, this.code.childNodes.length];
    };
    getSelection().setBaseAndExtent(...place(from), ...place(to));
  }

  /** The text up to where the selection starts or ends; the caret is both. */
  textUpTo(edge) {
    const selection = getSelection();
    if (!this.code.contains(selection.anchorNode)) return "";
    const range = selection.getRangeAt(0);
    const before = range.cloneRange();
    before.selectNodeContents(this.code);
    if (edge === "start") before.setEnd(range.startContainer, range.startOffset);
    else before.setEnd(range.endContainer, range.endOffset);
    const copy = before.cloneContents();
    for (const br of copy.querySelectorAll("br")) br.replaceWith("\n");
    return copy.textContent;
  }

  /** Keep the text as it is now, to come back to. @param {boolean} byLetter it was typed letter by letter */
  remember(byLetter = false) {
    const before = this.textUpTo("end");
    const goesOn = byLetter && this.past[this.now]?.byLetter && !/\s\S$/.test(before);
    if (!goesOn) this.now += 1; // each word is a step
    this.past.splice(this.now, Infinity, { text: this.text, caret: before.length, byLetter });
  }

  /** Undo or redo. @param {-1 | 1} step */
  travel(step) {
    const then = this.past[this.now + step];
    if (!then) return;
    this.now += step;
    this.write(then.text, then.caret);
  }

  /** Indent the selected lines, or take that back. */
  shift(isBack) {
    const { text } = this;
    const [start, end] = [this.textUpTo("start").length, this.textUpTo("end").length];
    const from = text.lastIndexOf("\n", start - 1) + 1;
    const lines = text.slice(from, end).split("\n");
    const moved = lines.map((line) => (isBack ? line.replace(/^ {1,4}/, "") : line && `    ${line}`));
    const block = moved.join("\n");
    this.write(text.slice(0, from) + block + text.slice(end), from, from + block.length);
    this.remember();
  }

  /** The white space that the next line begins with. */
  indent() {
    const line = this.textUpTo("start").split("\n").at(-1);
    return line.match(/^\s*/)[0] + (/:\s*(?:#.*)?$/.test(line) ? "    " : "");
  }

  /** Mark a line, or none. */
  mark(line) {
    this.code.classList.toggle("run-marked", line !== undefined);
    this.code.style.setProperty("--run-line", line);
    if (line !== undefined) this.code.closest("details")?.setAttribute("open", "");
  }
}
