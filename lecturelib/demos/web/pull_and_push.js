// The demo of views on a circle, which NT-Xent pulls together and pushes apart. It comes after demos.js. The build puts
// the other scripts and the style sheet where the line below says.
window.LectureDemos.pages.pull_and_push ??= (() => {
  "use strict";
  const { uniforms, link } = window.LectureDemos;
  /* PARTS */

  const LONGEST = 0.7; // radians, of the longest arrow
  const STILL = 1e-3, MOST_STEPS = 2000, A_FRAME = 2; // nats per radian, and steps, at which a run ends; steps a frame

  function mount(root, { title }) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)"), found = linked();
    root.innerHTML = circlePage(title);
    const find = (selector) => root.querySelector(selector), html = (name, value) => { find(`[data-out=${name}]`).innerHTML = value; };
    const svg = find("svg"), say = (words) => { find(".lecture-demo-status").textContent = words; };
    let now, angles, m, draw, fill, latest, before = null, seed = 0, running = null, queued = false, held = null;

    // Put points on the circle; what stood there can be had back.
    function put(next) {
      stop();
      before = angles ? Float64Array.from(angles) : null;
      angles = next;
      if (m !== angles.length) {
        m = angles.length;
        now.view = Math.min(now.view, m - 1);
        draw = circleView(svg, m);
        fill = matrixView(find("table"), m);
        find("[data-in=view]").innerHTML = angles.reduce((all, _, i) => `${all}<option value="${i}">${viewName(i, m)}</option>`, "");
      }
      render();
    }

    const anywhere = (n) => {
      const uniform = uniforms(10 * seed + n);
      return radians(Array.from({ length: 2 * n }, () => Math.floor(360 * uniform())));
    };

    function compute() {
      const temperature = TEMPERATURES[now.temperature], z = onCircle(angles), all = ntXent(z, temperature);
      latest = { ...all, temperature, turns: turning(z, slopes(z, all, temperature, WISHES[now.follow])) };
      latest.longest = latest.turns.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    }

    function move() {
      latest.turns.forEach((turn, i) => { angles[i] -= RATES[now.rate] * turn; });
      compute();
    }

    function render() {
      compute();
      show();
    }

    function show() {
      const { s, p, losses, loss, alignment, uniformity, temperature, turns, longest } = latest, { view } = now, partner = partnerOf(view, m);
      const share = shares(s, view, m, temperature), hardest = share.indexOf(Math.max(...share)), unit = Math.max(longest, 0.05);
      draw(angles, Array.from(turns, (turn) => (-LONGEST * turn) / unit), view, share, losses);
      const rows = Array.from({ length: m }, (_, i) => (now.table === "share" ? shares(s, i, m, temperature)
        : Array.from((now.table === "p" ? p : s).subarray(i * m, (i + 1) * m))));
      fill(rows, losses, view);
      for (const name of ["view", "temperature", "rate", "follow", "table"]) find(`[data-in=${name}]`).value = now[name];
      find("[data-in=n]").value = m / 2;
      [["temperature", temperature], ["rate", RATES[now.rate]]].forEach(([name, value]) => {
        html(name, value);
        find(`[data-in=${name}]`).setAttribute("aria-valuetext", value);
      });
      html("n", m / 2);
      const plus = p[view * m + partner];
      html("view", `finds its partner ${viewName(partner, m)} with p = ${percent(plus)}, l = ${nats(losses[view])} nats. Pull: (1 − p) / τ =
        ${decimal((1 - plus) / temperature)}. Hardest negative: ${viewName(hardest, m)}, cosine ${nats(s[view * m + hardest])}; it gets <b data-out="share">${percent(share[hardest])}</b> of the push.`);
      html("parts", `Loss <b>${nats(loss)}</b> = alignment <b>${nats(alignment)}</b> + uniformity <b>${nats(uniformity)}</b> + ignorance log ${m - 1} =
        <b>${nats(Math.log(m - 1))}</b> nats, means over the ${m} views.`);
      html("longest", `${decimal(longest)} nats per radian`);
      find("[data-act=run]").textContent = running ? "Stop" : calm.matches ? "Run to the end" : "Run";
      find("[data-act=back]").disabled = before?.length !== m;
    }

    function frame() {
      queued = false;
      if (!running || !root.isConnected) return;
      const end = performance.now() + 12;
      let left = calm.matches ? Infinity : A_FRAME;
      do {
        move();
        running.steps += 1;
        if (latest.longest < STILL || running.steps >= MOST_STEPS) return stop();
        left -= 1;
      } while (left > 0 && performance.now() < end);
      if (!calm.matches) show();
      queue();
    }

    function queue() {
      if (!queued) requestAnimationFrame(frame);
      queued = true;
    }

    function stop() {
      if (!running) return;
      const { steps } = running;
      running = null;
      show();
      const { gaps, apart } = spacing(angles);
      const why = latest.longest < STILL ? "The gradient is nearly 0" : steps >= MOST_STEPS ? "It still moves, but slowly" : "Stopped";
      say(`${why}, after ${steps} step${steps === 1 ? "" : "s"}. Partners are at most ${Math.round(apart)}° apart; the gaps between images: ${gaps.join("°, ")}°.`);
    }

    const ACTS = {
      step() {
        stop();
        before = Float64Array.from(angles);
        move();
        show();
        say(`Each point has turned by ${RATES[now.rate]} times its gradient. The loss is ${nats(latest.loss)} nats now.`);
      },
      run() {
        if (running) return stop();
        if (latest.longest < 1e-9) return say("The gradient is 0, and nothing moves. Move a point a little.");
        before = Float64Array.from(angles);
        running = { steps: 0 };
        show();
        queue();
      },
      back() { if (before) put(before); },
      again() {
        seed += 1;
        put(anywhere(m / 2));
      },
      point() { put(radians(new Array(m).fill(90))); },
      chapter() {
        now.temperature = TEMPERATURES.indexOf(0.5);
        put(radians(CHAPTER));
      },
      reset() {
        [now, seed] = [{ ...START }, 0];
        put(radians(POINTS));
        before = null;
        show();
      },
      link() {
        stop();
        say(link.write(NAME, [...Object.values(now), ...Array.from(angles, (one) => degreesOf(one).toFixed(2))].join("_")));
      },
    };
    root.addEventListener("click", (event) => {
      const act = event.target.closest("button")?.dataset.act;
      if (act) say("");
      ACTS[act]?.();
    });
    root.addEventListener("input", ({ target }) => {
      const name = target.dataset.in;
      if (name === "n") return put(Number(target.value) === POINTS.length / 2 ? radians(POINTS) : anywhere(Number(target.value)));
      now[name] = name in CHOICES ? target.value : Number(target.value);
      return render();
    });

    // Points are turned by hand: the nearest one to the pointer, until it is lifted; or the one that has the focus, by keys.
    function turn(i, angle) {
      stop();
      say("");
      angles[i] = angle;
      now.view = i;
      render();
    }
    svg.addEventListener("pointerdown", (event) => {
      if (!event.target.closest(".lecture-demo-point")) return;
      const [x, y] = under(svg, event), far = (i) => Math.hypot(x - laneOf(i, m) * Math.cos(angles[i]), y - laneOf(i, m) * Math.sin(angles[i]));
      held = Array.from(angles.keys()).reduce((best, i) => (far(i) < far(best) ? i : best), 0);
      before = Float64Array.from(angles);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
      svg.querySelector(`[data-view="${held}"]`).focus({ preventScroll: true });
    });
    svg.addEventListener("pointermove", (event) => {
      if (held !== null) turn(held, Math.atan2(...under(svg, event).reverse()));
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => { held = null; });
    svg.addEventListener("focusin", ({ target }) => {
      now.view = Number(target.dataset.view);
      if (!running) render();
    });
    svg.addEventListener("keydown", (event) => {
      const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key], i = Number(event.target.dataset.view);
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const against = way[1] * Math.cos(angles[i]) - way[0] * Math.sin(angles[i]); // the part of that way along the circle
      turn(i, angles[i] + ((Math.sign(against) || 1) * (event.shiftKey ? 10 : 1) * Math.PI) / 180);
    });
    calm.addEventListener("change", show);
    now = found?.now ?? { ...START };
    put(found?.angles ?? radians(POINTS));
  }

  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  return mount;
})();
