"""An explorer as HTML that needs nothing else: native sliders over stored frames and one small script."""

import hashlib
import html
import json
from collections.abc import Sequence

from companion.explore.controls import Control
from companion.explore.frames import Frame

STYLE = """
.unrolled-explorer{margin:1rem 0;padding:.8rem 1rem;box-sizing:border-box;max-width:100%;color:inherit;
border-radius:.5rem;border:1px solid;
border-color:var(--unrolled-border,var(--pst-color-border,var(--jp-border-color1,#c9ced4)))}
.unrolled-explorer-controls{display:grid;grid-template-columns:auto minmax(8rem,1fr) minmax(3.5rem,auto);
gap:.2rem .8rem;align-items:center;margin:0 0 .6rem}
.unrolled-explorer-controls label{display:contents;font-weight:600}
.unrolled-explorer-controls input{width:100%;height:1.75rem;margin:0;cursor:pointer;
accent-color:var(--unrolled-accent,var(--pst-color-primary,var(--jp-brand-color1,#1a6dc4)))}
.unrolled-explorer-controls input:disabled{cursor:not-allowed}
.unrolled-explorer-controls output{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.unrolled-explorer-stage{overflow-x:auto}
.unrolled-explorer-stage img{display:block;max-width:100%;height:auto;margin:0 auto}
.unrolled-explorer-stage pre{margin:0;white-space:pre-wrap}
.unrolled-explorer figcaption,.unrolled-explorer .unrolled-explorer-note{margin:.5rem 0 0;text-align:left;
font:inherit;font-size:.92em;padding:0;
color:var(--unrolled-text,var(--pst-color-text-base,var(--jp-ui-font-color1,inherit)))}
.unrolled-explorer-said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
html[data-theme=dark] .bd-content div.cell_output .text_html:not(:has(table.dataframe)):has(
.unrolled-explorer){background:none;color:inherit;padding:0}
html[data-theme=dark] .bd-content div.cell_output .unrolled-explorer-stage img{padding:0;
filter:var(--unrolled-figure-dark,invert() hue-rotate(180deg))}
""".strip()

# Runs once per explorer and occurrence, however often the same output is on the page.
SCRIPT = """
for (const root of document.querySelectorAll('[data-explorer="KEY"]:not([data-ready])')) {
  root.dataset.ready = "";
  const find = (what) => root.querySelector(".unrolled-explorer-" + what);
  const data = root.querySelector("[type='application/json']");
  const { labels, frames, order, alts } = JSON.parse(data.textContent);
  const inputs = [...root.querySelectorAll("input")], outputs = root.querySelectorAll("output");
  const show = () => {
    let at = 0;
    inputs.forEach((input, i) => {
      const label = labels[i][input.value];
      input.setAttribute("aria-valuetext", outputs[i].textContent = label);
      at = at * labels[i].length + Number(input.value);
    });
    const frame = frames[order[at]], image = find("stage").querySelector(":scope > img.unrolled-figure");
    if (image && frame.startsWith("data:")) { image.src = frame; image.alt = alts[at]; }
    else find("stage").innerHTML = frame;
    return alts[at];
  };
  for (const input of inputs) {
    input.disabled = false;
    input.addEventListener("input", () => { find("said").textContent = show(); });
  }
  find("note").remove();
  show();
}
""".strip()


def page(
    description: str,
    controls: Sequence[Control],
    frames: Sequence[Frame],
    order: Sequence[int],
    alts: Sequence[str],
    start: Sequence[int],
) -> str:
    """Return the HTML of an explorer.

    Parameters
    ----------
    description : str
        What there is to see; the caption.
    controls : sequence of Control
        The sliders.
    frames : sequence of Frame
        The different frames.
    order : sequence of int
        For every setting, the last control moving fastest, the number of its frame.
    alts : sequence of str
        For every setting, what its frame shows, in words.
    start : sequence of int
        For every control, the position at which it stands first.
    """
    placed = list(zip(controls, start, strict=True))
    at = 0
    for control, position in placed:
        at = at * len(control.values) + position
    here = html.escape(", ".join(f"{control.title} {control.labels[i]}" for control, i in placed))
    labels = [control.labels for control in controls]
    named = json.dumps([description, [control.name for control in controls], labels])
    key = hashlib.sha256(named.encode()).hexdigest()[:12]  # not of the pixels: the same on every machine
    stored = {"labels": labels, "frames": [f.content for f in frames], "order": order, "alts": alts}
    data = json.dumps(stored, ensure_ascii=False).replace("<", "\\u003c")  # <!-- and </script> would end it
    return f"""<figure class="unrolled-explorer" data-explorer="{key}">
<style>{STYLE}</style>
<div class="unrolled-explorer-controls">
{"".join(_slider(control, position) for control, position in placed)}</div>
<div class="unrolled-explorer-stage">{frames[order[at]].markup(alts[at])}</div>
<p class="unrolled-explorer-note">Shown here: {here}, one of {len(order)} settings.
The slider needs JavaScript; in Jupyter, a notebook that is trusted.</p>
<figcaption>{html.escape(description)}</figcaption>
<span class="unrolled-explorer-said" role="status"></span>
<script type="application/json">{data}</script>
<script>{SCRIPT.replace("KEY", key)}</script>
</figure>"""


def _slider(control: Control, position: int) -> str:
    """Return one labelled slider with its value beside it; disabled until the script is there to serve it."""
    label = html.escape(control.labels[position])
    room = min(max(map(len, control.labels)), 16)  # or the slider would change its length as it moves
    return (
        f"<label><span>{html.escape(control.title)}</span>"
        f'<input type="range" min="0" max="{len(control.values) - 1}" step="1" value="{position}" '
        f'aria-valuetext="{label}" autocomplete="off" disabled></label>'
        f'<output aria-live="off" style="min-width:{room}ch">{label}</output>\n'
    )
