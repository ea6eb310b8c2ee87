"""The hierarchical softmax's tree: words as leaves, a binary decision at each inner node."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from lecturelib.figures.style import BLUE, FONT, GREY, INK, VERMILION, WIDTH, hide_axes, new_figure


def word_tree(codes: Mapping[str, str], word: str) -> Figure:
    """Draw the binary tree of a prefix code, with the path to one word marked, and the sign of each of its turns.

    Args:
        codes: word, and its path from the root as a string of + (left) and - (right); each inner node has two children.
        word: one of them.

    Raises:
        ValueError: `word` has no code, or the codes are not those of a binary tree's leaves.

    """
    if word not in codes:
        raise ValueError(f"word: expected one of {', '.join(codes)}, got {word!r}")
    inner = sorted({code[:k] for code in codes.values() for k in range(len(code))}, key=lambda path: (len(path), path))
    leaves = {code: name for name, code in codes.items()}
    children = {path + turn for path in inner for turn in "+-"}
    if len(leaves) < len(codes) or children != {*inner, *leaves} - {""} or set(inner) & set(leaves):
        raise ValueError(f"codes: expected those of a binary tree's leaves, got {dict(codes)}")
    at: dict[str, tuple[float, float]] = {}
    for k, code in enumerate(sorted(leaves, key=lambda path: path.replace("-", "~"))):  # "+" sorts before "~"
        at[code] = (float(k), -float(len(code)))
    for path in reversed(inner):
        (left, _), (right, _) = at[path + "+"], at[path + "-"]
        at[path] = ((left + right) / 2, -float(len(path)))
    depth = max(map(len, leaves))
    fig, ax = new_figure(WIDTH, 0.75 * depth + 0.8)
    hide_axes(ax, frame=False)
    ax.set(xlim=(-0.7, len(leaves) - 0.3), ylim=(-depth - 0.45, 0.4))
    on_path = {codes[word][:k] for k in range(len(codes[word]) + 1)}
    for child in sorted(children):
        (x0, y0), (x1, y1) = at[child[:-1]], at[child]
        marked = child in on_path
        ax.plot([x0, x1], [y0, y1], color=VERMILION if marked else "#B0B0B0", linewidth=2.2 if marked else 1, zorder=1)
        if marked:
            side = -1 if child[-1] == "+" else 1
            ax.text(
                (x0 + x1) / 2 + 0.12 * side,
                (y0 + y1) / 2 + 0.06,
                "+1" if child[-1] == "+" else "−1",
                ha="right" if side < 0 else "left",
                va="center",
                fontsize=FONT,
                color=VERMILION,
            )
    for number, path in enumerate(inner, start=1):
        ax.scatter(*at[path], s=330, facecolor="white", edgecolor=BLUE, linewidth=1.4, zorder=2)
        ax.text(*at[path], f"$v_{{{number}}}$", ha="center", va="center", fontsize=FONT, color=INK, zorder=3)
    for code, name in leaves.items():
        colour = VERMILION if name == word else INK
        x, y = at[code]
        ax.scatter(x, y, s=14, color=colour if name == word else GREY, zorder=2)
        ax.text(x, y - 0.24, name, ha="center", va="center", fontsize=FONT, color=colour, parse_math=False)
    return fig
