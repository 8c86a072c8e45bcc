/**
 * Replies as BIND 9.18 sent them, for a zone example.com, to queries with the id 0x1234.
 */
import type { DnsRecord, DnsType } from "../../protocol/dns_record.ts";
import { HostAddress } from "../../protocol/host_address.ts";

export interface DnsVector {
  readonly type: DnsType;
  readonly name: string;
  readonly message: string;
  readonly answers: readonly DnsRecord[];
}

const v4 = (text: string) => new HostAddress(text);
const bytes = (text: string) => new TextEncoder().encode(text);
const hour = 3600;

export const vectors: readonly DnsVector[] = [
  {
    type: "A",
    name: "www.example.com",
    message:
      "12348500000100020001000203777777076578616d706c6503636f6d0000010001c00c000500010000003c0002" +
      "c010c010000100010000012c0004c0000201c0100002000100000e100005026e73c010c04b0001000100000e10" +
      "0004c000023500002904d0000000000000",
    answers: [
      { type: "CNAME", name: "www.example.com", timeToLive: 60, value: "example.com" },
      { type: "A", name: "example.com", timeToLive: 300, value: v4("192.0.2.1") },
    ],
  },
  {
    type: "MX",
    name: "example.com",
    message:
      "123485000001000300010002076578616d706c6503636f6d00000f0001c00c000f000100000e10000a0005056d" +
      "61696c30c00cc00c000f000100000e10000a000a056d61696c32c00cc00c000f000100000e10000a000a056d61" +
      "696c31c00cc00c0002000100000e100005026e73c00cc06b0001000100000e100004c000023500002904d00000" +
      "00000000",
    answers: [[0, 5], [2, 10], [1, 10]].map(([host, preference]) => ({
      type: "MX",
      name: "example.com",
      timeToLive: hour,
      exchange: `mail${host}.example.com`,
      preference: preference!,
    })),
  },
  {
    type: "TXT",
    name: "example.com",
    message:
      "123485000001000200010002076578616d706c6503636f6d0000100001c00c0010000100000e10001c0b763d73" +
      "706631202d616c6c0f7365636f6e642022737472696e6722c00c0010000100000e1000080700ff6279746573c0" +
      "0c0002000100000e100005026e73c00cc0650001000100000e100004c000023500002904d0000000000000",
    answers: [
      [bytes("v=spf1 -all"), bytes('second "string"')],
      [Uint8Array.of(0, 255, ...bytes("bytes"))],
    ].map((values) => ({ type: "TXT", name: "example.com", timeToLive: hour, values })),
  },
  {
    type: "CAA",
    name: "example.com",
    message:
      "123485000001000100010002076578616d706c6503636f6d0001010001c00c0101000100000e10002080056973" +
      "737565" +
      "63612e6578616d706c652e6e65743b206163636f756e743d31c00c0002000100000e100005026e73c00cc05500" +
      "01000100000e100004c000023500002904d0000000000000",
    answers: [{
      type: "CAA",
      name: "example.com",
      timeToLive: hour,
      isCritical: true,
      tag: "issue",
      value: "ca.example.net; account=1",
    }],
  },
  {
    type: "HTTPS",
    name: "example.com",
    message:
      "123485000001000100010004076578616d706c6503636f6d0000410001c00c0041000100000e10003b00010000" +
      "00000400010003000100060268320268330003000220fb00040008c0000201c00002020006001020010db80000" +
      "00000000000000000001c00c0002000100000e100005026e73c00cc00c000100010000012c0004c0000201c070" +
      "0001000100000e100004c0000235c00c001c000100000258001020010db8000000000000000000000001000029" +
      "04d0000000000000",
    answers: [{
      type: "HTTPS",
      name: "example.com",
      timeToLive: hour,
      priority: 1,
      target: ".",
      mandatory: [1, 3],
      alpn: ["h2", "h3"],
      noDefaultAlpn: false,
      port: 8443,
      addressHints: [v4("192.0.2.1"), v4("192.0.2.2"), v4("2001:db8::1")],
      ech: null,
      parameters: new Map([
        [0, Uint8Array.of(0, 1, 0, 3)],
        [1, bytes("\x02h2\x02h3")],
        [3, Uint8Array.of(0x20, 0xfb)],
        [4, Uint8Array.of(192, 0, 2, 1, 192, 0, 2, 2)],
        [6, v4("2001:db8::1").toBytes()],
      ]),
    }],
  },
  {
    type: "SVCB",
    name: "_svc.example.com",
    message:
      "123485000001000100010002045f737663076578616d706c6503636f6d0000400001c00c0040000100000e1000" +
      "26000203737663076578616d706c65036e6574000001000403666f6f00020000ff350003657831c01100020001" +
      "00000e100005026e73c011c0600001000100000e100004c000023500002904d0000000000000",
    answers: [{
      type: "SVCB",
      name: "_svc.example.com",
      timeToLive: hour,
      priority: 2,
      target: "svc.example.net",
      mandatory: [],
      alpn: ["foo"],
      noDefaultAlpn: true,
      port: null,
      addressHints: [],
      ech: null,
      parameters: new Map([[1, bytes("\x03foo")], [2, bytes("")], [0xff35, bytes("ex1")]]),
    }],
  },
  {
    type: "SRV",
    name: "_ldap._tcp.example.com",
    message:
      "123485000001000300010002055f6c646170045f746370076578616d706c6503636f6d0000210001c00c002100" +
      "0100000e1000150001000001860163076578616d706c6503636f6d00c00c0021000100000e1000150000000301" +
      "850162076578616d706c6503636f6d00c00c0021000100000e1000150000000101850161076578616d706c6503" +
      "636f6d00c07e0002000100000e100005026e73c07ec0970001000100000e100004c000023500002904d0000000" +
      "000000",
    answers: [["c", 390, 1, 0], ["b", 389, 0, 3], ["a", 389, 0, 1]].map((
      [host, port, priority, weight],
    ) => ({
      type: "SRV",
      name: "_ldap._tcp.example.com",
      timeToLive: hour,
      target: `${host}.example.com`,
      port: Number(port),
      priority: Number(priority),
      weight: Number(weight),
    })),
  },
  {
    type: "TLSA",
    name: "_443._tcp.www.example.com",
    message:
      "123485000001000100010002045f343433045f74637003777777076578616d706c6503636f6d0000340001c00c" +
      "0034000100000e1000230301010123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" +
      "076578616d706c6503636f6d000002000100000e100005026e73c05ac0710001000100000e100004c000023500" +
      "002904d0000000000000",
    answers: [{
      type: "TLSA",
      name: "_443._tcp.www.example.com",
      timeToLive: hour,
      usage: 3,
      selector: 1,
      matchType: 1,
      value: Uint8Array.fromHex("0123456789abcdef".repeat(4)),
    }],
  },
  {
    type: "SOA",
    name: "example.com",
    message:
      "123485000001000100010002076578616d706c6503636f6d0000060001c00c0006000100000e100027026e73c0" +
      "0c0b686f73742e6d6173746572c00c78c2765b00001c2000000384001275000000012cc00c0002000100000e10" +
      "0002c029c0290001000100000e100004c000023500002904d0000000000000",
    answers: [{
      type: "SOA",
      name: "example.com",
      timeToLive: hour,
      primary: "ns.example.com",
      mailbox: "host\\.master.example.com",
      serial: 2026010203,
      refresh: 7200,
      retry: 900,
      expire: 1209600,
      minimum: 300,
    }],
  },
  {
    type: "A",
    name: "odd\\.label.example.com",
    message:
      "123485000001000100010002096f64642e6c6162656c076578616d706c6503636f6d0000010001c00c00010001" +
      "00000e100004c0000209c0160002000100000e100005026e73c016c0430001000100000e100004c00002350000" +
      "2904d0000000000000",
    answers: [{
      type: "A",
      name: "odd\\.label.example.com",
      timeToLive: hour,
      value: v4("192.0.2.9"),
    }],
  },
];
