// The button that takes the chapter along: the notebook is told where this book is, and gets the companion from there.
"use strict";
(() => {
  const MARK = "https://book.invalid/"; // as in tools/downloads/extension.py

  // The address of the book's folder; the characters that Markdown or a shell would read otherwise are written as codes.
  const folder = (button) => {
    const address = new URL(".", new URL(button.dataset.book, location.href)).href;
    return address.replace(/[$()]/g, (character) => "%" + character.charCodeAt(0).toString(16));
  };

  const save = (address, button) => {
    const link = document.createElement("a");
    link.href = address;
    link.download = new URL(button.href).pathname.split("/").pop();
    link.click();
  };

  // A script, because a page that was opened as a file may read nothing else.
  const fill = (button) => {
    const script = document.createElement("script");
    window.unrolledNotebook = (text) => {
      const filled = new Blob([text.replaceAll(MARK, folder(button))], { type: "application/x-ipynb+json" });
      const address = URL.createObjectURL(filled);
      save(address, button);
      setTimeout(() => URL.revokeObjectURL(address), 60000);
    };
    script.addEventListener("load", () => script.remove());
    script.addEventListener("error", () => {
      script.remove();
      save(button.href, button); // the same notebook, which asks for the companion's file beside it
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
