/**
 * The one Python of a visit: what runs in its worker (worker.js), what waits its turn, and what it
 * says. A request comes from a runner, which has a button and a line: a cell, or a whole page.
 */
import { say } from "./cell.js";

const workerAddress = new URL("worker.js", import.meta.url).href;
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** @type {Worker?} */
let worker = null;
let isReady = false; // it has started, and runs what it gets
let again = ""; // said while a new one starts after a stop
let preload = ""; // all code that was to run: what it imports is loaded at once
/** @type {{page: object, target: object, queue: object[], steps: object[], step: number}?} */
let busy = null;
/** @type {object[]} the runners that wait their turn */
let waiting = [];
/** @type {object?} the page that is open */
let page = null;
/** By page: the sources of the cells that ran, from the first on, what each has put out, and choices. */
const kept = {};
/** @type {Record<string, ArrayBuffer>} by name: the files that the reader has handed over */
let handed = {};
/** @type {Set<string>} those that the worker does not have yet */
let unsent = new Set();

/** @param {string} path */
export const keptOf = (path) => (kept[path] ??= { ran: [], results: {}, choices: {} });
export const runs = (cell) => Boolean(busy?.queue.includes(cell));
export const isBusy = () => Boolean(busy);

/** What a runner's button shows. */
export function stateOf(runner) {
  if (busy?.target === runner || (busy && runner === page)) return "running";
  return waiting.includes(runner) ? "waiting" : "idle";
}

/** A runner's button was pressed: run, or stop what runs, or wait, or wait no longer. */
export function press(runner) {
  const state = stateOf(runner);
  if (state === "running") stop();
  else if (state === "waiting") {
    waiting = waiting.filter((other) => other !== runner);
    runner.say("");
  } else if (busy) {
    waiting.push(runner);
    runner.say("Waits its turn …");
    say("It waits its turn");
  } else begin(runner);
  page.refresh();
}

/** Run for a runner with what is new: now, or as soon as the step that runs has ended. */
export function renew(runner) {
  if (!busy) {
    press(runner);
    return;
  }
  if (!waiting.includes(runner)) waiting.push(runner);
  worker.postMessage({ enough: true });
  page.refresh();
}

/** Keep a file for the cells of a page; those from one on have not seen it. @param {ArrayBuffer} bytes */
export function hand(name, bytes, at) {
  handed[name] = bytes;
  unsent.add(name);
  const { ran } = keptOf(page.path);
  ran.length = Math.min(ran.length, at);
}

/** Take back the files that the reader has handed over: all cells run as if for the first time. */
export function forget() {
  unsent = new Set(Object.keys(handed));
  handed = {};
  if (unsent.size) keptOf(page.path).ran.length = 0;
}

function begin(target) {
  const { queue, steps } = page.plan(target);
  busy = { page, target, queue, steps, step: -1 };
  const loading = again ? "Starting Python again" : "Loading Python";
  target.say(isReady ? "Running …" : `${loading} …`);
  target.showProgress(0, isReady ? undefined : 0);
  say(isReady ? "Running" : loading);
  send(steps);
}

/** Hand steps to the worker, which starts with the first. */
function send(steps) {
  if (!worker) {
    worker = new Worker(workerAddress, { type: "module" });
    worker.onmessage = ({ data }) => heard[data.kind](data);
    worker.onerror = ({ message }) => failed({ missing: ["worker.js"], blocked: [], reason: message ?? "" });
  }
  for (const { source } of steps) {
    if (!preload.includes(source)) preload += `\n${source}`;
  }
  const news = [...unsent].map((name) => ({ name, bytes: handed[name] }));
  unsent.clear();
  worker.postMessage({ files: page.files, lock: page.lock, page: page.path, preload, steps, handed: news });
}

/** The cell that runs now. */
const current = () => busy?.queue[busy.step];

