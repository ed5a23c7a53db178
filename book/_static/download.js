// The button that takes the chapter along: the notebook is told where this book is, and gets the companion from there.
"use strict";
(() => {
  const MARK = "https://book.invalid/"; // as in tools/downloads/extension.py

  // The address of the book's folder; the characters that Markdown or a shell would read otherwise are written as codes.
  const folder = (button) => {
    const address = new URL(".", new URL(button.dataset.book, location.href)).href;
    return address.replace(/[$()]/g, (character) => "%" + character.charCodeAt(0).toString(16));
  };

  const save = (text, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  // A script, because a page that was opened as a file may read nothing else.
  const fill = (button) => {
    const script = document.createElement("script");
    window.unrolledNotebook = (text) => {
      save(text.replaceAll(MARK, folder(button)), new URL(button.href).pathname.split("/").pop());
    };
    script.addEventListener("load", () => script.remove());
    script.addEventListener("error", () => {
      script.remove();
      location.assign(button.href); // the same notebook, which asks for the companion's file beside it
    });
    script.src = button.dataset.notebook;
    document.head.append(script);
  };

  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector(".notebook-button[data-notebook]");
    if (!button) return;
    button.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      fill(button);
    });
  });
})();
