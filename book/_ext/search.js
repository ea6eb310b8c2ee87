// The search page: sections whose text, title or page title has all words of the query; chapters first.
(() => {
  "use strict";
  const LENGTH = 240; // of an excerpt, in characters
  const PER_PAGE = 3; // sections of one page
  const MOST = 30; // pages
  // How much a match on a page counts, by the start of its address.
  const WEIGHTS = [
    [/^book\/(sequences|predictive|words|vision)\//, 3],
    [/^book\/(glossary|notation|index)/, 1.5],
    [/^book\/(api|bibliography)/, 0.3],
    [/./, 1],
  ];

  const plain = (text) => text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase();
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // A word is found at the start of a word, and its plural with it.
  const pattern = (word) => new RegExp(`(?<![\\p{L}\\p{N}])${escape(word.length > 3 ? word.replace(/s$/, "") : word)}`, "gu");
  const count = (text, found) => (text.match(found) ?? []).length;

  function score(words, phrase, page, title, text) {
    let total = 0;
    for (const word of words) {
      const times = [count(title, word), count(page, word), count(text, word)];
      if (!Math.max(...times)) return 0;
      total += (times[0] ? 10 : 0) + (times[1] ? 6 : 0) + Math.min(times[2], 5);
    }
    return total + (title.includes(phrase) ? 10 : 0) + (text.includes(phrase) ? 5 : 0);
  }

  function search(query) {
    const phrase = plain(query.trim());
    const words = phrase.split(/[^\p{L}\p{N}_]+/u).filter(Boolean).map(pattern);
    if (!words.length) return [];
    const pages = [];
    for (const [name, sections] of SEARCH_TEXTS) {
      const weight = WEIGHTS.find(([start]) => start.test(name))[1];
      const page = plain(sections[0]?.[1] ?? "");
      const hits = sections
        .map(([anchor, title, text], k) => {
          const value = score(words, phrase, page, plain(title), plain(text));
          return { anchor: k ? anchor : "", title, text, value: weight * value };
        })
        .filter(({ value }) => value > 0)
        .sort((a, b) => b.value - a.value);
      if (hits.length) {
        // A page with many hits is about the matter, but the best of them decides.
        const value = hits[0].value + weight * Math.log2(hits.length);
        pages.push({ name, title: sections[0][1], hits, value });
      }
    }
    return pages.sort((a, b) => b.value - a.value);
  }

  // The words around the first match, the matches marked.
  function excerpt(text, words) {
    const folded = [...text].map((letter) => plain(letter)[0] ?? " ").join("");
    const first = Math.max(0, Math.min(...words.map((word) => { const at = folded.search(word); return at < 0 ? Infinity : at; })));
    let start = Number.isFinite(first) ? Math.max(0, first - LENGTH / 3) : 0;
    if (start) start = text.indexOf(" ", start) + 1;
    const shown = text.slice(start, start + LENGTH);
    const end = start + LENGTH < text.length ? shown.lastIndexOf(" ") : shown.length;
    const paragraph = document.createElement("p");
    if (start) paragraph.append("… ");
    let at = 0;
    const marks = words.flatMap((word) => [...folded.slice(start, start + end).matchAll(new RegExp(`${word.source}[\\p{L}\\p{N}]*`, "gu"))])
      .sort((a, b) => a.index - b.index);
    for (const { 0: { length }, index } of marks) {
      if (index < at) continue;
      const mark = document.createElement("mark");
      mark.textContent = shown.slice(index, index + length);
      paragraph.append(shown.slice(at, index), mark);
      at = index + length;
    }
    paragraph.append(shown.slice(at, end), start + end < text.length ? " …" : "");
    return paragraph;
  }

  function link(name, anchor, title, query) {
    const element = document.createElement("a");
    const root = document.documentElement.dataset.content_root ?? "./";
    element.href = `${root}${name}.html?highlight=${encodeURIComponent(query)}${anchor ? `#${anchor}` : ""}`;
    element.textContent = title;
    return element;
  }

  function show(query) {
    const out = document.getElementById("search-results");
    const pages = search(query);
    const words = plain(query).split(/[^\p{L}\p{N}_]+/u).filter(Boolean).map(pattern);
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    status.textContent = pages.length
      ? `“${query}” is on ${pages.length} ${pages.length === 1 ? "page" : "pages"}${pages.length > MOST ? `, the first ${MOST} of which follow` : ""}.`
      : `No page has all words of “${query}”.`;
    const list = document.createElement("ol");
    list.className = "search";
    for (const { name, title, hits } of pages.slice(0, MOST)) {
      const item = document.createElement("li");
      const heading = document.createElement("h2");
      heading.append(link(name, hits[0].anchor && hits.length === 1 ? hits[0].anchor : "", title, query));
      item.append(heading);
      for (const hit of hits.slice(0, PER_PAGE)) {
        if (hit.anchor) {
          const section = document.createElement("p");
          section.className = "search-section";
          section.append(link(name, hit.anchor, hit.title, query));
          item.append(section);
        }
        if (hit.text) item.append(excerpt(hit.text, words));
      }
      list.append(item);
    }
    out.replaceChildren(status, list);
  }

  const query = new URLSearchParams(window.location.search).get("q") ?? "";
  for (const field of document.querySelectorAll("input[name=q]")) field.value = query;
  if (query.trim()) show(query);
})();
