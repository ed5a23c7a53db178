// Compile the Python in archives for the browser: node tools/compile.cjs FOLDER REPLACE ARCHIVE...
//
// A page would compile every module that it imports, each time: half of the time until a cell runs. REPLACE says
// whether the sources go ("yes") or stay beside what was compiled ("no").
"use strict";
const { loadPyodide } = require("pyodide");

const COMPILE = `
import zipfile
from importlib import _bootstrap_external as external
from importlib.util import source_hash

def compiled(name, source):
    code = compile(source, name, "exec", dont_inherit=True)
    return external._code_to_hash_pyc(code, source_hash(source), False)

def rewrite(path, replace):
    with zipfile.ZipFile(path) as packed:
        content = [(entry, packed.read(entry)) for entry in packed.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry, data in content:
            folder, _, file = entry.filename.rpartition("/")
            if not file.endswith(".py"):
                packed.writestr(entry, data, zipfile.ZIP_DEFLATED)
                continue
            if not replace:
                packed.writestr(entry, data, zipfile.ZIP_DEFLATED)
            place = f"{folder}/{file}c" if replace else f"{folder}/__pycache__/{file[:-3]}.cpython-312.pyc"
            made = zipfile.ZipInfo(place.lstrip("/"), entry.date_time)
            packed.writestr(made, compiled(entry.filename, data), zipfile.ZIP_DEFLATED)
`;

async function main([folder, replace, ...archives]) {
  const python = await loadPyodide();
  python.FS.mkdir("/archives");
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/archives");
  python.runPython(COMPILE);
  const rewrite = python.globals.get("rewrite");
  for (const archive of archives) rewrite(`/archives/${archive}`, replace === "yes");
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
