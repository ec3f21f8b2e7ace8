// Faces for papers: Source Sans in two weights, and Noto for every script that it lacks, one file per slice of the
// packages. The typesetter reads no WOFF2, so each is unpacked. coverage.json lists the code points that all of them
// have together, as pairs of first and last: a letter that is in none is named on the paper instead.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import opentype from "opentype.js";
import wawoff2 from "wawoff2";

const TEXT = ["SourceSans3_400Regular", "SourceSans3_600SemiBold"];
// Slices that another package has as well: every script's package repeats the Latin letters.
const REPEATED = /-(latin|latin-ext|vietnamese|cyrillic|cyrillic-ext|greek|greek-ext|math)-wght-/;

/** Unpack the faces into `out`, unless they are there from these very packages. */
export async function unpackFaces(root, out) {
  const packages = join(root, "node_modules");
  const mark = createHash("sha256");
  for (const path of ["package-lock.json", "static/faces.mjs"])
    mark.update(await readFile(join(root, path)));
  const made = mark.digest("hex");
  if ((await readFile(join(out, "made-from"), "utf8").catch(() => "")) === made) return;
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const covered = await copyText(packages, out);
  for (const family of await noto(packages)) {
    const folder = join(packages, "@fontsource-variable", family, "files");
    for (const name of await slices(folder, family)) {
      const face = Buffer.from(await wawoff2.decompress(await readFile(join(folder, name))));
      await writeFile(join(out, name.replace("-wght-normal.woff2", ".ttf")), face);
      for (const point of pointsOf(face)) covered.add(point);
    }
  }
  await writeFile(join(out, "coverage.json"), JSON.stringify(ranges(covered)));
  await writeFile(join(out, "made-from"), made);
}

async function copyText(packages, out) {
  const points = [];
  for (const name of TEXT) {
    const weight = name.split("_")[1];
    const from = join(packages, "@expo-google-fonts/source-sans-3", weight, `${name}.ttf`);
    await copyFile(from, join(out, `${name}.ttf`));
    points.push(new Set(pointsOf(await readFile(from))));
  }
  return new Set([...points[0]].filter((point) => points[1].has(point)));
}

async function noto(packages) {
  const names = await readdir(join(packages, "@fontsource-variable"));
  return names.filter((name) => name.startsWith("noto-")).sort();
}

async function slices(folder, family) {
  const names = await readdir(folder);
  return names.filter(
    (name) =>
      name.endsWith("-wght-normal.woff2") && (family === "noto-sans" || !REPEATED.test(name)),
  );
}

function pointsOf(face) {
  const bytes = face.buffer.slice(face.byteOffset, face.byteOffset + face.byteLength);
  const { glyphIndexMap } = opentype.parse(bytes, { lowMemory: true }).tables.cmap;
  return Object.keys(glyphIndexMap).map(Number);
}

function ranges(points) {
  const found = [];
  for (const point of [...points].sort((a, b) => a - b))
    if (found.at(-1)?.[1] === point - 1) found.at(-1)[1] = point;
    else found.push([point, point]);
  return found;
}
