/**
 * Runs Python apart from the page, so that the page stays responsive, and so that ending this
 * worker ends whatever runs. It loads Pyodide when it is told to run the first cell.
 *
 * In:  {files, lock, page, preload, steps: [{at, name, source, keep}], handed: [{name, bytes}]}; the files
 *      that a reader hands over are written before the first step, and those taken back deleted. A step with {options, known} is one of
 *      choices. {enough: true}: no more steps after the one that runs.
 * Out: {kind, ...}: progress while it loads; ready; for each step its start, its choices as they are now,
 *      what it puts out (out or err with text, or svg), and its end; idle when all is done; failed when it
 *      cannot go on.
 */
const MOST_MEMORY = 2 ** 30;
const MOST_TEXT = 200_000;

// Refused more memory, Python raises MemoryError; taking all there is would end the tab.
const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > MOST_MEMORY) throw new RangeError("no more memory");
  return grow.call(this, pages);
};

const browserFetch = self.fetch;
const progress = { what: "", done: 0, total: 0, said: 0 };
/** @type {string[]} what could not be fetched: Pyodide may wait for it for ever, we do not */
const missing = [];
let giveUp;
const lost = new Promise((_, reject) => (giveUp = reject));
/** @type {Set<string>} what the site's Content-Security-Policy has refused, as the policy would allow it */
const blocked = new Set();
/** Not every browser tells of it, and Pyodide would wait for ever. */
function refused(source, directive) {
  blocked.add(`${source} in ${directive.replace("-elem", "")}`);
  const error = new Error(`${source} is not allowed`);
  giveUp(error);
  return error;
}
self.addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) => {
  const kinds = { "wasm-eval": "'wasm-unsafe-eval'", blob: "blob:" };
  refused(kinds[blockedURI] ?? (blockedURI.startsWith("blob:") ? "blob:" : blockedURI), effectiveDirective);
});
/** @type {Promise<object> | undefined} */
let loading;
let isEnough = false;
/** @type {Record<string, Set<string>>} the libraries that each page has imported */
const imported = {};

/** Say how far loading is, not more often than can be seen; but always when a file is there. */
function sayProgress(isWhole = false) {
  if (!isWhole && Date.now() - progress.said < 100) return;
  progress.said = Date.now();
  const { what, done, total } = progress;
  postMessage({ kind: "progress", what, done, total });
}

/** End the work for lack of a file. */
function lose(name) {
  missing.push(name);
  const error = new Error(`${name} could not be loaded`);
  giveUp(error);
  return error;
}

/** Fetch a file that the site holds. */
async function fetchStored(files, name) {
  const response = await browserFetch(files + name, { cache: "force-cache" }).catch(() => null);
  if (response?.ok) return response;
  throw lose(name);
}

/**
 * Fetch a file of the distribution: count its bytes, and unpack it if the site holds it packed.
 * Its address changes with its contents, so what the browser has is always right.
 * @param {string} files @param {Record<string, number>} sizes @param {string} name
 */
async function fetchFile(files, sizes, name) {
  const isPacked = `${name}.packed` in sizes;
  const response = await fetchStored(files, isPacked ? `${name}.packed` : name);
  const count = new TransformStream({
    transform(chunk, controller) {
      progress.done += chunk.length;
      sayProgress();
      controller.enqueue(chunk);
    },
    flush: () => sayProgress(true),
  });
  let body = response.body.pipeThrough(count);
  if (isPacked) body = body.pipeThrough(new DecompressionStream("gzip"));
  const type = name.endsWith(".wasm") ? "application/wasm" : "text/javascript";
  return new Response(body, { headers: { "Content-Type": type } });
}

