"""What the first cell of a notebook installs where the library is absent, such as on Colab."""

from lecturelib import __version__

REPOSITORY = "https://github.com/sequences-and-self-supervision/book"


def requirement(extra: str = "", version: str = __version__) -> str:
    """Return what pip is asked for: a release of the book its own version, what is under way the main branch.

    Args:
        extra: an optional part of the dependencies, such as "homework".
        version: `lecturelib.__version__`; one that ends in .dev0 is under way.

    """
    name = f"lecturelib[{extra}]" if extra else "lecturelib"
    return f"{name} @ git+{REPOSITORY}" if ".dev" in version else f"{name}=={version}"
