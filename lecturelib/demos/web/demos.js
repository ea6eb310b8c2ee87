// The one script of the demos. The build puts the other scripts and the style sheet where the line below says.
window.LectureDemos ??= (() => {
  "use strict";
  /* PARTS */

  const loaded = {}, wanted = {};
  const home = document.currentScript?.src.replace(/[^/]*$/, "") ?? ""; // "" where this script is part of a page

  function unpack(packed) {
    const tensors = Object.entries(packed.tensors).map(([name, tensor]) => [name, decode(tensor)]);
    const digits = packed.digits?.map(({ label, x }) => ({ label, x: bits(x, packed.height * packed.width) }));
    const { model, width, dilations } = packed;
    return { ...packed, digits, weights: { model, width, dilations, ...Object.fromEntries(tensors) } };
  }

  // Fill every waiting place of a demo whose weights are there.
  function start(name) {
    if (!pages[loaded[name]?.page]) return;
    if (!document.getElementById("lecture-demo-style")) {
      const style = document.createElement("style");
      style.id = "lecture-demo-style";
      style.textContent = STYLE;
      document.head.append(style);
    }
    for (const root of document.querySelectorAll(`.lecture-demo[data-demo="${name}"]:not([data-ready])`)) {
      root.dataset.ready = "";
      pages[loaded[name].page](root, loaded[name]);
    }
  }

  // Called by a demo's weights file.
  function add(name, packed) {
    loaded[name] ??= unpack(packed);
    start(name);
  }

  // Promise what another demo's file holds, such as a network; it is loaded once.
  function weightsOf(name) {
    if (loaded[name]) return Promise.resolve(loaded[name]);
    return (wanted[name] ??= new Promise((done, failed) => {
      if (!home) throw new Error(name);
      const script = document.createElement("script");
      Object.assign(script, { src: `${home}${name}.js`, onload: () => done(loaded[name]), onerror: failed });
      document.head.append(script);
    }).catch((error) => { delete wanted[name]; throw error; }));
  }

  const numbers = { logits, logProbs, visit, complete, uniforms, affine, sigmoid, softplus };
  const parts = { heat, paint, inSlices, link, toHex, fromHex };
  const pages = { completion: mountCompletion }; // the other kinds of page have scripts of their own
  return { add, start, loaded, weightsOf, built: BUILT, pages, ...numbers, ...parts };
})();
