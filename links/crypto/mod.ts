/** What this repository uses of @std/crypto, by single files from npm: see links/README.md. */
// @ts-types="./mod.d.ts"
export { timingSafeEqual } from "npm:deno-std@1.4.0/crypto/timing_safe_equal.js";
