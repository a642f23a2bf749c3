"""Check that every internal link and image of the built site exists.

``python docs/check_links.py build/docs`` fails if a target is missing, and lists it.
External links are not checked, but no page may load anything from the network.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The anchors of a page, its links and the files that it loads."""

    def __init__(self, path):
        super().__init__()
        self.path, self.anchors, self.links, self.loaded = path, set(), [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        """Store anchors and references."""
        attrs = dict(attrs)
        self.anchors |= {attrs.get("id"), attrs.get("name")}
        if tag == "a" and "href" in attrs:
            self.links.append(attrs["href"])
        elif tag != "a":
            urls = [attrs.get("src"), attrs.get("data")]
            rel = set(attrs.get("rel", "").split())
            if tag == "link" and rel & {
                "stylesheet",
                "icon",
                "preload",
                "modulepreload",
            }:
                urls.append(attrs.get("href"))
            self.loaded += filter(None, urls)


def missing(pages):
    """Yield (page, address) for every missing target."""
    for path, page in pages.items():
        for url in page.links + page.loaded:
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                if url in page.loaded and parts.scheme != "data":
                    yield path, url
                continue
            target = path
            if parts.path:
                target = (path.parent / unquote(parts.path)).resolve()
            anchor = unquote(parts.fragment)
            known = pages[target].anchors if target in pages else {anchor}
            if not target.is_file() or (anchor and anchor not in known):
                yield path, url


if __name__ == "__main__":
    root = Path(sys.argv[1]).resolve()
    # The theme's templates in _static are not pages.
    paths = [path for path in root.rglob("*.html") if "webpack" not in path.name]
    found = list(missing({path: Page(path) for path in paths}))
    for path, url in found:
        print(f"{path.relative_to(root)}: {url}")
    print(f"{len(paths)} pages, {len(found)} broken links")
    sys.exit(bool(found) or not paths)
