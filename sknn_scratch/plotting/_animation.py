"""Animations as a single HTML page with a player."""

import io
import json
from base64 import b64encode
from html import escape
from string import Template

import numpy as np

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style>
body { font-family: sans-serif; margin: auto; max-width: 40rem; text-align: center; }
img { width: 100%; }
input { width: 90%; }
button { font-size: 1rem; padding: 0.3em 0; width: 15%; }
</style>
</head>
<body>
<img id="picture" src="" alt="">
<input id="slider" type="range" min="0" value="0" aria-label="frame">
<div>
<button id="first" aria-label="first frame">|◂</button>
<button id="previous" aria-label="previous frame">◂</button>
<button id="play" aria-label="play or pause">▶</button>
<button id="next" aria-label="next frame">▸</button>
<button id="last" aria-label="last frame">▸|</button>
</div>
<script>
const frames = [];
$frames
const captions = $captions;
const element = (id) => document.getElementById(id);
const last = frames.length - 1;
let shown = 0, timer = null;
function show(frame) {
  shown = Math.min(Math.max(frame, 0), last);
  element("picture").src = frames[shown];
  element("picture").alt = captions[shown];
  element("slider").value = shown;
}
function pause() {
  clearInterval(timer);
  timer = null;
  element("play").textContent = "▶";
}
function play() {
  timer = setInterval(() => show(shown < last ? shown + 1 : 0), $interval);
  element("play").textContent = "❚❚";
}
function go(frame) {
  pause();
  show(frame);
}
element("slider").max = last;
element("slider").oninput = (event) => go(Number(event.target.value));
element("first").onclick = () => go(0);
element("previous").onclick = () => go(shown - 1);
element("play").onclick = () => (timer === null ? play() : pause());
element("next").onclick = () => go(shown + 1);
element("last").onclick = () => go(last);
show(0);
play();
</script>
</body>
</html>
""")


def page(images, captions, *, title, interval):
    """Return an HTML page that plays images as an animation.

    Parameters
    ----------
    images : iterable of bytes
        PNG files.
    captions : list of str
        Alternative texts of the images.
    title : str
        Title of the page.
    interval : float
        Time between two images, in milliseconds.
    """
    urls = (b64encode(image).decode("ascii") for image in images)
    return _PAGE.substitute(
        title=escape(title),
        frames="\n".join(
            f'frames[{i}] = "data:image/png;base64,{url}";'
            for i, url in enumerate(urls)
        ),
        captions=json.dumps(captions),
        interval=interval,
    )


def pictures(figure, background, moving, steps):
    """Yield a figure as PNG after every step of an animation.

    Everything else is drawn once, as a transparent layer over the moving artists.

    Parameters
    ----------
    figure : Figure
        The figure with all its artists.
    background : list of Artist
        Patches behind the moving artists: those of the figure and its axes.
    moving : list of Artist
        Artists that change, the lowest first.
    steps : iterable
        An iterable that changes the moving artists before it yields an element.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_layout_engine("none")  # it would not change, and takes long
    lower = [*background, *moving]
    for artist in lower:
        artist.set_visible(False)
    canvas.draw()
    still = Image.fromarray(np.array(canvas.buffer_rgba()))
    for artist in lower:
        artist.set_visible(True)
    for _ in steps:
        canvas.get_renderer().clear()
        for artist in lower:
            figure.draw_artist(artist)
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba()))
        picture.alpha_composite(still)
        file = io.BytesIO()
        picture.convert("RGB").save(file, "PNG")
        yield file.getvalue()
