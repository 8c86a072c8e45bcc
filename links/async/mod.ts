/** What this repository uses of @std/async, by single files from npm: see links/README.md. */
// @ts-types="./mod.d.ts"
export { abortable } from "npm:deno-std@1.4.0/async/abortable.js";
// @ts-types="./mod.d.ts"
export { deadline } from "npm:deno-std@1.4.0/async/deadline.js";
// @ts-types="./mod.d.ts"
export { delay } from "npm:deno-std@1.4.0/async/delay.js";
// @ts-types="./mod.d.ts"
export { pooledMap } from "npm:deno-std@1.4.0/async/pool.js";
// @ts-types="./mod.d.ts"
export { retry, RetryError } from "npm:deno-std@1.4.0/async/retry.js";
