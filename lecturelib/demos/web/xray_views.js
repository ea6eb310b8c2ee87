// What the x-ray shows: the map of all cells, the text coloured by one of them, and the next characters with and without a change.

/** One of two colours, by sign, as strong as the value: what the style sheet calls --more and --less. */
const tint = (value) => `rgb(var(${value < 0 ? "--less" : "--more"}) / ${Math.min(1, Math.abs(value)).toFixed(2)})`;

// Every row a cell, every column a character; above them the marker. `pick(row, t)` is called for what the reader presses.
/** @param {HTMLElement} host @param {(row: number, t: number) => void} pick */
function cellMap(host, pick) {
  host.innerHTML = `<canvas class="lecture-demo-strip" width="1" height="1" aria-hidden="true"></canvas>
    <div><canvas width="1" height="1" tabindex="0" role="application" aria-roledescription="heat map"
      aria-label="All cells"></canvas><i></i><i></i></div>`;
  const [strip, canvas] = host.querySelectorAll("canvas"), [across, down] = host.querySelectorAll("i");
  let rows = 1, T = 1, row = 0, t = 0, repaint = () => {};

  function paintOn(target, height, valueAt) {
    const style = getComputedStyle(host), colour = (name) => style.getPropertyValue(name).trim().split(/\s+/).map(Number);
    const [more, less] = [colour("--more-strong"), colour("--less-strong")], image = new ImageData(T, height), pixels = image.data;
    for (let r = 0, p = 0; r < height; r += 1) {
      for (let c = 0; c < T; c += 1, p += 4) {
        const value = valueAt(r, c), rgb = value < 0 ? less : more;
        for (let j = 0; j < 3; j += 1) pixels[p + j] = rgb[j];
        pixels[p + 3] = 255 * Math.abs(value);
      }
    }
    Object.assign(target, { width: T, height });
    target.getContext("2d").putImageData(image, 0, 0);
  }

  canvas.addEventListener("click", ({ offsetX, offsetY }) => {
    const place = (offset, size, count) => Math.min(count - 1, Math.max(0, Math.floor((offset / size) * count)));
    pick(place(offsetY, canvas.clientHeight, rows), place(offsetX, canvas.clientWidth, T));
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
      PageUp: [-20, 0], PageDown: [20, 0], Home: [-Infinity, 0], End: [Infinity, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    pick(Math.min(rows - 1, Math.max(0, row + step[0])), Math.min(T - 1, Math.max(0, t + step[1])));
  });
  new MutationObserver(() => repaint()).observe(document.documentElement, { attributes: true }); // light or dark

  return {
    /** @param {Float32Array} values as grid() makes them @param {number[]} order of the cells @param {Float64Array | null} marker */
    show(values, order, marker) {
      rows = order.length;
      T = values.length / rows;
      const most = marker ? marker.reduce((top, one) => Math.max(top, Math.abs(one)), 0) : 0;
      repaint = () => {
        paintOn(canvas, rows, (r, c) => values[order[r] * T + c]);
        if (marker) paintOn(strip, 1, (_, c) => marker[c] / most);
      };
      strip.hidden = !marker;
      repaint();
    },
    mark(nextRow, nextT, said) {
      [row, t] = [nextRow, nextT];
      across.style.top = `${(100 * (row + 0.5)) / rows}%`;
      down.style.left = `${(100 * (t + 0.5)) / T}%`;
      canvas.setAttribute("aria-label", `All cells: arrow up and down chooses a cell, left and right a character. Now ${said}`);
    },
  };
}

/** The text, letter by letter. @param {HTMLElement} panel @param {(t: number) => void} pick */
function colouredText(panel, pick) {
  let spans = [], written = "";
  panel.addEventListener("click", ({ target }) => {
    const t = spans.indexOf(target);
    if (t >= 0) pick(t);
  });
  return {
    /** @param {string[]} text @param {(t: number) => number} valueAt @param {(t: number) => boolean} inside the marker, underlined */
    show(text, valueAt, inside) {
      if (written !== text.join("")) {
        spans = text.map((c) => {
          const span = document.createElement("span");
          span.textContent = c;
          span.classList.toggle("lecture-demo-return", c === "\n");
          return span;
        });
        panel.replaceChildren(...spans);
        written = text.join("");
      }
      spans.forEach((span, t) => {
        span.style.background = tint(valueAt(t));
        span.classList.toggle("lecture-demo-inside", inside(t));
      });
    },
    mark(t) {
      panel.querySelector("[data-at]")?.removeAttribute("data-at");
      spans[t]?.setAttribute("data-at", "");
      const top = spans[t]?.offsetTop ?? 0;
      if (top < panel.scrollTop || top > panel.scrollTop + panel.clientHeight - 24) panel.scrollTop = top - panel.clientHeight / 2;
    },
  };
}

const CHARACTERS_SHOWN = 6;

/** Rows of a table: the likeliest next characters, before and after a change. @param {Float64Array} before log p */
function nextCharacters(before, after, characters, stood) {
  const all = Array.from(before, (one, k) => ({ k, p: Math.exp(one), q: after ? Math.exp(after[k]) : 0 }));
  const shown = all.sort((a, b) => Math.max(b.p, b.q) - Math.max(a.p, a.q)).slice(0, CHARACTERS_SHOWN);
  return shown.map(({ k, p, q }) => {
    const row = document.createElement("tr"), head = document.createElement("th"), bars = document.createElement("td");
    head.scope = "row";
    head.textContent = named(characters[k]) + (k === stood ? " ◂" : "");
    bars.innerHTML = `<i style="--p: ${100 * p}%"></i>${after ? `<i style="--p: ${100 * q}%"></i>` : ""}`;
    bars.setAttribute("aria-hidden", "true");
    row.append(head, bars, ...[p, ...(after ? [q] : [])].map((one) => Object.assign(document.createElement("td"), { textContent: percent(one) })));
    return row;
  });
}
