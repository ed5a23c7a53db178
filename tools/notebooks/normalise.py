"""One form for every notebook, so that a diff shows the change alone. Normalising twice changes nothing."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks.cell_ids import set_cell_ids
from tools.notebooks.files import dumps, reads
from tools.notebooks.png import strip_base64, strip_data_uris

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
EXPLORER = '<figure class="unrolled-explorer"'
GLUED = (
    "application/papermill.record/"  # before the kind of a value that the text of the page shows by its name
)
NOTEBOOK_METADATA = {"html_meta", "myst", "mystnb", "orphan", "unrolled"}
CELL_METADATA = {"mystnb", "stills", "tags", "unrolled"}
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook in its one form.

    Cell ids are stable (`cell_ids`), metadata is what the lists above allow, there is no widget state and no
    time; the outputs lose their metadata, pictures theirs, an error its stack (the cell stands above it), and
    chunks of the same stream are one.
    """
    result = nbformat.v4.new_notebook()
    kept = {key: value for key, value in notebook.metadata.items() if key in NOTEBOOK_METADATA and value}
    result.metadata = nbformat.from_dict(
        {**copy.deepcopy(kept), "kernelspec": _KERNEL, "language_info": _LANGUAGE}
    )
    result.cells = [_cell(cell) for cell in notebook.cells]
    set_cell_ids(result.cells)
    return result


def normalise_file(path: Path, check: bool = False) -> bool:
    """Bring one file into its form, or with `check` only look; return whether it was not."""
    text = path.read_text(encoding="utf-8")
    wanted = dumps(normalise(reads(text)))
    if not check and text != wanted:
        path.write_text(wanted, encoding="utf-8")
    return text != wanted


def _cell(cell: NotebookNode) -> NotebookNode:
    result = {
        "cell_type": cell.cell_type,
        "id": cell.get("id", ""),
        "metadata": _cell_metadata(cell.metadata),
        "source": cell.source.rstrip(),
    }
    if cell.get("attachments"):
        result["attachments"] = copy.deepcopy(cell.attachments)
    if cell.cell_type == "code":
        result["execution_count"] = cell.execution_count
        result["outputs"] = merge_streams([_output(output) for output in cell.outputs])
    return nbformat.from_dict(result)


def _cell_metadata(metadata: NotebookNode) -> dict:
    kept = {key: copy.deepcopy(value) for key, value in metadata.items() if key in CELL_METADATA and value}
    if isinstance(kept.get("unrolled"), dict):
        kept["unrolled"] = {key: _number(value) for key, value in kept["unrolled"].items()}
    return kept


def _number(value: object) -> object:
    """Return a number for a text such as ``1e-3``, which YAML does not take for one."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _output(output: NotebookNode) -> NotebookNode:
    result = copy.deepcopy(output)
    if output.output_type in ("display_data", "execute_result"):
        result.metadata = {
            key: value for key, value in output.metadata.items() if key == "scrapbook"
        }  # its name
        result.data = bare(result.data)
        for mime, strip in (("image/png", strip_base64), ("text/html", strip_data_uris)):
            if mime in result.data:
                result.data[mime] = strip("".join(result.data[mime]))
    elif output.output_type == "error":
        result.traceback = [f"{output.ename}: {output.evalue}"]
    return result


def bare(data: NotebookNode) -> NotebookNode:
    """Return an output's representations, without a live widget and its text where HTML stands for them.

    An explorer has a widget only where ipywidgets is installed, and its text everywhere.
    """
    page = "".join(data.get("text/html", ""))
    if not page or (WIDGET_VIEW not in data and EXPLORER not in page):
        return data
    return NotebookNode(
        {mime: value for mime, value in data.items() if mime not in (WIDGET_VIEW, "text/plain")}
    )


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return the outputs with neighbouring chunks of one stream made one: where it is cut is chance."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if (
            output.output_type == "stream"
            and last
            and last.output_type == "stream"
            and last.name == output.name
        ):
            last.text = "".join(last.text) + "".join(output.text)
        else:
            merged.append(output)
    return merged
