"""`python -m tests.pictures REPORTS`: take the README's pictures from the pages in REPORTS."""

import sys
import tempfile
from pathlib import Path

from tests.pictures import FOLDER, PICTURES, take_picture
from tests.support.browser import find_chromium, start_browser


def main(reports: Path) -> None:
    """Write every picture."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit("no Chromium here: install it to take pictures of the pages")
    with (
        tempfile.TemporaryDirectory() as profile,
        start_browser(chromium, Path(profile)) as browser,
    ):
        for picture in PICTURES:
            image = take_picture(browser, reports, picture)
            image.save(FOLDER / picture.name, quality=80, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
