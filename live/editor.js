// A cell's editor, and code coloured as the editor colours it.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { pythonLanguage, python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter, highlightCode } from "@lezer/highlight";

export const KEYS = "live-keys"; // the id of what says which keys do what

// Tab moves on, as everywhere on a page; Ctrl-] and Ctrl-[ indent.
export function makeEditor(source, label, { run, changed }) {
  const runs = { key: "Shift-Enter", run: () => (run(), true) };
  const view = new EditorView({
    state: EditorState.create({
      doc: source,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        indentUnit.of("    "),
        python(),
        syntaxHighlighting(classHighlighter),
        keymap.of([runs, { ...runs, key: "Mod-Enter" }, ...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": KEYS, tabindex: "0" }),
        EditorView.updateListener.of((update) => update.docChanged && changed()),
      ],
    }),
  });
  return {
    dom: view.dom,
    focus: () => view.focus(),
    source: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
  };
}

export function colouredCode(code) {
  const pre = document.createElement("pre");
  const put = (text, classes) => {
    const part = classes ? document.createElement("span") : document.createTextNode(text);
    if (classes) Object.assign(part, { className: classes, textContent: text });
    pre.append(part);
  };
  highlightCode(code, pythonLanguage.parser.parse(code), classHighlighter, put, () => put("\n"));
  return pre;
}
