// One of several pictures at a time. They lie in the page; all but one are hidden.
(() => {
  const SECONDS = 0.8; // that a picture stays while it plays

  function start(root) {
    const images = [...root.querySelectorAll("img")], last = images.length - 1;
    const first = images.findIndex(image => !image.hidden);
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    root.querySelector("[data-note]").outerHTML = `
      <div class="lecture-demo-row">
        <button type="button" style="min-width: 6rem"></button>
        <label>Picture <span aria-hidden="true"><span data-out="count"></span>: <b data-out="label"></b></span>
          <input type="range" min="0" max="${last}" value="${first}"></label>
      </div>`;
    const slider = root.querySelector("input"), button = root.querySelector("button");
    let timer = 0;

    function draw() {
      const k = Number(slider.value), { label } = images[k].dataset;
      images.forEach((image, n) => { image.hidden = n !== k; });
      root.querySelector("[data-out=count]").textContent = `${k + 1} of ${images.length}`;
      root.querySelector("[data-out=label]").textContent = label;
      slider.setAttribute("aria-valuetext", label);
      button.textContent = still.matches ? "Next" : timer ? "Pause" : "Play";
    }

    function stop() {
      clearInterval(timer);
      timer = 0;
      draw();
    }

    function step() {
      if (!root.isConnected) return stop();
      slider.value = Number(slider.value) === last ? 0 : Number(slider.value) + 1;
      return Number(slider.value) === last ? stop() : draw();
    }

    button.addEventListener("click", () => {
      if (timer) return stop();
      if (!still.matches) timer = setInterval(step, 1000 * SECONDS);
      return step();
    });
    slider.addEventListener("input", stop);
    still.addEventListener("change", stop);
    draw();
  }

  for (const root of document.querySelectorAll(".lecture-demo[data-frames]:not([data-ready])")) {
    root.dataset.ready = "";
    start(root);
  }
})();
