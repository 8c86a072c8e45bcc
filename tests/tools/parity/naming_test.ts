import { assertEquals } from "@std/assert";
import { generalNote, getterOf, lowerCamel, wordOf } from "../../../tools/parity/naming.ts";

Deno.test("wordOf() leaves out the words of the enum", () => {
  const rows: [value: string, enumName: string, word: string][] = [
    ["ConnectionRefusedError", "SocketError", "connectionRefused"],
    ["HostLookupState", "SocketState", "hostLookup"],
    ["SendBufferSizeSocketOption", "SocketOption", "sendBufferSize"],
    ["IPv4Protocol", "NetworkLayerProtocol", "ipv4"],
    ["PauseOnSslErrors", "PauseMode", "onSslErrors"],
    ["Socks5Proxy", "ProxyType", "socks5"],
    ["ForwardedChannels", "ProcessChannelMode", "forwarded"],
    ["TlsV1_2OrLater", "SslProtocol", "tlsV1_2OrLater"],
    ["Alerts", "SupportedFeature", "alerts"],
  ];
  for (const [value, enumName, word] of rows) assertEquals(wordOf(value, enumName), word);
});

Deno.test("lowerCamel() lowers an abbreviation as a whole", () => {
  assertEquals(["ALPNName", "IPv6", "Name"].map(lowerCamel), ["alpnName", "ipv6", "name"]);
});

Deno.test("getterOf() finds what a setter belongs to", () => {
  const names = ["port", "isSecure", "setPort", "setSecure", "setPeer"];
  assertEquals(names.map((name) => getterOf(name, names)), [
    undefined,
    undefined,
    "port",
    "isSecure",
    undefined,
  ]);
});

Deno.test("generalNote() knows what holds in every class, and in values", () => {
  assertEquals(generalNote("bindableName", false)?.kind, "absent");
  assertEquals(generalNote("isNull", false), undefined);
  assertEquals(generalNote("isNull", true)?.kind, "different");
});
