// Write the theme's style sheets again without the rules that no page of the built book uses.
//
//   node tools/slim.cjs HTML SHEETS      SHEETS: {"where it goes, under HTML": "the whole sheet"} as JSON
//
// Classes that scripts set are found too: the scripts are searched like the pages.
"use strict";
const fs = require("fs");
const path = require("path");
const { PurgeCSS } = require("purgecss");

// A class, a tag or an attribute's value as it may stand in HTML or in a script.
const words = (content) => content.match(/[A-Za-z0-9_-]+/g) || [];

// Scripts set attributes under names of their own (dataset.theme), so what a sheet says of attributes stays.
const attributes = (file) => {
  const found = fs.readFileSync(file, "utf8").matchAll(/\[([a-z-]+)/g);
  return [...new Set([...found].map((match) => match[1]))];
};

async function slim(html, sheets) {
  const content = ["**/*.html", "_static/**/*.js"].map((pattern) => path.posix.join(html, pattern));
  for (const [target, source] of Object.entries(sheets)) {
    const [result] = await new PurgeCSS().purge({
      content,
      css: [source],
      defaultExtractor: words,
      dynamicAttributes: attributes(source),
      fontFace: true,
      keyframes: true,
      variables: false,
    });
    const css = result.css.replace(/\n\s*\n/g, "\n").replace(/\/\*# sourceMappingURL=.*?\*\//g, "");
    fs.writeFileSync(path.join(html, target), css);
  }
}

slim(process.argv[2], JSON.parse(process.argv[3]));
