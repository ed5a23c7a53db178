// Bundle a script with what it imports: node tools/bundle.cjs FROM TO
"use strict";
require("esbuild").buildSync({
  entryPoints: [process.argv[2]],
  outfile: process.argv[3],
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "linked",
});
