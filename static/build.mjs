// Builds what the browser loads into static/vendor: one script for all pages, one each for charts and the two
// boards, one style sheet, the fonts, the icon sprite and the faces of papers. Names contain a hash of the content, so browsers may
// cache the files forever; manifest.json maps plain names to hashed ones.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompress, constants, gzip } from "node:zlib";
import { promisify } from "node:util";
import { build } from "esbuild";
import { unpackFaces } from "./faces.mjs";
import { onlyUsed, withAuto } from "./kit.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..");
const out = join(here, "vendor");

async function words() {
  const found = new Set();
  for (const folder of ["templates", "static/js", "webapp"])
    for (const name of await readdir(join(root, folder), { recursive: true }))
      if (/\.(html|js|py)$/.test(name))
        for (const word of (await readFile(join(root, folder, name), "utf8")).match(/[\w-]+/g) ??
          [])
          found.add(word);
  return found;
}

const styles = {
  name: "kit reduced to what is used; `auto` made from dark",
  async setup(builder) {
    const used = await words();
    builder.onLoad({ filter: /tabler\.css$/ }, async ({ path }) => ({
      contents: onlyUsed(await readFile(path, "utf8"), used),
      loader: "css",
    }));
    builder.onLoad({ filter: /tokens\.css$/ }, async ({ path }) => ({
      contents: withAuto(await readFile(path, "utf8")),
      loader: "css",
    }));
  },
};

async function sprite() {
  const names = (await readFile(join(here, "icons.txt"), "utf8"))
    .split("\n")
    .map((name) => name.trim())
    .filter(Boolean);
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(
        join(root, "node_modules/@tabler/icons/icons/outline", `${name}.svg`),
        "utf8",
      );
      const drawing = svg
        .slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
        .replace(/\n\s*/g, "");
      return `<symbol id="i-${name}" viewBox="0 0 24 24">${drawing}</symbol>`;
    }),
  );
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  const name = `icons-${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  await writeFile(join(out, name), text);
  return name;
}

await mkdir(out, { recursive: true });
for (const name of await readdir(out))
  if (name !== "faces") await rm(join(out, name), { recursive: true });
await unpackFaces(root, join(out, "faces"));
const icons = await sprite();
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [
    "static/js/app.js",
    "static/js/charts.js",
    "static/js/lead_board.js",
    "static/js/shipment_board.js",
    "static/css/app.css",
  ],
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome120", "firefox121", "safari17"],
  metafile: true,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff": "file", ".woff2": "file" },
  plugins: [styles],
  logLevel: "warning",
  legalComments: "none",
});
const manifest = { "icons.svg": icons };
for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
  const name = path.split("/").pop();
  manifest[name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "")] = name;
  console.log(`${name} ${(bytes / 1024).toFixed(1)} KB`);
}
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
await copyFile(join(out, manifest["app.css"]), join(out, "app.css")); // under a fixed name for the embedded sign-in page

// Compressed once here, so that serving costs no processor time (webapp/shared/answers/compression.py).
for (const name of await readdir(out)) {
  if (!/\.(css|js|svg)$/.test(name)) continue;
  const path = join(out, name);
  const text = await readFile(path);
  const best = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(text, { params: best }));
  await writeFile(`${path}.gz`, await promisify(gzip)(text, { level: 9 }));
}
