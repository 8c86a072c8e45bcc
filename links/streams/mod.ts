/** What this repository uses of @std/streams, by single files from npm: see links/README.md. */
// @ts-types="./mod.d.ts"
export { concatReadableStreams } from "npm:deno-std@1.4.0/streams/concat_readable_streams.js";
// @ts-types="./mod.d.ts"
export { mergeReadableStreams } from "npm:deno-std@1.4.0/streams/merge_readable_streams.js";
// @ts-types="./mod.d.ts"
export { TextLineStream } from "npm:deno-std@1.4.0/streams/text_line_stream.js";
// @ts-types="./mod.d.ts"
export { toArrayBuffer } from "npm:deno-std@1.4.0/streams/to_array_buffer.js";
// @ts-types="./mod.d.ts"
export { toBlob } from "npm:deno-std@1.4.0/streams/to_blob.js";
// @ts-types="./mod.d.ts"
export { toJson } from "npm:deno-std@1.4.0/streams/to_json.js";
// @ts-types="./mod.d.ts"
export { toText } from "npm:deno-std@1.4.0/streams/to_text.js";
// @ts-types="./mod.d.ts"
export { toTransformStream } from "npm:deno-std@1.4.0/streams/to_transform_stream.js";
