import { pollerIdle } from "../../core/_poller.ts";
import { deviceContract, transportPeer } from "../_support/device_contract.ts";
import { connected } from "../_support/local.ts";

for (const needs of [{ credentials: true }, { fileDescriptors: true }]) {
  deviceContract(`LocalSocket with ${Object.keys(needs)}`, async (options) => {
    const { socket: device, peer: connection } = await connected({ ...options, ...needs });
    const peer = transportPeer(connection);
    const fail = async () => {
      device.write("unread");
      await device.flush();
      await peer[Symbol.asyncDispose]();
    };
    // The last to go: the poller's own call may end a moment after the socket.
    const dispose = async () => {
      await peer[Symbol.asyncDispose]();
      await pollerIdle();
    };
    const last = { ...peer, fail, [Symbol.asyncDispose]: dispose };
    return { device, peer: last, errors: device.errorOccurred };
  });
}
