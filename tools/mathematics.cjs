// Draw formulas with MathJax, outside the browser.
//
//   node tools/mathematics.cjs --css     prints the style sheet for every glyph there is
//   node tools/mathematics.cjs           reads {"tex", "display", "mathml"} a line, answers {"html", "error"} a line;
//                                        with "mathml" the formula is MathML, for devices that draw it themselves
"use strict";
const readline = require("readline");

const settings = {
  loader: {
    load: ["adaptors/liteDOM", "input/tex", "output/chtml", "a11y/assistive-mml"],
    versionWarnings: false,
    require,
  },
  // An undefined macro is an error, which the build reports, not a red word on the page.
  tex: { packages: { "[-]": ["noundefined"] } },
  chtml: { fontURL: "fonts", adaptiveCSS: false, matchFontHeight: false },
  startup: { typeset: false },
};

const errorOf = (html) => {
  const found = /data-mjx-error="([^"]*)"/.exec(html);
  return found ? found[1] : null;
};

// What MathJax notes for its own scripts, which no page runs, what HTML takes for granted, and the one
// style that every formula has, which text.css gives to all of them.
const idle = / (?:(?:data-mjx-[a-z-]+|texclass|unselectable|xmlns)="[^"]*"|style="position: relative;")/g;
const slim = (html) => html.replace(idle, "");

async function answer(MathJax, { tex, display, mathml }) {
  try {
    if (mathml) {
      const html = await MathJax.tex2mmlPromise(tex, { display });
      return { html, error: errorOf(html) };
    }
    const node = await MathJax.tex2chtmlPromise(tex, { display });
    const html = MathJax.startup.adaptor.outerHTML(node);
    return { html: slim(html), error: errorOf(html) };
  } catch (failure) {
    return { html: "", error: String(failure.message || failure) };
  }
}

require("mathjax")
  .init(settings)
  .then(async (MathJax) => {
    if (process.argv.includes("--css")) {
      await MathJax.tex2chtmlPromise("x");
      process.stdout.write(MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet()));
      return;
    }
    for await (const line of readline.createInterface({ input: process.stdin })) {
      process.stdout.write(JSON.stringify(await answer(MathJax, JSON.parse(line))) + "\n");
    }
  });
