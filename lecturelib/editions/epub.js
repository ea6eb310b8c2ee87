// The article of a page as it stands in an ePub: XHTML with MathML and SVG, without what needs a script.
([answers, files, online]) => {
  const article = document.querySelector("article.bd-article").cloneNode(true);
  const drop = (selector) => article.querySelectorAll(selector).forEach((e) => e.remove());
  for (const e of article.querySelectorAll("mjx-container")) {
    const math = e.querySelector("mjx-assistive-mml > math");
    if (math) e.replaceWith(math);
  }
  if (answers) {
    for (const e of article.querySelectorAll(":scope > section > *")) {
      if (e.localName === "h1") e.prepend("Answers: ");
      else if (e.id !== "exercises") e.remove();
    }
  } else {
    drop(".solution");
  }
  for (const e of article.querySelectorAll(".lecture-demo")) {
    const still = e.querySelector("svg, img");
    if (still) e.replaceWith(still);
    else e.remove();
  }
  drop(".admonition.dropdown:not(.derivation):not(.solution), details.hide, .headerlink, .copybtn, .toggle-button");
  drop("script, style, button, input, select, textarea, label, form, canvas, noscript, iframe, output, link, meta");
  for (const e of article.querySelectorAll("path:not([d])")) e.setAttribute("d", "M 0 0"); // the outline of a blank
  const ids = new Set();
  const old = ["align", "valign", "border", "cellpadding", "cellspacing", "rules", "frame", "name", "onclick", "tabindex"];
  for (const e of [article, ...article.querySelectorAll("*")]) {
    const xml = e.namespaceURI !== "http://www.w3.org/1999/xhtml";
    for (const { name } of [...e.attributes]) {
      if (name.startsWith("data-") || name.startsWith("aria-") && name !== "aria-label" || (!xml && old.includes(name))) {
        e.removeAttribute(name);
      }
    }
    if (!xml && ["role", "width", "height"].some((name) => e.hasAttribute(name)) && e.localName !== "img") {
      for (const name of ["role", "width", "height", "aria-label"]) e.removeAttribute(name);
    }
    if (e.id && (ids.has(e.id) || !/^[A-Za-z_][\w.-]*$/.test(e.id))) e.removeAttribute("id");
    if (e.id) ids.add(e.id);
  }
  for (const e of article.querySelectorAll("a[href]")) {
    const [page, fragment] = e.href.split("#");
    const here = page === location.href.split("#")[0];
    if (here && fragment) {
      if (ids.has(fragment)) e.setAttribute("href", `#${fragment}`);
      else e.replaceWith(...e.childNodes);
    } else if (page in files) e.setAttribute("href", files[page]);
    else if (e.href.startsWith(online[0])) e.setAttribute("href", online[1] + e.href.slice(online[0].length));
    else if (!/^https?:/.test(e.href)) e.replaceWith(...e.childNodes);
  }
  const images = {};
  for (const e of article.querySelectorAll("img")) {
    e.removeAttribute("loading");
    if (e.src.startsWith("data:")) continue;
    const name = `images/${e.src.split("/").pop().replace(/%..|[^\w.-]/g, "-")}`;
    images[name] = decodeURIComponent(e.src);
    e.setAttribute("src", name);
  }
  return { text: new XMLSerializer().serializeToString(article), images };
}
