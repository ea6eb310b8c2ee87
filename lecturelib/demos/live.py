"""A demo on a page: empty until it is scrolled into view, then filled by the site's demos.js."""

from lecturelib import checks
from lecturelib.demos.build import DEMOS, build_script, demo_script, networks_of, page_beside, page_of, page_script
from lecturelib.demos.html import Html

# Sphinx names the site's root on <html data-content_root>; elsewhere (a live notebook) there is nothing to load.
LOADER = """(() => {
const load = (source) => new Promise((done, failed) => {
const script = document.createElement("script");
Object.assign(script, { src: source, onload: done, onerror: failed });
document.head.append(script);
});
const start = async (root) => {
const base = document.documentElement.dataset.content_root;
const note = root.querySelector("p");
note.textContent = "Loading the demo …";
try {
if (base === undefined) throw new Error("no site");
if (!window.LectureDemos) await load(base + "demos/demos.js");
if (!window.LectureDemos.built.includes(NAME)) throw new Error("no weights");
MOREif (!window.LectureDemos.loaded[NAME]) await load(base + "demos/" + NAME + ".js");
window.LectureDemos.start(NAME);
} catch { note.innerHTML = NOTE; }
};
const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
seen.unobserve(entry.target);
start(entry.target);
}), { rootMargin: "200px" });
document.querySelectorAll('.lecture-demo[data-demo="' + NAME + '"]:not([data-ready])').forEach((root) => {
seen.observe(root);
});
})();"""
NOTE = (
    "This demo is part of the book's site. "
    'Here, run <code>show(\\"{name}\\", inline=True)</code> to have it in the notebook.'
)
MORE = 'if (!window.LectureDemos.pages.PAGE) await load(base + "demos/PAGE.js");\n'
FALLBACK = "A live demo stands here: {what}. It needs JavaScript."
WHAT = {
    "completion": "draw the top of a digit and the model completes it",
    "xray": "an LSTM reads a text; look into every cell and gate, and see what a change is worth later",
    "text": "type the beginning of a text and the model writes on",
    "fill_in": "cover any part of a digit and the network fills it in",
    "pen": "draw the first strokes of a character, and the network goes on from your pen",
    "turned": "guess which side of a turned photograph is up, and compare with the network",
    "neighbour": "guess where a second patch lies, seen from the first, and compare with the network",
    "gradients": "choose a recurrent network, and see how much of the gradient is left after many steps back",
    "three_steps": "carry a gradient back through three steps by hand",
    "orders": "train a density on digits, and compare two orders of the pixels",
    "words": "ask 12,000 words for their neighbours, for analogies and for an axis",
    "architectures": "sort tasks by networks, and see how their ranks change",
    "pull_and_push": "move views on a circle, and see how the loss pulls partners together and pushes others apart",
    "small_simclr": "train a small SimCLR on shapes, with and without negatives",
    "masks": "choose the masks of a convolutional network and see what each pixel's prediction depends on",
    "word2vec_steps": "word2vec reads a text of your own, one prediction after another",
}


def show(name: str, *, inline: bool = False) -> Html:
    """Return a live demo for display in a notebook cell; in the built site it works without a kernel.

    Args:
        name: "fvsbn", "nade" or "pixelcnn", whose model completes a digit; "shakespeare" or "wikipedia", where an LSTM
            writes; "cells" and "forgetting", which look inside these LSTMs; "any_part", where any part of a digit is
            covered and filled in; "handwriting", where the network goes on from the reader's pen; "gradients" and
            "three_steps", which need no weights: the gradient of a recurrent network on its way back, measured and by
            hand; "masks", which counts the paths through a PixelCNN; "words", the neighbours, analogies and map of
            12,000 words; "word2vec_steps", word2vec on a text of the reader's own; "architectures", the ranks of tasks;
            "pull_and_push" and "small_simclr", the loss of SimCLR on a circle, and its training on shapes;
            "which_way_up" and "which_neighbour", photographs that were turned, and patches of them;
            "orders", which trains an FVSBN or a NADE in two orders of the pixels.
        inline: put the script and the weights into the output (half a megabyte, two for a text, four to look inside),
            so that the demo also works in a live notebook. Otherwise the output is a stub of 2 kB that loads them from
            the site.

    Raises:
        ValueError: an unknown name, or `inline` without stored weights.

    """
    checks.one_of("name", name, DEMOS)
    # Until its style sheet is loaded, the stub looks like the text around it.
    attributes = f'class="lecture-demo" data-demo="{name}" role="group" aria-label="Live demo {name}"'
    page = page_beside(name)
    fallback = FALLBACK.format(what=WHAT[page_of(name)])
    stub = f"<div {attributes}><p>{fallback}</p></div>\n"
    if inline:
        others = networks_of(name)
        scripts = [build_script([name, *others]), *([page_script(page)] if page else [])]
        script = "".join([*scripts, *map(demo_script, others), demo_script(name)])
    else:
        script = LOADER.replace("MORE", MORE.replace("PAGE", page) if page else "")
        script = script.replace("NOTE", f'"{NOTE.format(name=name)}"').replace("NAME", f'"{name}"')
    return Html(f"demo: {name}", f"{stub}<script>{script}</script>")
