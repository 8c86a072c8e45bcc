/** A call that does next to nothing, with a buffer: what our layer over FFI costs. */
import { openLibrary } from "../../core/_ffi.ts";
import { Libc, libcSpec } from "../../core/_libc.ts";
import { check, type Contest, perSecond } from "../_support/contest.ts";

/** Calls between two looks at the clock. */
const BATCH = 10_000;
const bytes = new Uint8Array(64);

const contest: Contest = {
  title: "FFI: `read` of a closed descriptor",
  unit: "call/s",
  better: "more",
  peers: {
    async "Deno.dlopen"(round) {
      using libc = new Libc();
      using library = openLibrary(libcSpec);
      const raw = Deno.dlopen(library.path, { read: libcSpec.symbols.read });
      return await perSecond(round, () => {
        let failed = 0;
        for (let i = 0; i < BATCH; i++) if (raw.symbols.read(-1, bytes, 64n) === -1) failed++;
        check(failed === BATCH && libc.errnoCode === "EBADF", "read did not fail with EBADF");
        return Promise.resolve(BATCH);
      });
    },
    async "Libc"(round) {
      using libc = new Libc();
      return await perSecond(round, () => {
        let failed = 0;
        for (let i = 0; i < BATCH; i++) {
          if (libc.symbols.read(-1, bytes, BigInt(bytes.length)) === -1) failed++;
        }
        check(failed === BATCH && libc.errnoCode === "EBADF", "read did not fail with EBADF");
        return Promise.resolve(BATCH);
      });
    },
    async "Libc, errno each time"(round) {
      using libc = new Libc();
      const badDescriptor = 9;
      return await perSecond(round, () => {
        let failed = 0;
        for (let i = 0; i < BATCH; i++) {
          const result = libc.symbols.read(-1, bytes, BigInt(bytes.length));
          if (result === -1 && libc.errno === badDescriptor) failed++;
        }
        check(failed === BATCH, "read did not fail with EBADF");
        return Promise.resolve(BATCH);
      });
    },
  },
  gates: [
    { peer: "Libc", to: "Deno.dlopen", limit: 0.5, aim: 0.95 },
    { peer: "Libc, errno each time", to: "Deno.dlopen", limit: 0.5 },
  ],
};

export default contest;
