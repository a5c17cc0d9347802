import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { checkUrl, isPublicAddress } from "../../src/lib/safe-url.ts";

const OWN_HOST = "gateway.example.net:8787";
const check = (url: string) => checkUrl(url, "public", OWN_HOST);

/** Addresses that nobody may make the gateway call, by what is behind them. */
const BARE = "a public address without a name";
const HOSTILE: Record<string, string[]> = {
  "this machine": [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7F.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    "https://0.0.0.0/",
    "https://0/",
    "https://0x0/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:7f00:0001]/",
    "https://[::127.0.0.1]/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://%6cocalhost/",
    "https://api.localhost/",
    "https://localhost.localdomain/",
  ],
  "private networks": [
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://012.0.0.1/",
    "https://0xa000001/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://3232235777/",
    "https://100.64.0.1/",
    "https://[fc00::1]/",
    "https://[fd12:3456:789a::1]/",
    "https://[fec0::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://printer.local/",
    "https://printer.local./",
    "https://db.internal/",
    "https://nas.home.arpa/",
    "https://router.lan/",
    "https://wiki.corp/",
    "https://intranet/",
    "https://hiddenservice.onion/",
  ],
  "metadata services": [
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xA9FEA9FE/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://169.254.170.2/",
    "https://168.63.129.16/",
    "https://100.100.100.200/",
    "https://192.0.0.192/",
    "https://[fd00:ec2::254]/",
    "https://[fd20:ce::254]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://metadata.google.internal/",
    "https://metadata.google.internal./",
    "https://METADATA.GOOG/",
    "https://metadata.tencentyun.com/",
  ],
  "addresses that hold another": [
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:7f00:1::1]/",
    "https://[2001::a9fe:a9fe]/",
  ],
  "link-local, multicast, documentation and reserved ranges": [
    "https://169.254.0.1/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://[ff02::1]/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://192.0.2.1/",
    "https://198.51.100.7/",
    "https://203.0.113.7/",
    "https://198.18.0.1/",
    "https://192.88.99.1/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
  ],
  "other ways in": [
    "http://hooks.example.net/",
    "ftp://hooks.example.net/",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "gopher://hooks.example.net/",
    "ws://hooks.example.net/",
    "//hooks.example.net/",
    "hooks.example.net/path",
    "",
    "https://",
    "https:///",
    "https://exa mple.net/",
    "https://user@hooks.example.net/",
    "https://user:secret@hooks.example.net/",
    "https://hooks.example.net@10.0.0.1/",
    "https://10.0.0.1#@hooks.example.net/",
    "https://hooks.example.net\\@127.0.0.1/#",
    "https://hooks.example.net:80/",
    "https://hooks.example.net:22/",
    "https://hooks.example.net:8080/",
    "https://hooks.example.net:65536/",
    "https://hooks..example.net/",
    "https://hooks.example.net../",
    "https://.example.net/",
    "https://999.1.1.1/",
    "https://1.2.3.4.5/",
    "https://gateway.example.net/",
    "https://GATEWAY.example.net./",
    "https://gateway.example.net:8443/v1/senders",
    "https://hooks.example.net/\t",
    "https://hooks.example.net\n.internal/",
    "https://hooks.example.net/#",
  ],
  [BARE]: [
    "https://1.1.1.1/",
    "https://16843009/",
    "https://172.32.0.1/",
    "https://100.128.0.1/",
    "https://[2606:4700:4700::1111]/",
  ],
};

describe("an address that events are to be posted to", () => {
  it.each(Object.entries(HOSTILE).flatMap(([what, urls]) => urls.map((url) => [what, url])))(
    "is refused for %s: %s",
    (_what, url) => {
      const checked = check(url);
      expect(checked.ok).toBe(false);
      expect(checked.ok ? "" : checked.why).toMatch(/^[a-z].{8,}[^.]$/);
    },
  );

  it.each([
    ["https://hooks.example.net/", "https://hooks.example.net/"],
    ["https://hooks.example.net", "https://hooks.example.net/"],
    ["https://HOOKS.example.net:443/a?b=c", "https://hooks.example.net/a?b=c"],
    ["https://hooks.example.net:8443/tandem", "https://hooks.example.net:8443/tandem"],
    ["https://hooks.example.net./", "https://hooks.example.net./"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ["https://mylocal.example/", "https://mylocal.example/"],
    ["https://notinternal.example/", "https://notinternal.example/"],
    ["https://other.gateway.example.net/", "https://other.gateway.example.net/"],
  ])("may be %s", (url, href) => {
    const checked = check(url);
    expect(checked.ok && checked.url.href).toBe(href);
  });

  it("is refused where it is longer than 2,000 characters", () => {
    expect(check(`https://hooks.example.net/${"a".repeat(1_974)}`).ok).toBe(true);
    expect(check(`https://hooks.example.net/${"a".repeat(1_975)}`).ok).toBe(false);
  });

  it("may be anything on the network where the gateway is only tried out, but no other scheme", () => {
    expect(checkUrl("http://127.0.0.1:9/hook", "any", OWN_HOST).ok).toBe(true);
    expect(checkUrl("https://user:secret@127.0.0.1/", "any", OWN_HOST).ok).toBe(false);
    expect(checkUrl("ftp://127.0.0.1/", "any", OWN_HOST).ok).toBe(false);
  });
});

describe("an address out of the DNS", () => {
  it.each([
    "127.0.0.1",
    "::1",
    "fe80::1%eth0",
    "::ffff:8.8.8.8",
    "168.63.129.16",
    "",
    "hooks.example.net",
    "1.1.1.1 ",
  ])("%j is not public", (address) => expect(isPublicAddress(address)).toBe(false));

  // What the hostile addresses above are, once the URL parser has read them.
  const written = Object.entries(HOSTILE)
    .flatMap(([what, urls]) => (what === BARE ? [] : urls))
    .filter((url) => URL.canParse(url))
    .map((url) => new URL(url).hostname.replace(/^\[(.*)\]$/, "$1"))
    .filter((host) => ipaddr.isValid(host));
  it.each([...new Set(written)])("%s is not public either", (address) =>
    expect(isPublicAddress(address)).toBe(false),
  );

  it.each(["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111"])(
    "%s is public",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});