/** List the packages that some code imports, and what they need, by the lock's names. */
function packagesFor(source, packages) {
  const names = new Set();
  for (const [, from, list] of source.matchAll(/^[ \t]*(?:from\s+(\w+)|import\s+([^#\n]+))/gm)) {
    for (const part of (from ?? list).split(",")) names.add(part.trim().match(/^\w*/)[0]);
  }
  const direct = Object.keys(packages).filter((p) => packages[p].imports.some((i) => names.has(i)));
  const all = new Set(direct);
  for (const name of all) for (const needed of packages[name].depends) all.add(needed);
  return { direct, all: [...all] };
}

/** Start Python, with the packages that the first cells need. */
async function start({ files, lock, preload }) {
  try {
    // The smallest there is. Safari's engine would refuse it only here, and not to `new WebAssembly.Module`.
    await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  } catch {
    throw refused("'wasm-unsafe-eval'", "script-src");
  }
  const text = await (await fetchStored(files, lock)).text();
  const { info, packages, sizes, runner, figures, choices, style } = JSON.parse(text);
  self.fetch = (url, options) => {
    const address = String(url);
    if (address.endsWith(lock)) return Promise.resolve(new Response(text));
    if (!address.startsWith(files)) return browserFetch(url, options);
    return fetchFile(files, sizes, address.slice(files.length));
  };
  const first = packagesFor(preload, packages).all.map((name) => packages[name].file_name);
  const core = Object.keys(sizes).filter((name) => !/\.(whl|zip)$/.test(name) || /stdlib/.test(name));
  progress.what = "Python";
  for (const name of [...core, ...first]) progress.total += sizes[name];
  const [{ loadPyodide }, script] = await Promise.all([
    import(`${files}pyodide.mjs`).catch(() => Promise.reject(lose("pyodide.mjs"))),
    self.fetch(`${files}pyodide.asm.js`).then((found) => found.blob()),
  ]);
  progress.done += sizes["pyodide.mjs"];
  sayProgress(true);
  const address = URL.createObjectURL(script);
  // What loadPyodide would do, from an address of its own; nothing else can keep the browser from it.
  await import(address).catch(() => Promise.reject(refused("blob:", "script-src")));
  URL.revokeObjectURL(address);
  const python = await loadPyodide({
    indexURL: files,
    lockFileURL: files + lock,
    packages: packagesFor(preload, packages).all,
    checkIntegrity: false, // or else nothing is seen of a file until all of it is there
  });
  python.FS.writeFile("/home/pyodide/runner.py", runner);
  python.FS.writeFile("/home/pyodide/figures.py", figures);
  python.FS.writeFile("/home/pyodide/choices.py", choices);
  python.FS.writeFile("/home/pyodide/figures.mplstyle", style);
  // Python then looks now and then whether it is to stop. Nobody tells it to; but WebKit ends a worker
  // only while that runs JavaScript, and what looks is JavaScript.
  python.setInterruptBuffer(new Uint8Array(1));
  const { run, choose } = python.pyimport("runner");
  postMessage({ kind: "ready" });
  return { python, run, choose, info, packages, sizes };
}

/** Load what a cell imports, and has not been loaded yet; name the versions of what it imports. */
async function loadPackages({ python, packages, sizes }, page, source) {
  const { direct, all } = packagesFor(source, packages);
  const lacking = all.filter((name) => !(name in python.loadedPackages));
  if (lacking.length) {
    const names = lacking.filter((name) => direct.includes(name));
    Object.assign(progress, { what: names.join(", "), done: 0 });
    progress.total = lacking.reduce((sum, name) => sum + sizes[packages[name].file_name], 0);
    sayProgress(true);
    await python.loadPackage(lacking, { checkIntegrity: false, messageCallback() {} });
  }
  imported[page] ??= new Set();
  for (const name of direct) imported[page].add(`${name} ${packages[name].version}`);
}

/** Hand on what a cell puts out: in few messages, however many lines it prints, and not endlessly. */
function outlet() {
  let waiting = "";
  let since = 0;
  let posts = 0;
  let length = 0;
  const flush = () => {
    if (waiting) postMessage({ kind: "out", text: waiting });
    waiting = "";
  };
  const put = (kind, text) => {
    if (length > MOST_TEXT) return;
    const room = MOST_TEXT - length;
    if (kind !== "svg") length += text.length;
    if (length > MOST_TEXT) text = `${text.slice(0, room)}\n… and more, which is not shown\n`;
    if (kind !== "out") {
      flush();
      postMessage({ kind, text });
      return;
    }
    waiting += text;
    if (Date.now() - since > 50) [since, posts] = [Date.now(), 0];
    if (posts++ < 20 || length > MOST_TEXT) flush();
  };
  return { put, flush };
}

/** Run the steps of one request, up to the first that fails. */
async function work({ files, lock, page, preload, steps, handed }) {
  isEnough = false;
  loading ??= start({ files, lock, preload });
  const interpreter = await loading;
  const { FS } = interpreter.python;
  for (const { name, bytes } of handed) {
    if (bytes) FS.writeFile(name, new Uint8Array(bytes));
    else if (FS.analyzePath(name).exists) FS.unlink(name);
  }
  for (let { at, name, source, keep, options, known } of steps) {
    await new Promise((resolve) => setTimeout(resolve)); // for a word from the page
    if (isEnough) break;
    await loadPackages(interpreter, page, source);
    postMessage({ kind: "start" });
    if (options) {
      const now = JSON.parse(interpreter.choose(page, at, source, options, JSON.stringify(known)));
      source = now.source;
      postMessage({ kind: "choices", ...now });
    }
    const { put, flush } = outlet();
    const found = interpreter.run(page, at, name, source, keep, put);
    flush();
    const result = found.toJs({ dict_converter: Object.fromEntries });
    found.destroy();
    const versions = [`Python ${interpreter.info.python}`, ...imported[page]];
    postMessage({ kind: "end", ...result, versions });
    if (result.error) break;
  }
}

self.onmessage = async ({ data }) => {
  if (data.enough) {
    isEnough = true;
    return;
  }
  try {
    await Promise.race([work(data), lost]);
    if (data.steps.length) postMessage({ kind: "idle" });
  } catch (error) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // the policy's word comes after the error
    postMessage({ kind: "failed", missing, blocked: [...blocked], reason: String(error.message ?? error) });
  }
};
