/** What the tests of TcpServer share. */
import type { TcpServer } from "../../net/tcp_server.ts";

/** Where the servers listen. */
export const LOOPBACK = { address: "127.0.0.1" } as const;

/** Connects without a socket of ours. */
export const dial = ({ serverPort: port }: TcpServer, hostname = "127.0.0.1") =>
  Deno.connect({ hostname, port });
