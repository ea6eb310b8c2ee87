(() => {
  // "Start again" is written anew with the score: the new button gets the focus, and numbers that were typed go.
  for (const test of document.querySelectorAll(".lecture-test")) {
    test.addEventListener("click", event => {
      if (!event.target.matches(".lecture-score button")) return;
      for (const form of test.querySelectorAll("form")) {
        form.reset();
        form.querySelector("output").textContent = "";
      }
      setTimeout(() => test.querySelector(".lecture-score button").focus());
    }, true); // before the button is gone
  }
})();
