/**
 * Brings explorables to life. Each stands on its page as a static figure with its controls. Once the
 * reader has given a sign of life and is near, the same chart takes the figure's place, drawn from
 * the specification beside it, and follows the controls.
 */
(() => {
  const { vega } = document.currentScript.dataset;
  const address = new URL(vega, document.baseURI).href;

  /** Load Vega, once for all pages; when that fails, the next page tries again. */
  function loadVega() {
    window.vegaLoading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const onerror = () => {
        delete window.vegaLoading;
        reject();
      };
      Object.assign(script, { src: address, onload: resolve, onerror });
      document.head.append(script);
    });
    return window.vegaLoading;
  }

  /** Read what a control is set to; an option stands in its value as JSON. */
  function read({ type, valueAsNumber, checked, value }) {
    if (type === "range") return valueAsNumber;
    return type === "checkbox" ? checked : JSON.parse(value);
  }

  /** Set a control. */
  function write(input, value) {
    if (input.type === "checkbox") input.checked = value;
    else if (input.type === "radio") input.checked = input.value === JSON.stringify(value);
    else input.value = input.type === "range" ? value : JSON.stringify(value);
  }

  /** Let the buttons before a slider move it on by their steps; one of 0 plays it. */
  function wireButtons(row) {
    const slider = row.nextElementSibling.querySelector("input");
    const [low, high] = [Number(slider.min), Number(slider.max)];
    let [playing, stop] = [null, () => {}];
    const moveTo = (value) => {
      slider.valueAsNumber = Math.min(Math.max(value, low), high);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const play = (button) => {
      const label = button.textContent;
      playing = button;
      button.textContent = "Pause";
      if (slider.valueAsNumber === high) moveTo(low);
      const timer = setInterval(() => {
        moveTo(slider.valueAsNumber + 1);
        if (slider.valueAsNumber === high || !slider.isConnected) stop();
      }, 120);
      stop = () => {
        clearInterval(timer);
        button.textContent = label;
        [playing, stop] = [null, () => {}];
      };
    };
    row.addEventListener("click", ({ target }) => {
      const { step } = target.dataset;
      if (!step) return;
      const was = playing;
      stop();
      if (step !== "0") moveTo(slider.valueAsNumber + Number(step));
      else if (target !== was) play(target);
    });
  }

  /**
   * Draw the live chart in the layout that fits.
   * @param {HTMLElement} explorable
   * @param {Record<string, unknown>} set what the reader has set, by the name of the control
   */
  async function draw(explorable, set) {
    const { layouts, shared } = JSON.parse(explorable.querySelector("script").textContent.slice(1, -1));
    const figures = [...explorable.querySelectorAll(".explorable-figure")];
    const figure = figures.find((one) => one.offsetParent) ?? figures[0];
    const layout = figure.classList.contains("narrow") ? "narrow" : "wide";
    const controls = explorable.querySelector(".explorable-controls");
    const state = explorable.querySelector(".explorable-state");
    const live = document.createElement("div");
    live.className = "explorable-live";
    // Parameters that follow the pointer: Vega has handlers of events, Vega-Lite has none for them.
    const patch = (spec) => {
      for (const signal of spec.signals) signal.on ??= shared.usermeta?.on?.[signal.name];
      return spec;
    };
    const { view } = await window.vegaEmbed(
      live,
      { ...layouts[layout], ...shared },
      { mode: "vega-lite", renderer: "svg", actions: false, patch },
    );
    // It is an image with a name and a state. Vega has called it something else.
    live.setAttribute("role", "img");
    live.setAttribute("aria-label", figure.querySelector("svg").getAttribute("aria-label"));
    live.removeAttribute("aria-roledescription");
    live.querySelector("svg").setAttribute("aria-hidden", "true");
    for (const [name, value] of Object.entries(set)) view.signal(name, value);
    await view.runAsync();

    /** Say in words what the chart shows, and what each control is set to. */
    function say() {
      const { signals } = view.getState();
      if (state.textContent !== signals.state) state.textContent = signals.state;
      for (const input of controls.querySelectorAll("[name]")) {
        const value = signals[input.name];
        set[input.name] = value;
        write(input, value);
        if (input.type !== "range") continue;
        const decimals = input.step.split(".")[1]?.length ?? 0;
        const text = signals[`${input.name}_text`] ?? value.toFixed(decimals);
        input.setAttribute("aria-valuetext", text);
        input.parentElement.dataset.value = text;
      }
    }
    figure.querySelector(".explorable-live")?.remove();
    figure.append(live);
    explorable.classList.add("explorable-alive");
    // Where the window can't hold both, the controls stay in sight.
    const height = figure.offsetHeight + controls.offsetHeight;
    explorable.classList.toggle("explorable-tall", height > 0.85 * innerHeight);
    say();
    const names = [...controls.querySelectorAll("[name]")].map(({ name }) => name);
    for (const name of new Set(["state", ...names])) view.addSignalListener(name, say);
    return { view, layout };
  }

  /** Listen to the controls from the start; a chart that is not there yet begins with what they say. */
  function wire(explorable) {
    const set = {};
    let drawn;
    const controls = explorable.querySelector(".explorable-controls");
    controls.addEventListener("input", ({ target }) => {
      set[target.name] = read(target);
      drawn?.view.signal(target.name, set[target.name]).runAsync();
    });
    for (const row of controls.querySelectorAll(".explorable-buttons")) wireButtons(row);
    return async () => {
      try {
        await loadVega();
        drawn = await draw(explorable, set);
      } catch {
        explorable.classList.add("explorable-still");
        return;
      }
      const watcher = new ResizeObserver(async () => {
        if (!explorable.isConnected) {
          watcher.disconnect(); // the reader has gone to another page
          drawn.view.finalize();
          return;
        }
        const narrow = explorable.querySelector(".explorable-figure.narrow").offsetParent;
        if (drawn.layout === (narrow ? "narrow" : "wide")) return;
        drawn.layout = narrow ? "narrow" : "wide";
        drawn.view.finalize();
        drawn = await draw(explorable, set);
      });
      watcher.observe(explorable);
    };
  }

  const explorables = new Map();
  for (const explorable of document.querySelectorAll(".explorable")) explorables.set(explorable, wire(explorable));
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        explorables.get(target)();
      }
    },
    { rootMargin: "400px 0px" },
  );
  // Until somebody moves, a page costs its reader no work.
  const signs = ["focusin", "input", "keydown", "pointerdown", "pointermove", "scroll"];
  const begin = () => {
    for (const sign of signs) removeEventListener(sign, begin, true);
    for (const explorable of explorables.keys()) near.observe(explorable);
  };
  for (const sign of signs) addEventListener(sign, begin, { capture: true, passive: true });
})();
