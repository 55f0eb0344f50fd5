// Runs the client with the inputs of the task, which Azure hands over as INPUT_… variables.
// The package of the task holds task.json, this file and tidegate.py.
"use strict";
const { createHash } = require("node:crypto");
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { spawnSync } = require("node:child_process");

const SHA256 = "3570fa823202f06daa1390ca7f2086139d8ab4e4fdf7b9703478652b9d65ece4";
const NAMES = ["url", "service", "environment", "revision", "artifact", "change", "template", "wait"];

function input(name) {
  return (process.env["INPUT_" + name.toUpperCase()] || "").trim();
}

function stop(words) {
  console.log("##vso[task.complete result=Failed]" + words);
  process.exit(2);
}

const places = [join(__dirname, "tidegate.py"), join(__dirname, "..", "tidegate.py")];
const client = places.find(existsSync);
if (!client || createHash("sha256").update(readFileSync(client)).digest("hex") !== SHA256) {
  stop("tidegate.py is not the file that this task was made for.");
}
const command = input("command") || "gate";
const words = ["gate", "verify"].includes(command) ? [command] : ["deploy", command];
const env = { ...process.env, TIDEGATE_PERMIT_FILE: input("permitFile") };
for (const name of NAMES) {
  env["TIDEGATE_" + name.toUpperCase()] = input(name);
}
const python = process.platform === "win32" ? "python" : "python3";
const ended = spawnSync(python, ["-I", client, ...words], { env, stdio: "inherit" });
if (ended.error) {
  stop(python + " cannot be started: " + ended.error.code);
}
if (ended.status !== 0) {
  console.log("##vso[task.complete result=Failed]Tidegate does not allow it.");
}
process.exit(ended.status === null ? 1 : ended.status);
