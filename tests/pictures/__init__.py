"""The README's pictures of the real pages."""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.support.browser import Browser

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Picture:
    """What is shown: a page, the element at the top, the window in pixels, and the colours."""

    name: str
    page: str
    element: str
    height: int
    width: int = 1000
    scheme: str = "light"


UNSEEN = "#elements-never-seen"
PICTURES = (
    Picture("overview.webp", "index.html", "main section", 800),
    Picture("sliders.webp", "cluster_expansion.html", ".sliders", 900),
    Picture("elements.webp", "metals.html", UNSEEN, 620, scheme="dark"),
)


def take_picture(browser: Browser, reports: Path, picture: Picture) -> Image.Image:
    """The window of a reader who has scrolled to the element."""
    browser.prefer(picture.scheme)
    browser.resize(picture.width, picture.height)
    browser.open(reports / picture.page)
    browser.run(
        f"(place => scrollTo(0, place.getBoundingClientRect().top + scrollY - 16))"
        f"(document.querySelector('{picture.element}'))"
    )
    browser.run("new Promise(done => setTimeout(done, 300))")
    return Image.open(io.BytesIO(browser.picture()))