/** What the worker says, by its kind. It also starts when nobody waits for it, after a stop. */
const heard = {
  progress({ what, done, total }) {
    if (!busy) return;
    const { target } = busy;
    const all = done >= total;
    target.showProgress(done, total);
    target.say(all ? `Starting ${what}${again} …` : `Loading ${what}: ${megabytes(done)} of ${megabytes(total)} MB`);
    const part = Math.floor((4 * done) / total) * 25;
    say(all ? `Starting ${what}` : `Loading ${what}, ${megabytes(total)} megabytes: ${part} %`);
  },
  ready() {
    isReady = true;
    again = "";
  },
  start() {
    const { queue, target, steps } = busy;
    const at = (busy.step += 1);
    target.showProgress();
    const above = target.isWhole ? "" : " above first";
    const isLast = at === queue.length - 1;
    target.say(isLast ? "Running …" : `Running the cells${above}: ${at + 1} of ${queue.length} …`);
    say("Running");
    const { ran } = keptOf(page.path);
    if (steps[at].keep) ran.length = Math.min(ran.length, queue[at].at);
    queue[at].begin();
  },
  choices({ source, entries }) {
    const step = busy.steps[busy.step];
    const cell = current();
    if (cell.source === step.source) cell.choices.take(source, entries); // or the reader has chosen anew meanwhile
    step.source = source;
  },
  out: ({ text }) => current().put("out", text),
  err: ({ text }) => current().put("err", text),
  svg: ({ text }) => current().put("svg", text),
  end({ error, reason, marks, seconds, versions }) {
    const { steps, step, target } = busy;
    const cell = current();
    if (steps[step].keep && !error) keptOf(page.path).ran[cell.at] = steps[step].source;
    const isTarget = cell === target;
    cell.end({ error, seconds, versions, before: isTarget ? step : 0, isTarget });
    page.mark(marks, cell);
    if (error && cell !== target) target.sayWhy(reason, cell);
    const drawn = cell.own.querySelectorAll("svg").length;
    const printed = [...cell.own.querySelectorAll("pre")].map((pre) => pre.textContent).join("").trim();
    const figures = drawn ? ` ${plural(drawn, "figure")}.` : "";
    say(error ? `Stopped: ${reason}` : `Done.${figures} ${printed.slice(-200)}`.trim());
  },
  idle() {
    if (!busy) return;
    const { queue, target, step } = busy;
    if (target.isWhole && step === queue.length - 1) target.say(`Ran ${plural(queue.length, "cell")}.`);
    release();
    const next = waiting.shift();
    if (next) begin(next);
    page.refresh();
  },
  failed,
};

/** Nothing runs any more. */
function release() {
  busy?.target.showProgress();
  busy = null;
}

/** End the worker, and with it all that it knows and all that waits for it. */
function end() {
  current()?.breakOff();
  if (worker) worker.onmessage = worker.onerror = null; // what is on its way
  worker?.terminate();
  [worker, isReady] = [null, false];
  unsent = new Set(Object.keys(handed));
  for (const { ran } of Object.values(kept)) ran.length = 0;
  for (const runner of waiting) runner.say("");
  waiting = [];
  release();
  page?.refresh();
}

/** End what runs; a new interpreter comes up by itself. */
export function stop(why = "Stopped. Your changes are still here.") {
  const target = busy?.target;
  end();
  target?.say(why);
  say(why);
  again = " again";
  send([]);
}

/** The worker cannot go on: a file is missing, the site forbids what it needs, or Python has crashed. */
function failed({ missing, blocked, reason }) {
  const target = busy?.target;
  if (!missing.length && !blocked.length && target) {
    stop(`Python crashed and starts anew. Your changes are still here. (${reason.split("\n")[0].slice(0, 80)})`);
    return;
  }
  end();
  const why = blocked.length
    ? `This site's Content-Security-Policy keeps Python from starting: it lacks ${blocked.join(" and ")}.`
    : `${missing.join(", ")} could not be loaded. Run tries again.`;
  target?.say(why);
  if (target) say(why);
}

/**
 * A page is open. What runs on another page is ended; what runs on this one goes on although the page
 * has been put in place anew, as Material does at the first jump within it.
 */
export function open(opened) {
  const before = page;
  page = opened;
  if (!busy) return;
  if (before.path !== opened.path) {
    end();
    return;
  }
  const heir = (runner) => (runner === before ? opened : opened.find(runner.name));
  const running = current();
  Object.assign(busy, { page, queue: busy.queue.map(heir), target: heir(busy.target) });
  waiting = waiting.map(heir);
  for (const runner of waiting) runner.say("Waits its turn …");
  if (running) {
    current().begin();
    for (const { kind, text } of running.result.items) current().put(kind, text);
  }
  busy.target.say("Running …");
}

// The worker says what it is refused; that it may not start at all, only the page hears.
document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
  if (effectiveDirective === "worker-src") failed({ missing: [], blocked: ["'self' in worker-src"], reason: "" });
});

/** The reader has left for a page without code. */
export function leave() {
  if (busy) end();
}
