(() => {
  const slides = [...document.querySelectorAll(".slide")];
  let now = 0;
  function fit() {
    const scale = Math.min(innerWidth / 1280, innerHeight / 720);
    const [x, y] = [(innerWidth - 1280 * scale) / 2, (innerHeight - 720 * scale) / 2];
    document.documentElement.style.setProperty("--fit", `translate(${x}px, ${y}px) scale(${scale})`);
  }
  function show(k, remember = true) {
    now = Math.max(0, Math.min(slides.length - 1, k));
    slides.forEach((slide, i) => slide.classList.toggle("now", i === now));
    if (remember) history.replaceState(null, "", `#${slides[now].id}`);
  }
  function find() {
    return Math.max(0, slides.findIndex((slide) => `#${slide.id}` === location.hash));
  }
  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in steps) show(now + (event.key === " " && event.shiftKey ? -1 : steps[event.key]));
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else return;
    event.preventDefault();
  });
  addEventListener("click", (event) => {
    if (!event.target.closest("a") && !getSelection().toString()) show(now + (event.clientX < innerWidth / 3 ? -1 : 1));
  });
  addEventListener("hashchange", () => show(find(), false));
  addEventListener("resize", fit);
  /* formulas are measured where they are seen: all slides stay in sight until they are typeset */
  const start = () => {
    document.documentElement.dataset.shown = "";
    fit();
    show(find(), false);
  };
  addEventListener("load", () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(start, start));
})();
