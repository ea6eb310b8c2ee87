// The network's hand: it draws step after step, at the speed of a hand, or at once where nothing should move.

/**
 * @param {ReturnType<typeof follower>} followed @param {MediaQueryList} still
 * @param {{ steps: () => Step[], settings: () => { seed: number, bias: number }, add: (step: Step) => void, frame: () => void,
 *   done: (count: number) => void }} page
 */
function networkHand(followed, still, { steps, settings, add, frame, done }) {
  let quota = 0, turn = 0;

  return {
    busy: () => quota > 0,
    halt() { quota = 0; },
    /** Draw so many steps, or until the pen is lifted if only a stroke is asked for. */
    go(most, oneStroke) {
      const mine = (turn += 1), first = steps().length;
      let due = 1, last = performance.now(), reading = null;
      quota = Math.min(most, MOST - first);
      requestAnimationFrame(function next(at) {
        if (!quota || mine !== turn) return;
        due = still.matches ? quota : Math.min(due + (SPEED * Math.max(0, at - last)) / 1000, 10);
        last = at;
        for (const end = performance.now() + SLICE; quota && performance.now() < end;) {
          if (followed.states.length !== steps().length + 1) {
            reading ??= followed.follow(pointsOf(steps()));
            if (reading.next().done) reading = null;
          } else if (due < 1) break;
          else {
            const step = nextStep(followed, steps().length, settings());
            followed.push(pointsOf([step])[0]);
            add(step);
            [quota, due] = [oneStroke && step.pen ? 0 : quota - 1, due - 1];
          }
        }
        if (quota) {
          frame();
          requestAnimationFrame(next);
        } else done(steps().length - first);
      });
    },
  };
}
