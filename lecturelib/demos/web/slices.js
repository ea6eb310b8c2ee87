// Long work in slices of a frame, so that the page stays alive. `steps` makes a generator that yields between its steps;
// `busy` is the element that says whether it still runs. begin() does the first slice at once. change() starts from the
// beginning in the next frame: several calls within one cost one computation, and a call ends the one before it.
function inSlices(steps, busy, milliseconds) {
  let work = null, pending = false;

  function frame() {
    const end = performance.now() + milliseconds;
    let done;
    do ({ done } = work.next()); while (!done && performance.now() < end);
    pending = !done;
    if (pending) requestAnimationFrame(frame);
    busy.setAttribute("aria-busy", pending);
  }

  function begin() {
    work = steps();
    frame();
  }

  function change() {
    work = steps();
    if (!pending) requestAnimationFrame(frame);
    pending = true;
  }

  return { begin, change };
}
