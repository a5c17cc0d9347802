import { beforeAll, describe, expect, it } from "vitest";
import { canonicalZone } from "../../src/lib/canonical-zone.ts";
import { zonesOf } from "../../src/lib/country-zones.ts";
import { loadPhonePlans } from "../../src/lib/phone-plans.ts";
import { hasZone, idOfZone, zoneOfId } from "../../src/meta/timezone-ids.ts";
import { checkNumber, countryOf } from "../../src/operations/check-number.ts";
import { services } from "../support/seed.ts";

beforeAll(() => loadPhonePlans(services()));

const isZone = (zone: string) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).format(0) !== "";
  } catch {
    return false;
  }
};

describe("the zones of a country", () => {
  it.each([
    ["DE", "Europe/Berlin"],
    ["BR", "America/Sao_Paulo"],
    ["US", "America/New_York"],
    ["IN", "Asia/Kolkata"],
    ["AR", "America/Argentina/Buenos_Aires"],
    ["UA", "Europe/Kyiv"],
  ])("of %s begin with the likeliest, %s, and are all real", (country, first) => {
    const zones = zonesOf(country);
    expect(zones[0]).toBe(first);
    expect(new Set(zones.map(canonicalZone)).size).toBe(zones.length);
    expect(zones.filter((zone) => !isZone(zone))).toEqual([]);
  });

  it.each([null, "", "ZZ", "br", "Brazil"])("of %s are none", (country) => {
    expect(zonesOf(country)).toEqual([]);
  });
});

describe("Meta's numbers for time zones", () => {
  it("are real zones, there and back, each once", () => {
    const ids = Array.from({ length: 130 }, (_, index) => String(index));
    const known = ids.filter((id) => zoneOfId(id) !== null);
    expect(known).toHaveLength(126);
    for (const id of known) {
      const zone = zoneOfId(id) ?? "";
      expect(isZone(zone), zone).toBe(true);
      expect(idOfZone(zone)).toBe(id);
    }
  });

  it.each([
    ["1", "America/Los_Angeles"],
    ["25", "America/Sao_Paulo"],
    ["42", "Asia/Shanghai"],
    ["71", "Asia/Kolkata"],
    ["94", "America/Mexico_City"],
    ["125", "Asia/Kamchatka"],
  ])("say %s for %s", (id, zone) => {
    expect(zoneOfId(id)).toBe(zone);
  });

  it.each([
    ["Asia/Calcutta", "71"],
    ["America/Buenos_Aires", "10"],
  ])("find %s, another name of a zone, too", (zone, id) => {
    expect(idOfZone(zone)).toBe(id);
  });

  it("show no zone as such", () => {
    expect([null, "", "0"].map(hasZone)).toEqual([false, false, false]);
    expect(hasZone("401")).toBe(true);
    expect(zoneOfId("401")).toBeNull();
  });
});

describe("a number to be connected", () => {
  const check = (input: string) => checkNumber(services(), input);

  it.each([
    ["+55 11 91234-5678", "+5511912345678", "BR"],
    ["0049 30 1234567", "+49301234567", "DE"],
    ["1 555 010 0001", "+15550100001", "US"],
    ["(+44) 20 7946 0958", "+442079460958", "GB"],
  ])("%s is taken as %s of %s", (input, number, country) => {
    expect(check(input)).toEqual({ ok: true, number, country });
  });

  it.each(["", "12", "hello", "+999 123 456", "+49", "+5511912345678901234"])(
    "%s is none",
    (input) => {
      expect(check(input)).toMatchObject({ ok: false, reason: "invalid" });
    },
  );

  it.each([
    ["+234 803 123 4567", "NG"],
    ["+27 82 123 4567", "ZA"],
  ])("%s is of a country that cannot be connected", (input, country) => {
    expect(check(input)).toEqual({ ok: false, reason: "country", country });
  });

  it("takes them where the operator lifted that", () => {
    const settings = { ...services().settings, BLOCKED_COUNTRIES: "" };
    expect(checkNumber({ settings }, "+234 803 123 4567")).toMatchObject({ ok: true });
  });

  it.each([
    ["5511912345678", "BR"],
    ["+49 30 1234567", "DE"],
    ["", null],
    ["0", null],
  ])("%s has the country %s", (number, country) => {
    expect(countryOf(number)).toBe(country);
  });
});
