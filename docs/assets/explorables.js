/**
 * Brings explorables to life. Each stands on its page as a static figure; when a reader comes
 * near, the same chart takes its place, with controls, drawn from the specification beside it.
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

  /**
   * Put buttons before a slider: each moves it on by so many steps, and one of 0 plays it.
   * @param {HTMLElement} controls
   * @param {string} name of the slider
   * @param {object} steps by the label of the button
   */
  function addButtons(controls, name, steps) {
    const slider = controls.querySelector(`input[name="${name}"]`);
    const [low, high] = [Number(slider.min), Number(slider.max)];
    const row = document.createElement("div");
    row.className = "explorable-buttons";
    row.role = "group";
    row.ariaLabel = name;
    let timer = 0;
    let stop = () => {};
    const moveTo = (value) => {
      slider.valueAsNumber = Math.min(Math.max(value, low), high);
      slider.dispatchEvent(new Event("input"));
    };
    for (const [label, step] of Object.entries(steps)) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: label });
      button.addEventListener("click", () => {
        if (step) {
          stop();
          moveTo(slider.valueAsNumber + step);
        } else if (timer) {
          stop();
        } else {
          stop = () => {
            clearInterval(timer);
            timer = 0;
            button.textContent = label;
          };
          button.textContent = "Pause";
          if (slider.valueAsNumber === high) moveTo(low);
          timer = setInterval(() => {
            moveTo(slider.valueAsNumber + 1);
            if (slider.valueAsNumber === high || !slider.isConnected) stop();
          }, 120);
        }
      });
      row.append(button);
    }
    slider.closest(".vega-bind").before(row);
  }

  /**
   * Draw the live chart in the layout that fits; what the reader has set stays set.
   * @param {HTMLElement} explorable
   * @param {object} values what the reader has set, by the name of the control
   */
  async function draw(explorable, values = {}) {
    const { layouts, shared } = JSON.parse(explorable.querySelector("script").textContent.slice(1, -1));
    const figures = [...explorable.querySelectorAll(".explorable-figure")];
    const figure = figures.find((one) => one.offsetParent) ?? figures[0];
    const layout = figure.classList.contains("narrow") ? "narrow" : "wide";
    const controls = explorable.querySelector(".explorable-controls");
    const state = explorable.querySelector(".explorable-state");
    const live = document.createElement("div");
    live.className = "explorable-live";
    const bind = document.createElement("div");
    // Parameters that follow the pointer: Vega has handlers of events, Vega-Lite has none for them.
    const patch = (spec) => {
      for (const signal of spec.signals) signal.on ??= shared.usermeta?.on?.[signal.name];
      return spec;
    };
    const { view } = await window.vegaEmbed(
      live,
      { ...layouts[layout], ...shared },
      { mode: "vega-lite", renderer: "svg", actions: false, bind, patch },
    );
    // It is an image with a name and a state. Vega has called it something else.
    live.setAttribute("role", "img");
    live.setAttribute("aria-label", figure.querySelector("svg").getAttribute("aria-label"));
    live.removeAttribute("aria-roledescription");
    live.querySelector("svg").setAttribute("aria-hidden", "true");
    for (const [name, value] of Object.entries(values)) view.signal(name, value);
    await view.runAsync();

    /** Say in words what the chart shows, and what each control is set to. */
    function say() {
      const { signals } = view.getState();
      if (state.textContent !== signals.state) state.textContent = signals.state;
      for (const input of controls.querySelectorAll("input[type=range]")) {
        const decimals = input.step.split(".")[1]?.length ?? 0;
        const text = signals[`${input.name}_text`] ?? input.valueAsNumber.toFixed(decimals);
        input.setAttribute("aria-valuetext", text);
        input.parentElement.dataset.value = text;
      }
    }
    controls.replaceChildren(...bind.childNodes);
    for (const group of controls.querySelectorAll(".vega-bind-radio")) {
      group.role = "radiogroup";
      group.ariaLabel = group.previousElementSibling.textContent;
    }
    for (const { name, value } of shared.params) {
      if (name.endsWith("_steps")) addButtons(controls, name.replace("_steps", ""), value);
    }
    figure.querySelector(".explorable-live")?.remove();
    figure.append(live);
    explorable.classList.add("explorable-alive");
    // Where the window can't hold both, the controls stay in sight.
    const height = figure.offsetHeight + controls.offsetHeight;
    explorable.classList.toggle("explorable-tall", height > 0.85 * innerHeight);
    say();
    const names = [...controls.querySelectorAll("input")].map(({ name }) => name);
    for (const name of new Set(["state", ...names])) view.addSignalListener(name, say);
    return { view, layout };
  }

  /** @param {HTMLElement} explorable */
  async function bringToLife(explorable) {
    try {
      await loadVega();
      let { view, layout } = await draw(explorable);
      const watcher = new ResizeObserver(async () => {
        if (!explorable.isConnected) {
          watcher.disconnect(); // the reader has gone to another page
          view.finalize();
          return;
        }
        const narrow = explorable.querySelector(".explorable-figure.narrow")?.offsetParent;
        if (layout === (narrow ? "narrow" : "wide")) return;
        layout = narrow ? "narrow" : "wide";
        const inputs = [...explorable.querySelectorAll(".explorable-controls input")];
        const values = inputs.map(({ name }) => [name, view.signal(name)]);
        view.finalize();
        ({ view } = await draw(explorable, Object.fromEntries(values)));
      });
      watcher.observe(explorable);
    } catch {
      explorable.classList.add("explorable-still");
    }
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        bringToLife(target);
      }
    },
    { rootMargin: "400px 0px" },
  );
  for (const explorable of document.querySelectorAll(".explorable")) near.observe(explorable);
})();
