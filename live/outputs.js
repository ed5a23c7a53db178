// What a running cell puts out, as it comes.
import { colouredCode } from "./editor.js";

const LONGEST = 200_000; // characters of printed text that are shown
const FENCED = /^(`{3,})python\n([\s\S]*)\n\1$/;

export class Outputs {
  // `described` gives the words for the first, the second, ... figure.
  constructor(box, described) {
    this.box = box;
    this.described = described;
    this.clear();
  }

  clear() {
    this.box.replaceChildren();
    this.parts = []; // all of it as it came, for whoever compares
    this.printed = null; // the text that the next piece of the same kind is added to
    this.length = 0;
  }

  add(kind, content) {
    const last = this.parts.at(-1);
    if (last?.kind === kind && kind === "text") last.content += content;
    else this.parts.push({ kind, content });
    if (kind === "text" || kind === "warning" || kind === "error") return this.print(kind, content);
    this.printed = null;
    if (kind === "image") this.box.append(this.picture(content));
    if (kind === "html") this.box.append(page(content));
    if (kind === "markdown") this.box.append(listing(content));
  }

  print(kind, text) {
    if (kind !== "error") {
      const room = LONGEST - this.length;
      this.length += text.length;
      if (room <= 0) return;
      if (text.length > room) text = `${text.slice(0, room)}\n… the rest of what it prints is not shown`;
    }
    if (this.printed?.dataset.kind !== kind) {
      this.printed = document.createElement("pre");
      this.printed.dataset.kind = kind;
      this.box.append(this.printed);
    }
    this.printed.append(text);
  }

  // What is wider or longer than its box scrolls, and the keyboard must reach it.
  settle() {
    for (const pre of this.box.querySelectorAll(":scope > pre")) {
      if (pre.scrollWidth > pre.clientWidth || pre.scrollHeight > pre.clientHeight) pre.tabIndex = 0;
    }
  }

  // Its verdict in a line: the first that was printed, or the last of an error.
  gist() {
    const error = this.parts.find((part) => part.kind === "error");
    const lines = (error ?? this.parts.find((part) => part.kind === "text"))?.content.trim().split("\n");
    return lines ? lines.at(error ? -1 : 0) : "";
  }

  picture(base64) {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    image.alt = this.described(this.box.querySelectorAll(":scope > img").length);
    return image;
  }
}

// Scripts that come as text do not run; those of an explorer must.
function page(html) {
  const box = document.createElement("div");
  box.className = "output text_html";
  box.innerHTML = html;
  const scripts = [...box.querySelectorAll("script:not([type])")];
  queueMicrotask(() => {
    for (const old of scripts) {
      const script = document.createElement("script");
      script.textContent = old.textContent;
      old.replaceWith(script);
    }
  });
  return box;
}

function listing(markdown) {
  const fenced = FENCED.exec(markdown);
  const pre = colouredCode(fenced ? fenced[2] : markdown);
  pre.className = "live-listing";
  return pre;
}
